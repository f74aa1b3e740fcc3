"""Codes that are written for answers mean these answers, and no other, in the humans' file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.questions import Question
from anthology.producer.transfer.virtual.codes import Coding


def question(options, **more):
    return Question(name="q", text="Q?", column="q", options=options, **more)


@st.composite
def questions(draw):
    """Disjoint codes: some named one by one, some as ranges, perhaps an empty cell; all text now
    and then."""
    ends = draw(st.lists(st.integers(-120, 120), min_size=4, max_size=8, unique=True).map(sorted))
    text = draw(st.booleans())
    options = {}
    for n, (low, high) in enumerate(zip(ends[::2], ends[1::2], strict=False)):
        kind = draw(st.sampled_from(["one", "two", "range"]))
        codes = {"one": low, "two": [high, low], "range": {"from": low, "to": high}}[kind]
        if text and kind != "range":
            codes = [f"c{low}"] if kind == "one" else [f"c{high}", f"c{low}"]
        options[f"option {n}"] = codes
    if draw(st.booleans()):
        options["nothing"] = {"blank": True}
    return question(options, refusal=draw(st.sampled_from([None, "Rather not"])))


@given(questions(), st.booleans())
def test_a_code_is_that_of_one_option_and_no_other_stands_for_a_refusal(asked, declared):
    coding = Coding(asked, declared)
    written = [coding.of(place) for place in range(len(asked.options))]
    assert len(set(written)) == len(written)
    for place, code in enumerate(written):
        if code is None:
            assert asked.blank == place
        else:
            number = int(code) if isinstance(code, str) and code.lstrip("-").isdigit() else None
            assert asked.positions(code, number) == [place]
    own = coding.missing()
    assert not set(own) & set(written)
    assert (coding.of(None) is None) == (asked.blank is None)
    if asked.refusal is not None and declared:
        assert coding.of(len(written)) in own
        assert coding.of(len(written)) != coding.of(None)
    kinds = {type(code) for code in written if code is not None}
    assert kinds <= {coding.kind}


def test_a_number_that_was_asked_for_is_written_itself():
    asked = question({"Few": {"to": 3}, "Many": {"from": 4}}, number={"from": -99, "to": 12},
                     refusal="No idea")  # fmt: skip
    coding = Coding(asked, declared=True)
    assert (coding.of(1, "11"), coding.of(0, "-99"), coding.of(0)) == (11, -99, 3)
    assert coding.of(2, "No idea") == -100
    assert coding.labels() == {-100: "No idea"}


@pytest.mark.parametrize(
    ("codes", "missing", "code"),
    [
        ({"from": 18.5, "to": 20}, [], 18.5), ({"from": 18.5, "to": 20}, [18.5], 19),
        ({"from": 18, "to": 18}, [], 18), ({"to": 17}, [17, 16], 15),
        ({"from": 0.2, "to": 0.4}, [0.2], 0.4), ([7, 8], [], 7),
    ],
)  # fmt: skip
def test_of_a_range_the_first_code_is_written_that_is_an_answer(codes, missing, code):
    assert Coding(question({"a": codes, "b": 99}, missing=missing), declared=True).of(0) == code
