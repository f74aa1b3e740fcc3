"""Columns in whose cells several answers stand, "Email, Chat", as one column an answer.

Google Forms, Microsoft Forms and Qualtrics write "choose all that apply" so. Knows tables of text,
not their formats.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anthology.producer.surveys.formats.survey_file import SurveyFile

if TYPE_CHECKING:
    import pandas as pd

_PARTS = re.compile(r"\s*[,;|]\s*")
_MOST_ANSWERS = 40
_LONGEST = 80  # characters of an answer; longer ones are sentences
_FEWEST_JOINED = 0.05  # of the cells
_CODES = re.compile(r"[1-9][0-9]?(?:,[1-9][0-9]?)*")
_FEWEST_LAST = 2  # different codes that end a list; 1,5 and 2,5 are halves


def with_several(survey: SurveyFile) -> SurveyFile:
    """The survey with a column of 1 and 0 for each answer of such columns, named "question
    [answer]" and told of in `multiple`; who left the question out has neither."""
    import pandas as pd

    added: dict[str, pd.Series[Any]] = {}
    labels, value_labels = dict(survey.labels), dict(survey.value_labels)
    multiple = dict(survey.multiple)
    for name in survey.frame.columns:
        column = survey.frame[name]
        if column.dtype.kind in "ifb":
            continue
        columns = {f"{name} [{answer}]": answer for answer in _answers(column)}
        if set(columns) & (set(survey.frame.columns) | set(added)):
            continue  # the file has them itself
        for own, answer in columns.items():
            added[own] = _chosen(column, answer)
            labels[own] = f"{survey.labels.get(name, name)} [{answer}]"
            value_labels[own] = {1.0: "Yes", 0.0: "No"}
        if columns:
            multiple[name] = list(columns)
    if not added:
        return survey
    more = pd.DataFrame(added)
    return replace(
        survey, frame=pd.concat([survey.frame, more], axis=1), labels=labels,
        value_labels=value_labels, multiple=multiple, written=_written(survey, more),
    )  # fmt: skip


def lists_codes(texts: Sequence[str], among_commas: bool) -> bool:
    """Whether texts are lists of codes, "1,3", and no numbers with decimal commas.

    Then every list ascends. Those of two codes could be decimals; they are lists only in a file
    that is separated by commas, as `among_commas` says, where most codes stand alone, too.
    """
    if not all(map(_CODES.fullmatch, texts)):
        return False
    lists = [[int(code) for code in text.split(",")] for text in texts]
    joined = [codes for codes in lists if len(codes) > 1]
    if not joined or any(codes != sorted(set(codes)) for codes in joined):
        return False
    if any(len(codes) > 2 for codes in joined):
        return True
    parts = {code for codes in joined for code in codes}
    alone = parts & {codes[0] for codes in lists if len(codes) == 1}
    ends = {codes[-1] for codes in joined}
    return among_commas and 3 * len(alone) >= 2 * len(parts) and len(ends) >= _FEWEST_LAST


def _written(
    survey: SurveyFile, more: "pd.DataFrame"
) -> "Callable[[list[str]], pd.DataFrame] | None":
    """What reads the cells of columns as they stand, those that stand in no file included."""
    import pandas as pd

    before = survey.written
    if before is None:
        return None

    def written(names: list[str]) -> pd.DataFrame:
        there = [name for name in names if name not in more.columns]
        own = more[[name for name in names if name in more.columns]]
        cells: pd.DataFrame = own.apply(lambda c: c.map({1.0: "1", 0.0: "0"}).fillna(""))
        return pd.concat([before(there), cells], axis=1) if there else cells

    return written


def _answers(column: "pd.Series[Any]") -> list[str]:
    """The answers that cells are lists of; none if they are no lists: then there are as many cells
    as parts, as of "Yes, definitely", or parts that nobody else has."""
    cells: Counter[str] = Counter()
    for cell, count in column.value_counts().items():
        cells[str(cell).strip()] += int(count)
    people = cells.total()
    joined = sum(count for cell, count in cells.items() if len(_listed(cell)) > 1)
    if not people or joined < max(2, _FEWEST_JOINED * people):
        return []
    if lists_codes(list(cells), among_commas=True):
        codes = {code for cell in cells for code in _listed(cell)}
        return sorted(codes, key=int)
    parts: Counter[str] = Counter()
    for cell, count in cells.items():
        found = _listed(cell)
        if len(found) != len(set(found)):
            return []
        for part in found:
            parts[part] += count
    if len(parts) > _MOST_ANSWERS or any(len(part) > _LONGEST for part in parts):
        return []
    rare = sum(count < 2 for count in parts.values())
    numbers = all(re.fullmatch(r"[\d.$€£%-]+", part) for part in parts)
    apart = any(_listed(cell) == [part] for cell in cells for part in _listed(cell))
    if len(cells) < len(parts) or rare > len(parts) / 3 or numbers or not apart:
        return []
    return list(parts)


def _listed(cell: str) -> list[str]:
    """The answers of a cell, which may end with what parts them."""
    return [part for part in _PARTS.split(cell.strip()) if part]


def _chosen(column: "pd.Series[Any]", answer: str) -> "pd.Series[Any]":
    chosen = {cell: float(answer in _listed(str(cell))) for cell in column.dropna().unique()}
    return column.map(chosen).astype("float64")
