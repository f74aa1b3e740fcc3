"""A study whose personas answer for themselves: report, terminal, preview, export, archive."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, make_runner, run_study, small_study, store
from pages import unexplained
from sqlalchemy import Engine, update
from sqlmodel import Session
from surveyed import LIKES

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Metric
from anthology.models.study.study import Study
from anthology.producer.cli import printing
from anthology.producer.monitoring.progress import progress
from anthology.producer.preview.preview import preview_file, preview_study
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study


@pytest.fixture
def database(tmp_path: Path) -> Any:
    found = open_database(f"sqlite:///{tmp_path / 'here.db'}")
    yield found
    found.dispose()


def alone(folder: Path, **changes: Any) -> Study:
    return small_study(folder, humans=None, conditions=[{"pool": "natural"}], **changes)


def test_the_page_shows_shares_with_intervals_and_says_that_nobody_is_compared_with(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, alone(tmp_path), FakeEngine(LIKES))
    shown = page(database, "small")
    assert "9 personas answered for themselves and are compared with nobody" in shown
    assert "no distances and no floors" in shown
    assert "How close each condition came" not in shown
    assert "other real people" not in shown
    assert "<td>0.600" in shown
    assert "0.600<small>" not in shown  # all answer alike, and nothing says how sure that is
    with Session(database) as session:
        session.execute(update(Metric).values(low=0.5, high=0.7))
        session.commit()
    assert "0.600<small>0.500 to 0.700</small>" in page(database, "small")
    assert not unexplained(shown, "alone")
    assert "By subgroup (2)" in shown
    assert "sex = man" in shown
    assert "none: the personas answer for themselves" in shown


def test_findings_have_every_share_and_no_floor(database: Engine, tmp_path: Path) -> None:
    run_study(database, alone(tmp_path), FakeEngine(LIKES))
    found = findings(database, "small")
    assert found["humans"] == 0
    assert (found["floor"], found["floor_at_n"]) == (None, None)
    first = found["alone"][0]
    assert (first["condition"], first["subgroup"], first["question"]) == ("natural", "all", "roads")
    assert [share["option"] for share in first["shares"]] == [
        "too little",
        "about right",
        "too much",
    ]
    assert [share["value"] for share in first["shares"]] == pytest.approx([0.6, 0.3, 0.1])
    assert first["mean"]["value"] == pytest.approx(1.5)
    row = found["rows"][0]
    assert (row["n"], row["wd"], row["label_mass"]) == (9, None, pytest.approx(0.8))
    json.dumps(found)


def test_the_terminal_shows_no_distances(
    database: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_study(database, alone(tmp_path), FakeEngine(LIKES))
    printing.findings_table(findings(database, "small"))
    said = " ".join(capsys.readouterr().out.split())
    assert "9 virtual people a condition against nobody" in said
    assert "WD" not in said
    assert "0.80" in said


def test_answers_that_are_missing_are_flagged(database: Engine, tmp_path: Path) -> None:
    from anthology.workers.engine.text_model import PromptRefused

    def fault(prompt: str) -> Exception | None:
        return PromptRefused("too long") if "Did you vote?" in prompt else None

    run_study(database, alone(tmp_path), FakeEngine(LIKES, fault=fault))
    assert "Missing of 27 answers a condition: natural " in page(database, "small")


def test_a_preview_shows_the_story_of_the_persona_that_answers(
    database: Engine, tmp_path: Path
) -> None:
    study = alone(tmp_path)
    shown = preview_file(tmp_path / "small.yaml", 3, None, "roads", None)
    assert "⟨the story of persona 3⟩" in shown.prompt
    run_study(database, study)
    shown = preview_study(database, "small", 3, None, "roads", None)
    assert "My number is" in shown.prompt
    assert shown.stored is not None


def test_its_tables_have_its_answers_and_figures(database: Engine, tmp_path: Path) -> None:
    run_study(database, alone(tmp_path), FakeEngine(LIKES))
    files = {path.stem: path for path in export_study(database, "small", tmp_path / "out", "csv")}
    with files["small-answers"].open() as file:
        assert len(list(csv.DictReader(file))) == 27
    with files["small-metrics"].open() as file:
        named = {row["name"] for row in csv.DictReader(file)}
    assert {"share/roads/1", "mean/roads", "sd/roads", "alpha"} <= named
    with files["small-respondents"].open() as file:
        assert list(csv.DictReader(file)) == []


def test_an_archive_gives_the_same_study(database: Engine, tmp_path: Path) -> None:
    run_study(database, alone(tmp_path), FakeEngine(LIKES))
    export_archive(database, "small", tmp_path / "a.zip")
    url = f"sqlite:///{tmp_path / 'there.db'}"
    assert import_archive(tmp_path / "a.zip", url)[0] == "small"
    there = open_database(url)
    kept = ("rows", "alone", "floor", "humans", "respondents", "personas")
    here, moved = findings(database, "small"), findings(there, "small")
    assert {name: moved[name] for name in kept} == {name: here[name] for name in kept}
    there.dispose()


def test_an_archive_of_a_study_in_the_middle_goes_on(database: Engine, tmp_path: Path) -> None:
    from anthology.models.jobs import ready

    store(database, alone(tmp_path))
    runner = make_runner(database, FakeEngine(LIKES))
    for _ in range(2):
        for message in ready.due(database)[:2]:
            runner.do(message.kind, message.id, lambda progress: None)
    export_archive(database, "small", tmp_path / "a.zip")
    url = f"sqlite:///{tmp_path / 'there.db'}"
    import_archive(tmp_path / "a.zip", url)
    there = open_database(url)
    drain(make_runner(there, FakeEngine(LIKES)))
    assert progress(there, "small").state == "done"
    assert findings(there, "small")["rows"][0]["n"] == 9
    there.dispose()


def test_a_question_compared_with_nobody_has_a_place_of_its_own_on_a_page(
    database: Engine, tmp_path: Path
) -> None:
    questions = {
        "roads": "Too much on roads?",
        "parks": {"question": "Too much on parks?", "column": None},
    }
    asked = {
        "options": {"too little": 1, "about right": 2, "too much": 3}, "questions": questions,
    }  # fmt: skip
    study = small_study(tmp_path, questionnaire=asked, conditions=["none", "natural/greedy"])
    run_study(database, study, FakeEngine(LIKES))
    shown = page(database, "small")
    assert "Asked, and compared with nobody" in shown
    assert "How close each condition came" in shown
    found = findings(database, "small")
    assert {entry["question"] for entry in found["alone"]} == {"parks"}
    export_archive(database, "small", tmp_path / "a.zip")
    import_archive(tmp_path / "a.zip", f"sqlite:///{tmp_path / 'there.db'}")
    files = {path.stem: path for path in export_study(database, "small", tmp_path / "out", "csv")}
    with files["small-respondents"].open() as file:
        assert "answer_parks" not in next(csv.reader(file))
