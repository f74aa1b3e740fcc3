"""Questions: what can be answered, which option each answer counts as, and hostile wording."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anthology.models.questionnaire.questions import MAX_OPTIONS, OpenQuestion, Question, Trait
from anthology.models.questionnaire.wording import refuse_alike


def question(**fields: Any) -> Question:
    base: dict[str, Any] = {"name": "q", "column": "q", "question": "Which?",
                            "options": {"low": 1, "mid": 2, "high": 3}}  # fmt: skip
    return Question.model_validate({**base, **fields})


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        question(**fields)
    return str(raised.value)


BINS = {"few": {"from": 0, "to": 3}, "many": {"from": 4, "to": 7}}
DAYS = {"number": {"from": 0, "to": 7}, "options": BINS}
FINER = {"asked_as": {"very low": "low", "so so": "mid", "lowish": "low", "high": "high"}}

# --- choices and what they count as ---------------------------------------------------------------


def test_plain_options_are_what_can_be_answered() -> None:
    found = question()
    assert found.choices == found.option_texts == found.outcomes == ["low", "mid", "high"]
    assert (found.bins, found.held) == ([0, 1, 2], [])


def test_finer_answers_count_as_the_options_they_belong_to() -> None:
    found = question(**FINER, refusal="Rather not", anchored=["so so"])
    assert found.choices == ["very low", "so so", "lowish", "high", "Rather not"]
    assert found.bins == [0, 1, 0, 2, 3]
    assert found.outcomes == ["low", "mid", "high", "Rather not"]
    assert found.held == [1, 4]


def test_numbers_count_as_the_options_that_claim_them() -> None:
    found = question(**DAYS, refusal="Rather not")
    assert found.choices == ["0", "1", "2", "3", "4", "5", "6", "7", "Rather not"]
    assert found.bins == [0, 0, 0, 0, 1, 1, 1, 1, 2]


def test_negative_numbers_can_be_answered() -> None:
    found = question(number={"from": -2, "to": 1}, options={"less": {"to": -1}, "more": [0, 1]})
    assert found.choices == ["-2", "-1", "0", "1"]
    assert found.bins == [0, 0, 1, 1]


def test_the_plain_question_is_what_humans_answered() -> None:
    for fields in (FINER, {}):
        assert question(**fields, refusal="Rather not").plain == question()
    assert question(**DAYS).plain == question(options=BINS)


SHARES = st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda s: sum(s) > 1e-6)


@given(SHARES)
def test_collapsed_shares_sum_to_one_beside_the_refusal(weights: list[float]) -> None:
    found = question(**FINER, refusal="Rather not")
    shares = [weight / sum(weights) for weight in weights]
    options, refused = found.collapsed(shares)
    assert refused == pytest.approx(shares[4])
    answered = sum(shares[:4])
    if answered > 1e-9:
        assert options is not None
        assert math.fsum(options) == pytest.approx(1)
        expected = [shares[0] + shares[2], shares[1], shares[3]]
        assert [o * answered for o in options] == pytest.approx(expected)


def test_nothing_but_refusal_leaves_no_distribution() -> None:
    found = question(refusal="Rather not")
    assert found.collapsed([0, 0, 0, 1]) == (None, 1)
    assert question().collapsed([0.5, 0.25, 0.25]) == ([0.5, 0.25, 0.25], None)


def test_shares_of_other_choices_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        question().collapsed([0.5, 0.5])


# --- identity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"question": "Which one?"},
        {"options": {"high": 3, "mid": 2, "low": 1}},
        {"refusal": "Rather not"},
        {"anchored": ["high"]},
        {"options_order": "random"},
        FINER,
        {"asked_as": {"low": "mid", "mid": "low", "high": "high"}},
    ],
)
def test_whatever_changes_what_is_asked_changes_the_key(fields: dict[str, Any]) -> None:
    assert question(**fields).key != question().key


def test_codes_and_names_do_not_change_the_key() -> None:
    changes: dict[str, Any] = {"name": "x", "column": "y", "missing": [9], "ordered": False}
    codes = {"options": {"low": 7, "mid": [8, "x"], "high": {"from": 9}}}
    assert question(**changes, **codes).key == question().key


def test_a_number_is_another_poll_than_options_that_are_numbers() -> None:
    options = {"1": 1, "2": 2}
    number = question(options=options, number={"from": 1, "to": 2})
    assert number.choices == question(options=options).choices
    assert number.key != question(options=options).key


# --- hostile wording ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yes", "YES"),
        ("Straße", "STRASSE"),
        ("ﬁve", "five"),
        ("５", "5"),
        ("Not sure", "Not  sure"),
        ("Not sure", "Not\u00a0sure"),
        ("Yes", " Yes "),
        ("é", "e\u0301"),
        ("Yes", "Yes\u200b"),
        ("Yes", "\u200fYes"),
        ("co-op", "co-\u00adop"),
        ("ﬃ", "FFI"),
    ],
)
def test_options_that_a_reader_could_not_tell_apart_are_refused(one: str, other: str) -> None:
    assert "read the same" in refusal(options={one: 1, other: 2})
    assert "read the same" in refusal(asked_as={one: "low", other: "mid", "x": "high"})
    assert "read the same" in refusal(options={one: 1, "b": 2}, refusal=other)


@given(st.lists(st.text(max_size=4), max_size=6, unique=True))
def test_texts_that_differ_in_letters_are_never_alike(texts: list[str]) -> None:
    marked = [f"{'x' * place} {text}" for place, text in enumerate(texts, 1)]
    refuse_alike(marked)
    if marked:
        with pytest.raises(ValueError, match="read the same"):
            refuse_alike([*marked, f"  {marked[-1].upper().lower()} "])


@pytest.mark.parametrize("text", ["", " ", "\t", "\u3000", "\u200b", "\u200e\u200f"])
def test_an_option_that_nobody_can_see_is_refused(text: str) -> None:
    assert "should" in refusal(options={text: 1, "b": 2})
    assert "should" in refusal(refusal=text)


@pytest.mark.parametrize("letter", ["\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\x85", "\x92",
                                    "\u2028", "\u2029"])  # fmt: skip
def test_a_control_character_in_a_wording_is_refused(letter: str) -> None:
    assert "should be one line without control characters" in refusal(
        options={f"a{letter}b": 1, "b": 2}
    )
    if letter != "\n":
        assert "without control characters" in refusal(question=f"a{letter}b")
        assert "without control characters" in refusal(question=f"a\n{letter}b")


@pytest.mark.parametrize(
    "options",
    [
        {"👍🏽": 1, "👎": 2, "👩‍👧": 3},
        {"نعم": 1, "לא": 2},
        {"Answer:": 1, "Question: Which?": 2},
        {"(A)": 1, "(B) or (A)": 2, "A": 3},
        {"{}": 1, "{0}%s\\n": 2},
        {"1": 1, "10": 2},
        {"Important": 1, "Important, but not essential": 2},
        {"code": 1, "list": 2, "range": 3, "open": 4, "closed": 5, "[key]": 6},
    ],
)
def test_odd_options_that_can_be_told_apart_are_taken_as_they_are(options: dict[str, int]) -> None:
    assert question(options=options).choices == list(options)


def test_wording_is_stripped_and_otherwise_kept() -> None:
    found = question(question="  Which  one? ", options={" a  b ": 1, "c": 2}, refusal=" No ")
    assert (found.text, found.choices) == ("Which  one?", ["a  b", "c", "No"])


def test_a_question_of_several_paragraphs_keeps_them_with_one_empty_line_between() -> None:
    found = question(question="\n A boss asks.  \n\n\n \nThe worker\nrefuses.\n\nWho is right?\n")
    assert found.text == "A boss asks.\n\nThe worker\nrefuses.\n\nWho is right?"


def test_a_missing_code_may_lie_in_a_range_of_codes() -> None:
    assert question(options={"no": 0, "some": {"from": 1}}, missing=[99]).missing == [99]


# --- settings that contradict each other ----------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"options": {"a": 1}}, f"needs 2 to {MAX_OPTIONS} options, has 1"),
        ({"options": {f"o{n}": n for n in range(100)}}, "has 100"),
        ({**DAYS, **FINER}, "number and asked_as exclude each other"),
        ({"asked_as": {"a": "low", "b": "mid"}}, "nothing that is asked belongs to 'high'"),
        ({"asked_as": {"a": "lo"}}, "asked_as: 'a' belongs to 'lo', which is no option"),
        ({"anchored": ["hgih"]}, "anchored: 'hgih' is not an option"),
        ({"missing": [3]}, "missing: code 3 is also one of 'high'"),
        ({**FINER, "anchored": ["mid"]}, "anchored: 'mid' is not an option"),
        ({"refusal": "LOW"}, "'low' and 'LOW' read the same"),
        ({**DAYS, "refusal": "7"}, "'7' and '7' read the same"),
        ({**DAYS, "refusal": "Many"}, "'many' and 'Many' read the same"),
        ({**FINER, "refusal": "Mid"}, "'mid' and 'Mid' read the same"),
        ({**DAYS, "number": {"from": 0, "to": 8}}, "number 8 belongs to no option"),
        ({**DAYS, "number": {"from": 0, "to": 3}}, "no number belongs to 'many'"),
        ({**DAYS, "options": {"few": {"to": 3}, "many": {"from": 3}}}, "number 3 belongs to more"),
        ({**DAYS, "number": {"from": 3, "to": 3}}, "needs 2 to 1000 numbers"),
        ({**DAYS, "number": {"from": 0, "to": 1000}}, "needs 2 to 1000 numbers"),
        ({**DAYS, "number": {"from": 0}}, "Field required"),
        ({"permutations": 4}, "permutations needs options_order: averaged"),
        ({"options_order": "averaged", "permutations": 1}, "greater than or equal to 2"),
        (
            {"options_order": "averaged", "options": {f"o{n}": n for n in range(6)}},
            "all permutations of 6 options; say how many with permutations, for instance 12",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(fields: dict[str, Any], expected: str) -> None:
    assert expected in refusal(**fields)


def test_options_that_keep_their_place_do_not_count_as_permuted() -> None:
    options = {f"o{n}": n for n in range(6)}
    found = question(options_order="averaged", options=options, anchored=["o5"], refusal="No say")
    assert found.held == [5, 6]


def test_numbers_are_not_displayed_so_that_averaging_them_costs_nothing() -> None:
    options = {f"o{n}": n for n in range(7)}
    found = question(options_order="averaged", options=options, number={"from": 0, "to": 6})
    assert found.bins == list(range(7))


@pytest.mark.parametrize("bio", ["I am.", "{} and {}", ""])
def test_a_bio_needs_one_place_for_the_answer(bio: str) -> None:
    with pytest.raises(ValidationError):
        Trait(name="t", text="Which?", column="t", options={"a": 1, "b": 2}, bio=bio)


def test_an_open_question_has_no_options() -> None:
    assert OpenQuestion(name="o", text="Why?", free_text=True).max_tokens == 128
    with pytest.raises(ValidationError, match="Extra inputs"):
        OpenQuestion.model_validate(
            {"name": "o", "question": "Why?", "free_text": True, "options": {"a": 1, "b": 2}}
        )


@pytest.mark.parametrize("name", ["a/b", "../x", "", "-a", "a b", "ä", "a\n", "x" * 65])
def test_a_name_that_no_file_or_queue_could_have_is_refused(name: str) -> None:
    assert "letters, digits" in refusal(name=name)
