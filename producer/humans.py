"""Turns a survey file into respondents: codes become option positions, or the file is refused.

Knows the study's mapping of codes to options; nothing of databases.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from models import seeds
from models.codes import plain
from models.errors import InputError
from models.nonresponse import nonresponse_codes
from models.questions import Question
from models.study import Study
from models.survey_file import SurveyFile, read_survey


@dataclass(frozen=True)
class EncodedHumans:
    """All people of a survey; the first `sampled` of them are the ones that are simulated."""

    ids: list[str]
    weights: list[float]
    traits: dict[str, list[int]]
    answers: dict[str, list[int]]
    sampled: int

    @property
    def digest(self) -> str:
        text = json.dumps([self.ids, self.weights, self.traits, self.answers, self.sampled])
        return hashlib.sha256(text.encode()).hexdigest()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows for the `respondent` table, numbered from 0."""
        for number, (source_id, weight) in enumerate(zip(self.ids, self.weights, strict=True)):
            yield {
                "number": number,
                "source_id": source_id,
                "weight": weight,
                "traits": _positions(self.traits, number),
                "answers": _positions(self.answers, number),
            }


def read_humans(study: Study) -> EncodedHumans:
    """Reads and encodes the study's survey file.

    Raises `InputError` naming file, field and column: for a column that is not there, a code that
    no option covers (or two do), a weight that is not a number, ids that are not unique.
    """
    survey = read_survey(study.humans.file)
    people = len(survey.frame)
    sample = study.humans.sample
    if sample is not None and sample > people:
        raise InputError(
            f"{survey.path}: humans.sample asks for {sample} respondents, the file has {people}"
        )
    order = list(range(people))
    if sample is not None:
        chosen = seeds.chosen(people, sample, study.seed, "respondents")
        order = chosen + sorted(set(order) - set(chosen))
    return EncodedHumans(
        ids=_in(order, _ids(survey, study.humans.id)),
        weights=_in(order, _weights(survey, study.humans.weight)),
        traits={
            name: _in(order, _encode(survey, trait, f"traits.{name}"))
            for name, trait in study.traits.items()
        },
        answers={
            question.name: _in(order, _encode(survey, question, f"questions.{question.name}"))
            for question in study.questions
        },
        sampled=sample if sample is not None else people,
    )


def _in(order: list[int], values: list[Any]) -> list[Any]:
    return [values[i] for i in order]


def _positions(columns: dict[str, list[int]], number: int) -> dict[str, int | None]:
    return {
        name: None if positions[number] < 0 else positions[number]
        for name, positions in columns.items()
    }


def _encode(survey: SurveyFile, question: Question, field: str) -> list[int]:
    """A column's option positions, -1 where the code is empty, `missing` or nonresponse.

    A range of codes takes in none of these: 99 beside `from: 65` is no age. A code that an option
    names is an answer, whatever it looks like.
    """
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    column = survey.column(question.column)
    codes: dict[Any, int] = {}
    nonresponse = set(nonresponse_codes(survey, question.column))
    for code in column.dropna().unique().tolist():
        found = question.positions(code)
        if code in question.missing or (code in nonresponse and not question.names(code)):
            codes[code] = -1
            continue
        if len(found) > 1:
            options = " and ".join(repr(question.option_texts[i]) for i in found)
            raise InputError(f"{survey.path}: {field}: code {plain(code)} belongs to {options}")
        if not found:
            count = int((column == code).sum())
            raise InputError(
                f"{survey.path}: {field}: column {question.column!r} has code {plain(code)} "
                f"({count} respondents), which no option covers; {_remedy(question, code)}"
            )
        codes[code] = found[0]
    encoded = [-1 if pd.isna(code) else codes[code] for code in column.tolist()]
    if all(position < 0 for position in encoded):
        raise InputError(f"{survey.path}: {field}: nobody has an answer in {question.column!r}")
    return encoded


def _remedy(question: Question, code: Any) -> str:
    """A code may look like an option's and be of the other kind: 1 in the file, "1" in the study,
    or the other way round where one cell of a column is a word."""
    if isinstance(code, str):
        with suppress(ValueError):
            if question.positions(float(code)):
                return (
                    "it is text here and a number in the study file; look for words in the column, "
                    f"or write {code!r} in the study file"
                )
    elif question.positions(text := str(plain(code))):
        return f"it is a number, and {text!r} in the study file is text; leave out its quotes"
    return "add it to an option or to missing"


def _ids(survey: SurveyFile, name: str | None) -> list[str]:
    if name is None:
        return [str(row) for row in range(1, len(survey.frame) + 1)]
    ids = [str(plain(value)) for value in survey.column(name).tolist()]
    twice = [value for value, count in Counter(ids).items() if count > 1]
    if twice:
        raise InputError(f"{survey.path}: humans.id: {twice[0]!r} stands in {name!r} twice")
    return ids


def _weights(survey: SurveyFile, name: str | None) -> list[float]:
    if name is None:
        return [1.0] * len(survey.frame)
    import pandas as pd

    numbers = pd.to_numeric(survey.column(name), errors="coerce").tolist()
    for row, weight in enumerate(numbers, start=1):
        if not math.isfinite(weight) or weight < 0:
            raise InputError(
                f"{survey.path}: humans.weight: column {name!r} has no usable weight for "
                f"respondent {row}; a weight is a number from 0 upwards"
            )
    if not sum(numbers):
        raise InputError(f"{survey.path}: humans.weight: all weights in {name!r} are 0")
    return [float(weight) for weight in numbers]
