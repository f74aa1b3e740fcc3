"""What a `survey` stores of every kind of answer: free text, refusals, numbers, averaged orders."""

from pathlib import Path

import pytest
from fake_model import LABEL_MASS, FakeEngine
from sqlalchemy import Engine
from surveyed import (
    LIKES,
    MIXED,
    PARKS,
    ROADS,
    SHARES,
    answers,
    asked,
    conversation,
    surveyed,
    within,
)

from anthology.models.database.sessions import open_database

# --- free text -----------------------------------------------------------------------------------


def test_free_text_is_stored_and_stays_in_the_conversation(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine(LIKES, story=lambda seed: f" I drive {seed} miles.\n")
    study = surveyed(database, tmp_path, model, MIXED)
    expected = [prompt for n in range(8) for prompt in conversation(database, study, "none", n)]
    assert {*asked(model)} == {*expected}
    said = [one for one in answers(database) if one.question == "why"]
    assert len({one.text for one in said}) == 8
    for one in said:
        assert one.text is not None
        assert one.text.startswith("I drive ")
        assert (one.probabilities, one.drawn, one.label_mass, one.shown) == (None, None, None, [])
        after = [p for p in expected if f"Answer: {one.text}\n\n" in p]
        assert len(after) == 3 - one.place


def test_an_empty_free_text_is_an_error_and_no_part_of_the_conversation(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine(LIKES, story=lambda seed: " \x00\n")
    questions = {"why": MIXED["why"], "roads": ROADS}
    surveyed(database, tmp_path, model, questions, order="fixed")
    errors = {one.question: one.error for one in answers(database)}
    assert errors == {"why": "the model wrote an empty answer", "roads": None}
    assert not any("drive" in prompt for prompt in model.prompts if "roads" in prompt)


# --- refusals, finer answers, numbers ------------------------------------------------------------


def test_a_refusal_is_an_outcome_of_its_own(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES | {"No answer": 10.0})
    study = surveyed(
        database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, people=100, refusal="No answer"
    )
    found = answers(database)
    for one in found:
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
        assert one.refusal == pytest.approx(0.5)
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.shown[-1] == 3
        assert (one.error, one.text) == (None, None)
    assert {one.drawn for one in found} == {0, 1, 2, 3}
    assert within([one.drawn for one in found].count(3), 0.5, len(found))
    expected = [p for n in range(100) for p in conversation(database, study, "none", n)]
    assert sorted(asked(model)) == sorted(expected)
    assert any("Answer: (D) No answer\n\n" in prompt for prompt in expected)


def test_without_a_refusal_none_is_stored(database: Engine, tmp_path: Path) -> None:
    surveyed(database, tmp_path, FakeEngine(LIKES), {"roads": ROADS})
    assert {one.refusal for one in answers(database)} == {None}


def test_nothing_but_a_refusal_leaves_no_distribution(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine({"too little": 0.0, "about right": 0.0, "too much": 0.0})
    surveyed(database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, refusal="No answer")
    for one in answers(database):
        assert (one.probabilities, one.refusal, one.drawn, one.error) == (None, 1.0, 3, None)


def test_finer_answers_collapse_to_options_and_are_kept_as_text(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine({"Yes, always": 5.0, "Yes, once": 1.0, "Never": 4.0})
    questions = {"vote": {**MIXED["vote"], "options_order": "random"}, "roads": ROADS}
    study = surveyed(database, tmp_path, model, questions, people=60)
    found = [one for one in answers(database) if one.question == "vote"]
    for one in found:
        assert one.probabilities == pytest.approx([0.6, 0.4])
        assert sorted(one.shown) == [0, 1, 2]
        assert one.drawn == (1 if one.text == "Never" else 0)
    for text, share in [("Yes, always", 0.5), ("Yes, once", 0.1), ("Never", 0.4)]:
        assert within([one.text for one in found].count(text), share, 60)
    expected = [p for n in range(60) for p in conversation(database, study, "none", n)]
    assert sorted(asked(model)) == sorted(expected)


def test_a_number_is_asked_for_and_counted_in_its_bin(database: Engine, tmp_path: Path) -> None:
    weights = {str(number): 4.0 if number < 50 else 1.0 for number in range(18, 100)}
    model = FakeEngine(weights)
    study = surveyed(database, tmp_path, model, {"age": MIXED["age"], "roads": ROADS}, people=60)
    found = [one for one in answers(database) if one.question == "age"]
    for one in found:
        assert one.probabilities == pytest.approx([128 / 178, 50 / 178])
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.shown == []
        assert one.drawn == (0 if int(one.text or "") < 50 else 1)
    assert len({one.text for one in found}) > 20
    expected = {p for n in range(60) for p in conversation(database, study, "none", n)}
    assert {*asked(model)} == expected


# --- orders and labels' own appeal ---------------------------------------------------------------

BIAS = {"A": 4.0, "B": 1.0, "C": 0.5}


def test_every_order_is_read_once_and_the_first_goes_on(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES, bias=BIAS)
    study = surveyed(
        database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, options_order="averaged"
    )
    for one in answers(database):
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
    expected = {p for n in range(8) for p in conversation(database, study, "none", n)}
    assert expected < {*asked(model)}
    assert len(model.prompts) == 8 * 2 * 6
    for person in range(8):
        first, *_ = study.plan("none", person)
        assert len({tuple(shown) for shown in first.orders}) == 6
        mine = [one for one in answers(database) if (one.respondent, one.place) == (person, 0)]
        assert [one.shown for one in mine] == [first.orders[0]]


@pytest.mark.parametrize("options_order", ["fixed", "random"])
def test_a_labels_own_appeal_is_removed_by_its_calibration_alone(
    tmp_path: Path, options_order: str
) -> None:
    for debias in ("none", "label_prior"):
        folder = tmp_path / debias
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        surveyed(
            database, folder, FakeEngine(LIKES, bias=BIAS),
            {"roads": ROADS, "vote": {"question": "Vote?", "options": {"Yes": 1, "No": [2, 3]}}},
            conditions=["none", "qa"], options_order=options_order, debias=debias,
        )  # fmt: skip
        for one in answers(database):
            true = pytest.approx(SHARES[one.question])
            assert (one.probabilities == true) == (debias == "label_prior")
            assert one.label_mass == pytest.approx(LABEL_MASS)
        database.dispose()


def test_temperature_changes_distribution_and_draws(database: Engine, tmp_path: Path) -> None:
    surveyed(database, tmp_path, FakeEngine(LIKES), {"roads": ROADS}, people=60, temperature=0.25)
    powers = [6.0**4, 3.0**4, 1.0]
    for one in answers(database):
        assert one.probabilities == pytest.approx([power / sum(powers) for power in powers])
    drawn_first = [one.drawn for one in answers(database)].count(0)
    assert within(drawn_first, powers[0] / sum(powers), 60)
