"""The records above an .sav's data: whether they fit together, and how the data is laid out.

Those that do not fit can crash the library that reads them. Knows the records as "PSPP's System
File Format" describes them; nothing of what they mean.
"""

import math
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from anthology.models.errors import InputError

_HEADER = 176
_HUGE = sys.float_info.max
_LONGEST = 255  # bytes of a text; longer ones are parted
_TRY = """
import sys, pyreadstat
try:
    pyreadstat.read_sav(sys.argv[1], user_missing=True, row_limit=1000)
except Exception:
    pass  # which can be said where the file is read
"""
_MACHINE = (4, 8, 3)  # the record of the numbers for nothing: missing, highest, lowest
_MOST = 1 << 26  # bytes of one record; none above the data has as many


@dataclass
class Layout:
    """How an .sav's data is laid out. fault: what is wrong with the first record that fits nowhere,
    empty where nothing is; the rest is only right where nothing is.

    order: of bytes, as `struct` has it; compression: 0 none, 1 bytecode, 2 zlib; cases: rows, -1
    where the file does not tell; bias: of small numbers in bytecode; widths: of each 8 bytes of a
    case, 0 a number, -1 more of a text; nothing: the doubles for no number; start: its first byte.
    """

    fault: str = ""
    order: str = "<"
    compression: int = 0
    cases: int = -1
    bias: float = 100.0
    widths: list[int] = field(default_factory=list)
    nothing: tuple[float, ...] = (-_HUGE, _HUGE, math.nextafter(-_HUGE, 0))
    start: int = 0


def layout_of(path: Path) -> Layout | None:
    """None of a file that begins as no .sav: the library itself says so."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if len(head) < _HEADER or head[:4] not in (b"$FL2", b"$FL3"):
            return None
        order = "<" if head[64:68] in (b"\2\0\0\0", b"\3\0\0\0") else ">"
        compression, _, cases, bias = struct.unpack(f"{order}3id", head[72:92])
        layout = Layout("", order, compression, cases, bias)
        try:
            layout.fault = next(_faults(file, layout), "")
        except struct.error:
            layout.fault = "it ends within a record"
        return layout


def refuse_crashing(path: Path, layout: Layout | None) -> None:
    """Raises InputError for a file at which the library ends without a word: tried in a process of
    its own, which is worth its half a second only where a record fits nowhere."""
    if layout is None or not layout.fault:
        return
    tried = subprocess.run([sys.executable, "-P", "-c", _TRY, str(path)], stderr=subprocess.DEVNULL)
    if tried.returncode < 0:
        raise InputError(
            f"{path} is damaged and cannot be read as an SPSS file ({layout.fault}); get it again, "
            "or save it again from SPSS."
        )


def _faults(file: BinaryIO, layout: Layout) -> Iterator[str]:
    """Reads on to the data. Raises struct.error where the file ends before."""
    order, places, rest, labelled = layout.order, 0, 0, False
    while True:
        at = file.tell()
        (kind,) = _numbers(file, order, 1)
        where = f"at byte {at:,}"
        if rest and kind != 2:
            yield f"a text is shorter than its variable says, {where}"
        if labelled and kind != 4:
            yield f"labels belong to no variable, {where}"
        labelled = kind == 3
        if kind == 2:
            width, has_label, missing, _, _ = _numbers(file, order, 5)
            _skip(file, 8)
            if not -1 <= width <= _LONGEST or (width == -1) != bool(rest):
                yield f"a variable has the width {width}, {where}"
            rest = rest - 1 if width == -1 else max(0, (width + 7) // 8 - 1)
            if has_label not in (0, 1) or missing not in (-3, -2, 0, 1, 2, 3):
                yield f"a variable's description is damaged, {where}"
            if has_label:
                (length,) = _numbers(file, order, 1)
                _skip(file, (length + 3) // 4 * 4)
            _skip(file, 8 * abs(missing))
            layout.widths.append(width)
            places += 1
        elif kind == 3:
            (count,) = _numbers(file, order, 1)
            for _ in range(count):
                _skip(file, 8)
                size = file.read(1)
                _skip(file, (size[0] + 1 + 7) // 8 * 8 - 1 if size else 1)
        elif kind == 4:
            (count,) = _numbers(file, order, 1)
            if not 1 <= count <= places:
                yield f"labels belong to {count} variables, {where}"
            if not all(1 <= place <= places for place in _numbers(file, order, count)):
                yield f"labels belong to a variable that is not there, {where}"
        elif kind == 6:
            (lines,) = _numbers(file, order, 1)
            _skip(file, 80 * lines)
        elif kind == 7:
            subtype, width, count = _numbers(file, order, 3)
            if (subtype, width, count) == _MACHINE:
                layout.nothing = struct.unpack(f"{order}3d", file.read(24))
            else:
                _skip(file, width * count if width >= 0 else -1)
        elif kind == 999:
            layout.start = file.tell() + 4
            return
        else:
            yield f"there is no record of kind {kind}, {where}"


def _numbers(file: BinaryIO, order: str, count: int) -> tuple[int, ...]:
    if not 0 <= 4 * count <= _MOST:
        raise struct.error
    return struct.unpack(f"{order}{count}i", file.read(4 * count))


def _skip(file: BinaryIO, size: int) -> None:
    if not 0 <= size <= _MOST or len(file.read(size)) < size:
        raise struct.error
