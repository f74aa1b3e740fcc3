"""Reads SPSS files (.sav, .zsav, .por), with their labels and declared missing codes.

Does not know what the columns are for.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile, check_columns

if TYPE_CHECKING:
    import pandas as pd

MAX_CELLS = 500_000_000  # 4 GB in memory; an .sav may unfold to a thousand times its size
_Read = Callable[..., tuple["pd.DataFrame", Any]]


def read_sav(path: Path, encoding: str | None = None, _: str | None = None) -> SurveyFile:
    import pyreadstat  # here, as a study on a .csv needs none of it

    return _read(path, pyreadstat.read_sav, encoding, {"user_missing": True})


def read_por(path: Path, encoding: str | None = None, _: str | None = None) -> SurveyFile:
    import pyreadstat

    return _read(path, pyreadstat.read_por, encoding, {})


def _read(path: Path, read: _Read, encoding: str | None, more: dict[str, Any]) -> SurveyFile:
    import pyreadstat

    errors = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, LookupError)
    notes = []
    try:
        frame, meta = _whole(path, read, encoding, more)
    except errors as error:
        if (
            encoding is not None
            or "string" not in f"{error}".lower() + type(error).__name__.lower()
        ):
            raise _refused(path, error) from error
        try:  # its bytes are not what it declares: each text is decoded by itself
            frame, meta = _whole(path, read, "ISO-8859-1", more)
        except errors:
            raise _refused(path, error) from error
        _mend(frame, meta)
        notes.append(
            f"{path.name}: has text that is not in the encoding it declares, which was read as "
            "well as could be; else give --encoding"
        )
    return SurveyFile(
        path,
        _without_empty_texts(frame),
        {name: label for name, label in meta.column_names_to_labels.items() if label},
        cast(dict[str, dict[Code, str]], meta.variable_value_labels),
        {name: [_ends(r) for r in ranges] for name, ranges in meta.missing_ranges.items()},
        {
            name: int(kind.removeprefix("N"))
            for name, kind in meta.original_variable_types.items()
            if kind and re.fullmatch("N[0-9]{1,2}", kind)
        },
        multiple=_multiple(meta),
        notes=notes,
    )


def _whole(
    path: Path, read: _Read, encoding: str | None, more: dict[str, Any]
) -> tuple["pd.DataFrame", Any]:
    # Dates stay numbers: an impossible date in a column nobody needs must not refuse the file.
    _, told = read(path, metadataonly=True, encoding=encoding)
    columns = told.number_columns or 1
    check_columns(path, columns)
    most = MAX_CELLS // columns
    frame, meta = read(  # the number of rows that it tells may be wrong
        path, disable_datetime_conversion=True, row_limit=most + 1, encoding=encoding, **more
    )
    if len(frame) > most:
        raise InputError(
            f"{path} unfolds to more than {MAX_CELLS:,} cells; keep only the columns that the "
            "study needs."
        )
    return frame, meta


def _refused(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path} cannot be read as an SPSS file ({_reason(error)}); it may be damaged or in a "
        "wrong encoding: save it again from SPSS in Unicode, or give --encoding."
    )


def _is_of_text(error: Exception) -> bool:
    return isinstance(error, UnicodeDecodeError) or any(
        word in str(error).lower() for word in ("string", "encoding", "convert", "byte sequence")
    )


def _without_empty_texts(frame: "pd.DataFrame") -> "pd.DataFrame":
    """SPSS text has no missing value but the empty one, and fills up with blanks."""
    words = {
        name: frame[name].map(
            lambda cell: (cell.rstrip(" ") or None) if isinstance(cell, str) else cell
        )
        for name in frame.columns
        if frame[name].dtype.kind not in "ifb"
    }
    return frame.assign(**words) if words else frame


def _mend(frame: "pd.DataFrame", meta: Any) -> None:
    for name in frame.columns:
        if frame[name].dtype.kind not in "ifb":
            frame[name] = frame[name].map(_decoded)
    labels = meta.column_names_to_labels
    labels.update({name: _decoded(label) for name, label in labels.items()})
    for of_column in meta.variable_value_labels.values():
        of_column.update({code: _decoded(label) for code, label in of_column.items()})


def _decoded(text: Any) -> Any:
    """Of text that was read a letter a byte: as UTF-8 if it can be, else as Windows wrote it."""
    if not isinstance(text, str) or text.isascii():
        return text
    raw = text.encode("iso-8859-1", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").replace("\ufffd", "")


def _multiple(meta: Any) -> dict[str, list[str]]:
    """Its multiple-response sets, by what they are called."""
    sets = getattr(meta, "mr_sets", None) or {}
    return {str(one.get("label") or name): list(one.get("variable_list") or [])
            for name, one in sets.items()}  # fmt: skip


def _ends(declared: Any) -> tuple[Code, Code]:
    return declared["lo"], declared["hi"]


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".")
