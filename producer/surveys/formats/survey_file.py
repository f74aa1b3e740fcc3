"""What a pollster's survey file holds: a table of codes with its labels, whatever its format.

Does not know the formats, which are in `readers.py`, nor which columns are items, traits or
weights, nor which codes mean nonresponse.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.errors import InputError

if TYPE_CHECKING:  # for it takes a third of a command's start, and most commands read no survey
    import pandas as pd

Code = float | str

_FEW = 1000  # numbers, for which there is room
MAX_COLUMNS = 20_000  # the largest surveys have some 7,000


@dataclass(frozen=True)
class SurveyFile:
    """A survey: frame has a row per respondent and the codes as they stand, NaN where empty.

    labels: question text per column; value_labels: label per code per column; user_missing: per
    column the (low, high) ranges of codes, ends included, that its author declared missing;
    digits: per column with SPSS's format N how many digits a number is shown with; written:
    of a file that is text, what reads cells of columns as they stand there, empty where none does.
    multiple: questions that could be answered by several columns, with those; mentions: of columns
    that are made of others, a first to a last answer of one question, these; twice: names that
    the file has more than once, with what its columns are called here; missing_labels: per
    column what Stata's .a to .z mean, where cells are empty; ordered: columns whose author said
    that their codes are in order; notes: how the file was read, where that had to be found out.
    """

    path: Path
    frame: "pd.DataFrame"
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[Code, str]] = field(default_factory=dict)
    user_missing: Mapping[str, list[tuple[Code, Code]]] = field(default_factory=dict)
    digits: Mapping[str, int] = field(default_factory=dict)
    written: "Callable[[list[str]], pd.DataFrame] | None" = None
    multiple: Mapping[str, list[str]] = field(default_factory=dict)
    mentions: Mapping[str, list[str]] = field(default_factory=dict)
    twice: Mapping[str, list[str]] = field(default_factory=dict)
    missing_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ordered: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    def column(self, name: str, field: str = "") -> "pd.Series[Any]":
        """The codes of one column, which a `field` of a study file names; raises InputError with
        close matches if there is none, or if there are two."""
        named = field and f" ({field})"
        if name not in self.frame.columns:
            if name in self.twice:
                here = " or ".join(map(repr, self.twice[name]))
                raise InputError(
                    f"{self.path} has {len(self.twice[name])} columns named {name!r}{named}; "
                    f"say {here}."
                )
            raise InputError(f"{self.path} has no column {name!r}{named}; {self._suggestion(name)}")
        return self.frame[name]

    def counts(self, name: str) -> dict[Code, int]:
        """How often each code of a column was given, labelled ones that nobody gave included;
        numbers first, sorted."""
        values = self.column(name)
        given: dict[Any, int]
        if values.dtype.kind in "if":  # in a tenth of the time that pandas takes to count
            given = _counted(values.to_numpy())
        else:
            given = dict(values.value_counts().to_dict())
        for code in self.value_labels.get(name, {}):
            given.setdefault(code, 0)
        return dict(sorted(given.items(), key=lambda pair: (isinstance(pair[0], str), pair[0])))

    def _suggestion(self, name: str) -> str:
        by_folded = {str(column).casefold(): str(column) for column in self.frame.columns}
        close = difflib.get_close_matches(name.casefold(), by_folded)
        if close:
            return f"did you mean {' or '.join(repr(by_folded[c]) for c in close)}?"
        return f"its {len(self.frame.columns)} columns begin with {list(self.frame.columns[:5])}."


def _counted(numbers: Any) -> dict[Any, int]:
    """How often each number was given; small whole ones without sorting people."""
    import numpy as np  # only where a survey is read: it takes a third of a command's start

    there = numbers[~np.isnan(numbers)] if numbers.dtype.kind == "f" else numbers
    if len(there) and there.min() >= 0 and there.max() < _FEW:
        whole = there.astype(np.int64)
        if (whole == there).all():
            people = np.bincount(whole)
            codes = np.flatnonzero(people)
            return dict(
                zip(codes.astype(there.dtype).tolist(), people[codes].tolist(), strict=True)
            )
    codes, people = np.unique(there, return_counts=True)
    return dict(zip(codes.tolist(), people.tolist(), strict=True))


def check_columns(path: Path, count: int) -> None:
    if count > MAX_COLUMNS:
        raise InputError(
            f"{path} has {count:,} columns, more than {MAX_COLUMNS:,}; keep only those that the "
            "study needs."
        )
