"""Weights of a stored study's humans other than those it was submitted with: figures can be made
of them, while who is simulated, matches and answers stay what they are.

Knows where humans are stored and that their survey file may have moved; finding them in it again
is for `surveys/respondents.py`.
"""

import os
from pathlib import Path

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Respondent, StudyRow
from anthology.models.errors import InputError
from anthology.models.questionnaire.retest import asked_again
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans, reweighed


def once(database: Engine, study_id: int, study: Study) -> list[float]:
    """1 (N,), but 0 for whoever has no weight above 0 as it is."""
    _refuse_nobody(study)
    with reading(database) as session:
        return [float(weight > 0) for weight in _people(session, study_id, study).weights]


def of_column(
    database: Engine, study_id: int, study: Study, column: str, file: Path | None
) -> tuple[list[float], list[str]]:
    """The weights (N,) of another column, and lines on whom it leaves out.

    Raises `InputError` where the survey file is not to be found, is not the study's, or has no
    weights in that column.
    """
    _refuse_nobody(study)
    humans = study.surveyed
    if file is not None:
        # How a text is written says nothing of a file of another kind.
        alike = file.suffix.lower() == Path(humans.file).suffix.lower()
        how = {} if alike else {"encoding": None, "separator": None}
        humans = humans.model_copy(update={"file": str(file), **how})
    elif not os.path.exists(humans.file):  # False, too, in a folder that only others may read
        raise InputError(
            f"{humans.file}, the survey file of study {study.study!r}, is not here any more, or "
            "was named from another folder; say with --humans FILE where it is"
        )
    with reading(database) as session:
        people = _people(session, study_id, study)
    found = reweighed(people, study.model_copy(update={"humans": humans}), column)
    return found.weights, found.notes


def _refuse_nobody(study: Study) -> None:
    if study.humans is None:
        raise InputError(
            f"study {study.study!r} has no humans, so there are no weights: its personas count "
            "once each; leave --weight and --unweighted out"
        )


def _people(session: Session, study_id: int, study: Study) -> EncodedHumans:
    """In the order of their numbers; positions -1 where there is none."""
    columns = (Respondent.source_id, Respondent.weight, Respondent.traits, Respondent.answers)
    rows = session.execute(
        select(*map(col, columns))
        .where(col(Respondent.study_id) == study_id)
        .order_by(col(Respondent.number))
    ).all()
    questions = [question.name for question in [*study.compared, *asked_again(study.compared)]]
    return EncodedHumans(
        ids=[row.source_id for row in rows],
        weights=[row.weight for row in rows],
        traits={name: _positions(name, [row.traits for row in rows]) for name in study.known},
        answers={name: _positions(name, [row.answers for row in rows]) for name in questions},
        sampled=session.get_one(StudyRow, study_id).respondents,
    )


def _positions(name: str, people: list[dict[str, int | None]]) -> list[int]:
    return [-1 if (position := person.get(name)) is None else position for person in people]
