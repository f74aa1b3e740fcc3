"""What a report says of the stories of each pool, counted from hand-made personas."""

import statistics

import pytest
from fake_model import run_study, small_study
from sqlalchemy import update
from sqlmodel import col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Persona
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report

POOLS = {"lives": {"count": 9}, "works": {"count": 8, "prompt": "Tell me about your work."}}
CONDITIONS = [{"pool": "lives", "match": "greedy"}, {"pool": "works", "match": "random"}]
TOKENS = [50, 60, 70, 80, 90, 100, 110, 1500]


def change(database, number, **values):
    lives = col(Persona.pool_id) == 1
    with writing(database) as session:
        session.execute(
            update(Persona).where(lives, col(Persona.number) == number).values(**values)
        )


@pytest.fixture
def counted(database_url, tmp_path):
    """The pool `lives` with eight stories and one given up; `works` as it was written."""
    database = open_database(database_url)
    study = small_study(tmp_path, pool=None, pools=POOLS, conditions=CONDITIONS)
    run_study(database, study)
    for number, tokens in enumerate(TOKENS):
        reason = "length" if tokens == 1500 else "stop"
        change(database, number, tokens=tokens, finish_reason=reason, attempts=1 + number % 2,
               screening_draws=2, log_likelihood=-1.0 - number)  # fmt: skip
    change(database, 8, attempts=10, screening_draws=3, error="no story", tokens=7)
    yield database
    database.dispose()


def test_each_pool_has_an_entry_with_its_counts(counted):
    lives, works = findings(counted, "small")["pools"]
    assert (lives["pool"], lives["stories"], lives["errors"]) == ("lives", 8, 1)
    assert lives["attempts"] == 4 + 2 * 4 + 10
    assert lives["rejected"] == pytest.approx(14 / 22)
    assert lives["screening_draws"] == 2 * 8 + 3
    assert lives["tokens"] == pytest.approx(statistics.mean(TOKENS))
    assert lives["tokens_sd"] == pytest.approx(statistics.stdev(TOKENS))
    assert lives["log_likelihood"] == pytest.approx(-4.5)
    assert lives["cut"] == 1 / 8
    assert lives["finish_reasons"] == {"length": 1 / 8, "stop": 7 / 8}
    assert (works["pool"], works["stories"], works["attempts"]) == ("works", 8, 8)
    assert (works["rejected"], works["cut"]) == (0, 0)
    assert works["screening_draws"] is works["log_likelihood"] is None


def test_stories_of_versions_that_did_not_count_were_written_once(counted):
    for number in range(8):
        change(counted, number, attempts=None, screening_draws=None, log_likelihood=None)
    change(counted, 8, attempts=None, finish_reason="error", screening_draws=None)
    lives, _ = findings(counted, "small")["pools"]
    assert (lives["attempts"], lives["rejected"]) == (8, 0)
    assert lives["screening_draws"] is lives["log_likelihood"] is None


def test_a_pool_without_any_story_has_no_shares(counted):
    for number in range(9):
        change(counted, number, error="the model wrote an empty story", attempts=0)
    lives, _ = findings(counted, "small")["pools"]
    assert (lives["stories"], lives["errors"], lives["attempts"]) == (0, 9, 0)
    shares = ("rejected", "tokens", "tokens_sd", "log_likelihood", "cut")
    assert {lives[name] for name in shares} == {None}
    assert lives["finish_reasons"] == {}


def test_the_page_shows_them(counted, tmp_path):
    page = write_report(counted, "small", tmp_path / "report").read_text()
    assert "How the stories were written" in page
    row = page.split("<tr><th>lives</th>")[1].split("</tr>")[0]
    for cell in ("<td>8</td>", "<td>22</td>", "<td>63.6%</td>", "<td>12.5%</td>", "<td>−4.50</td>"):
        assert cell in row
    assert "Tell me about your work." in page


def test_a_study_without_a_pool_says_nothing_of_stories(database_url, tmp_path):
    database = open_database(database_url)
    run_study(database, small_study(tmp_path, pool=None, conditions=["none"]))
    assert findings(database, "small")["pools"] == []
    page = write_report(database, "small", tmp_path / "report").read_text()
    assert "How the stories were written" not in page
    database.dispose()
