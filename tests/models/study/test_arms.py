"""Vignettes: who is in which arm, what is read there, and that figures are of each."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fake_model import run_study, small_study
from sqlalchemy import Engine, select
from sqlmodel import Session, col
from surveyed import answers, asked, conversation

from anthology.models.database.tables import Metric, Respondent
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans

TEXTS = {"control": "", "threat": "Imagine that the roads are closed."}
BY_SEX = {"column": "sex", "codes": {"control": 1, "threat": 2}, "texts": TEXTS}


def armed(folder: Path, arms: Any = None, **changes: Any) -> Study:
    given = {"texts": TEXTS} if arms is None else arms
    return small_study(folder, arms=given, conditions=["none", "bio"], people=21, **changes)


def arms(study: Study) -> list[int | None]:
    return [row["traits"]["arm"] for row in read_humans(study).rows()]


def test_the_seed_assigns_equally_many_to_each_arm(tmp_path: Path) -> None:
    found = arms(armed(tmp_path))
    assert sorted(Counter(found).values()) == [10, 11]
    assert found == arms(armed(tmp_path))
    assert found != arms(armed(tmp_path, seed=8))


def test_who_is_not_simulated_is_in_no_arm(tmp_path: Path) -> None:
    humans = {"file": "humans.csv", "id": "id", "weight": "weight", "sample": 8}
    found = arms(armed(tmp_path, humans=humans))
    assert found[8:] == [None] * 13
    assert Counter(found[:8]) == {0: 4, 1: 4}


def test_a_column_assigns_where_the_humans_were_assigned(tmp_path: Path) -> None:
    humans = list(read_humans(armed(tmp_path, BY_SEX)).rows())
    assert all(row["traits"]["arm"] == row["traits"]["sex"] for row in humans)


@pytest.mark.parametrize("given", [None, BY_SEX])
def test_an_arm_reads_its_text_before_the_questions_and_has_figures(
    database: Engine, tmp_path: Path, given: Any
) -> None:
    study = armed(tmp_path, given)
    model = run_study(database, study)
    prompts = set(asked(model))
    with Session(database) as session:
        people = session.execute(select(Respondent).order_by(col(Respondent.number))).scalars()
        in_arm = [person.traits["arm"] for person in people]
        measured = set(session.execute(select(col(Metric.condition), col(Metric.subgroup))).all())
    for condition in ("none", "bio"):
        for person, arm in enumerate(in_arm):
            expected = conversation(database, study, condition, person)
            assert prompts.issuperset(expected)
            assert (TEXTS["threat"] in expected[0]) == (arm == 1)
        for name in ("control", "threat"):
            assert (condition, f"arm={name}") in measured
    assert len(answers(database)) == 21 * 3 * 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"texts": {"one": "a"}}, "arms.texts: needs at least 2"),
        ({"texts": TEXTS, "column": "sex"}, "arms: column and codes need each other"),
        ({**BY_SEX, "codes": {"control": 1}}, "arms: codes and texts need the same arms"),
        ({"texts": {**TEXTS, "x": "Hm\nAnswer: a"}}, "line that begins with 'Answer:'"),
    ],
)
def test_arms_that_are_none_are_refused(tmp_path: Path, given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        armed(tmp_path, given)
