"""The data frame of an R file, .rds or .RData: its vectors with their attributes, as R has them.

Knows R's types, of which only those that data frames have; what attributes say of a survey is in
`read_r.py`.
"""

import bz2
import gzip
import lzma
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.errors import InputError

if TYPE_CHECKING:
    from rdata.parser import RObject, RObjectInfo

MAX_BYTES = 4_000_000_000  # in memory; a file may unfold to a thousand times its size
_LONGEST = 10_000_000  # of 1:n, which a file holds as two numbers
_COMPRESSED: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open,
}  # fmt: skip
_ADVICE = 'save the data frame alone, in R: saveRDS(d, "d.rds"), or haven::write_sav(d, "d.sav")'


@dataclass(frozen=True)
class RVector:
    """values: (n,) numbers as float64 with R's own NaN where NA is; texts and TRUE and FALSE as a
    list, None where NA is; vectors as a list; None of a type that no column of answers has."""

    values: Any
    attributes: Mapping[str, "RVector"]

    def texts(self, name: str) -> list[str | None]:
        """An attribute's texts; none where there is no such attribute, or no text in it."""
        found = self.attributes.get(name)
        texts = found.values if found else None
        return texts if isinstance(texts, list) and not _has_vectors(texts) else []

    @property
    def classes(self) -> list[str | None]:
        return self.texts("class")


@contextmanager
def refused_if_damaged(path: Path) -> Iterator[None]:
    """Makes an InputError of whatever a damaged file leads to: the parser has assertions, and
    attributes may be of any type."""
    try:
        yield
    except (InputError, OSError):
        raise
    except Exception as error:
        said = str(error).strip().rstrip(".") or type(error).__name__
        raise InputError(f"{path} cannot be read as an R file ({said}); {_ADVICE}.") from error


def data_frame(path: Path) -> RVector:
    """The one data frame that a file holds, alone or as one of several objects.

    Raises InputError for a file that holds none or several.
    """
    frames = _frames(_unfolded(path))
    if len(frames) != 1:
        held = f"{len(frames)} data frames ({', '.join(list(frames)[:8])})" if frames else "none"
        raise InputError(f"{path} holds {held}, and has to hold one; {_ADVICE}.")
    (frame,) = frames.values()
    return frame


def _unfolded(path: Path) -> bytes:
    with path.open("rb") as file:
        begins = file.read(6)
    opened = next((way for mark, way in _COMPRESSED.items() if begins.startswith(mark)), None)
    with opened(path) if opened else path.open("rb") as file:
        data: bytes = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{path} unfolds to more than {MAX_BYTES / 1e9:.0f} GB; keep only the columns that the "
            "study needs."
        )
    return data


def _frames(data: bytes) -> dict[str, RVector]:
    from rdata.parser import DEFAULT_ALTREP_MAP, parse_data

    def counted(name: bytes) -> "Callable[[RObject], tuple[RObjectInfo, Any]]":
        def sequence(state: "RObject") -> "tuple[RObjectInfo, Any]":
            if not 0 <= state.value[0] <= _LONGEST:
                raise ValueError("a sequence is too long")
            made: tuple[RObjectInfo, Any] = DEFAULT_ALTREP_MAP[name](state)
            return made

        return sequence

    known = {name: counted(name) for name in (b"compact_intseq", b"compact_realseq")}
    with warnings.catch_warnings(action="ignore"):  # of endings that others chose
        found = parse_data(
            data, extension=".rds", altrep_constructor_dict={**DEFAULT_ALTREP_MAP, **known}
        )
    read = _Reader(found.extra.encoding)
    # A file of several objects is a list with their names.
    objects = dict(read.pairs(found.object)) if found.object.tag else {"": found.object}
    return {
        name: frame
        for name, one in objects.items()
        if "data.frame" in (frame := read.vector(one)).classes and _has_vectors(frame.values)
    }


def _has_vectors(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, RVector) for one in values)


class _Reader:
    """Translates parsed objects; encoding: of texts that do not tell theirs."""

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding or "utf-8"

    def vector(self, parsed: "RObject") -> RVector:
        return RVector(
            self._values(parsed),
            {name: self.vector(one) for name, one in self.pairs(parsed.attributes)},
        )

    def pairs(self, parsed: "RObject | None") -> "Iterator[tuple[str, RObject]]":
        """The names and values of a pairlist."""
        while parsed is not None and isinstance(parsed.value, tuple):
            value, parsed_next = parsed.value
            tag = parsed.tag
            while tag is not None and tag.referenced_object is not None:
                tag = tag.referenced_object
            if tag is not None:
                yield self._text(tag.value) or "", value
            parsed = parsed_next

    def _values(self, parsed: "RObject") -> Any:
        import numpy as np
        from rdata.parser import RObjectType as Type

        value: Any = parsed.value
        if parsed.info.type is Type.REAL:
            return value
        if parsed.info.type is Type.INT:
            numbers = value.astype("float64")
            return numbers.filled(np.nan) if isinstance(numbers, np.ma.MaskedArray) else numbers
        if parsed.info.type is Type.LGL:
            said = {True: "TRUE", False: "FALSE"}
            return [said.get(one) for one in value.tolist()]  # None where masked
        if parsed.info.type is Type.STR:
            return [self._text(one) for one in value]
        if parsed.info.type is Type.VEC:
            return [self.vector(one) for one in value]
        return None

    def _text(self, parsed: "RObject") -> str | None:
        from rdata.parser import CharFlags

        raw: bytes | None = parsed.value
        if raw is None:
            return None
        latin = parsed.info.gp & CharFlags.LATIN1
        own = "utf-8" if parsed.info.gp & CharFlags.UTF8 else self._encoding
        try:
            return raw.decode("cp1252" if latin else own)
        except (UnicodeDecodeError, LookupError):
            return raw.decode("cp1252", errors="replace")
