"""Loading a tokenizer, refused in one sentence where there is none, and texts made harmless."""

from pathlib import Path
from typing import Any

import pytest
from chat_templates import tokenizer_with
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from models.tokenizer import harmless, load_tokenizer


@pytest.mark.parametrize("model", ["/nowhere/model", "./nowhere", "nowhere", "a/b/c"])
def test_a_model_that_is_not_there_is_refused_without_asking_the_network(model: str) -> None:
    with pytest.raises(InputError, match=f"there is no model at {model}"):
        load_tokenizer(model)


def test_a_folder_without_a_tokenizer_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tokenizer can be loaded") as raised:
        load_tokenizer(str(tmp_path))
    assert "\n" not in str(raised.value)


SPECIAL = ["<s>", "</s>", "<|im_end|>", "[INST]", "<<s>>", "s>", "||"]


def with_added(special: list[str], ordinary: list[str]) -> Any:
    tokenizer = tokenizer_with(None)
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    tokenizer.add_tokens(ordinary)
    return tokenizer


TOKENIZER = with_added(SPECIAL, ["<think>", "covid", "    "])


@given(text=st.lists(st.sampled_from(SPECIAL) | st.text("<s>|/[ ] a", max_size=8)).map("".join))
def test_no_text_brings_a_control_token_once_it_is_harmless(text: str) -> None:
    safe = harmless(text, TOKENIZER)
    control = {TOKENIZER.convert_tokens_to_ids(token) for token in [*SPECIAL, "<think>"]}
    assert control.isdisjoint(TOKENIZER.encode(safe, add_special_tokens=False))
    assert safe.replace(" ", "") == text.replace(" ", "")


@given(text=st.text(st.characters(exclude_characters="<>[]|"), max_size=80))
def test_a_text_without_control_strings_stays_as_it_is(text: str) -> None:
    assert harmless(text, TOKENIZER) == text


def test_an_ordinary_added_word_is_no_control_token() -> None:
    assert harmless("covid    <think> [maybe] 3 < 4", TOKENIZER) == (
        "covid    < think> [maybe] 3 < 4"
    )


def test_a_tokenizer_that_tells_nothing_of_its_tokens_leaves_texts_alone() -> None:
    class Bare:
        def encode(self, text: str) -> list[int]:
            return [ord(letter) for letter in text]

    assert harmless("<s> [INST]", Bare()) == "<s> [INST]"
