"""Which rows above the answers are nobody's: those of survey platforms, and no person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.header_rows import header_of

WORDS = ["Agree", "Disagree", "Never, ever", "Response", "Often", "very good!", "", "TV", "Other"]
CELLS = st.one_of(st.integers(-9, 99).map(str), st.sampled_from(WORDS))
NAMES = st.lists(
    st.text("abcdefgQV_0123456789 ?", min_size=1, max_size=9).map(str.strip).filter(
        lambda name: name and not name.isdigit()
    ),
    min_size=1, max_size=6, unique=True,
)  # fmt: skip


@given(NAMES, st.data())
def test_no_person_of_a_plain_table_is_taken_for_a_header(names, data):
    names = [" ".join(name.split()) for name in names]
    row = st.lists(CELLS, min_size=len(names), max_size=len(names))
    people = data.draw(st.lists(row, min_size=3, max_size=12))
    found = header_of([names, *people])
    assert (found.rows, found.multiple) == (1, {})


def test_whoever_answers_response_to_short_names_is_a_person():
    assert header_of([["?", "Q"], ["Response", ""], ["1", "2"], ["1", "2"]]).rows == 1
    assert header_of([["How are you?", "Q"], ["Response", ""], ["1", "2"], ["1", "2"]]).rows == 2


QUESTIONS = st.lists(
    st.text("abcdefg ,-", min_size=12, max_size=60).map(lambda text: f"How is {text}x?"),
    min_size=2, max_size=5, unique=True,
)  # fmt: skip


@given(
    QUESTIONS, st.sampled_from([2, 3]), st.booleans(),
    st.lists(st.sampled_from(["StartDate", "Progress", "ResponseId"]), unique=True),
)  # fmt: skip
def test_qualtrics_rows_are_known_with_and_without_its_own_columns(wordings, rows, words, own):
    names = [*own, *(f"Q{n}" for n in range(len(wordings)))]
    said = {"StartDate": "Start Date", "Progress": "Progress", "ResponseId": "Response ID"}
    above = [names, [*(said[name] for name in own), *wordings]]
    if rows == 3:
        above.append(['{"ImportId":"x"}' for _ in names])
    answer = "Agree" if words else "3"
    people = [[*("2024-01-01" for _ in own), *(answer for _ in wordings)] for _ in range(4)]
    found = header_of([*above, *people])
    assert found.rows == rows
    assert [found.labels[name] for name in found.names[len(own) :]] == [
        " ".join(wording.split()) for wording in wordings
    ]


def test_older_exports_of_qualtrics_are_known():
    rows = [["V1", "V8", "Q1"], ["ResponseID", "StartDate", "How?"], ["R_1", "2014-01-01", "3"]]
    assert header_of(rows).rows == 2


@given(
    st.lists(st.tuples(QUESTIONS.map(lambda q: q[0]), st.integers(1, 4)), min_size=2, max_size=5,
             unique_by=lambda one: " ".join(one[0].split())),
    st.booleans(),
)  # fmt: skip
def test_surveymonkeys_columns_are_named_after_question_and_answer(asked, own):
    first, second = (["Respondent ID"], [""]) if own else ([], [])
    for question, answers in asked:
        first += [question, *[""] * (answers - 1)]
        second += ["Response"] if answers == 1 else [f"answer {n}" for n in range(answers)]
    person = ["1" for _ in first]
    if not own and all(answers > 1 for _, answers in asked):
        return  # nothing tells the answers from somebody's
    found = header_of([first, second, person, person, person])
    assert found.rows == 2
    several = {" ".join(q.split()): n for q, n in asked if n > 1}
    assert {question: len(columns) for question, columns in found.multiple.items()} == several


@pytest.mark.parametrize(
    "rows",
    [
        [["id", "q1", "", ""], ["1", "", "foo", "bar"], ["2", "3", "", ""], ["3", "4", "", ""]],
        [["id", "word"], ["1", "Response"], ["2", "Stimulus"]],
        [["id", "q"], ["refused", "2"], ["2", "3"], ["3", "1"]],
    ],
)
def test_a_first_person_who_looks_like_a_header_is_one_all_the_same(rows):
    assert header_of(rows).rows == 1


def test_a_title_above_the_names_is_no_header():
    rows = [["Wave 3", "", ""], ["2024"], ["id", "q", "r"], ["1", "2", "3"]]
    assert (header_of(rows).rows, header_of(rows).names) == (3, ["id", "q", "r"])


@given(st.integers(3, 6), st.integers(8, 20), st.data())
def test_words_above_nothing_but_numbers_are_labels_however_short(columns, people, data):
    words = st.text("abcdefg", min_size=2, max_size=9)
    labels = data.draw(st.lists(words, min_size=columns, max_size=columns, unique=True))
    names = [f"A10{n}" for n in range(columns)]
    found = header_of([names, labels, *[["3"] * columns] * people])
    assert (found.rows, list(found.labels.values())) == (2, labels)
    person = ["refused"] * columns
    assert header_of([names, person, *[["3"] * columns] * people]).rows == 1


def test_an_answer_before_its_question_is_one_of_several():
    asked = "Which media do you use?"
    names = ["id", f"TV:{asked}", f"Radio:{asked}", "10:30", "Note: a question of its own?"]
    found = header_of([names, *[["1", "TV", "", "3", ""]] * 9])
    assert found.multiple == {asked: names[1:3]}
    assert found.labels == {names[1]: f"{asked} [TV]", names[2]: f"{asked} [Radio]"}
