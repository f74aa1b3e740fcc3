"""Option strings through their token trie, against models that write one token after another."""

import itertools
import math
from collections.abc import Sequence

import pytest
from fake_model import FakeTokenizer, Merging
from hypothesis import given
from hypothesis import strategies as st
from writer import Writer, shares

from anthology.models.errors import UnreadableLabels
from anthology.models.readout.trie import Path, Trie, build

OPENING = "Answer: ("
IMPORTANT = ["Important", "Important, but not essential", "Not important"]
# No answers, one digit to three a token, and words in pieces.
TOKENIZERS = [
    FakeTokenizer(),
    Merging(*(str(n) for n in range(999, 9, -1))),
    Merging("Import", "ant", ", but", " not", "Not ", "10", "essential", " "),
    Merging("(A", "(1", "(N", ": ("),
    Merging("ab", "ba", "1)", "11", "aa"),
]


class Dice:
    """A made-up model with any next-token probabilities: arbitrary, but the same every time."""

    def after(self, path: Path, token: int) -> float:
        """The log-probability; up to 50 tokens together stay under 1."""
        return math.log(0.0001 + 0.019 * (hash((path, token)) % 997) / 997)

    def read(self, trie: Trie) -> dict[Path, dict[int, float]]:
        return {p: {token: self.after(p, token) for token in ts} for p, ts in trie.nodes.items()}


def spelled(path: Sequence[int]) -> str:
    return "".join(map(chr, path))


def probabilities(trie: Trie, model: Writer | Dice) -> list[float]:
    return [math.exp(logprob) for logprob in trie.logprobs(model.read(trie))]


# --- which tokens are read ------------------------------------------------------------------------


def test_letters_are_read_at_one_node_by_one_token_each() -> None:
    trie = build(FakeTokenizer().encode, OPENING, ["A)", "B)", "C)"])
    assert (trie.opening, trie.tail) == (OPENING, "")
    assert trie.options == ((65,), (66,), (67,))
    assert trie.lengths == (2, 2, 2)
    assert trie.nodes == {(): (65, 66, 67)}


def test_ten_is_told_from_one_by_the_token_after_the_one() -> None:
    trie = build(FakeTokenizer().encode, OPENING, [f"{n})" for n in range(1, 11)])
    assert len(trie.nodes) == 2
    assert [spelled(trie.options[n]) for n in (0, 1, 9)] == ["1)", "2", "10"]
    assert trie.nodes[(ord("1"),)] == (ord(")"), ord("0"))


def test_what_options_share_is_not_read_where_it_does_not_branch() -> None:
    trie = build(FakeTokenizer().encode, "Answer:", [" Agree.", " Agree a lot."])
    assert list(trie.nodes) == [tuple(map(ord, " Agree"))]


def test_an_option_that_another_goes_on_from_is_read_to_its_end() -> None:
    trie = build(FakeTokenizer().encode, "Answer: ", IMPORTANT)
    assert set(map(spelled, trie.nodes)) == {"", "Important"}
    assert trie.nodes[tuple(map(ord, "Important"))] == (ord(","),)
    assert [spelled(option) for option in trie.options] == ["Important", "Important,", "N"]


def test_the_other_texts_that_go_on_from_an_option_are_read_and_are_no_options() -> None:
    trie = build(FakeTokenizer().encode, "Answer: ", ["1", "2"], others=["11", "12"])
    assert trie.options == ((49,), (50,))
    assert trie.nodes == {(): (49, 50), (49,): (49, 50)}


def test_a_digit_that_every_number_of_the_range_has_is_read_all_the_same() -> None:
    """A 2 is no sign of 20: who is asked for 20 to 29 can also say 2, or 2000."""
    trie = build(FakeTokenizer().encode, "Answer: ", ["19", "20"], others=["190", "201"])
    assert set(map(spelled, trie.nodes)) == {"", "1", "2", "19", "20"}


def test_a_whole_likelihood_reads_every_token_of_every_option() -> None:
    trie = build(FakeTokenizer().encode, "Answer: ", ["abc", "abd", "x"], whole=True)
    assert [spelled(option) for option in trie.options] == ["abc", "abd", "x"]
    assert set(map(spelled, trie.nodes)) == {"", "a", "ab"}


def test_the_root_is_read_first_and_the_others_by_length() -> None:
    trie = build(FakeTokenizer().encode, "Answer: ", ["ba", "bba", "a", "bbb"], whole=True)
    assert list(map(len, trie.nodes)) == [0, 1, 2]


def test_two_hundred_options_of_one_token_each_are_one_node() -> None:
    strings = [chr(200 + n) for n in range(200)]
    trie = build(FakeTokenizer().encode, "Answer: ", strings)
    assert {path: len(tokens) for path, tokens in trie.nodes.items()} == {(): 200}


# --- the opening ----------------------------------------------------------------------------------


def test_a_bracket_that_merges_with_a_letter_moves_into_the_options() -> None:
    trie = build(Merging("(B").encode, OPENING, ["A)", "B)", "C)"])
    assert (trie.opening, trie.tail) == ("Answer: ", "(")
    assert trie.options[1] == (1_000_000,)
    assert trie.options[0] == (ord("("), ord("A"))
    assert set(trie.nodes) == {(), (ord("("),)}


def test_a_prompt_ends_where_the_opening_is_stable() -> None:
    asked = "Question: Which?\nAnswer:"
    plain = build(FakeTokenizer().encode, OPENING, ["A)", "B)"])
    assert plain.prompt(asked, "Answer:") == f"{asked} ("
    merged = build(Merging("(B").encode, OPENING, ["A)", "B)"])
    assert merged.prompt(asked, "Answer:") == f"{asked} "
    colon = build(Merging(": (B").encode, OPENING, ["A)", "B)"])
    assert colon.prompt(asked, "Answer:") == "Question: Which?\nAnswer"


def test_a_merge_across_the_whole_opening_is_refused() -> None:
    with pytest.raises(UnreadableLabels, match="no part of 'Answer: '"):
        build(lambda text: [hash(text)], "Answer: ", ["A)", "B)"])


def test_options_of_the_same_tokens_are_refused() -> None:
    with pytest.raises(UnreadableLabels, match="'A' and 'A' have the same tokens"):
        build(FakeTokenizer().encode, OPENING, ["A", "A"])


# --- exact probabilities --------------------------------------------------------------------------


SHAPES = {
    "letters": [f"{letter})" for letter in "ABCDEFG"],
    "one to ten": [str(n) for n in range(1, 11)],
    "0 to 100": [str(n) for n in range(101)],
    "a text that begins another": IMPORTANT,
    "agreement": [
        *(f"{how} {what}" for how in ("Strongly", "Somewhat") for what in ("agree", "disagree")),
        "Agree", "Disagree", "Neither agree nor disagree",
    ],
    "a chain": ["a", "ab", "aba", "abab", "b"],
}  # fmt: skip


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("tokenizer", range(len(TOKENIZERS)))
@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_model_that_writes_the_options_alone_is_recovered(
    shape: str, tokenizer: int, whole: bool
) -> None:
    strings, encode = SHAPES[shape], TOKENIZERS[tokenizer]
    trie = build(encode.encode, OPENING, strings, whole=whole)
    likely = shares([1 + 7 * n % 11 for n in range(len(strings))], strings)
    model = Writer(encode, trie.opening, {trie.tail + t: p for t, p in likely.items()})
    assert probabilities(trie, model) == pytest.approx(list(likely.values()), rel=1e-9)


TEXT = st.text(alphabet="ab1 ", min_size=1, max_size=5)
TEXTS = st.lists(TEXT, min_size=2, max_size=12, unique=True)
WEIGHTED = st.dictionaries(TEXT, st.integers(1, 1000), min_size=2, max_size=12)
TOKENIZER = st.sampled_from(TOKENIZERS)


@given(WEIGHTED, TOKENIZER, st.booleans())
def test_any_options_of_any_shares_are_recovered(
    weighted: dict[str, int], encode: FakeTokenizer, whole: bool
) -> None:
    likely = shares(list(weighted.values()), list(weighted))
    trie = build(encode.encode, OPENING, list(weighted), whole=whole)
    model = Writer(encode, trie.opening, {trie.tail + t: p for t, p in likely.items()})
    assert probabilities(trie, model) == pytest.approx(list(likely.values()), rel=1e-6)


@given(TEXTS, TEXTS, TOKENIZER)
def test_what_else_a_model_writes_takes_nothing_from_the_options(
    strings: list[str], unwanted: list[str], encode: FakeTokenizer
) -> None:
    """What cannot be taken for an option begins otherwise, or goes on and is listed as `others`."""
    others = [text for text in unwanted if not any(s.startswith(text) for s in strings)]
    listed = [*strings, *others]
    trie = build(encode.encode, OPENING, strings, others=others)
    likely = shares(range(1, len(listed) + 2), [*listed, "xyz"])
    model = Writer(encode, trie.opening, {trie.tail + t: p for t, p in likely.items()})
    read = dict(zip(strings, probabilities(trie, model), strict=True))
    trunk = model.beginning(min(trie.nodes, key=len))  # what all share is not read: given
    for text in strings:
        assert read[text] * trunk == pytest.approx(likely[text], rel=1e-6)


@given(TEXTS, TOKENIZER)
def test_a_likelihood_is_the_product_of_its_tokens_and_of_not_going_on(
    strings: list[str], encode: FakeTokenizer
) -> None:
    trie = build(encode.encode, OPENING, strings, whole=True)
    before, dice = encode.encode(trie.opening), Dice()
    whole = [tuple(encode.encode(OPENING + text))[len(before) :] for text in strings]
    for tokens, found in zip(whole, probabilities(trie, dice), strict=True):
        expected = math.prod(math.exp(dice.after(tokens[:i], t)) for i, t in enumerate(tokens))
        longer = {other[len(tokens)] for other in whole if other[: len(tokens)] == tokens != other}
        expected *= 1 - math.fsum(math.exp(dice.after(tokens, token)) for token in longer)
        assert found == pytest.approx(expected)


@given(TEXTS, TOKENIZER)
def test_an_options_probability_is_the_product_where_options_part(
    strings: list[str], encode: FakeTokenizer
) -> None:
    trie = build(encode.encode, OPENING, strings)
    before, dice = encode.encode(trie.opening), Dice()
    whole = [tuple(encode.encode(OPENING + text))[len(before) :] for text in strings]
    for tokens, found in zip(whole, probabilities(trie, dice), strict=True):
        expected = 1.0
        for i in range(len(tokens) + 1):
            going = {other[i] for other in whole if other[:i] == tokens[:i] and len(other) > i}
            if i == len(tokens) and going:
                expected *= 1 - math.fsum(math.exp(dice.after(tokens, t)) for t in going)
            elif len(going) > 1 or (going and tokens[:i] in whole):
                expected *= math.exp(dice.after(tokens[:i], tokens[i]))
        assert found == pytest.approx(expected)


@given(TEXTS, TOKENIZER)
def test_no_more_is_read_than_needed(strings: list[str], encode: FakeTokenizer) -> None:
    """A trie of n leaves and ends has fewer than n branchings, and an end at most n - 1 times."""
    trie = build(encode.encode, OPENING, strings)
    ends = [option for option in trie.options if option in trie.nodes]
    branching = [path for path, tokens in trie.nodes.items() if len(tokens) > 1]
    assert set(trie.nodes) == {*branching, *ends}
    assert len(trie.nodes) < len(strings)
    assert len(trie.nodes) <= len(build(encode.encode, OPENING, strings, whole=True).nodes)


@given(TEXTS, TOKENIZER)
def test_only_an_option_that_is_read_to_its_end_begins_another(
    strings: list[str], encode: FakeTokenizer
) -> None:
    trie = build(encode.encode, OPENING, strings)
    for one, other in itertools.permutations(trie.options, 2):
        if other[: len(one)] == one:
            assert one in trie.nodes


def test_an_ending_of_no_probability_is_small_and_finite() -> None:
    """Rounding may leave the continuations of an option a little over 1."""
    trie = build(FakeTokenizer().encode, "Answer: ", ["a", "ab"])
    read = {path: dict.fromkeys(tokens, 1e-7) for path, tokens in trie.nodes.items()}
    assert -100 < trie.logprobs(read)[0] < -20


def test_an_option_the_model_never_writes_has_no_probability_and_harms_no_other() -> None:
    encode = FakeTokenizer()
    trie = build(encode.encode, "Answer: ", ["a", "ab", "c"])
    model = Writer(encode, "Answer: ", {"a": 0.25, "ab": 0.75, "c": 0.0})
    assert probabilities(trie, model) == pytest.approx([0.25, 0.75, 0.0])
