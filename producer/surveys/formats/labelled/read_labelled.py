"""Reads SPSS (.sav, .zsav, .por) and Stata files (.dta), with labels and declared missing codes.

Does not know what the columns are for.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.labelled.response_sets import (
    sources,
    with_response_sets,
)
from anthology.producer.surveys.formats.labelled.sav_numbers import numbers
from anthology.producer.surveys.formats.labelled.sav_records import (
    Layout,
    layout_of,
    refuse_crashing,
)
from anthology.producer.surveys.formats.survey_file import SurveyFile, check_columns

if TYPE_CHECKING:
    import pandas as pd

MAX_CELLS = 500_000_000  # 4 GB in memory; an .sav may unfold to a thousand times its size
# Of what a file tells of its columns, without its people: those that have to be read.
Needed = Callable[[SurveyFile], Sequence[str]]
_OF_TEXT = ("string", "encoding", "convert", "byte sequence", "codec")


@dataclass(frozen=True)
class _File:
    """A file and how it is read. kind: what people call it; read: of pyreadstat; how: what that is
    given, too; layout: of an .sav."""

    path: Path
    kind: str
    read: Callable[..., tuple["pd.DataFrame", Any]]
    encoding: str | None
    needed: Needed | None
    how: Mapping[str, Any] = field(default_factory=dict)
    layout: Layout | None = None


def read_sav(
    path: Path, encoding: str | None = None, _: str | None = None, needed: Needed | None = None
) -> SurveyFile:
    import pyreadstat  # here, as a study on a .csv needs none of it

    layout = layout_of(path)
    refuse_crashing(path, layout)
    how = {"user_missing": True}
    return _survey(_File(path, "an SPSS file", pyreadstat.read_sav, encoding, needed, how, layout))


def read_por(
    path: Path, _: str | None = None, __: str | None = None, needed: Needed | None = None
) -> SurveyFile:
    """Its letters are one fixed set."""
    import pyreadstat

    return _survey(_File(path, "an SPSS file", pyreadstat.read_por, None, needed))


def read_dta(
    path: Path, encoding: str | None = None, _: str | None = None, needed: Needed | None = None
) -> SurveyFile:
    """`.` and `.a` to `.z` are missing, whatever their labels."""
    import pyreadstat

    return _survey(_File(path, "a Stata file", pyreadstat.read_dta, encoding, needed))


def _survey(file: _File) -> SurveyFile:
    frame, meta, notes = _decodable(file)
    _tidy(frame, meta.readstat_variable_types)
    survey = _described(file.path, frame, meta)
    return replace(survey, notes=[*notes, *survey.notes])


def _described(path: Path, frame: "pd.DataFrame", meta: Any) -> SurveyFile:
    """What the file tells of its columns."""
    labels: dict[str, dict[Any, str]] = meta.variable_value_labels
    sets = getattr(meta, "mr_sets", None) or {}
    words = {name for name, of in meta.readstat_variable_types.items() if of == "string"}
    survey = SurveyFile(
        path,
        frame,
        {name: label for name, label in meta.column_names_to_labels.items() if label},
        {
            name: {code: text for code, text in of_column.items()
                   if name in words or not isinstance(code, str)}
            for name, of_column in labels.items()
        },
        {
            name: [(one["lo"], one["hi"]) for one in ranges]
            for name, ranges in meta.missing_ranges.items()
        },
        {
            name: int(kind.removeprefix("N"))
            for name, kind in meta.original_variable_types.items()
            if kind and re.fullmatch("N[0-9]{1,2}", kind)
        },
        missing_labels={  # those of Stata's .a are texts in a column of numbers
            name: {f".{code}": text for code, text in of_column.items() if isinstance(code, str)}
            for name, of_column in labels.items()
            if name not in words
        },
    )  # fmt: skip
    return with_response_sets(survey, sets)


def _decodable(file: _File) -> tuple["pd.DataFrame", Any, list[str]]:
    """The file, if it is not in the encoding that it declares read a text at a time."""
    import pyreadstat

    path, kind = file.path, file.kind
    errors = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, LookupError)
    try:
        return *_read_in(file), []
    except errors as error:
        refusal = InputError(
            f"{path} cannot be read as {kind} ({str(error).strip().rstrip('.')}); it may be "
            f"damaged or in a wrong encoding: save it again from {kind.split()[1]} in "
            "Unicode, or give --encoding."
        )
        if file.encoding is not None or not any(word in str(error).lower() for word in _OF_TEXT):
            raise refusal from error
    try:
        frame, meta = _read_in(replace(file, encoding="ISO-8859-1", needed=None))
    except errors as error:
        raise refusal from error
    _mend(frame, meta)
    note = (
        f"{path.name}: has text that is not in the encoding it declares, which was read as well "
        "as could be; else give --encoding"
    )
    return frame, meta, [note]


def _read_in(file: _File) -> tuple["pd.DataFrame", Any]:
    path, how = file.path, dict(file.how)
    if file.encoding is not None:
        how["encoding"] = file.encoding
    head, told = file.read(path, metadataonly=True, **how)
    check_columns(path, told.number_columns or 1)
    described = _described(path, head, told)
    names = sources(described, file.needed(described)) if file.needed else []
    if not names or not set(names) <= set(head.columns):
        names = list(head.columns)
    # Dates stay numbers: an impossible date in a column nobody needs must not refuse the file.
    how["disable_datetime_conversion"] = True
    frame = _quickly(file, told, names, how)
    if frame is not None:
        return frame, told
    if len(names) < len(head.columns):
        how["usecols"] = names
    most = MAX_CELLS // max(len(names), 1)
    frame, meta = file.read(path, row_limit=most + 1, **how)
    if len(frame) > most:  # the number of rows that it tells may be wrong
        raise InputError(
            f"{path} unfolds to more than {MAX_CELLS:,} cells; keep only the columns that the "
            "study needs."
        )
    return frame, meta


def _quickly(
    file: _File, told: Any, names: Sequence[str], how: Mapping[str, Any]
) -> "pd.DataFrame | None":
    """The columns of an .sav, of which the library reads the texts alone; None where it has to read
    all."""
    words = [name for name in names if told.readstat_variable_types[name] == "string"]
    places = {
        name: place
        for place, name in enumerate(
            name for name in told.column_names if told.readstat_variable_types[name] != "string"
        )
    }
    layout = file.layout
    if layout is None or layout.widths.count(0) != len(places):
        return None
    if layout.cases * len(names) > MAX_CELLS:
        return None
    found = numbers(file.path, layout, [places[name] for name in names if name in places])
    if found is None:
        return None
    import pandas as pd

    frame = pd.DataFrame(found.T, columns=[name for name in names if name in places], copy=False)
    if not words:
        return frame
    texts, _ = file.read(file.path, usecols=words, **how)
    return pd.concat([frame, texts], axis=1)[list(names)] if len(texts) == len(frame) else None


def _tidy(frame: "pd.DataFrame", kinds: Mapping[str, str]) -> None:
    """Makes nothing of empty texts, for which there is no other, and takes off the blanks that fill
    texts up; whole numbers of which some are missing are numbers, too."""
    import pandas as pd

    for name, dtype in zip(frame.columns.tolist(), frame.dtypes.tolist(), strict=True):
        if dtype.kind in "ifb":
            continue
        if kinds[str(name)] != "string":
            frame[name] = pd.to_numeric(frame[name])
            continue
        frame[name] = (
            frame[name]
            .astype("object")
            .map(lambda cell: (cell.rstrip(" ") or None) if isinstance(cell, str) else cell)
        )


def _mend(frame: "pd.DataFrame", meta: Any) -> None:
    for name in frame.columns:
        if frame[name].dtype.kind not in "ifb":
            frame[name] = frame[name].map(_decoded)
    frame.columns = frame.columns.map(_decoded)
    for told in ("column_names_to_labels", "variable_value_labels", "missing_ranges",
                 "original_variable_types", "readstat_variable_types", "mr_sets"):  # fmt: skip
        setattr(meta, told, _all_decoded(getattr(meta, told, None)))


def _all_decoded(told: Any) -> Any:
    if isinstance(told, dict):
        return {_decoded(key): _all_decoded(value) for key, value in told.items()}
    return [_all_decoded(one) for one in told] if isinstance(told, list) else _decoded(told)


def _decoded(text: Any) -> Any:
    """Of text that was read a letter a byte: as UTF-8 if it can be, else as Windows wrote it."""
    if not isinstance(text, str) or text.isascii():
        return text
    raw = text.encode("iso-8859-1", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").replace("\ufffd", "")
