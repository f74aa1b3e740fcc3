"""What is refused, or only tried: nothing is written then, and nothing enqueued."""

from pathlib import Path

import pytest
from fake_model import write_study
from queues import in_queue
from sqlalchemy import inspect
from submitted import JOBS, write_changed

from anthology import submit
from anthology.models.errors import InputError, SetupError
from anthology.producer.cli import printing
from anthology.producer.local.local_redis import free_port


def test_a_pool_too_small_for_one_to_one_is_refused_and_nothing_written(
    only_redis: Path, tmp_path: Path, redis_url: str
) -> None:
    small = {"name": "people", "count": 7, "max_tokens": 64}
    path = write_study(tmp_path, conditions=["natural/max_weight"], pool=small)
    for dry_run in (True, False):
        with pytest.raises(InputError, match="pool 'people' has 7 personas for 8 respondents"):
            submit(path, dry_run=dry_run)
    assert not only_redis.exists()
    assert in_queue(redis_url, "gpu.fake") == 0


@pytest.mark.parametrize(
    ("old", "new"), [("file: humans.csv", "file: nowhere.csv"), ("chunk: 4", "chunk: 0")]
)
def test_a_bad_file_is_refused_and_nothing_written(
    only_redis: Path, tmp_path: Path, old: str, new: str
) -> None:
    write_study(tmp_path)
    with pytest.raises(InputError):
        submit(write_changed(tmp_path, old, new))
    assert not only_redis.exists()


def test_without_redis_nothing_is_written(
    only_redis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(SetupError, match=r"Redis at 127\.0\.0\.1"):
        submit(write_study(tmp_path))
    assert not only_redis.exists()


def test_without_its_database_nothing_is_rung(
    only_redis: Path, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"postgresql://a:b@127.0.0.1:{free_port()}/c")
    with pytest.raises(SetupError, match=r"the database .* cannot be used"):
        submit(write_study(tmp_path))
    assert in_queue(redis_url, "gpu.fake") == 0


NUMBERED = {"1. little": 1, "2. right": 2, "3. much": 3}


def test_options_that_bring_labels_are_told_and_refused_where_they_contradict_those_shown(
    only_redis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"options": NUMBERED, "questions": {"roads": "Roads?"}}
    path = write_study(tmp_path, questionnaire=asked)
    found = submit(path, dry_run=True)
    assert found.warnings[0].startswith("options of 'roads' bring labels of their own, '1. little'")
    printing.submission(found, dry_run=True)
    assert found.warnings[0] in capsys.readouterr().err
    path = write_study(tmp_path, questionnaire=asked, style={"labels": "digits"})
    with pytest.raises(InputError, match="options of 'roads' bring labels that contradict"):
        submit(path)
    assert not only_redis.exists()


def test_a_study_of_an_earlier_version_is_not_refused_for_the_labels_of_its_options(
    only_redis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"options": NUMBERED, "questions": {"roads": "Roads?"}}
    path = write_study(tmp_path, questionnaire=asked, style={"labels": "digits"})
    with monkeypatch.context() as before:
        before.setattr("anthology.producer.submission.submission.own_labels", lambda study: ())
        assert submit(path).new
    assert only_redis.exists()
    assert not submit(path).new


def test_a_dry_run_writes_nothing(only_redis: Path, tmp_path: Path, redis_url: str) -> None:
    done = submit(write_study(tmp_path), dry_run=True)
    assert done.jobs == JOBS
    assert not only_redis.exists()
    assert in_queue(redis_url, "gpu.fake") == 0


def test_a_dry_run_needs_no_redis(
    only_redis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", f"redis://127.0.0.1:{free_port()}/0")
    assert submit(write_study(tmp_path), dry_run=True).answers == 144


def test_a_dry_run_makes_no_tables_in_an_empty_server(
    only_redis: Path, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", postgres_url)
    submit(write_study(tmp_path), dry_run=True)
    from anthology.models.database.sessions import connect

    assert inspect(connect(postgres_url)).get_table_names() == []
