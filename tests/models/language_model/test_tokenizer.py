"""Loading a tokenizer, refused in one sentence where there is none, and texts made harmless."""

import json
from pathlib import Path
from typing import Any

import pytest
from chat_templates import CHATML, tokenizer_with
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.models.language_model import tokenizer_reader
from anthology.models.language_model.lean_tokenizer import LeanTokenizer
from anthology.models.language_model.tokenizer import (
    Place,
    from_transformers,
    harmless,
    load_tokenizer,
    place_of,
)


@pytest.mark.parametrize("model", ["/nowhere/model", "./nowhere", "nowhere", "a/b/c"])
def test_a_model_that_is_not_there_is_refused_without_asking_the_network(model: str) -> None:
    with pytest.raises(InputError, match=f"there is no model at {model}"):
        load_tokenizer(model)


def test_a_folder_without_a_tokenizer_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tokenizer can be loaded") as raised:
        load_tokenizer(str(tmp_path))
    assert "\n" not in str(raised.value)


OWN_CODE = """
from transformers import PreTrainedTokenizerFast

class OwnTokenizer(PreTrainedTokenizerFast):
    pass
"""


@pytest.fixture
def with_code(tmp_path: Path) -> Path:
    """The folder of a tokenizer whose class comes with it."""
    folder = tmp_path / "own"
    tokenizer_with(CHATML).save_pretrained(folder)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config |= {"tokenizer_class": "OwnTokenizer",
               "auto_map": {"AutoTokenizer": [None, "own_tokenizer.OwnTokenizer"]}}  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "config.json").write_text('{"model_type": "own"}')
    (folder / "own_tokenizer.py").write_text(OWN_CODE)
    return folder


def test_a_tokenizers_own_code_is_not_run_and_nobody_is_asked(
    with_code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: pytest.fail(prompt))
    with pytest.raises(InputError, match=r"code of its own.*--engine-arg trust_remote_code=true"):
        load_tokenizer(str(with_code))


def test_a_tokenizers_own_code_is_run_where_the_user_trusts_it(
    with_code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import dynamic_module_utils

    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    found = load_tokenizer(str(with_code), {"trust_remote_code": True})
    assert "OwnTokenizer" in type(found).__name__
    assert found.encode("Ohio") == tokenizer_with(CHATML).encode("Ohio")


def test_a_tokenizer_is_where_vllm_looks_for_it() -> None:
    assert place_of("m", {"dtype": "half"}) == Place("m")
    assert place_of("m", {"revision": "r"}) == Place("m", "r")
    assert place_of("m", {"revision": "r", "tokenizer_revision": "t"}) == Place("m", "t")
    assert place_of("m", {"tokenizer": "o", "tokenizer_mode": "hf", "trust_remote_code": True}) == (
        Place("o", None, "hf", True)
    )
    assert not place_of("m", {"trust_remote_code": "false"}).trust_remote_code


def test_a_tokenizer_of_another_place_is_read_instead_of_the_models(tmp_path: Path) -> None:
    tokenizer_with(CHATML).save_pretrained(tmp_path / "other")
    found = load_tokenizer("/nowhere/model", {"tokenizer": str(tmp_path / "other")})
    assert found.encode("Ohio") == tokenizer_with(CHATML).encode("Ohio")


# --- in a process of its own ----------------------------------------------------------------------


def test_a_tokenizer_is_read_elsewhere_and_used_without_transformers(tmp_path: Path) -> None:
    tokenizer_with(CHATML).save_pretrained(tmp_path / "kept")
    place = Place(str(tmp_path / "kept"))
    description = tokenizer_reader.read(place)
    assert description is not None
    found: Any = LeanTokenizer(description, place.name)
    same: Any = from_transformers(place)
    assert found.encode("Answer: (A") == same.encode("Answer: (A")
    assert found.get_chat_template() == same.get_chat_template()


def test_what_is_wrong_is_said_by_the_process_that_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tokenizer can be loaded"):
        tokenizer_reader.read(Place(str(tmp_path)))


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
