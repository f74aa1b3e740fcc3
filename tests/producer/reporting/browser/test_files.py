"""The page to browse personas: its data is complete, stays data, and replaces nobody's files."""

import json
import re
from html import unescape

import pytest
from finished_study import HOSTILE_STORY, fill, full_study, small_study, some_humans
from sqlalchemy import select
from sqlmodel import col

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Answer, Match, Poll
from anthology.models.errors import InputError
from anthology.producer.reporting.browser import files
from anthology.producer.reporting.browser.doubles import SHOWN
from anthology.producer.reporting.report import write_report


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('browsed') / 'a.db'}")
    study = full_study()
    fill(database, study, some_humans(study))
    return database


def literals(file):
    """What a data file hands over, as the browser would read it."""
    call, sign, end = file.read_text(encoding="utf-8").partition("\n")
    assert sign
    assert end.startswith("// written by Anthology: ")
    what, values = re.fullmatch(r"anthologyPersonas\.(\w+)\((.*)\);", call).groups()
    return what, json.loads(f"[{values}]")


def browsed(database, study, folder):
    """The index, and all personas in its order."""
    files.write_browser(database, study, folder)
    what, [index] = literals(folder / "personas" / "index.js")
    assert what == "index"
    people = []
    for number in range(len(list((folder / "personas").iterdir())) - 1):
        what, [stamp, at, some] = literals(folder / "personas" / f"{number}.js")
        assert (what, stamp, at) == ("some", index["stamp"], number)
        people += some
    return index, people


def test_every_persona_has_story_polls_and_the_answers_that_are_stored(full, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "SIZE", 4)
    index, people = browsed(full, "full", tmp_path)
    assert [pool["numbers"] for pool in index["pools"]] == [list(range(9))]
    assert index["size"] == 4
    assert [person["story"] for person in people[:8]] == [f"{HOSTILE_STORY} {i}" for i in range(8)]
    assert people[8]["error"]
    with reading(full) as session:
        age = select(col(Poll.number), col(Poll.probabilities)).where(col(Poll.trait) == "age")
        polls = dict(session.execute(age.where(col(Poll.error).is_(None))).all())
        matches = select(Match).order_by(col(Match.weight).desc(), col(Match.respondent))
        matched = list(session.execute(matches).scalars())
        stored = list(session.execute(select(Answer)).scalars())
    for number, shares in polls.items():
        assert people[number]["polls"][0][0] == pytest.approx(shares, abs=5e-4)
        assert index["traits"][0]["likeliest"][number] == max(
            range(3), key=lambda option: shares[option]
        )
    assert index["traits"][0]["likeliest"][8] == -1
    questions = [question["name"] for question in index["questions"]]
    for place, condition in enumerate(index["conditions"]):
        method = condition["name"].removeprefix("natural/")
        for number in range(9):
            mine = [m for m in matched if m.persona == number and m.method.endswith(method)]
            assert condition["people"][number] == len(mine)
            told = people[number]["answers"][place]
            assert [(one, fits) for one, fits, _ in told] == [
                (m.respondent, m.weight) for m in mine[:SHOWN]
            ]
            for respondent, _, answers in told:
                for name, answer in zip(questions, answers, strict=True):
                    [row] = [a for a in stored if a.condition == condition["name"]
                             and a.respondent == respondent and a.question == name]  # fmt: skip
                    assert answer[0] == row.drawn if answer else row.drawn is None
                    if row.text and not row.error:
                        assert answer[2] == row.text
                    if row.drawn is not None and row.probabilities:
                        of = [p * (1 - (row.refusal or 0)) for p in row.probabilities]
                        whole = [*of, row.refusal]
                        assert answer[1] == pytest.approx(whole[row.drawn], abs=6e-4)


def test_nothing_that_a_respondent_answered_is_in_the_files(reported, tmp_path):
    index, people = browsed(reported, "small", tmp_path)
    assert set(people[0]) == {"story", "polls", "answers"}
    assert set(index) == {"stamp", "size", "humans", "pools", "conditions", "questions", "traits"}
    text = "".join(file.read_text() for file in (tmp_path / "personas").iterdir())
    assert "@1" not in text  # what the survey calls a respondent


def test_no_stored_text_becomes_markup_or_code(full, tmp_path):
    page = files.write_browser(full, "full", tmp_path).read_text(encoding="utf-8")
    page = unescape(page)
    assert page.count("<script") == 2
    assert re.search(r"script-src 'self' file: 'sha256-[^']+'\"", page)
    head, _, foot = re.split(r"(<script>.*?</script>)", page, flags=re.DOTALL)
    assert not re.findall(r"(?:src|href)=\"(?!index\.html\"|personas/index\.js\"|#)", head + foot)
    for file in (tmp_path / "personas").iterdir():
        assert not set("<>&\u2028\u2029") & set(file.read_text(encoding="utf-8"))


def test_the_report_links_to_it_where_it_is_asked_for(reported, html, tmp_path):
    assert "personas.html" not in html
    report = write_report(reported, "small", tmp_path, personas=True)
    assert '<a href="personas.html">' in report.read_text(encoding="utf-8")
    assert (tmp_path / "personas.html").exists()


def test_what_somebody_changed_is_not_replaced_and_what_is_left_over_is_taken_away(
    full, tmp_path, monkeypatch
):
    monkeypatch.setattr(files, "SIZE", 2)
    files.write_browser(full, "full", tmp_path)
    data, own = tmp_path / "personas", tmp_path / "personas" / "own.js"
    own.write_text("mine()")
    monkeypatch.setattr(files, "SIZE", 40)
    files.write_browser(full, "full", tmp_path)
    assert {file.name for file in data.iterdir()} == {"0.js", "index.js", "own.js"}
    (data / "0.js").write_text("mine()")
    with pytest.raises(InputError, match=r"0\.js exists and is not what"):
        files.write_browser(full, "full", tmp_path)
    files.write_browser(full, "full", tmp_path, force=True)
    assert own.read_text() == "mine()"


def test_a_study_without_personas_is_told_so_before_anything_is_written(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study("plain", pool=None, conditions=["bio"])
    fill(database, study, some_humans(study), measured=False)
    with pytest.raises(InputError, match="plain has no personas: none of its conditions"):
        files.write_browser(database, "plain", tmp_path / "out")
    assert not (tmp_path / "out").exists()
