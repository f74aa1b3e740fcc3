"""What the report says of a pool, figure by figure, against plain sums over hand-made rows."""

import random
from pathlib import Path
from typing import Any

import pytest
from fake_model import run_study, small_study, study_fields
from imported import imported_study
from pages import sections
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Persona, Poll, Respondent
from anthology.models.study.study import Study
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.producer.reporting.pools import repetition, sample

POOLS = {"lives": {"count": 12, "reject": {"shorter_than": 5}}, "works": {"count": 3}}
CONDITIONS = [{"pool": "lives", "match": "greedy"}, {"pool": "works", "match": "random"}]
FIRST = " ".join(f"word{i}" for i in range(80))


def story(number: int) -> str:
    """Four are one text, of which one ends otherwise; the others share no word."""
    if number in (1, 4, 7):
        return FIRST
    if number == 9:
        return f"{FIRST} <b>today</b>"
    return " ".join(f"n{number}w{i}" for i in range(10 + number))


def told(folder: Path, **changes: Any) -> Study:
    traits = study_fields()["traits"]
    traits["sex"]["refusal"] = "Rather not"
    fields = {"pool": None, "pools": POOLS, "conditions": CONDITIONS, "traits": traits, **changes}
    return small_study(folder, **fields)


def fill(database: Engine, study: Study) -> None:
    """Both pools with stories and polls made by hand; of one persona the polls failed."""
    run_study(database, study)
    with writing(database) as session:
        for person in session.execute(select(Persona)).scalars():
            person.story = story(person.number) if person.pool_id == 1 else f"Work {person.number}."
            person.tokens, person.log_likelihood = 10 + person.number, -person.number / 8
            if person.number in (0, 11):
                person.error = "no <story>"
        for poll in session.execute(select(Poll)).scalars():
            rng = random.Random(f"{poll.trait}{poll.number}")
            share = rng.random()
            poll.probabilities = [share, 1 - share]
            poll.refusal = rng.random() if poll.trait == "sex" else None
            if poll.number == 3:
                poll.error, poll.probabilities = "too long", None
            if poll.number == 5 and poll.trait == "sex":
                poll.refusal, poll.probabilities = 1.0, None


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("pools")
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    fill(database, told(folder))
    return database


def lives(database: Engine) -> dict[str, Any]:
    found: dict[str, Any] = findings(database, "small")["pools"][0]
    assert found["pool"] == "lives"
    return found


@pytest.fixture(scope="module")
def entry(filled: Engine) -> dict[str, Any]:
    return lives(filled)


@pytest.fixture(scope="module")
def shown(filled: Engine) -> str:
    return page(filled, "small")


def test_every_figure_is_the_same_on_both_databases(
    database_url: str, entry: dict[str, Any], tmp_path: Path
) -> None:
    database = open_database(database_url)
    fill(database, told(tmp_path))
    assert lives(database) == entry
    database.dispose()


def test_traits_are_mean_probabilities_beside_the_weighted_humans(
    filled: Engine, entry: dict[str, Any]
) -> None:
    with Session(filled) as session:
        polls = list(session.execute(select(Poll).where(col(Poll.pool_id) == 1)).scalars())
        people = list(session.execute(select(Respondent)).scalars())
    for found, trait in zip(entry["traits"], ("age", "sex"), strict=True):
        mine = [poll for poll in polls if poll.trait == trait and poll.error is None]
        masses = [0.0, 0.0]
        for poll in mine:
            for option, share in enumerate(poll.probabilities or ()):
                masses[option] += share * (1 - (poll.refusal or 0.0))
        ours = [mass / sum(masses) for mass in masses]
        total = sum(person.weight for person in people)
        theirs = [
            sum(p.weight for p in people if p.traits[trait] == option) / total for option in (0, 1)
        ]
        assert (found["trait"], found["polled"], found["n"]) == (trait, 11, 11)
        assert [share["pool"] for share in found["shares"]] == pytest.approx(ours)
        assert [share["humans"] for share in found["shares"]] == pytest.approx(theirs)
        assert found["tv"] == pytest.approx(abs(ours[0] - theirs[0]))
        refusals = [poll.refusal or 0.0 for poll in mine]
        offered = None if trait == "age" else pytest.approx(sum(refusals) / 11)
        assert found["refusal"] == offered


def test_repetition_is_counted_and_shown_with_a_pair_that_differs(
    entry: dict[str, Any], shown: str
) -> None:
    found = entry["repetition"]
    assert (found["stories"], found["exact"]) == (10, 2)
    assert (found["near"], found["groups"], found["largest"]) == (4, 1, 4)
    assert found["example"]["personas"] == [1, 9]
    shingles = 80 - 4
    assert found["example"]["jaccard"] == pytest.approx(shingles / (shingles + 3))
    lengths = {n: len(story(n).replace("<b>", "b ").replace("</", " ").split()) for n in range(12)}
    counted = [lengths[n] for n in range(1, 11)]
    assert found["words"] == pytest.approx(sum(counted) / 10)
    unlike = sum(lengths[n] for n in range(1, 11) if n not in (1, 4, 7, 9))
    distinct = found["distinct"]
    assert distinct["distinct_1"] == pytest.approx((80 + 2 + unlike) / sum(counted))
    assert (distinct["stories"], distinct["words"]) == (10, sum(counted))
    assert "a tenth to more than half of those a little above it are missed" in shown
    assert "lives: two stories that share 96.2%" in shown
    assert "word79 &lt;b&gt;today&lt;/b&gt;</blockquote>" in shown


def test_lengths_and_likelihoods_are_those_of_all_stories_kept(
    entry: dict[str, Any], shown: str
) -> None:
    assert (entry["lengths"]["n"], entry["lengths"]["mean"]) == (10, 15.5)
    assert entry["lengths"]["quantiles"]["50%"] == 15.5
    assert entry["log_likelihoods"]["mean"] == pytest.approx(-5.5 / 8)
    assert "mean 16, SD 3; half lie from 13 to 18" in shown
    assert "mean −0.69, SD 0.38" in shown


def test_why_stories_were_thrown_away_and_personas_have_none_is_told(
    entry: dict[str, Any], shown: str
) -> None:
    assert entry["lost"] == {"no <story>": 2}
    assert entry["rejected_for"] == "shorter than 5 tokens, or empty"
    assert "in lives one shorter than 5 tokens, or empty" in shown
    assert '<td dir="auto">no &lt;story&gt;</td><td class="number">2</td>' in shown


def test_examples_stand_beside_the_likeliest_option_of_every_trait(
    filled: Engine, shown: str
) -> None:
    part = sections(shown).split("Stories beside their polls")[1].split("How answers")[0]
    numbers = [int(after.split("<")[0]) for after in part.split("lives, persona ")[1:]]
    assert len(numbers) == 2
    assert part.count("works, persona ") == 2
    with Session(filled) as session:
        polls = select(Poll).where(col(Poll.pool_id) == 1, col(Poll.number).in_(numbers))
        for poll in session.execute(polls).scalars():
            likeliest = max(poll.probabilities or [0.0])
            names = {"age": ["young", "old"], "sex": ["man", "woman"]}[poll.trait]
            option = names[(poll.probabilities or [0.0]).index(likeliest)]
            row = f'<td dir="auto">{option}</td><td class="number">{likeliest:.2f}</td>'
            told = row if poll.probabilities else "<td>no poll</td>"
            assert told in part.split(f"lives, persona {poll.number}<")[1]


def test_of_a_large_pool_so_many_are_looked_at(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "MOST", 7)
    monkeypatch.setattr(sample, "BATCH", 4)
    monkeypatch.setattr(repetition, "COUNTED", 3)
    found = lives(filled)
    assert (found["personas"], found["looked_at"], found["stories"]) == (12, 7, 10)
    assert found["traits"][0]["polled"] == 11
    assert 6 <= found["traits"][0]["n"] <= 7
    assert 5 <= found["repetition"]["stories"] <= 7
    assert found["repetition"]["distinct"]["stories"] == 3
    assert found["lengths"]["n"] == 10


def test_without_humans_nothing_is_compared_and_the_page_tells_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "MOST", 7)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, told(tmp_path, humans=None, conditions=[{"pool": "lives"}]))
    for trait in lives(database)["traits"]:
        assert trait["tv"] is None
        assert {share["humans"] for share in trait["shares"]} == {None}
        assert sum(share["pool"] for share in trait["shares"]) == pytest.approx(1)
    shown = sections(page(database, "small")).split("Who the personas are")[1].split("<h2>")[0]
    assert "humans" not in shown
    assert "TV" not in shown
    assert "Of lives these are 7 of 12 personas, drawn by the study’s seed." in shown


def test_imported_stories_have_words_but_no_tokens(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    run_study(database, imported_study(tmp_path))
    [found] = findings(database, "small")["pools"]
    unknown = ("tokens", "tokens_sd", "cut", "rejected", "lengths", "log_likelihoods")
    assert {found[name] for name in unknown} == {None}
    assert (found["stories"], found["attempts"]) == (9, 0)
    assert found["repetition"]["words"] == 4  # I am number 3
