"""Turns a survey file into respondents: who of its rows a study is about, in which order, with
which weight, or the file is refused.

Codes become option positions in `encoding.py`; nothing here knows of databases.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import Code
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.surveys.encoding import Read, encoded, picked, read_before, read_now
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.population import drawn, refuse_empty_arms, simulated, told_of
from anthology.producer.surveys.routed import refuse_unasked, routed, told_again
from anthology.producer.surveys.wanted_columns import refuse_missing
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
    found = _encoded(read_now(survey, study), study)
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
    for read in read_before(survey, study):
        with suppress(InputError):  # an earlier version would have refused it
            yield _encoded(read, study)


def _encoded(read: Read, study: Study) -> EncodedHumans:
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
    twice = [text for text, count in Counter(picked(read.rows, read.ids)).items() if count > 1]
    if twice:
        raise InputError(
            f"{survey.path}: humans.id: {twice[0]!r} stands in {study.surveyed.id!r} twice"
        )
    known, answers = encoded(read, study, population)
    chosen, unmet = simulated(survey, study, known, people, before=read.before)
    order = chosen + sorted(set(range(people)) - set(chosen))
    rows = picked(order, population)
    known = {name: picked(order, positions) for name, positions in known.items()}
    if study.arms is not None and study.arms.column is None:
        nobody = [-1] * (people - len(chosen))
        known[ARM] = [*study.arms.assigned(len(chosen), study.seed), *nobody]
    answers = {name: picked(order, positions) for name, positions in answers.items()}
    answers = routed(study, known, answers)
    if not read.before:
        refuse_empty_arms(survey, study, known)
        refuse_unasked(survey, study, answers)
    return EncodedHumans(
        ids=picked(rows, read.ids),
        weights=[1.0] * people if weights is None else picked(rows, weights.tolist()),
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


def _positions(columns: dict[str, list[int]], number: int) -> dict[str, int | None]:
    return {
        name: None if positions[number] < 0 else positions[number]
        for name, positions in columns.items()
    }
