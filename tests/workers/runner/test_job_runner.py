"""What a worker does around a job, with a real database and loop, and whatever may go wrong."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_model import FakeEngine, FakeTokenizer, jobs, make_runner, small_study, store
from runner_steps import answers, in_thread, now_of
from sqlalchemy import Engine, update

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Job
from anthology.models.errors import InputError
from anthology.models.jobs import broker
from anthology.models.jobs.messages import make_app
from anthology.models.runtime import address
from anthology.producer.local.local_redis import free_port
from anthology.workers.engine.text_model import PromptRefused
from anthology.workers.runner import engine_work
from anthology.workers.runner.job_runner import backoff_s


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


# --- a job from beginning to end -----------------------------------------------------------------


def test_a_job_is_done_and_summed_up_in_one_line(database: Engine, job: int) -> None:
    runner = make_runner(database, FakeEngine())
    line = runner.do("survey", job, print)
    assert "24 answers, 8 people, " in line
    assert "50% cached" in line
    stored = now_of(database, job)
    assert (stored.state, stored.worker, stored.attempt) == ("done", "tester", 1)
    assert stored.output_tokens == 24
    assert stored.prompt_tokens > 1000
    assert answers(database) == 24
    assert runner.held == {}


def test_a_duplicate_message_does_nothing(database: Engine, job: int) -> None:
    model = FakeEngine()
    runner = make_runner(database, model)
    runner.do("survey", job, print)
    asked = len(model.prompts)
    assert runner.do("survey", job, print).startswith("nothing to do: done already, paused, ")
    assert len(model.prompts) == asked
    assert now_of(database, job).attempt == 1


def test_a_message_about_a_job_that_was_never_written_does_nothing(database: Engine) -> None:
    assert make_runner(database, FakeEngine()).do("survey", 77, print).startswith("nothing to do")


def test_a_worker_says_once_that_jobs_are_submitted_to_another_database_than_its_own(
    database: Engine, job: int, caplog: pytest.LogCaptureFixture
) -> None:
    runner = make_runner(database, FakeEngine())
    runner.do("survey", job, print)
    runner.do("survey", job, print)
    assert caplog.messages == []
    said = {runner.do("survey", missing, print) for missing in (77, 78)}
    (warning,) = caplog.messages
    assert said == {f"nothing to do: {warning}"}
    assert f"this worker's database {address.of_database(database.url)} has no such job" in warning
    assert "the same ANTHOLOGY_DATABASE_URL" in warning


def test_two_messages_at_once_do_the_work_once(database: Engine, job: int) -> None:
    model = FakeEngine(delay_s=0.02)
    runner = make_runner(database, model)
    (one, said), (other, also_said) = in_thread(runner, job), in_thread(runner, job)
    one.join()
    other.join()
    assert sum("8 people" in line for line in [*said, *also_said]) == 1
    assert sum("nothing to do" in line for line in [*said, *also_said]) == 1
    assert len(model.prompts) == 24


def test_all_people_of_a_chunk_are_in_flight_together(database: Engine, job: int) -> None:
    started = time.monotonic()
    make_runner(database, FakeEngine(delay_s=0.1)).do("survey", job, print)
    assert time.monotonic() - started < 24 * 0.1 * 0.7


def test_progress_is_told_while_people_answer(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_work, "PROGRESS_EVERY_S", 0.05)
    said: list[str] = []
    make_runner(database, FakeEngine(delay_s=0.1)).do("survey", job, said.append)
    assert said
    assert said[0].startswith("0/8 people, ")


def test_a_job_that_it_unlocks_is_rung(database: Engine, job: int, redis_url: str) -> None:
    runner = make_runner(database, FakeEngine())
    runner.app = make_app(redis_url, "t")
    runner.do("survey", job, print)
    assert broker.waiting(redis_url, ["cpu@t"]) == {"cpu@t": 1}


def test_a_job_is_done_though_redis_is_away(database: Engine, job: int) -> None:
    runner = make_runner(database, FakeEngine())
    runner.app = make_app(f"redis://127.0.0.1:{free_port()}/0", "t")
    assert "8 people" in runner.do("survey", job, print)
    assert now_of(database, job).state == "done"


# --- faults --------------------------------------------------------------------------------------


def test_a_refused_prompt_is_an_answers_error_and_not_the_jobs(database: Engine, job: int) -> None:
    refuse = lambda prompt: PromptRefused("too long") if "Did you vote" in prompt else None  # noqa: E731
    assert "8 people" in make_runner(database, FakeEngine(fault=refuse)).do("survey", job, print)
    assert now_of(database, job).state == "done"
    assert answers(database) == 24


def test_bad_input_fails_the_job_at_once(database: Engine, job: int) -> None:
    fault = lambda prompt: InputError("this can never work")  # noqa: E731
    line = make_runner(database, FakeEngine(fault=fault)).do("survey", job, print)
    assert line == "failed: this can never work"
    stored = now_of(database, job)
    assert (stored.state, stored.error, stored.deaths) == ("failed", "this can never work", 0)
    assert [one.kind for one in jobs(database, "measure")] == ["measure"]


def test_unreadable_labels_fail_the_job_at_once(database: Engine, job: int) -> None:
    class Deaf(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return super().encode(text.replace("B", "A"))

    runner = make_runner(database, FakeEngine())
    runner.tokenizer = Deaf()
    assert runner.do("survey", job, print).startswith("failed: 'A)' and 'B)' have the same tokens")
    assert now_of(database, job).state == "failed"


def test_a_worker_without_a_model_does_not_keep_model_work(database: Engine, job: int) -> None:
    line = make_runner(database, None).do("survey", job, print)
    assert line == "not taken: a survey job needs a model"
    assert (now_of(database, job).state, now_of(database, job).attempt) == ("pending", 0)


def test_an_unexpected_fault_postpones_the_job(database: Engine, job: int) -> None:
    runner = make_runner(
        database, FakeEngine(fault=lambda prompt: OSError("No space left on device"))
    )
    line = runner.do("survey", job, print)
    assert "postponed for" in line
    assert "OSError: No space left on device" in line
    stored = now_of(database, job)
    assert (stored.state, stored.deaths) == ("pending", 1)
    assert stored.error == "OSError: No space left on device"
    assert stored.not_before > time.time()
    assert not runner.stopping.is_set()


def test_a_job_that_meets_a_fault_again_and_again_fails_with_its_reason(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"], chunk=1))
    job = jobs(database)[0].id or 0
    runner = make_runner(database, FakeEngine(fault=lambda prompt: OSError("disk")), max_deaths=2)
    runner.do("survey", job, print)
    with writing(database) as session:
        session.execute(update(Job).values(not_before=0.0))
    runner.do("survey", job, print)
    assert (now_of(database, job).state, now_of(database, job).error) == ("failed", "OSError: disk")


def test_a_time_out_inside_the_engine_postpones_the_job(
    database: Engine, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`future.result(timeout)` raises the same class when only the wait timed out."""
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) > 3:  # the worker would go round and round
            raise RuntimeError("a finished job was waited for")

    runner = make_runner(
        database, FakeEngine(fault=lambda prompt: TimeoutError("no answer in 60 s"))
    )
    runner.do("survey", job, say)
    assert now_of(database, job).error == "TimeoutError: no answer in 60 s"


# --- small parts ---------------------------------------------------------------------------------


def test_waiting_grows_with_every_attempt_up_to_minutes() -> None:
    for attempt in range(1, 30):
        middle = min(300, 2 * 2 ** min(attempt, 10))
        delays = [backoff_s(attempt) for _ in range(50)]
        assert all(middle * 0.5 <= delay < middle * 1.5 for delay in delays)
        assert len(set(delays)) > 40
