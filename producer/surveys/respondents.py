"""Turns a survey file into respondents: who of its rows a study is about, in which order, with
which weight, or the file is refused.

Codes become option positions in `encoding.py`; nothing here knows of databases.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import Code
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.surveys.encoding import (
    Read,
    encoded,
    field_of,
    picked,
    place_of,
    read_before,
    read_now,
    refuse_missing,
)
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.population import drawn, refuse_empty_arms, simulated, told_of
from anthology.producer.surveys.routed import refuse_unasked, routed, told_again
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


def reweighed(people: EncodedHumans, study: Study, column: str) -> EncodedHumans:
    """The same people with what another column of the study's survey file has for weights, 0 where
    it has none; notes: whom that leaves out, and who was left out before.

    They are found by their ids, and have to answer there as they did. Raises `InputError` where
    they do not, as of another file, for a column without weights, and where none of them has one.
    """
    survey = _file(study)
    weights = weights_of(survey, column)
    rows, others = _found_again(people, study, survey)
    found = [weight if weight > 0 else 0.0 for weight in picked(rows, weights.tolist())]
    if not any(found):
        raise InputError(
            f"{survey.path}, column {column!r}: nobody of study {study.study!r} has a weight "
            "above 0; name another weight column."
        )
    notes = outside(weights[rows], column)
    own = study.surveyed.weight
    if own is not None and own in survey.frame.columns:
        counted = weights_of(survey, own)
        lost = int(((weights > 0) & ~(counted > 0))[others].sum())
        if lost:
            notes.append(
                f"no part of the study are people with a weight in {column!r} and none in {own!r}: "
                f"{lost:,}"
            )
    return replace(people, weights=found, notes=notes)


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


def _found_again(
    people: EncodedHumans, study: Study, survey: SurveyFile
) -> tuple[list[int], list[int]]:
    """Their rows, as files are read now or were by the earlier version that stored them; and those
    of whom else `humans.where` lets in."""
    unweighted = study.surveyed.model_copy(update={"weight": None})
    try:
        refuse_missing(survey, study.model_copy(update={"humans": unweighted}))
        return _rows_of(people, read_now(survey, study), study)
    except InputError as error:
        said = str(error).removeprefix(str(survey.path)).partition("; ")[0]
    with suppress(InputError):
        for read in read_before(survey, study):
            with suppress(InputError):
                return _rows_of(people, read, study)
    raise InputError(
        f"{survey.path} is not the file that study {study.study!r} was submitted with"
        f"{said if said.startswith(':') else f': it{said}'}; say with --humans FILE where that is"
    )


def _rows_of(people: EncodedHumans, read: Read, study: Study) -> tuple[list[int], list[int]]:
    path, counts = read.survey.path, Counter(picked(read.rows, read.ids))
    gone = [person for person in people.ids if person not in counts]
    if gone:
        raise InputError(
            f"{path}: {len(gone):,} of {len(people.ids):,} respondents are not there, {gone[0]!r} "
            "for one"
        )
    twice = next((person for person in people.ids if counts[person] > 1), None)
    if twice is not None:
        raise InputError(f"{path}: humans.id: {twice!r} stands in {study.surveyed.id!r} twice")
    places = {read.ids[row]: row for row in read.rows}
    rows = [places[person] for person in people.ids]
    known, answers = encoded(read, study, rows)
    known = {**people.traits, **known}  # an arm that the seed drew is in no file
    answers = routed(study, known, answers)
    for of_then, of_now, place in (
        (people.traits, known, lambda name: place_of(study, name)),
        (people.answers, answers, field_of),
    ):
        for name, positions in of_now.items():
            if positions != of_then[name]:
                pairs = zip(people.ids, of_then[name], positions, strict=True)
                who = next(person for person, then, now in pairs if then != now)
                raise InputError(f"{path}: {place(name)}: respondent {who!r} has another code")
    _refuse_other_order(people, read.survey, study, rows)
    return rows, sorted(set(read.rows) - set(rows))


def _refuse_other_order(
    people: EncodedHumans, survey: SurveyFile, study: Study, rows: list[int]
) -> None:
    """Without ids people are their rows, of which others may have the same few answers."""
    own = study.surveyed.weight
    if study.surveyed.id is not None or own is None or own not in survey.frame.columns:
        return
    for person, then, now in zip(
        people.ids, people.weights, picked(rows, weights_of(survey, own).tolist()), strict=True
    ):
        if not math.isclose(then, now, rel_tol=1e-9):
            raise InputError(f"{survey.path}: humans.weight: respondent {person!r} has another one")


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
