"""Retrying primed stories: whose story failed is asked after all, and nobody else again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_model import drain, jobs, make_runner, store
from primed import Telling, asked_to_write, primed_study
from sqlalchemy import Engine
from steered import count, taken

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Answer
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.protocol import Usage
from anthology.models.settings import Settings
from anthology.producer.control.retrying import retry
from anthology.producer.monitoring.progress import progress


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def test_a_respondent_is_asked_when_its_own_story_is_written_after_all(
    database: Engine, tmp_path: Path, here: Settings
) -> None:
    told = iter(["", *(f"My number is {n}." for n in range(1, 8))])
    conditions = ["none", {"pool": "primed"}]
    store(database, primed_study(tmp_path, conditions=conditions))
    runner = make_runner(database, Telling(story=lambda seed: next(told)))
    for message in [*ready.due(database), *ready.due(database)]:
        runner.do(message.kind, message.id, print)
    held = taken(database, jobs(database, "survey")[-1])
    assert held.condition == "primed"
    found = retry(here, "small")
    assert (found.stories, found.busy) == (0, 1)  # its surveys would end without the respondent
    protocol.give_back(database, held, [], Usage())
    drain(runner)
    assert count(database, Answer) == (8 + 7) * 3
    found = retry(here, "small")
    assert (found.stories, found.answers, found.busy) == (1, 0, 0)
    model = Telling()
    drain(make_runner(database, model))
    assert count(database, Answer) == (8 + 8) * 3
    assert progress(database, "small").state == "done"
    assert len(asked_to_write(model)) == 1
    assert len([p for p in model.prompts if "Did you vote?" in p.rpartition("Question:")[2]]) == 1
