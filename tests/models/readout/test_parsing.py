"""What models really write, and which option or number of it counts."""

from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.style import BRACKETS, LABELS
from anthology.models.readout.parsing import parse, parse_number

SPENDING = ["Too much", "Too little", "About right"]
NESTED = ["Essential", "Important, but not essential", "Not important"]
AGES = ["18-29", "30-49", "65+"]
NINE = [f"Thing {letter}" for letter in "pqrstuvwx"]  # labels A to I

# Words that are also labels, negations, cues, reasons, numbers, or are written in other ways.
WORDS = "too much not a i b no other agree because rather 10 1,000 3.5 don't Straße غير का 👍 65+"
phrases = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=4).map(" ".join)
some_options = st.lists(phrases, min_size=2, max_size=9, unique=True)
shown = some_options.flatmap(lambda o: st.tuples(st.just(o), st.integers(0, len(o) - 1)))
kinds_of_labels = st.sampled_from(sorted(LABELS))
text_of_models = st.text() | st.lists(
    st.sampled_from([*WORDS.split(), *"ABCI(){}[].,:;!?'-\n*%$/", "Too", "little", "About right"])
).map(" ".join)


def read(text: str, options: list[str] = SPENDING, labels: str = "upper") -> int | None:
    return parse(text, LABELS[labels][: len(options)], options)


# --- one answer, written in many ways ------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    """(B)|B|B.|B)|[B]|{B}|b|(b)|**B**|`B`|"B"|'B'|$B$|\\boxed{B}|Ⓑ|B!|B...|- (B)|> **(B)**
    Answer: B|**Answer:** B|Answer: **B**|The answer is (B).|I would say B|Option B|So, B.|It's B.
    B because A is silly|I think B is best|I choose B over A|Definitely B|B would be my choice
    """.replace("\n", "|").split("|")[:-1],
)
def test_a_label_is_read_however_it_is_decorated(text: str) -> None:
    assert read(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "too little",
        "TOO  LITTLE.",
        "“Too little”",
        "Ｔｏｏ little",
        "Too\nlittle",
        "Too \u200elittle\u200f",
        "*Too little*, I think.",
        "I'd say it's too little",
    ],
)
def test_the_words_of_an_option_are_read_whatever_their_case_and_punctuation(text: str) -> None:
    assert read(text) == 1


@pytest.mark.parametrize("between", [") ", ": ", ". ", " - ", " — ", "\n", " ", ")", ":", "."])
def test_label_and_words_that_agree_are_one_answer(between: str) -> None:
    assert read(f"B{between}Too little") == 1
    assert read(f"B{between}Too much") is None


def test_a_label_after_the_words_must_agree_with_them_too() -> None:
    assert read("Too little (B)") == 1
    assert read("Too little (A)") is None


@given(shown, kinds_of_labels, st.sampled_from(["round", "square", "dot"]), st.booleans())
def test_any_option_is_read_as_it_is_displayed(drawn, kind, bracket, lead) -> None:
    options, place = drawn
    before, after = BRACKETS[bracket]
    text = f"{'Answer: ' if lead else ''}{before}{LABELS[kind][place]}{after} {options[place]}"
    assert read(text, options, kind) == place


@given(shown, kinds_of_labels, st.sampled_from(["({})", "[{}]", "**({})**", "The answer is ({})."]))
def test_any_label_in_brackets_is_read_whatever_the_options_say(drawn, kind, written) -> None:
    options, place = drawn
    assert read(written.format(LABELS[kind][place]), options, kind) == place


@given(shown, st.sampled_from(["{}", "{}.", "**{}**", " “{}” ", "Answer: {}"]))
def test_any_option_is_read_from_its_words_alone(drawn, written) -> None:
    options, place = drawn
    assert parse(written.format(options[place]), [], options) == place


@given(st.integers(0, 25), st.sampled_from(["{}", "{}.", "{})", "Option {}", "Answer: {}\n"]))
def test_any_bare_label_is_read_where_no_option_looks_like_it(place, written) -> None:
    options = [f"thing {letter * 2}" for letter in ascii_uppercase]
    for kind in LABELS:
        assert read(written.format(LABELS[kind][place]), options, kind) == place


@given(text_of_models, kinds_of_labels, some_options)
def test_no_text_is_too_strange_to_parse(text, kind, options) -> None:
    assert read(text, options, kind) in {None, *range(len(options))}


@given(text_of_models.filter(str.isascii), kinds_of_labels)
def test_case_changes_nothing(text, kind) -> None:
    assert read(text.upper(), SPENDING, kind) == read(text.lower(), SPENDING, kind)


# --- which of several counts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "(B) Too little\nBecause (A) would be worse",
        "I'd choose (B) because I think (A) is too much",
        "The answer is B. A is too extreme.",
        "Answer:\nB\nbecause (A) is not nice",
        "(B) rather than (A)",
        "A lot of people worry, but it's too little",
    ],
)
def test_an_answer_at_the_beginning_wins_over_what_is_said_after(text: str) -> None:
    assert read(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "A or B",
        "A/B",
        "(A) or (B)",
        "between A and B",
        "A, B and C are all fine",
        "Too much, not too little",
        "Too much? No, too little.",
        "Many people say too much. I say too little.",
        "While (A) has merit, (B) is good",
        "(A) Too much (B) Too little (C) About right",
        "(A) Too much\n(B) Too little\n(C) Abo",
        "Too much. Too little. About right.",
        "1. Too much\n2. Too little",
    ],
)
def test_an_answer_that_names_several_options_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "not too much",
        "I don't think it is too much",
        "not (A)",
        "B, not A",
        "(A) is not right",
        "(A) doesn't go far enough",
        "Neither A nor B",
    ],
)
def test_an_option_that_is_denied_is_no_answer(text: str) -> None:
    assert read(text) is None


def test_a_denial_that_is_an_option_itself_is_that_option() -> None:
    options = ["I agree", "I do not agree", "Don't know"]
    assert read("I do not agree", options) == 1
    assert read("I don’t know (C)", options) == 2
    assert read("I do not agree", ["Agree", "Disagree"]) is None


def test_the_longest_option_wins_over_those_it_contains() -> None:
    assert read("important but not essential", NESTED) == 1
    assert read("Essential", NESTED) == 0
    assert read("(C) Not important", NESTED) == 2
    assert read("a little", ["Little", "A little"]) == 1
    assert read("(A) Little", ["Little", "A little"]) == 0
    assert read("A. Smith", ["B. Jones", "A. Smith"]) == 1


# --- what only looks like an answer --------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "A lot of people think so",
        "It is a hard question",
        "Vitamin A is good",
        "e.g. this, i.e. that, a.m. and p.m.",
        "As an AI I cannot answer that.",
        "I'm sorry, but I can't.",
        "option(s)",
        "A-C",
        "E-mail me",
        "Z",
        "Too muchness",
    ],
)
def test_prose_without_an_answer_is_none(text: str) -> None:
    assert read(text) is None
    assert read(text, NINE) is None


def test_the_pronoun_is_not_the_option_i() -> None:
    assert read("I think A", NINE) == 0
    assert read("I, for one, prefer B", NINE) == 1
    for prose in ["I think so", "I... well", "I'm sure", "I - as a nurse - cannot say", "Am I?"]:
        assert read(prose, NINE) is None
    for answer in ["I", "I.", "(I)", "I) Thing x", "I Thing x", "Option I", "I think I"]:
        assert read(answer, NINE) == 8


def test_the_article_is_not_the_option_a() -> None:
    assert read("I am a (small) person", labels="lower") is None
    assert read("a Too little", labels="lower") == 1
    assert read("a) Too much", labels="lower") == 0
    assert read("I would say a", labels="lower") == 0


def test_yes_and_no_are_whole_words_that_answer() -> None:
    yes_no = ["Yes", "No"]
    assert read("Yes, I do", yes_no) == 0
    assert read("No I don't", yes_no) == 1
    assert read("I'd say no.", yes_no) == 1
    for prose in ["Yesterday", "I have no idea", "there is no doubt", "Yes and no", "yes/no"]:
        assert read(prose, yes_no) is None
    assert read("people other than me", ["Work", "Other"]) is None
    assert read("Other: farming", ["Work", "Other"]) == 1


def test_a_number_is_a_label_only_when_it_is_whole() -> None:
    options = [f"Thing {letter}" for letter in "pqrstuvwxyz"] + ["Nothing"]
    for text, place in {"1": 0, "1)": 0, "10.": 9, "(12)": 11, "3. Thing r": 2, "1️⃣": 0}.items():
        assert read(text, options, "digits") == place
    for text in ["13", "1.5", "-1", "10%", "1st", "1-3", "1 or 2", "I have 3 cats", "2024"]:
        assert read(text, options, "digits") is None


def test_options_with_numbers_are_told_apart() -> None:
    income = ["Less than $10,000", "$10,000-$19,999", "$20,000 or more"]
    assert read("10,000 – 19,999", income) == 1
    assert read("less than $10,000", income) == 0
    assert read("65+", AGES) == 2
    assert read("18–29.", AGES) == 0
    assert read("I'm 18 to 29", AGES) is None


def test_options_that_look_like_labels_are_an_answer_only_where_it_is_clear_which() -> None:
    swapped = ["B", "A"]
    assert read("B", swapped) is None
    assert read("(B)", swapped) == 1
    assert read("(A) B", swapped) == 0
    assert read("A. B", swapped) == 0
    assert read("A", ["A", "B"]) == 0


def test_an_options_complete_text_counts_before_a_label_that_stands_in_it() -> None:
    shown = ["(C) Never", "(B) Often", "(A) Always"]
    for text in ["(A) Always", "(a) always.", "Answer: (A) Always", "A) Always", "A. Always",
                 "I'd say (A) Always", "(C) (A) Always", "C. (A) Always", "(C)"]:  # fmt: skip
        assert read(text, shown) == 2, text
    assert [read(text, shown) for text in ["(A)", "(A) (C) Never", "(C) Never"]] == [0, 0, 0]
    assert read("(A) (A) Always", shown) is None
    numbered = ["2. No", "1. Yes"]
    assert [read(t, numbered, "digits") for t in ["1. Yes", "2. No", "(1) 2. No"]] == [1, 0, 0]
    assert [read(t, numbered) for t in ["1. Yes", "(B) 1. Yes", "(B)"]] == [1, 1, 1]


def test_a_text_that_is_one_option_and_shows_another_is_none() -> None:
    assert read("(B) x", ["(B) x", "x"]) is None
    assert read("(A) (B) x", ["(B) x", "x"]) == 0


brought = st.permutations(["Never", "Often", "Always", "About right", "A little"])


@given(brought, st.sampled_from(["({}) {}", "[{}] {}", "{}) {}", "{}. {}"]), st.data())
def test_any_option_with_a_label_of_its_own_is_read_from_its_words(words, form, data) -> None:
    own = data.draw(st.permutations("ABCDE"))
    options = [form.format(label, text) for label, text in zip(own, words, strict=True)]
    place = data.draw(st.integers(0, 4))
    assert read(options[place], options) == place
    assert read(f"({ascii_uppercase[place]}) {options[place]}", options) == place


def test_options_that_differ_in_nothing_a_reader_sees_need_their_label() -> None:
    assert read("Other", ["Other", "other"]) is None
    assert read("(B) Other", ["Other", "other"]) == 1


def test_emoji_and_signs_are_options() -> None:
    thumbs = ["👍", "👎", "👍🏽"]
    assert [read(text, thumbs) for text in ["👍", "I feel 👎", "👍🏽!", "(B) 👎"]] == [0, 1, 2, 1]
    stars = ["*", "**", "***"]
    assert [read(text, stars) for text in ["**", " *** ", "(A) *", "****"]] == [1, 2, 0, None]


def test_other_scripts_are_read() -> None:
    arabic = ["موافق", "غير موافق"]
    assert [read(text, arabic) for text in ["موافق.", "غير موافق", "\u202b(B)\u202c"]] == [0, 1, 1]
    hindi = ["की", "क"]  # one letter with and without its vowel sign
    assert [read(text, hindi) for text in ["की", "क", "कम"]] == [0, 1, None]


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["37", "37.", "**37**", "I am 37 years old", "a 37-year-old", "Age: 37", "37, yes, 37", "٣٧"],
)
def test_the_number_of_a_text_is_read(text: str) -> None:
    assert parse_number(text, 18, 99) == 37


@pytest.mark.parametrize(
    "text",
    """|thirty|37 or 38|3.5|37.5|18-29|18–29|7/10|5k|37 ½|10²|10:30|1,2000|3,5|covid-19|about 200
    """.replace("\n", "").split("|"),
)
def test_a_text_without_one_whole_number_in_the_range_has_none(text: str) -> None:
    assert parse_number(text, 0, 99) is None


@given(st.integers(-(10**9), 10**9), st.integers(0, 5), st.integers(0, 5))
def test_every_number_in_the_range_is_read_with_or_without_commas(number, below, above) -> None:
    minus = str(number).replace("-", "−")
    for written in [str(number), f"about {number:,}.", f"({number})", minus]:
        assert parse_number(written, number - below, number + above) == number
        assert parse_number(written, number + 1, number + 2) is None


def test_a_negative_number_is_never_read_as_positive() -> None:
    assert parse_number("-4", 0, 9) is None
    assert parse_number("-4", -9, 9) == -4


@given(text_of_models | st.text("0123456789,.- ٣½\n"), st.integers(-10, 0), st.integers(0, 2000))
def test_a_number_that_is_read_lies_in_the_range(text, low, high) -> None:
    number = parse_number(text, low, high)
    assert number is None or low <= number <= high


def test_a_number_longer_than_python_reads_is_none() -> None:
    assert parse_number("9" * 5000, 0, 100) is None
