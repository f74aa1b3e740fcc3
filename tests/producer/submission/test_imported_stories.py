"""What a submission says of imported stories, and what it refuses before anything is written."""

from pathlib import Path

import pytest
from fake_model import run_study, store
from imported import ALL_KNOWN, imported_study, write_imported
from sqlalchemy import Engine
from submitted import rows

from anthology import submit
from anthology.models.errors import InputError
from anthology.producer.preview.preview import preview_file, preview_study
from anthology.producer.reporting.report import write_report
from anthology.producer.submission.storage import write
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories


@pytest.fixture
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")


@pytest.mark.usefixtures("_nowhere")
def test_a_dry_run_counts_and_names_what_is_left_out(tmp_path: Path) -> None:
    path = write_imported(tmp_path)
    with (tmp_path / "s.jsonl").open("a") as file:
        file.write('{"text": " I am number  0. "}\n')
    found = submit(path, dry_run=True)
    assert (found.personas, found.jobs["backstory"], found.jobs["poll"]) == (9, 0, 3)
    assert found.output_tokens < 1000  # nobody writes a story
    assert "s.jsonl: its stories are column 'text'" in found.warnings
    assert "s.jsonl: left out 1 story that repeats an earlier one (line 10)" in found.warnings
    assert not (tmp_path / "none.db").exists()


@pytest.mark.usefixtures("_nowhere")
def test_fewer_stories_than_respondents_cannot_be_paired_one_to_one(tmp_path: Path) -> None:
    conditions = [{"pool": "told", "match": "max_weight"}]
    with pytest.raises(InputError, match="pool 'told' has 5 personas for 8 respondents"):
        submit(write_imported(tmp_path, stories=5, conditions=conditions), dry_run=True)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"traits": {"party": "x"}}, "pools.told.traits.party: names 'party', which is no trait"),
        ({"traits": {"sex": ["x"]}}, "pools.told.traits.sex: lists 1 columns for 2 options"),
        ({"count": 0}, "pools.told.count: .*greater than or equal to 1"),
        ({"max_tokens": 64}, "pools.told.max_tokens: is not a field here"),
        ({"prompt": "Hi\nAnswer: x"}, "pools.told.prompt: has a line that begins with 'Answer:'"),
    ],
)
def test_a_mistake_in_the_pool_is_named(tmp_path: Path, keys: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        imported_study(tmp_path, keys)


def test_a_preview_of_a_poll_has_the_story(database: Engine, tmp_path: Path) -> None:
    path = write_imported(tmp_path)
    store(database, imported_study(tmp_path))
    of_file = preview_file(path, 3, None, "age", None)
    assert "Answer: I am number 3.\n" in of_file.prompt
    assert of_file == preview_study(database, "small", 3, None, "age", None)
    with pytest.raises(InputError, match="--persona 9: give a number from 0 to 8"):
        preview_file(path, 9, None, "age", None)


def test_the_report_says_whose_stories_they_are(database: Engine, tmp_path: Path) -> None:
    study = imported_study(tmp_path, {"traits": ALL_KNOWN})
    run_study(database, study)
    text = write_report(database, "small", tmp_path / "report").read_text()
    assert "told: 9 of s.jsonl, which says their age and sex (SHA-256 " in text
    assert "Polls of personas" not in text
    assert "I am number " in text  # an example
    assert str(tmp_path) not in text


def test_nothing_is_stored_of_stories_that_change_meanwhile(
    database: Engine, tmp_path: Path
) -> None:
    study, stories = with_stories(imported_study(tmp_path))
    write_imported(tmp_path, stories=8)
    with pytest.raises(InputError, match="changed while it was read; submit again"):
        write(database, study, read_humans(study), stories=stories)
    assert rows(database) == {}
