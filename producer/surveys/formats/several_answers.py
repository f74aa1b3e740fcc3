"""Questions with several answers: in one cell, "Email, Chat", or in a column for each answer.

Google Forms and Microsoft Forms write "choose all that apply" in a cell, SurveyMonkey and
LimeSurvey in columns, Qualtrics in either. Knows tables of text, not their formats.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anthology.models.questionnaire.codes import plain
from anthology.producer.surveys.formats.column_sets import (
    answer_sets,
    answers_given,
    set_labels,
)
from anthology.producer.surveys.formats.survey_file import SurveyFile

if TYPE_CHECKING:
    import pandas as pd

_PARTS = re.compile(r"\s*[,;|\n]\s*")  # Jotform begins a line for each
_MOST_ANSWERS = 40
_LONGEST = 80  # characters of an answer; longer ones are sentences
_FEWEST_JOINED = 0.05  # of the cells
_CODES = re.compile(r"[1-9][0-9]?(?:,[1-9][0-9]?)*")
_FEWEST_LAST = 2  # different codes that end a list; 1,5 and 2,5 are halves


def with_several(survey: SurveyFile) -> SurveyFile:
    """The survey with a column of 1 and 0 for each answer of such columns, named "question
    [answer]" and told of in `multiple`; who left the question out has neither. Of columns that are
    an answer each already and hold it or nothing, nothing becomes 0."""
    import pandas as pd

    added: dict[str, pd.Series[Any]] = {}
    sets = answer_sets(survey)
    labels = {**set_labels(sets), **survey.labels}
    value_labels = dict(survey.value_labels)
    multiple = {**survey.multiple, **sets}
    for columns in survey.multiple.values():
        given = answers_given(survey, columns)
        added |= given
        value_labels |= {name: {1.0: "Yes", 0.0: "No"} for name in given}
    there = set(survey.frame.columns.tolist())
    kinds = zip(survey.frame.columns.tolist(), survey.frame.dtypes.tolist(), strict=True)
    for name in [name for name, dtype in kinds if dtype.kind not in "ifb"]:
        column = survey.frame[name]
        if name in added:
            continue
        answers = {f"{name} [{answer}]": answer for answer in _answers(column)}
        if any(own in there or own in added for own in answers):
            continue  # the file has them itself
        for own, answer in answers.items():
            added[own] = _chosen(column, answer)
            labels[own] = f"{survey.labels.get(name, name)} [{answer}]"
            value_labels[own] = {1.0: "Yes", 0.0: "No"}
        if answers:
            multiple[name] = list(answers)
    if not added:
        return replace(survey, multiple=multiple, labels=labels)
    more = pd.DataFrame(added)
    frame = survey.frame.drop(columns=[name for name in more if name in survey.frame])
    frame = pd.concat([frame, more], axis=1)
    order = [*survey.frame.columns, *(name for name in more if name not in survey.frame)]
    return replace(
        survey, frame=frame[order], labels=labels,
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
        cells: pd.DataFrame = own.map(lambda cell: "" if pd.isna(cell) else str(plain(cell)))
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
