"""A number with a zero too many is refused with what it would cost; what is meant passes."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from fake_model import study_fields, write_study

from anthology import submit
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.submission.estimate import Estimate, estimate
from anthology.producer.submission.size_limits import refuse_large
from anthology.producer.surveys.respondents import EncodedHumans

SCALE = {"a": 1, "b": 2, "c": 3, "d": 4}
BIO = {"question": "What of this trait?", "bio": "I am {}.", "options": SCALE}
ITEM = "Is the country spending too little, too much, or about the right amount on something?"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", redis_url)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    return tmp_path


def whole_night(people: int = 100_000, **changes: Any) -> tuple[Study, Estimate]:
    """A million personas of eight traits, 100,000 respondents, twenty items, six conditions."""
    asked = changes.pop("questionnaire", {})
    fields = study_fields(
        traits={f"t{n}": BIO for n in range(8)},
        pool={"name": "p", "count": 1_000_000, "max_tokens": 512},
        questionnaire={"options": SCALE, "questions": {f"q{n}": ITEM for n in range(20)}, **asked},
        chunk=64, measures={}, **changes,
    )  # fmt: skip
    study = Study.from_spec(fields)
    nobody = {name: [0] * people for name in study.traits}
    humans = EncodedHumans(["1"] * people, [1.0] * people, nobody, {}, people)
    return study, estimate(study, humans)


def test_the_largest_study_that_is_planned_for_is_let_in() -> None:
    for asked in ({}, {"options_order": "averaged"}):
        study, found = whole_night(questionnaire=asked)
        assert sum(found.jobs.values()) > 40_000
        refuse_large(study, found, large=False)


@pytest.mark.parametrize(
    ("changes", "over"),
    [
        ({"pool": {"name": "p", "count": 1_000_000_000}}, "250,000 jobs and 2,000,000 personas"),
        ({"pool": {"name": "p", "count": 3_000_000}, "chunk": 4096}, "2,000,000 personas"),
        ({"pool": {"name": "p", "count": 400_000}, "chunk": 1}, "250,000 jobs"),
        ({"pool": {"name": "p", "count": 1_000_000, "max_tokens": 4096}, "chunk": 64,
          "polling": {"readout": "sample", "samples": 1000}}, "1,000,000,000,000 tokens"),
    ],
)  # fmt: skip
def test_a_study_beyond_what_is_meant_is_refused_with_what_it_would_be(
    here: Path, changes: dict[str, Any], over: str
) -> None:
    path = write_study(here, **changes)
    for dry_run in (True, False):
        tracemalloc.start()
        with pytest.raises(InputError) as raised:
            submit(path, dry_run=dry_run)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
        tracemalloc.stop()
        message = str(raised.value)
        assert f"which is over {over}" in message
        assert "tokens (hours unknown until a worker has run)" in message
        assert message.endswith("submit it with --large")
    assert not (here / "a.db").exists()


def test_a_large_study_that_is_meant_is_let_in_but_not_more_jobs_than_can_be_planned(
    here: Path,
) -> None:
    path = write_study(here, pool={"name": "p", "count": 30_000_000}, chunk=4096)
    assert submit(path, dry_run=True, large=True).personas == 30_000_000
    path = write_study(here, pool={"name": "p", "count": 30_000_000}, chunk=8)
    with pytest.raises(
        InputError, match=r"more than 1,000,000 jobs cannot be planned; raise chunk"
    ):
        submit(path, large=True)


def test_the_hours_are_told_where_they_are_known() -> None:
    study, _ = whole_night(people=10)
    found = Estimate({"poll": 300_000}, 0, 0, 0, 10**12, 1, 1234.5, {})
    with pytest.raises(InputError, match=r"1,000,000,000,001 tokens \(1,234 hours\)"):
        refuse_large(study, found, large=False)


def test_a_study_that_is_there_already_is_not_refused_for_its_size(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_study(here)
    submit(path)
    monkeypatch.setattr(
        "anthology.producer.submission.size_limits.LARGEST", dict.fromkeys(("jobs", "personas"), 0)
    )
    assert not submit(path).new
    with pytest.raises(InputError, match="would be"):
        submit(write_study(here, study="another", pool={"name": "new", "count": 9}))
