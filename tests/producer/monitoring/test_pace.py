"""How long a study will still take, beside others that the same workers do."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from sqlalchemy import Engine, update
from sqlmodel import col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job, StudyRow
from anthology.producer.monitoring.progress import Progress, progress
from anthology.producer.monitoring.status_lines import left as in_words

Span = tuple[float, float]


def two(database: Engine, folder: Path, first: list[str], second: list[str]) -> None:
    """Two studies with pools of their own, 8 respondents in chunks of 4, 12 personas each."""
    for name, conditions in (("one", first), ("two", second)):
        pool = {"pool": {"name": f"{name}-pool", "count": 12}}
        natural = any(c.startswith("natural/") for c in conditions)
        changes = {"conditions": conditions, **(pool if natural else {"pool": None})}
        store(database, small_study(folder, study=name, **changes))


def ran(database: Engine, study: str, kind: str, spans: Sequence[Span]) -> None:
    """The first jobs of a kind of a study (or of its pool) are done, and when each ran."""
    mine = [job for job in jobs(database, kind) if job.title.split()[1].startswith(study)]
    with writing(database) as session:
        for job, (start, end) in zip(mine, spans, strict=False):
            done = {"state": "done", "started_at": start, "finished_at": end}
            session.execute(update(Job).where(col(Job.id) == job.id).values(**done))


def left(database: Engine, study: str) -> tuple[float | None, float]:
    found = progress(database, study)
    return found.eta_s, found.others_s


def test_what_is_queued_before_it_counts_and_what_is_behind_it_does_not(
    database: Engine, tmp_path: Path
) -> None:
    """One worker, a job of ten seconds at a time."""
    two(database, tmp_path, ["none", "bio"], ["none", "bio"])  # four surveys each
    ran(database, "one", "survey", [(0, 10)])
    assert left(database, "one") == (pytest.approx(30), 0)
    assert left(database, "two") == (pytest.approx(70), pytest.approx(30))


def test_what_others_still_have_to_plan_counts_where_it_goes_first(
    database: Engine, tmp_path: Path
) -> None:
    """A pool's stories, its polls and matched surveys go before everybody's baselines."""
    two(database, tmp_path, ["none"], ["natural/greedy"])
    ran(database, "one", "survey", [(0, 10)])
    ran(database, "two", "backstory", [(10, 30)])
    assert left(database, "one") == (None, 0)  # nobody has polled yet
    runner = make_runner(database, FakeEngine())
    runner.do("backstory", jobs(database, "backstory")[1].id or 0, print)
    ran(database, "two", "backstory", [(10, 30), (30, 50)])
    ran(database, "two", "poll", [(50, 53)])
    others = 20 + 2 * 3 + 2 * 10  # a chunk of stories, two of polls, two of interviews
    assert left(database, "one") == (pytest.approx(10 + others), pytest.approx(others))
    assert left(database, "two") == (pytest.approx(others), 0)


def test_jobs_that_ran_at_once_are_counted_once(database: Engine, tmp_path: Path) -> None:
    """Each study's job took 20 s, since both ran at once: ten seconds of the worker each."""
    two(database, tmp_path, ["none", "bio"], ["none", "bio"])
    ran(database, "one", "survey", [(0, 20), (20, 40)])
    ran(database, "two", "survey", [(0, 20), (20, 40)])
    assert left(database, "one") == (pytest.approx(20), 0)
    assert left(database, "two") == (pytest.approx(40), pytest.approx(20))


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_a_study_that_rests_holds_nobody_up(state: str, database: Engine, tmp_path: Path) -> None:
    two(database, tmp_path, ["none", "bio"], ["none", "bio"])
    ran(database, "one", "survey", [(0, 10)])
    with writing(database) as session:
        session.execute(update(StudyRow).where(col(StudyRow.name) == "one").values(**{state: True}))
    assert left(database, "two") == (pytest.approx(40), 0)


def test_another_models_studies_do_not_count(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, study="one", conditions=["none"], model="other"))
    store(database, small_study(tmp_path, study="two", conditions=["none"]))
    ran(database, "one", "survey", [(0, 10)])
    assert left(database, "two") == (None, 0)
    ran(database, "two", "survey", [(10, 30)])
    assert left(database, "two") == (pytest.approx(20), 0)


def test_chunks_of_another_size_are_counted_by_their_people(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, study="one", conditions=["none"], chunk=8))
    store(database, small_study(tmp_path, study="two", conditions=["none"], chunk=2))
    ran(database, "one", "survey", [(0, 40)])  # 8 people
    assert left(database, "two") == (pytest.approx(40), 0)


def shown(**changes: object) -> str:
    values: dict[str, object] = {
        "study": "s", "state": "running", "jobs": {}, "answers": {}, "tokens_per_s": 0.0,
        "cached_share": 0.0, "eta_s": 600.0, "others_s": 0.0, "workers": [], **changes,
    }  # fmt: skip
    return in_words(Progress(**values))  # type: ignore[arg-type]


def test_the_time_that_is_left_says_whose_it_is_and_what_it_waits_for() -> None:
    assert shown(eta_s=None) == "unknown yet"
    assert shown() == "about 10 min, once a worker serves it"
    assert shown(others_s=300.0) == (
        "about 10 min, about 5 min of it for other studies that come first, once a worker serves it"
    )
