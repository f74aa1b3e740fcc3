"""The numbers of an .sav, straight from its data: in a tenth of the time that pyreadstat takes.

Knows where numbers lie, as "PSPP's System File Format" describes it; texts and labels are for the
library, and so is every file that is laid out in another way than most.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from anthology.producer.surveys.formats.labelled.sav_records import Layout

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.uint8]

_ROWS = 256  # that are turned into columns at once
_PADDING, _END, _WRITTEN_OUT, _BLANKS, _NOTHING = 0, 252, 253, 254, 255  # bytecodes


def numbers(path: Path, layout: Layout | None, wanted: Sequence[int]) -> "Floats | None":
    """Columns (c, n) of the file's numeric variables at these places among them, NaN where nothing
    is; None where the library has to look.

    Its records have to fit, and its data to be all there.
    """
    if layout is None or layout.fault or layout.order != "<" or layout.cases < 1:
        return None
    if path.stat().st_size < layout.start + 8:
        return None
    import numpy as np

    raw = np.memmap(path, dtype=np.uint8, mode="r", offset=layout.start)
    cells = _cells(raw[: len(raw) // 8 * 8].reshape(-1, 8), layout)
    size = layout.cases * len(layout.widths)
    if cells is None or len(cells) < size:
        return None
    rows = cells[:size].reshape(layout.cases, len(layout.widths))
    places = np.flatnonzero(np.array(layout.widths) == 0)[list(wanted)]
    found = np.empty((len(places), layout.cases))
    for at in range(0, layout.cases, _ROWS):
        found[:, at : at + _ROWS] = rows[at : at + _ROWS, places].T
    for nothing in layout.nothing:
        found[found == nothing] = np.nan
    return found


def _cells(words: "Codes", layout: Layout) -> "Floats | None":
    """All cells of a file's data, case after case; words (w, 8): its bytes."""
    if layout.compression == 0:
        return words.reshape(-1).view("<f8")
    return _unpacked(words, layout) if layout.compression == 1 else None


def _unpacked(words: "Codes", layout: Layout) -> "Floats":
    """Of bytecode: eight codes, a cell each, and the words that some of them stand for."""
    import numpy as np

    written_out = (words == _WRITTEN_OUT).sum(axis=1, dtype=np.uint8)
    begins = _chain((1 + written_out).tobytes())
    codes = words[begins]
    values = _meanings(layout)[codes]
    out = codes == _WRITTEN_OUT
    blocks, _ = np.nonzero(out)
    places = begins[blocks] + out.cumsum(axis=1, dtype=np.uint8)[out]
    there = places < len(words)
    values[out] = np.where(there, words.reshape(-1).view("<f8")[places * there], np.nan)
    flat = codes.reshape(-1)
    ends = np.flatnonzero(flat == _END)[:1].tolist() + np.flatnonzero(out)[~there][:1].tolist()
    end = min(ends, default=len(flat))
    cells: Floats = values.reshape(-1)[:end][flat[:end] != _PADDING]
    return cells


def _chain(steps: bytes) -> "npt.NDArray[np.int64]":
    """Where the codes stand among the words: each is as many words after the one before as that one
    needs."""
    import numpy as np

    begins, at = [], 0
    while at < len(steps):
        begins.append(at)
        at += steps[at]
    return np.array(begins, dtype=np.int64)


def _meanings(layout: Layout) -> "Floats":
    """What each code stands for; 253 for a word of its own."""
    import numpy as np

    values = np.arange(256, dtype=np.float64)
    values -= layout.bias
    values[_BLANKS] = np.frombuffer(b" " * 8, dtype="<f8")[0]
    values[_NOTHING] = layout.nothing[0]
    return values
