"""What a report says of stories that state their personas' traits."""

import pytest
from fake_model import run_study, small_study
from mentioned import WOMAN, Stating, mentioning
from pages import sections
from sqlalchemy import select, update
from sqlmodel import col

from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Persona, Poll
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page

POOLS = {"lives": {"count": 9}, "works": {"count": 4, "prompt": "Tell me about your work."}}
CONDITIONS = [{"pool": "lives", "match": "greedy"}, {"pool": "works", "match": "random"}]


@pytest.fixture
def database(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def test_each_pool_has_the_share_of_its_stories_that_state_each_trait(database, tmp_path):
    study = mentioning(tmp_path, pool=None, pools=POOLS, conditions=CONDITIONS)
    run_study(database, study, Stating())
    with writing(database) as session:  # as if a file had said what these two are
        known = (col(Poll.pool_id) == 1, col(Poll.trait) == "sex", col(Poll.number) < 2)
        session.execute(update(Poll).where(*known).values(mentioned=None))
    with reading(database) as session:
        told = session.execute(select(Persona.pool_id, Persona.number, Persona.story)).all()
    lives = [story == WOMAN for pool, number, story in told if pool == 1 and number > 1]
    works = [story == WOMAN for pool, _, story in told if pool == 2]
    assert 0 < sum(lives) < 7
    assert findings(database, "small")["mentions"] == [
        {"pool": "lives", "trait": "age", "asked": 9, "stated": 0.0},
        {"pool": "lives", "trait": "sex", "asked": 7, "stated": sum(lives) / 7},
        {"pool": "works", "trait": "age", "asked": 4, "stated": 0.0},
        {"pool": "works", "trait": "sex", "asked": 4, "stated": sum(works) / 4},
    ]
    shown = page(database, "small")
    told = sections(shown).split("<h2>What the stories state</h2>")[1]
    row = told.split("<tr><th>lives</th>")[1]
    assert row.startswith(f"<td>0.0%</td><td>{100 * sum(lives) / 7:.1f}%</td></tr>")
    assert "; stated in the story: 90%" in shown or "; stated in the story: 20%" in shown
    assert "a trait that the story states" in shown


def test_where_nobody_was_asked_there_is_no_share(database, tmp_path):
    run_study(database, mentioning(tmp_path), Stating())
    with writing(database) as session:
        session.execute(update(Poll).where(col(Poll.trait) == "sex").values(mentioned=None))
    age, sex = findings(database, "small")["mentions"]
    assert (age["asked"], sex["asked"], sex["stated"]) == (9, 0, None)


def test_a_study_that_asks_nothing_first_says_nothing_of_it(database, tmp_path):
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]))
    assert "mentions" not in findings(database, "small")
    shown = page(database, "small")
    assert "states" not in shown
    assert "stated in the story" not in shown
