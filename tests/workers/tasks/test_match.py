"""`match` on a whole small study: who gets which persona, and when nobody does."""

import math
from pathlib import Path

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from measured import figures
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.arrays import load_people, load_polls
from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Match, StudyRow


def matches(database: Engine, method: str) -> list[Match]:
    with Session(database) as session:
        rows = select(Match).where(col(Match.method) == method).order_by(col(Match.respondent))
        return list(session.execute(rows).scalars())


def test_greedy_gives_everybody_the_persona_that_fits_best(
    database: Engine, tmp_path: Path
) -> None:
    study = small_study(tmp_path, conditions=["natural/greedy"])

    class Various(FakeEngine):
        def shares(self, options: list[str]) -> list[float]:
            self.weights = {"young": 1.0 + len(self.prompts), "woman": 50.0 / len(self.prompts)}
            return super().shares(options)

    run_study(database, study, Various())
    with Session(database) as session:
        polls = load_polls(session, 1, study, study.pools_used[0].count)
        bins = load_people(session, 1, study).traits
    found = matches(database, "greedy")
    assert [one.respondent for one in found] == list(range(8))
    for one in found:
        products = [
            math.prod(polls[t][persona][bins[one.respondent, t]] for t in range(2))
            for persona in range(9)
        ]
        assert one.weight == pytest.approx(max(products))
        assert products[one.persona] == pytest.approx(one.weight)


def test_one_to_one_uses_no_persona_twice(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/max_weight"]))
    assert len({one.persona for one in matches(database, "max_weight")}) == 8


def test_random_matching_is_the_same_in_a_rerun(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        database = open_database(f"sqlite:///{tmp_path / name / 'a.db'}")
        run_study(database, small_study(tmp_path / name, conditions=["natural/random"]))
        found.append([one.persona for one in matches(database, "random")])
        database.dispose()
    assert found[0] == found[1]


def test_too_few_personas_with_a_story_fail_the_match_and_not_the_study(
    database: Engine, tmp_path: Path
) -> None:
    study = small_study(tmp_path, conditions=["natural/max_weight", "natural/greedy"])
    run_study(database, study, FakeEngine(story=lambda seed: "" if seed % 2 else "I am."))
    states = {job.condition: (job.state, job.error) for job in jobs(database, "match")}
    assert states["natural/greedy"] == ("done", None)
    state, error = states["natural/max_weight"]
    assert state == "failed"
    assert "the matching needs 8" in str(error)
    assert [job.state for job in jobs(database, "measure")] == ["done"]
    assert figures(database, "natural/greedy") != {}


def test_matching_uses_only_the_part_of_the_pool_that_the_study_asked_for(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, study="big", conditions=["natural/greedy"]))
    small = {"name": "people", "count": 2, "max_tokens": 64}
    store(database, small_study(tmp_path, study="part", conditions=["natural/greedy"], pool=small))
    drain(make_runner(database, FakeEngine()))
    with Session(database) as session:
        part = session.execute(select(StudyRow.id).where(col(StudyRow.name) == "part")).scalar_one()
        used = session.execute(select(Match.persona).where(col(Match.study_id) == part)).scalars()
        assert set(used) <= {0, 1}
