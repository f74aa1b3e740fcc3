"""Questions with several answers, in one cell, "Email, Chat", or in a column each, as 1 and 0.

Google Forms writes "choose all that apply" the first way, SurveyMonkey the second. Knows tables of
text, not their formats.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anthology.producer.surveys.formats.survey_file import SurveyFile

if TYPE_CHECKING:
    import pandas as pd

_PARTS = re.compile(r"\s*[,;|]\s*")
_MOST_ANSWERS = 40
_LONGEST = 80  # characters of an answer; longer ones are sentences
_FEWEST_JOINED = 0.05  # of the cells


def with_several(survey: SurveyFile) -> SurveyFile:
    """The survey with a column of 1 and 0 for each answer of such columns, named "question
    [answer]" and told of in `multiple`; who left the question out has neither. Of columns that are
    an answer each already and hold it or nothing, nothing becomes 0."""
    import pandas as pd

    added: dict[str, pd.Series[Any]] = {}
    labels, value_labels = dict(survey.labels), dict(survey.value_labels)
    multiple = dict(survey.multiple)
    for name in (column for columns in survey.multiple.values() for column in columns):
        if _is_answer_or_blank(survey.frame[name], name):
            added[name] = survey.frame[name].notna().astype("float64")
            value_labels[name] = {1.0: "Yes", 0.0: "No"}
    for name in survey.frame.columns:
        column = survey.frame[name]
        if column.dtype.kind in "ifb" or name in added:
            continue
        answers = _answers(column)
        for answer in answers:
            own = f"{name} [{answer}]"
            added[own] = _chosen(column, answer)
            labels[own] = f"{survey.labels.get(name, name)} [{answer}]"
            value_labels[own] = {1.0: "Yes", 0.0: "No"}
            multiple.setdefault(name, []).append(own)
    if not added:
        return survey
    more = pd.DataFrame({name: added[name] for name in added if name not in survey.frame})
    here = {name: added[name] for name in added if name in survey.frame}
    frame = pd.concat([survey.frame.assign(**here), more], axis=1)
    return replace(
        survey, frame=frame, labels=labels, value_labels=value_labels, multiple=multiple,
        written=_written(survey, added),
    )  # fmt: skip


def _written(
    survey: SurveyFile, added: "dict[str, pd.Series[Any]]"
) -> "Callable[[list[str]], pd.DataFrame] | None":
    """The file's own cells, and 1 and 0 of the columns that were added, which stand in no file."""
    of_file = survey.written
    if of_file is None:
        return None

    def cells(names: list[str]) -> "pd.DataFrame":
        import pandas as pd

        own = [name for name in names if name not in added]
        texts = {name: added[name].map({1.0: "1", 0.0: "0"}).fillna("") for name in names
                 if name in added}  # fmt: skip
        frame = pd.DataFrame(texts)
        return pd.concat([of_file(own), frame], axis=1)[names] if own else frame

    return cells


def _is_answer_or_blank(column: "pd.Series[Any]", name: str) -> bool:
    """Whether all cells of "question [answer]" are that answer, or nothing."""
    answer = name.rpartition(" [")[2].removesuffix("]")
    return column.dropna().unique().tolist() == [answer]


def _answers(column: "pd.Series[Any]") -> list[str]:
    """The answers that cells are lists of; none if they are no lists: then there are as many cells
    as parts, as of "Yes, definitely", or parts that nobody else has."""
    cells = Counter(cell for cell in column if isinstance(cell, str))
    people = cells.total()
    joined = sum(count for cell, count in cells.items() if _PARTS.search(cell.strip()))
    if not people or joined < max(2, _FEWEST_JOINED * people):
        return []
    parts: Counter[str] = Counter()
    for cell, count in cells.items():
        found = [part for part in _PARTS.split(cell.strip()) if part]
        if len(found) != len(set(found)):
            return []
        for part in found:
            parts[part] += count
    if len(parts) > _MOST_ANSWERS or any(len(part) > _LONGEST for part in parts):
        return []
    rare = sum(count < 2 for count in parts.values())
    numbers = all(re.fullmatch(r"[\d.$€£%-]+", part) for part in parts)
    apart = any(part in cells for part in parts)
    if len(cells) < len(parts) or rare > len(parts) / 3 or numbers or not apart:
        return []
    return list(parts)


def _chosen(column: "pd.Series[Any]", answer: str) -> "pd.Series[Any]":
    given = column.map(
        lambda cell: float(answer in _PARTS.split(cell.strip())) if isinstance(cell, str) else None
    )
    return given.astype("float64")
