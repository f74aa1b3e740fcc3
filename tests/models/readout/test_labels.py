"""Labels, words and numbers as tokens: each can be told from the others, however they are cut."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from fake_model import FakeTokenizer, Merging
from tiny_model import write_tokenizer
from writer import Writer, shares

from anthology.models.errors import UnreadableLabels
from anthology.models.language_model.tokenizer import Tokenizer, load_tokenizer
from anthology.models.prompting.rendering import PlainRendering
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.readout.labels import answer_trie, in_words, label_trie, words_trie
from anthology.models.readout.trie import Trie

TEXT = Readout(readout="text")


def labels(tokenizer: Tokenizer, count: int, style: Style = PLAIN) -> Trie:
    return label_trie(PlainRendering(style, tokenizer), count, style)


def question(options: Sequence[str], refusal: str | None = None) -> Question:
    coded = {option: n for n, option in enumerate(options)}
    base = {"name": "q", "column": "q", "question": "Which?", "options": coded}
    return Question.model_validate({**base, "refusal": refusal})


def numbers(low: int, high: int, refusal: str | None = None) -> Question:
    bins = {"low": {"to": low}, "more": {"from": low + 1}}
    asked: dict[str, Any] = {"options": bins, "number": {"from": low, "to": high}}
    return Question.model_validate({**question("ab", refusal).model_dump(by_alias=True), **asked})


def words(asked: Question, readout: Readout = TEXT) -> Trie:
    return answer_trie(PlainRendering(PLAIN, FakeTokenizer()), asked, PLAIN, readout)


def spelled(tokens: Sequence[int]) -> str:
    return "".join(map(chr, tokens))


# --- labels ---------------------------------------------------------------------------------------


def test_the_labels_are_read_right_after_the_opening() -> None:
    trie = labels(FakeTokenizer(), 3)
    assert (trie.opening, trie.options) == ("Answer: (", ((65,), (66,), (67,)))


@pytest.mark.parametrize(
    ("brackets", "opening"),
    [("round", "Me: ("), ("square", "Me: ["), ("dot", "Me: "), ("none", "Me: ")],
)
def test_every_style_has_an_opening_of_its_own(brackets: str, opening: str) -> None:
    style = Style.model_validate({"brackets": brackets, "answerer": "Me", "labels": "lower"})
    trie = labels(FakeTokenizer(), 2, style)
    assert (trie.opening, trie.options) == (opening, ((97,), (98,)))


def test_a_space_that_merges_with_a_label_belongs_to_it() -> None:
    """After `Answer:` most tokenizers know " A" and not "A"."""
    trie = labels(Merging(" A", " B"), 2, Style(brackets="none"))
    assert (trie.opening, trie.tail) == ("Answer:", " ")
    assert trie.options == ((1_000_000,), (1_000_001,))


def test_a_merge_of_a_label_that_is_not_shown_does_no_harm() -> None:
    assert labels(Merging("(Z"), 3) == labels(FakeTokenizer(), 3)


def test_a_tokenizer_that_cuts_letters_in_two_is_read_where_they_part() -> None:
    class Splitting(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return [byte for letter in text for byte in letter.encode("utf-16-be")]

    trie = labels(Splitting(), 2)
    assert trie.options == ((0, 65), (0, 66))
    assert trie.nodes == {(0,): (65, 66)}


def test_a_tokenizer_that_ends_every_text_with_a_token_is_refused() -> None:
    class Ending(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return [*super().encode(text), 0]

    with pytest.raises(UnreadableLabels, match=r"no part of 'Answer: \('"):
        labels(Ending(), 2)


def test_a_tokenizer_that_begins_every_text_with_a_token_is_fine() -> None:
    class Beginning(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return [0, *super().encode(text)]

    assert labels(Beginning(), 2).options == ((65,), (66,))


def test_a_tokenizer_in_which_two_labels_are_one_token_is_refused() -> None:
    class Deaf(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return super().encode(text.replace("C", "B"))

    with pytest.raises(UnreadableLabels, match="cannot be told apart"):
        labels(Deaf(), 3)
    assert labels(Deaf(), 2).options == ((65,), (66,))


def test_a_real_tokenizer_has_one_token_for_every_letter(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, tiny_model.VOCABULARY, tiny_model.CONTEXT)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    trie = labels(load_tokenizer(str(tmp_path)), 26)
    assert {len(option) for option in trie.options} == {1}
    assert list(trie.nodes) == [()]


# --- words and numbers ----------------------------------------------------------------------------


def test_numbers_and_the_text_readout_are_read_in_words_and_all_else_by_labels() -> None:
    sample, logprob = Readout(readout="sample"), Readout()
    assert in_words(question("ab"), TEXT)
    assert not in_words(question("ab"), logprob)
    assert not in_words(question("ab"), sample)
    assert in_words(numbers(0, 9), logprob)


def test_words_are_read_whole_in_the_questions_own_order() -> None:
    trie = words(question(["so so", "good"], refusal="No"))
    assert [spelled(option) for option in trie.options] == ["so so", "good", "No"]
    assert trie.lengths == (5, 4, 2)
    assert len(trie.nodes) == 1 + 4 + 3 + 1  # every beginning of each, the empty one shared


def test_labels_are_read_in_the_order_displayed_whatever_they_stand_for() -> None:
    assert words(question(["so so", "good"]), Readout()) == labels(FakeTokenizer(), 2)


def test_a_number_ends_before_any_digit() -> None:
    trie = words(numbers(1, 10), Readout())
    assert [spelled(option) for option in trie.options] == [*map(str, range(1, 10)), "10"]
    assert set(map(spelled, trie.nodes)) == {"", *map(str, range(1, 11))}
    for n in range(1, 10):
        assert sorted(map(chr, trie.nodes[(ord(str(n)),)])) == list("0123456789")


def test_two_digit_numbers_take_a_reading_for_each_beginning_and_each_end() -> None:
    trie = words(numbers(18, 99), Readout())
    assert len(trie.nodes) == 1 + 9 + 82


def test_numbers_of_one_token_each_are_read_at_once() -> None:
    rendering = PlainRendering(PLAIN, Merging(*(str(n) for n in range(1009, -1, -1))))
    trie = words_trie(rendering, numbers(1, 100), whole=False)
    assert set(trie.nodes) == {()}
    assert len(trie.options) == 100


YEARS = [str(year) for year in range(1900, 2100)]
DIGITS = {
    "one by one": FakeTokenizer(),
    "in pairs": Merging(*(f"{n:02}" for n in range(100))),
    "in threes": Merging(*(str(n) for n in range(999, 9, -1))),
    "most years as one": Merging(*YEARS[::3], *(f"{n:02}" for n in range(100))),
}


@pytest.mark.parametrize("digits", list(DIGITS))
@pytest.mark.parametrize(("low", "high"), [(0, 9), (19, 29), (65, 100), (1930, 2007)])
def test_a_number_has_its_probability_whatever_numbers_outside_the_range_have(
    low: int, high: int, digits: str
) -> None:
    """No other number of 19 to 29 begins with a 1, yet who writes a 1 can go on to 10 or 1956."""
    tokenizer, wanted = DIGITS[digits], [str(n) for n in range(low, high + 1)]
    likely = shares([1 + n % 17 for n in range(2100)], [str(n) for n in range(2100)])
    trie = words_trie(PlainRendering(PLAIN, tokenizer), numbers(low, high), whole=False)
    model = Writer(tokenizer, trie.opening, {trie.tail + n: p for n, p in likely.items()})
    found = [math.exp(logprob) for logprob in trie.logprobs(model.read(trie))]
    assert found == pytest.approx([likely[n] for n in wanted], rel=1e-6)


def test_numbers_below_zero_and_a_refusal_stand_beside_each_other() -> None:
    asked = numbers(-2, 1, refusal="None of them")
    trie = words(asked, Readout())
    assert [spelled(option) for option in trie.options] == ["-2", "-1", "0", "1", "N"]
    assert set(map(spelled, trie.nodes)) == {"", "-", "-2", "-1", "0", "1"}
