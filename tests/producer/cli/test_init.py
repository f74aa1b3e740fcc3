"""`anthology init`: a list of columns without items, a study that passes a dry run with them."""

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("home")

HEADER = 'id,"Overall, how satisfied are you?",age,sex,"Trust - police","Trust - army"\n'
ROWS = "".join(f"{n},{n % 5 + 1},{18 + n},{n % 2 + 1},{n % 4 + 1},{n % 3 + 1}\n" for n in range(70))


@pytest.fixture
def survey(home: Path) -> Path:
    path = home / "s.csv"
    path.write_text(HEADER + ROWS)
    return path


def test_without_items_the_columns_are_listed(anthology: Any, survey: Path) -> None:
    found = anthology("init", str(survey))
    assert found.code == 0
    assert "Overall, how satisfied are you?" in found.out
    assert "ordinal 5" in found.out
    assert "(a trait: age)" in found.out
    assert "6 columns, 70 people" in found.err
    assert not (survey.parent / "study.yaml").exists()


def test_a_list_is_searched_and_printed_for_programs(anthology: Any, survey: Path) -> None:
    found = json.loads(anthology("init", str(survey), "--find", "SATISFIED", "--json").out)
    assert [column["name"] for column in found["columns"]] == ["Overall, how satisfied are you?"]
    assert found["columns_in_file"] == 6


def test_a_draft_from_columns_with_commas_passes_a_dry_run(
    anthology: Any, survey: Path, home: Path
) -> None:
    out = str(home / "drafted.yaml")
    done = anthology(
        "init", str(survey), "--items", "Overall, how satisfied are you?",
        "--items", "Trust - police,Trust - army", "--traits", "age,sex", "--pool", "20",
        "--model", "m", "--out", out,
    )  # fmt: skip
    assert (done.code, done.out) == (0, "")
    planned = json.loads(anthology("submit", out, "--dry-run", "--json").out)
    assert (planned["personas"], planned["answers"]) == (20, 70 * 3 * 4)


def test_columns_that_look_like_traits_are_told_of(anthology: Any, survey: Path) -> None:
    done = anthology("init", str(survey), "--items", "'Trust - police'", "--json")
    assert "age (age), sex (sex)" in done.err
    assert json.loads(done.out)["study"] == "study.yaml"


def test_a_floor_takes_columns_with_commas(anthology: Any, survey: Path) -> None:
    items = ["--items", "Overall, how satisfied are you?,Trust - army", "--reverse", "Trust - army"]
    found = json.loads(anthology("floor", str(survey), *items, "--splits", "2", "--json").out)
    assert found["items"] == {"Overall, how satisfied are you?": 5, "Trust - army": 3}


def test_a_draft_of_imported_stories_passes_a_dry_run(
    anthology: Any, survey: Path, home: Path
) -> None:
    (home / "lives").mkdir()
    lives = home / "lives" / "stories.csv"
    lives.write_text("backstory\n" + "".join(f"I am {n}.\n" for n in range(30)))
    out = home / "drafted.yaml"
    traits = ("--items", "Trust - army", "--traits", "age,sex", "--model", "m", "--out", str(out))
    done = anthology("init", str(survey), *traits, "--stories", str(lives))
    assert done.code == 0, done.err
    assert "file: lives/stories.csv" in out.read_text()
    planned = json.loads(anthology("submit", str(out), "--dry-run", "--json").out)
    assert (planned["personas"], planned["jobs"]["backstory"]) == (30, 0)
    assert planned["answers"] == 70 * 4
    done = anthology(
        "init", str(survey), *traits, "--stories", str(lives), "--pool", "20", "--force"
    )
    assert json.loads(anthology("submit", str(out), "--dry-run", "--json").out)["personas"] == 20


def test_a_draft_of_stories_that_cannot_be_imported_is_refused(
    anthology: Any, survey: Path, home: Path
) -> None:
    (home / "s.csv.jsonl").write_text('{"tale": "I."}\n')
    said = anthology(
        "init", str(survey), "--items", "Trust - army", "--traits", "age", "--stories",
        str(home / "s.csv.jsonl"),
    ).failed(2)  # fmt: skip
    assert "name that of the stories in pools.stories.story: it has 'tale'" in said
    assert not (home / "study.yaml").exists()
    said = anthology("init", str(survey), "--items", "age", "--stories", "x.csv").failed(2)
    assert said.startswith("--stories needs --traits")
