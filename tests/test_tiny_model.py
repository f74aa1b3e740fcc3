"""The tiny model: small, loadable, the same every time, and with labels one can tell apart.

torch and transformers are imported when a test runs, as they are wherever else the tests need them:
every process of a run reads this file, and most need neither.
"""

import string
from pathlib import Path
from typing import Any

import pytest
from tiny_model import make

STORY = "Question: Where do you live now?\nAnswer: In Ohio.\n\nQuestion: Are we spending too much?"


def tokenizer_of(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def next_token_logprobs(folder: Path, text: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    tokens = tokenizer_of(folder)(text, return_tensors="pt")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        return model(**tokens).logits[0, -1].log_softmax(-1)


def test_every_label_after_the_bracket_is_one_token_of_its_own(tiny_model: Path) -> None:
    tokenizer = tokenizer_of(tiny_model)
    prefix = tokenizer(f"{STORY}\nAnswer: (").input_ids
    labelled = [tokenizer(f"{STORY}\nAnswer: ({x}").input_ids for x in string.ascii_uppercase]
    assert all(tokens[:-1] == prefix for tokens in labelled)
    assert len({tokens[-1] for tokens in labelled}) == 26


def test_any_text_comes_back_as_it_was(tiny_model: Path) -> None:
    tokenizer = tokenizer_of(tiny_model)
    text = " naïve 東京 🙂\n\n  $45,000 (A)"
    assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_the_same_seed_gives_the_same_model(tiny_model: Path, tmp_path: Path) -> None:
    import torch

    again, other = make(tmp_path / "again"), make(tmp_path / "other", seed=1)
    expected = next_token_logprobs(tiny_model, STORY)
    assert torch.equal(next_token_logprobs(again, STORY), expected)
    assert not torch.allclose(next_token_logprobs(other, STORY), expected)


def test_what_comes_before_changes_the_answer(tiny_model: Path) -> None:
    short = next_token_logprobs(tiny_model, "Answer: (")
    long = next_token_logprobs(tiny_model, f"{STORY}\nAnswer: (")
    assert (short - long).abs().max() > 0.5
    assert long.std() > 0.5


def test_size_precision_and_context_are_as_asked(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    folder = make(tmp_path / "small", vocabulary=600, context=512, dtype="bfloat16")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    assert model.dtype == torch.bfloat16
    assert model.config.vocab_size == len(tokenizer_of(folder)) == 600
    assert model.config.max_position_embeddings == 512
    assert (folder / "model.safetensors").stat().st_size < 1_000_000


def test_a_vocabulary_that_the_text_cannot_fill_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tokens, not 50000"):
        make(tmp_path, vocabulary=50_000)
