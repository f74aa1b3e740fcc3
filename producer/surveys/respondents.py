"""Turns a survey file into respondents: codes become option positions, or the file is refused.

Knows the study's mapping of codes to options; nothing of databases.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import Code, plain
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.retest import AGAIN, asked_again
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.surveys.coded_cells import Cell, cells, remedy
from anthology.producer.surveys.earlier_nonresponse import earlier_nonresponse
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.spelling import spelled, texts_in
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.population import (
    drawn,
    refuse_empty_arms,
    simulated,
    told_of,
    within,
)
from anthology.producer.surveys.routed import refuse_unasked, routed, told_again
from anthology.producer.surveys.scales.scale import scales_of
from anthology.producer.surveys.wanted_columns import place_of, refuse_missing
from anthology.producer.surveys.weights import outside, weights_of


@dataclass(frozen=True)
class EncodedHumans:
    """All people of a survey; the first `sampled` of them are the ones that are simulated.

    former: digests by the reading of earlier versions, where they are others. left_out: per column
    the codes, with how many people have them, that no field of the study names and that were taken
    for nonresponse. notes: how the file was read, and who is left out.
    """

    ids: list[str]
    weights: list[float]
    traits: dict[str, list[int]]
    answers: dict[str, list[int]]
    sampled: int
    former: frozenset[str] = frozenset()
    left_out: dict[str, dict[Code, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

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


def read_humans(study: Study, survey: SurveyFile | None = None) -> EncodedHumans:
    """Reads and encodes the study's survey file, or only encodes it where it has been read; nobody
    where the study has none.

    Raises `InputError` naming file, field and column: for a column that is not there, a code that
    no option covers (or two do), a weight that is not a number, ids that are not unique.
    """
    if study.humans is None:
        return _nobody(study)
    survey = survey or _file(study)
    refuse_missing(survey, study)
    scales = scales_of(survey, _asked(study))
    nonresponse = {column: scale.nonresponse for column, scale in scales.items()}
    found = _encoded(_as_written(survey, study, nonresponse), study)
    former = {humans.digest for humans in _as_before(survey, study)} - {found.digest}
    return replace(found, former=frozenset(former))


def told(humans: EncodedHumans) -> list[str]:
    """What was found out about the file, and a line for each column with codes that were taken for
    nonresponse though the study names none of them."""
    lines = list(humans.notes)
    for column, codes in humans.left_out.items():
        shown = [f"{code} ({count} people)" for code, count in codes.items()]
        lines.append(
            f"column {column!r}: {', '.join(sorted(shown))} counted as nonresponse; to say so, or "
            "else, name them in `missing` or in an option"
        )
    return lines


def read_as_before(study: Study) -> Iterator[EncodedHumans]:
    """As earlier versions read it, so that a study which they stored is known again."""
    return _as_before(_file(study), study) if study.humans else iter(())


def _nobody(study: Study) -> EncodedHumans:
    """As many answer as the largest pool that is asked has personas."""
    most = max(study.people_in(condition, 0) for condition in study.conditions)
    return EncodedHumans(ids=[], weights=[], traits={}, answers={}, sampled=most)


def _file(study: Study) -> SurveyFile:
    humans = study.surveyed
    return read_survey(humans.file, humans.encoding, humans.separator)


def _as_before(survey: SurveyFile, study: Study) -> Iterator[EncodedHumans]:
    """First as versions did that took 02138 for the code 2138, then as later ones."""
    columns = _asked(study)
    earlier = {column: earlier_nonresponse(survey, column) for column in columns}
    for read in (_as_numbers, _as_written):
        with suppress(InputError):  # an earlier version would have refused it
            yield _encoded(replace(read(survey, study, earlier), before=True), study)


def _asked(study: Study) -> list[str]:
    """The columns of traits and questions."""
    questions = [*study.in_file, *asked_again(study.compared)]
    columns = [question.column for question in questions]
    return list(dict.fromkeys(column for column in columns if column is not None))


@dataclass(frozen=True)
class _Read:
    """A survey file with the rows that the study is about, the ids of all, per column the codes of
    nonresponse, and the cells of columns whose numbers are no numbers; filled in as it is encoded:
    what was left out."""

    survey: SurveyFile
    rows: list[int]
    ids: list[str]
    nonresponse: Mapping[str, Collection[Code]]
    texts: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, dict[Any, int]] = field(default_factory=dict)
    before: bool = False  # as earlier versions read it, which kept people of weight 0


_Nonresponse = Mapping[str, Collection[Code]]  # codes by column


def _as_written(survey: SurveyFile, study: Study, nonresponse: _Nonresponse) -> _Read:
    """Ids as the file has them, and codes that begin with a zero."""
    name = study.surveyed.id
    ids = _row_numbers(survey) if name is None else spelled(survey, [name])[name]
    rows = within(survey, study)
    for row in rows:
        if not ids[row].strip() or "\x00" in ids[row]:  # which PostgreSQL cannot store
            raise InputError(
                f"{survey.path}: humans.id: respondent {row + 1} has none in {name!r} that can be "
                "read; everybody needs one"
            )
    return _Read(survey, rows, ids, nonresponse, texts_in(survey, _asked(study)))


def _as_numbers(survey: SurveyFile, study: Study, nonresponse: _Nonresponse) -> _Read:
    """As versions read that took 0007 for the id 7, and 02138 for the code 2138."""
    rows = within(survey, study)
    if study.surveyed.id is None:
        return _Read(survey, rows, _row_numbers(survey), nonresponse)
    ids = [str(plain(cell)) for cell in survey.column(study.surveyed.id).tolist()]
    return _Read(survey, rows, ids, nonresponse)


def _row_numbers(survey: SurveyFile) -> list[str]:
    return [str(row) for row in range(1, len(survey.frame) + 1)]


def _encoded(read: _Read, study: Study) -> EncodedHumans:
    survey = read.survey
    name = study.surveyed.weight
    weights = None if name is None else weights_of(survey, name)
    # Whoever has no weight, or none above 0, counts nowhere, so nobody simulates them either.
    here = [
        row for row in read.rows
        if weights is None or weights[row] > 0 or (read.before and weights[row] == 0)
    ]  # fmt: skip
    if not here and study.surveyed.where:
        raise InputError(
            f"{survey.path}: humans.where leaves nobody with a weight above 0 in {name!r}"
        )
    population = drawn(survey, study, here)
    people = len(population)
    twice = [text for text, count in Counter(_in(read.rows, read.ids)).items() if count > 1]
    if twice:
        raise InputError(
            f"{survey.path}: humans.id: {twice[0]!r} stands in {study.surveyed.id!r} twice"
        )
    known = {
        asked.name: _encode(read, asked, place_of(study, asked.name), population)
        for asked in study.in_file
        if asked.name in study.known
    }
    answers = {
        question.name: _encode(read, question, _field(question.name), population)
        for question in [*study.compared, *asked_again(study.compared)]
    }
    chosen, unmet = simulated(survey, study, known, people, before=read.before)
    order = chosen + sorted(set(range(people)) - set(chosen))
    rows = _in(order, population)
    known = {name: _in(order, positions) for name, positions in known.items()}
    if study.arms is not None and study.arms.column is None:
        nobody = [-1] * (people - len(chosen))
        known[ARM] = [*study.arms.assigned(len(chosen), study.seed), *nobody]
    answers = {name: _in(order, positions) for name, positions in answers.items()}
    answers = routed(study, known, answers)
    if not read.before:
        refuse_empty_arms(survey, study, known)
        refuse_unasked(survey, study, answers)
    return EncodedHumans(
        ids=_in(rows, read.ids),
        weights=[1.0] * people if weights is None else _in(rows, weights.tolist()),
        traits=known,
        answers=answers,
        sampled=len(chosen),
        left_out={column: codes for column, codes in read.left_out.items() if codes},
        notes=[
            *survey.notes,
            *told_of(survey, study, len(read.rows), len(here)),
            *([] if weights is None or name is None else outside(weights[read.rows], name)),
            *unmet,
            *told_again(study, answers),
        ],
    )


def _field(question: str) -> str:
    name, again, _ = question.partition(AGAIN)
    return f"questions.{name}.retest" if again else f"questions.{name}"


def _in(order: list[int], values: list[Any]) -> list[Any]:
    return [values[i] for i in order]


def _positions(columns: dict[str, list[int]], number: int) -> dict[str, int | None]:
    return {
        name: None if positions[number] < 0 else positions[number]
        for name, positions in columns.items()
    }


def _encode(read: _Read, question: Question, place: str, rows: list[int]) -> list[int]:
    """The option positions that people at these rows gave, -1 where the code is empty, `missing` or
    nonresponse. What others have need not be an option.

    A range of codes takes in none of these: 99 beside `from: 65` is no age. A code that an option
    names is an answer, whatever it looks like.
    """
    survey, column = read.survey, question.column
    assert column is not None  # only what has one is read
    nonresponse = read.nonresponse[column]
    given = _in(rows, cells(survey, read.texts, column, question.options.values()))
    codes: dict[Cell, int] = {}
    left_out = read.left_out.setdefault(column, {})
    for cell, count in Counter(given).items():
        code, number = cell
        if code is None:
            codes[cell] = -1 if question.blank is None else question.blank
            continue
        found = question.positions(code, number)
        if question.leaves_out(code):
            codes[cell] = -1
        elif number in nonresponse and not question.names(code):
            codes[cell] = -1
            left_out[plain(number)] = count
        elif len(found) == 1:
            codes[cell] = found[0]
        elif found:
            options = " and ".join(repr(question.option_texts[i]) for i in found)
            raise InputError(f"{survey.path}: {place}: code {plain(code)} belongs to {options}")
        else:
            todo = remedy(question, cell)
            raise InputError(
                f"{survey.path}: {place}: column {question.column!r} has code {plain(code)} "
                f"({count} respondents), which no option covers; {todo}"
            )
    encoded = [codes[cell] for cell in given]
    if all(position < 0 for position in encoded):
        raise InputError(f"{survey.path}: {place}: nobody has an answer in {question.column!r}")
    return encoded
