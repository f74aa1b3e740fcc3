"""Reads R files (.rds, .RData): a data frame with factors, and the labels that haven, labelled,
Hmisc, sjlabelled and foreign give its columns.

Does not know what the columns are for. A factor has the codes that R has inside, 1 for its first
level, as it has in the .sav that haven writes of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from anthology.producer.surveys.formats.header_rows import Header, header_of
from anthology.producer.surveys.formats.labelled.r_objects import (
    RVector,
    data_frame,
    refused_if_damaged,
)
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile, check_columns

if TYPE_CHECKING:
    import pandas as pd

_OF_WORDS = ("variable.labels", "var.labels")  # of a data frame that foreign read
_DAY = 86_400  # seconds
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799  # of the years 1 and 9999
_MOST_NAMED = 8


def read_r(path: Path, _: str | None = None, __: str | None = None) -> SurveyFile:
    with refused_if_damaged(path):
        return _survey(path, data_frame(path))


def _survey(path: Path, frame: RVector) -> SurveyFile:
    names = [name or "" for name in frame.texts("names")]
    vectors: list[RVector] = frame.values
    check_columns(path, len(names))
    people = _people(frame)
    rows = [name or "" for name in frame.texts("row.names")]
    if rows and rows != [str(number) for number in range(1, people + 1)]:
        names, vectors = ["row", *names], [RVector(rows, {}), *vectors]
    header = header_of([names]) if names else Header([], {}, 0)
    told = _labels(frame)
    read = {
        name: _column(vector, people, told.get(own, ""))
        for name, own, vector in zip(header.names, names, vectors, strict=True)
    }
    columns = {name: column for name, column in read.items() if column is not None}
    return SurveyFile(
        path,
        _table(columns, people),
        {name: one.label for name, one in columns.items() if one.label},
        {name: one.labels for name, one in columns.items() if one.labels},
        {name: one.missing for name, one in columns.items() if one.missing},
        missing_labels={name: one.tagged for name, one in columns.items() if one.tagged},
        twice=header.twice,
        ordered=frozenset(name for name, one in columns.items() if one.ordered),
        notes=_notes(path, [name for name in read if name not in columns]),
    )


def _people(frame: RVector) -> int:
    """By the names of rows, which are NA and a number where they would only count."""
    rows = frame.attributes["row.names"].values
    counted = not isinstance(rows, list) and len(rows) == 2 and rows[0] != rows[0]
    return abs(int(rows[1])) if counted else len(rows)


@dataclass(frozen=True)
class _Column:
    """cells: (n,) float64, or texts and None; labels, missing and tagged as `SurveyFile` has value
    labels, missing ranges and labels of what is missing."""

    cells: Any
    label: str = ""
    labels: dict[Code, str] = field(default_factory=dict)
    missing: list[tuple[Code, Code]] = field(default_factory=list)
    tagged: dict[str, str] = field(default_factory=dict)
    ordered: bool = False


def _column(vector: RVector, people: int, told: str) -> _Column | None:
    """None for what is no column of answers: lists, tables, complex numbers, raw bytes."""
    if vector.values is None or "dim" in vector.attributes or len(vector.values) != people:
        return None
    if any(isinstance(one, RVector) for one in vector.values):
        return None
    label = " ".join(text for text in vector.texts("label") if text) or told
    if "factor" in vector.classes:
        levels = dict(enumerate(vector.texts("levels"), start=1))
        nothing = [code for code, text in levels.items() if text is None]
        return _Column(
            _without(vector.values, nothing), label,
            {float(code): text for code, text in levels.items() if text is not None},
            ordered="ordered" in vector.classes,
        )  # fmt: skip
    cells = _cells(vector)
    named = vector.attributes.get("labels") or vector.attributes.get("value.labels")
    labels, tagged = _value_labels(named, of_words=isinstance(cells, list))
    return _Column(cells, label, labels, _missing(vector.attributes), tagged)


def _cells(vector: RVector) -> Any:
    """Numbers, or texts, of which an empty one is nothing; dates, and times of Greenwich, as R
    shows them."""
    import numpy as np

    if isinstance(vector.values, list):
        return [text.rstrip(" ") or None if text else None for text in vector.values]
    if "integer64" in vector.classes:  # of bit64, which keeps them in the bits of a double
        whole = vector.values.view("int64")
        return np.where(whole == np.iinfo("int64").min, np.nan, whole.astype("float64"))
    if "Date" in vector.classes:
        return _times(vector.values * _DAY, "D")
    return _times(vector.values, "s") if "POSIXct" in vector.classes else vector.values


def _times(seconds: Any, unit: Literal["D", "s"]) -> list[str | None]:
    """Days, or seconds, of which each has so many seconds since 1970; none beyond the calendar."""
    import numpy as np

    there = (seconds >= _FIRST_SECOND) & (seconds <= _LAST_SECOND)
    times = np.where(there, seconds, 0).astype("int64").astype("datetime64[s]")
    texts = np.datetime_as_string(times, unit=unit).tolist()
    return [t.replace("T", " ") if known else None for t, known in zip(texts, there, strict=True)]


def _value_labels(
    named: RVector | None, *, of_words: bool
) -> tuple[dict[Code, str], dict[str, str]]:
    """Labels by code, and those of haven's tagged missing values, NA(a), by what Stata calls them.

    A tag is a letter in the bits of the NaN.
    """
    if named is None or named.values is None:
        return {}, {}
    labels: dict[Code, str] = {}
    tagged: dict[str, str] = {}
    for code, text in zip(named.values, named.texts("names"), strict=False):
        if text is None or code is None:
            continue
        number = code if of_words or not isinstance(code, str) else _number(code)
        if isinstance(number, str):
            labels[number] = text
        elif number == number:
            labels[float(number)] = text
        elif letter := _tag(number):
            tagged[f".{letter}"] = text
    return labels, tagged


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text) else float("nan")


def _tag(number: Any) -> str:
    import numpy as np

    letter = chr(int(np.float64(number).view("uint64")) >> 32 & 0xFF)
    return letter if letter.isascii() and letter.isalpha() else ""


def _missing(attributes: Mapping[str, RVector]) -> list[tuple[Code, Code]]:
    """What haven's `labelled_spss` declares missing: single codes and a range."""
    alone = attributes.get("na_values")
    ends = attributes.get("na_range")
    codes = [] if alone is None or alone.values is None else list(alone.values)
    codes = [code if isinstance(code, str) else float(code) for code in codes if code is not None]
    found = [(code, code) for code in codes]
    if ends is not None and ends.values is not None and len(ends.values) == 2:
        found.append((float(ends.values[0]), float(ends.values[1])))
    return found


def _labels(frame: RVector) -> dict[str, str]:
    """Wordings by column that stand at the data frame, as foreign's `read.spss` has them: by name,
    or in the columns' order."""
    found: dict[str, str] = {}
    for attribute in _OF_WORDS:
        texts = frame.texts(attribute)
        own = frame.attributes.get(attribute)
        names = own.texts("names") if own and "names" in own.attributes else frame.texts("names")
        if len(texts) == len(names):
            found |= {str(n): text for n, text in zip(names, texts, strict=True) if text}
    return found


def _without(values: Any, codes: Sequence[float]) -> Any:
    import numpy as np

    return np.where(np.isin(values, codes), np.nan, values) if codes else values


def _table(columns: Mapping[str, _Column], people: int) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    cells = {
        name: pd.Series(one.cells, dtype=object if isinstance(one.cells, list) else "float64")
        for name, one in columns.items()
    }
    return pd.DataFrame(cells, index=np.arange(people))


def _notes(path: Path, left_out: Sequence[str]) -> list[str]:
    if not left_out:
        return []
    more = f" and {len(left_out) - _MOST_NAMED} more" if len(left_out) > _MOST_NAMED else ""
    named = ", ".join(map(repr, left_out[:_MOST_NAMED]))
    return [f"{path.name}: {named}{more} left out, since they hold no single answers"]
