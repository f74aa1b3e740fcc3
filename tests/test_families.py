"""The token facts that a readout has to live with, family by family, and the reference model."""

import asyncio
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import families
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.lean_tokenizer import LeanTokenizer, describe
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.workers.engine.text_model import Generation, Sampling

TEXTS = ("Answer: (A", "Answer:A", "Answer: 1", "Answer: 10", "Answer: (10")
# How each family cuts what comes after "Answer" in these texts.
CUTS = {
    "sentencepiece": (":| (|A", ":|A", ":| |1", ":| |1|0", ":| (|1|0"),
    "tekken": (":| (|A", ":A", ":| |1", ":| |1|0", ":| (|1|0"),
    "smollm2": (":| (|A", ":|A", ":| |1", ":| |1|0", ":| (|1|0"),
    "unigram": (":| (|A", ":|A", ":| 1", ":| 10", ":| (1|0"),
    "bytes": (":| |(|A", ":|A", ":| |1", ":| |1|0", ":| |(|1|0"),
    "one-digit": (":| (|A", ":A", ":| |1", ":| |1|0", ":| (|1|0"),
    "three-digits": (":| (|A", ":A", ":| |1", ":| |10", ":| (|10"),
    "merging": (":| |(A", ":A", ":| 1", ":| 10", ":| |(10"),
}
BEGIN_WITH_BOS = {"sentencepiece", "tekken", "three-digits"}
STORY = "Question: Where do you live?\n(A) Ohio\n(B) Utah\n"
FREE = Sampling(max_tokens=12, min_tokens=0, temperature=1.0, top_p=1.0, seed=1, stop=[])

# Without what names of special tokens begin with: "<s>" in a text is read as the token.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="<[")
written_characters = st.sampled_from("\n\t") | st.characters(
    exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="<["
)
each_family = pytest.mark.parametrize("name", CUTS)


@pytest.fixture(scope="module")
def tokenizers(family_folders: dict[str, Path]) -> dict[str, Any]:
    return {name: load_tokenizer(str(folder)) for name, folder in family_folders.items()}


@pytest.fixture(scope="module")
def model(big_model: Path, tokenizers: dict[str, Any]) -> reference.TransformersModel:
    return reference.TransformersModel(big_model, tokenizers["tekken"].decode)


def cuts(tokenizer: Any, text: str) -> list[str]:
    """The pieces of a text, with their spaces as spaces; BOS is none of them."""
    return [piece.replace("Ġ", " ").replace("▁", " ") for piece in tokenizer.tokenize(text)]


def cuts_after_the_word(tokenizer: Any, text: str) -> str:
    pieces = cuts(tokenizer, text)
    start = len(pieces)
    while "".join(pieces[:start]).strip() != "Answer":
        start -= 1
    return "|".join(pieces[start:])


@each_family
def test_labels_are_cut_as_the_table_says(name: str, tokenizers: dict[str, Any]) -> None:
    found = tuple(cuts_after_the_word(tokenizers[name], text) for text in TEXTS)
    assert found == CUTS[name]


@each_family
def test_a_bos_begins_every_text_in_these_families_only(
    name: str, tokenizers: dict[str, Any]
) -> None:
    tokenizer = tokenizers[name]
    added = [tokenizer.bos_token_id] if name in BEGIN_WITH_BOS else []
    assert tokenizer.encode("") == added
    assert tokenizer.encode(STORY) == added + tokenizer.encode(STORY, add_special_tokens=False)


def test_a_bracket_at_the_beginning_of_a_line_may_merge_where_it_does_not_after_a_space(
    tokenizers: dict[str, Any],
) -> None:
    line = {name: cuts(tokenizers[name], "Ohio\n(B")[-1] for name in CUTS}
    assert {name for name, last in line.items() if last == "(B"} == {
        "tekken", "one-digit", "three-digits", "merging"
    }  # fmt: skip


def test_the_merging_family_merges_every_label_with_what_stands_before_it(
    tokenizers: dict[str, Any],
) -> None:
    merging = tokenizers["merging"]
    for label in [*families.LETTERS, *map(str, range(1, 27))]:
        assert cuts(merging, f"Answer: ({label}")[-2:] == [" ", f"({label}"]
        assert cuts(merging, f"Answer:{label}")[-1] == f":{label}"


def test_numbers_are_tokens_of_one_digit_or_of_up_to_three(tokenizers: dict[str, Any]) -> None:
    assert cuts(tokenizers["one-digit"], "in 1956")[-4:] == ["1", "9", "5", "6"]
    assert cuts(tokenizers["three-digits"], "in 1956")[-2:] == ["195", "6"]
    ids = [tokenizers["three-digits"].encode(f" {n}")[2:] for n in range(1, 1000)]
    assert all(len(tokens) == 1 for tokens in ids)


@pytest.fixture(scope="module")
def lean(tokenizers: dict[str, Any]) -> dict[str, Any]:
    """The same without `transformers`, as commands read them."""
    described = {name: describe(whole) for name, whole in tokenizers.items()}
    return {name: LeanTokenizer(found or b"", name) for name, found in described.items()}


@each_family
@settings(max_examples=40)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_tokenizer_without_transformers_encodes_the_same(
    name: str, text: str, tokenizers: dict[str, Any], lean: dict[str, Any]
) -> None:
    for one in (text, f"{STORY}({text}"):
        assert lean[name].encode(one) == tokenizers[name].encode(one)
        bare = lean[name].encode(one, add_special_tokens=False)
        assert bare == tokenizers[name].encode(one, add_special_tokens=False)


@each_family
@settings(max_examples=40)
@given(text=st.text(written_characters, max_size=40))
def test_any_text_comes_back_as_it_was(name: str, tokenizers: dict[str, Any], text: str) -> None:
    tokenizer = tokenizers[name]
    ids = tokenizer.encode("Q" + text, add_special_tokens=False)
    assert tokenizer.decode(ids) == "Q" + text


def test_smollm2_loses_control_characters_without_a_word(tokenizers: dict[str, Any]) -> None:
    assert tokenizers["smollm2"].encode("a\x04b") == tokenizers["smollm2"].encode("a") + (
        tokenizers["smollm2"].encode("b")
    )


@given(text=st.text(characters, max_size=60))
def test_tekken_gives_the_tokens_of_mistrals_own_implementation(
    tokenizers: dict[str, Any], mistrals_own: Any, text: str
) -> None:
    assert tokenizers["tekken"].encode(text) == mistrals_own.encode(text, bos=True, eos=False)


@pytest.fixture(scope="module")
def mistrals_own() -> Any:
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    return Tekkenizer.from_file(families.mistral_file("tekken_240911.json"))


@given(text=st.text(characters, max_size=60))
def test_the_sentencepiece_family_gives_the_tokens_of_the_sentencepiece_library(
    tokenizers: dict[str, Any], sentencepieces_own: Any, text: str
) -> None:
    expected = sentencepieces_own.encode("Q" + text, add_bos=True)
    assert tokenizers["sentencepiece"].encode("Q" + text) == expected


@pytest.fixture(scope="module")
def sentencepieces_own() -> Any:
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_file=str(families.mistral_file("tokenizer.model.v1")))


@each_family
def test_a_models_configuration_beside_it_leaves_a_tokenizer_as_it_is(
    name: str,
    family_folders: dict[str, Path],
    tokenizers: dict[str, Any],
    big_model: Path,
    tmp_path: Path,
) -> None:
    """transformers chooses a tokenizer's class by the model's type as well."""
    both = Path(shutil.copytree(family_folders[name], tmp_path / name))
    shutil.copy(big_model / "config.json", both)
    text = f"{STORY}Answer: (B) 10, 东京 naïve"
    assert load_tokenizer(str(both)).encode(text) == tokenizers[name].encode(text)


def test_all_tokens_are_in_the_big_models_vocabulary(tokenizers: dict[str, Any]) -> None:
    largest = max(max(tokenizer.get_vocab().values()) for tokenizer in tokenizers.values())
    assert largest == families.BIG_VOCABULARY - 1


def test_a_family_is_made_once_and_what_was_interrupted_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        if len(made) == 1:
            raise KeyboardInterrupt

    monkeypatch.setitem(families.MAKERS, "bytes", make)
    with pytest.raises(KeyboardInterrupt):
        families.family("bytes", tmp_path)
    assert not (tmp_path / "bytes").exists()
    assert families.family("bytes", tmp_path) == families.family("bytes", tmp_path)
    assert len(made) == 2


def test_trained_tokenizers_are_the_same_every_time(
    family_folders: dict[str, Path], tmp_path: Path
) -> None:
    for name in ("unigram", "one-digit", "three-digits", "merging"):
        again = families.family(name, tmp_path) / "tokenizer.json"
        assert again.read_bytes() == (family_folders[name] / "tokenizer.json").read_bytes()


def test_the_big_model_is_small_on_disk(big_model: Path) -> None:
    assert sum(file.stat().st_size for file in big_model.iterdir()) < 40_000_000


def logprobs(model: reference.TransformersModel, prompt: list[int], ids: list[int]) -> list[float]:
    return asyncio.run(model.logprobs(prompt, ids, Usage()))


def test_next_tokens_probabilities_add_up_to_one(model: reference.TransformersModel) -> None:
    found = logprobs(model, [1, 2, 3], list(range(families.BIG_VOCABULARY)))
    assert math.fsum(map(math.exp, found)) == pytest.approx(1)


@each_family
def test_a_strings_log_probability_is_the_sum_of_its_tokens_own(
    name: str, model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    encode = tokenizers[name].encode
    before, whole = encode(f"{STORY}Answer:"), encode(f"{STORY}Answer: (B) Utah")
    assert whole[: len(before)] == before
    steps = [logprobs(model, whole[:i], [whole[i]])[0] for i in range(len(before), len(whole))]
    found = reference.string_logprob(model.model, encode, f"{STORY}Answer:", " (B) Utah")
    assert found == pytest.approx(sum(steps), abs=1e-5)


def test_a_merge_over_the_border_counts_from_before_it(
    model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    encode = tokenizers["merging"].encode
    inside = reference.string_logprob(model.model, encode, f"{STORY}Answer: (", "A")
    outside = reference.string_logprob(model.model, encode, f"{STORY}Answer: ", "(A")
    assert inside == outside
    assert cuts(tokenizers["merging"], f"{STORY}Answer: (A")[-1] == "(A"


@each_family
def test_options_that_go_on_from_no_other_count_as_whole_strings_do(
    name: str, model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    encode, strings = tokenizers[name].encode, ["(A) Ohio", "(B) Utah"]
    found = reference.option_logprobs(model.model, encode, f"{STORY}Answer:", strings, whole=True)
    wanted = [
        reference.string_logprob(model.model, encode, f"{STORY}Answer:", string)
        for string in strings
    ]
    assert found == pytest.approx(wanted, abs=1e-5)


def test_an_option_that_another_goes_on_from_has_to_leave_it(
    model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    encode = tokenizers["bytes"].encode
    one = reference.string_logprob(model.model, encode, "Answer: ", "1")
    onward = math.exp(reference.string_logprob(model.model, encode, "Answer: 1", "0"))
    found = reference.option_logprobs(model.model, encode, "Answer: ", ["1", "10"], whole=True)
    assert found == pytest.approx([one + math.log1p(-onward), one + math.log(onward)], abs=1e-5)


def test_nothing_more_to_say_is_certain(
    model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    assert reference.string_logprob(model.model, tokenizers["bytes"].encode, "Answer:", "") == 0


def test_a_string_without_a_token_before_it_is_refused(
    model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="no token of '' is left before 'A'"):
        reference.string_logprob(model.model, tokenizers["merging"].encode, "", "A")


def written(model: reference.TransformersModel, prompt: list[int], how: Sampling) -> Generation:
    return asyncio.run(model.generate(prompt, how, Usage()))


def test_the_same_seed_writes_the_same_text(model: reference.TransformersModel) -> None:
    first = written(model, [5, 6], FREE)
    assert (first.tokens, first.finish_reason) == (12, "length")
    assert written(model, [5, 6], FREE) == first
    assert written(model, [5, 6], replace(FREE, seed=2)) != first


def test_without_luck_the_likeliest_token_is_written(
    model: reference.TransformersModel, tokenizers: dict[str, Any]
) -> None:
    likeliest = int(reference.last_logits(model.model, [5, 6], 1)[0].argmax())
    for how in (replace(FREE, temperature=0.0), replace(FREE, top_p=1e-9)):
        text = written(model, [5, 6], replace(how, max_tokens=1)).text
        assert text == tokenizers["tekken"].decode([likeliest])


def test_a_stop_ends_the_text_and_is_no_part_of_it(model: reference.TransformersModel) -> None:
    free = written(model, [5, 6], FREE)
    stop = free.text[len(free.text) // 2 :][:4]
    found = written(model, [5, 6], replace(FREE, stop=[stop]))
    assert found.finish_reason == "stop"
    assert found.text == free.text[: free.text.index(stop)]
    assert found.tokens < free.tokens


def test_a_call_counts_its_tokens(model: reference.TransformersModel) -> None:
    usage = Usage()
    asyncio.run(model.logprobs([5, 6, 7], [8], usage))
    asyncio.run(model.generate([5, 6], FREE, usage))
    assert usage == Usage(prompt_tokens=5, cached_tokens=0, output_tokens=13)
