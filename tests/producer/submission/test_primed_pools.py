"""Submitting primed pools: what they cost, who shares them, and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_model import jobs, store, study_fields
from primed import primed_study, write_primed
from sqlalchemy import Engine
from submitted import rows

from anthology import submit
from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError
from anthology.producer.submission.estimate import estimate
from anthology.producer.submission.leaked_answers import told_before
from anthology.producer.submission.own_labels import own_labels
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.primed_stories import with_respondents


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    engine = open_database(url)
    yield engine
    engine.dispose()


def refused(database: Engine, folder: Path, **changes: Any) -> str:
    before = rows(database)
    with pytest.raises(InputError) as raised:
        store(database, primed_study(folder, **changes))
    assert rows(database) == before
    return str(raised.value)


def test_a_dry_run_counts_a_story_for_each_respondent(database: Engine, tmp_path: Path) -> None:
    found = submit(write_primed(tmp_path), dry_run=True)
    assert (found.personas, found.answers) == (8, 24)
    assert {kind: count for kind, count in found.jobs.items() if count} == {
        "backstory": 2, "survey": 2, "measure": 1,
    }  # fmt: skip
    assert rows(database) == {}


def test_the_estimate_counts_what_is_read_before_a_story(tmp_path: Path) -> None:
    def tokens(**keys: Any) -> tuple[int, int]:
        study = primed_study(tmp_path, keys)
        humans = read_humans(study)
        found = estimate(with_respondents(study, humans), humans)
        return found.prompt_tokens, found.output_tokens

    long, short = tokens(primed_by="qa"), tokens(primed_by="bio")
    asked = (
        "Question: How old are you?\n(A) young\n(B) old\nAnswer with (A) or (B).\n"
        "Answer: (A) young\n\nAnswer the following question keeping in mind your previous answers."
        "\nQuestion: What is your sex?\n(A) man\n(B) woman\nAnswer with (A) or (B).\n"
        "Answer: (A) man\n\n"
    )
    assert long[0] - short[0] == 8 * (len(asked) - len("I am young. I am a man.\n\n")) / 4
    assert long[1] == short[1]


def test_the_same_file_again_resumes(database: Engine, tmp_path: Path) -> None:
    assert len(store(database, primed_study(tmp_path))) == 2
    before = rows(database)
    assert store(database, primed_study(tmp_path)) == []
    assert rows(database) == before


def test_other_survey_data_is_named_as_such(database: Engine, tmp_path: Path) -> None:
    store(database, primed_study(tmp_path))
    assert "exists with other survey data than" in refused(database, tmp_path, people=9)


def test_studies_of_the_same_respondents_share_their_stories(
    database: Engine, tmp_path: Path
) -> None:
    store(database, primed_study(tmp_path))
    conditions = [{"pool": "primed", "append": "qa"}]
    assert store(database, primed_study(tmp_path, study="two", conditions=conditions)) == []
    assert len(jobs(database, "backstory")) == 2
    found = submit(write_primed(tmp_path, study="three"), dry_run=True)
    assert (found.personas_shared, found.jobs["backstory"]) == (8, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"people": 9},
        {"humans": {"file": "humans.csv", "sample": 7}},
        {"traits_order": "shuffled"},
    ],
)
def test_stories_of_others_are_not_shared(
    database: Engine, tmp_path: Path, changes: dict[str, Any]
) -> None:
    store(database, primed_study(tmp_path / "a"))
    assert refused(database, tmp_path / "b", study="two", **changes) == (
        "pool 'primed' holds stories of other respondents, or of other words for their traits; "
        "give this one another name"
    )


def test_another_way_of_priming_is_another_recipe(database: Engine, tmp_path: Path) -> None:
    store(database, primed_study(tmp_path))
    said = refused(database, tmp_path, study="two", keys={"primed_by": "bio"})
    assert said.startswith("pool 'primed' was made by another recipe; give this one another name:")
    assert '+ "primed_by": "bio",' in said


def test_a_question_that_the_stories_are_told_the_answer_of_is_named(tmp_path: Path) -> None:
    questions = {**study_fields()["questionnaire"]["questions"],
                 "sex2": {"question": "Sex?", "column": "sex"}}  # fmt: skip
    asked = {**study_fields()["questionnaire"], "questions": questions}
    (said,) = told_before(primed_study(tmp_path, questionnaire=asked))
    assert said.startswith("question 'sex2' asks for column 'sex', which is trait 'sex', too")


def test_labels_of_options_count_where_traits_prime_as_questions(tmp_path: Path) -> None:
    sex = {"question": "Sex?", "bio": "I am {}.", "options": {"(B) a man": 1, "(A) a woman": 2}}
    changes = {"traits": {"sex": sex}}
    assert own_labels(primed_study(tmp_path, {"primed_by": "bio"}, **changes)) == ()
    with pytest.raises(InputError, match="options of 'sex' bring labels that contradict"):
        own_labels(primed_study(tmp_path, **changes))
