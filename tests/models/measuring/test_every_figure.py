"""Stored figures are what plain loops over the stored people and answers make of the table."""

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plain_figures import Asked, Double, figures
from random_study import CONDITIONS, random_study
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import Answer, Respondent, StudyRow
from anthology.models.measuring.measuring import measured
from anthology.models.questionnaire.retest import RETEST, again, asked_again
from anthology.models.questionnaire.routing import is_asked
from anthology.models.statistics.figures import FIGURES, OF_READINGS
from anthology.models.study.study import Study

ELSEWHERE = {"omega"}  # a search, held against a general minimiser (`test_reliability.py`)
ABOUT = {"js": 1e-7, "js_drawn": 1e-7, "fro": 1e-7}  # roots of what may be rounding


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_of_every_condition_and_subgroup_is_counted_plainly(
    tmp_path: Path, seed: int
) -> None:
    database, study = random_study(tmp_path, seed)
    stored = {(r["condition"], r["subgroup"], r["name"]): r for r in measured(database, 1, study)}
    questions = _asked(study)
    checked = set()
    for subgroup, belongs in _subgroups(study).items():
        humans, doubles = _people(database, study, belongs)
        for condition, ours in doubles.items():
            answered = sum(one.answered for one in ours)
            if min(answered, len(humans)) < 2:
                continue
            for name, value in figures(questions, humans, ours).items():
                if condition == RETEST and name in {figure.name for figure in OF_READINGS}:
                    continue
                row = stored.get((condition, subgroup, name), {"value": None})
                found = math.nan if row["value"] is None else row["value"]
                place = f"{name} of {condition} in {subgroup}"
                expected = pytest.approx(value, rel=1e-9, abs=ABOUT.get(name, 1e-9), nan_ok=True)
                assert found == expected, place
                assert row.get("n", answered) == answered, place
                checked.add(name)
    assert checked >= {figure.name for figure in FIGURES} - ELSEWHERE


def _asked(study: Study) -> list[Asked]:
    def is_for(name: str) -> Callable[[dict[str, Any]], bool]:
        return lambda known: is_asked(study.routes[name], known)

    return [Asked(q.name, len(q.options), q.ordered, is_for(q.name)) for q in study.compared]


def _subgroups(study: Study) -> dict[str, Callable[[Any], bool]]:
    """By name whether somebody is in it, by the positions of traits and arm."""
    found: dict[str, Callable[[Any], bool]] = {"all": lambda known: True}
    for s, sex in enumerate(("man", "woman")):
        found[f"sex={sex}"] = lambda known, s=s: known["sex"] == s
        for a, age in enumerate(("young", "old")):
            found[f"sex={sex} * age={age}"] = lambda known, s=s, a=a: (
                known["sex"] == s and known["age"] == a
            )
    for place, arm in enumerate(("a", "b")):
        found[f"arm={arm}"] = lambda known, place=place: known["arm"] == place
    assert set(found) == {"all", *study.subgroups}
    return found


def _people(
    database: Engine, study: Study, belongs: Callable[[Any], bool]
) -> tuple[list[Respondent], dict[str, list[Double]]]:
    """The humans of a subgroup, and by condition their doubles; the second answers as one."""
    with Session(database, expire_on_commit=False) as session:
        everybody = session.execute(select(Respondent).order_by(col(Respondent.number)))
        humans = [one for one in everybody.scalars() if one.weight > 0 and belongs(one.traits)]
        simulated = session.get_one(StudyRow, 1).respondents
        answers = list(session.execute(select(Answer)).scalars())
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for answer in answers:
        rows.setdefault((answer.condition, answer.respondent), {})[answer.question] = answer
    if asked_again(study.compared):
        for one in humans:
            rows[RETEST, one.number] = {q.name: _again(one, q.name) for q in study.compared}
    found = {
        condition: [
            Double(one, one.weight if study.measures.weight_simulated else 1.0,
                   rows[condition, one.number])
            for one in humans
            if one.number < simulated and (condition, one.number) in rows
        ]
        for condition in (*CONDITIONS, RETEST)
    }  # fmt: skip
    return humans, found


def _again(one: Respondent, question: str) -> Any:
    """A second answer, as if a condition had given it for sure."""
    position = one.answers.get(again(question))
    shares = None if position is None else [float(k == position) for k in range(20)]
    return SimpleNamespace(question=question, drawn=position, probabilities=shares, refusal=None,
                           label_mass=None, error=None)  # fmt: skip
