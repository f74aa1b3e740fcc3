"""Honest endings: a condition without figures says why."""

from pathlib import Path

from fake_model import FakeEngine, jobs, make_runner, run_study, small_study, store
from sqlalchemy import Engine

from anthology.models.jobs import protocol
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.text_model import PromptRefused


def test_a_condition_without_any_figure_says_why(database: Engine, tmp_path: Path) -> None:
    silent = FakeEngine(
        story=lambda seed: "",
        fault=lambda p: PromptRefused("too long") if "a man" in p or "a woman" in p else None,
    )
    conditions = ["natural/greedy", "bio", "none"]
    run_study(database, small_study(tmp_path, conditions=conditions), silent)
    found = progress(database, "small")
    assert found.state == "done with 34 errors"  # 9 stories, a match, 24 answers
    assert found.notes == [
        "natural/greedy has no figures: its match failed (0 personas have been asked every trait, "
        "but the matching needs 1; raise the pool's count or sample fewer respondents.)",
        "bio has no figures: fewer than two people answered (24 times: too long)",
    ]


def test_a_study_that_could_not_be_measured_says_why(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    runner = make_runner(database, FakeEngine())
    for job in jobs(database):
        runner.do(job.kind, job.id or 0, print)
    (measure,) = jobs(database, "measure")
    held = protocol.claim(database, measure.id or 0, "w", 60, 5)
    assert held is not None
    protocol.fail(database, held, "out of memory")
    found = progress(database, "small")
    assert found.state == "done with 1 error"
    assert found.notes == ["none has no figures: it could not be measured (out of memory)"]


def test_a_study_with_all_its_figures_says_nothing(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path))
    assert progress(database, "small").notes == []
