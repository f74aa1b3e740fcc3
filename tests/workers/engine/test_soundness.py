"""An engine is what it is taken for, or its worker ends: against engines that are wrong one way."""

import asyncio
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from chat_templates import CHATML, tokenizer_with
from fake_model import FakeTokenizer

from anthology.models.errors import InputError
from anthology.models.jobs.protocol import Usage
from anthology.workers.engine.engine import MAX_IDS
from anthology.workers.engine.soundness import check_logprobs, check_tokenizer

VOCABULARY = 300
LOGITS = np.random.default_rng(0).normal(0, 3, VOCABULARY) + 5


class Sound:
    """vLLM on made-up logits: what is drawn leaves log-probabilities as they are."""

    model = "/models/Fake"
    vocabulary = VOCABULARY

    def scores(self, drawn: dict[str, Any]) -> Any:
        return log_softmax(LOGITS)

    def chosen(self) -> int:
        return int(LOGITS.argmax())

    async def next_token(
        self, prompt: list[int], ids: list[int], usage: Usage, **drawn: Any
    ) -> tuple[int, list[float]]:
        assert len(ids) <= MAX_IDS
        return self.chosen(), [float(self.scores(drawn)[token]) for token in ids]

    async def likeliest(self, prompt: list[int]) -> dict[int, float]:
        scores = self.scores({})
        return {int(token): float(scores[token]) for token in np.argsort(scores)[::-1][:20]}


class RawLogits(Sound):
    def scores(self, drawn: dict[str, Any]) -> Any:
        return LOGITS


class NegativeLogits(Sound):
    """Nothing above 0, and still no distribution."""

    def scores(self, drawn: dict[str, Any]) -> Any:
        return LOGITS - LOGITS.max()


class Processed(Sound):
    """`processed_logprobs`: as drawn, with the temperature and what it leaves out."""

    def scores(self, drawn: dict[str, Any]) -> Any:
        return log_softmax(LOGITS / (drawn.get("temperature") or 1))


class Masked(Sound):
    """What a nucleus leaves out has no probability."""

    def scores(self, drawn: dict[str, Any]) -> Any:
        found = log_softmax(LOGITS)
        return np.where(found < -3, -np.inf, found) if drawn else found


class Biased(Sound):
    """A logits processor: what is written is another token than the numbers say."""

    def chosen(self) -> int:
        return int(LOGITS.argmin())


class Broken(Sound):
    def scores(self, drawn: dict[str, Any]) -> Any:
        return np.full(VOCABULARY, math.nan)


class Unsteady(Sound):
    """Another distribution with every request."""

    def __init__(self) -> None:
        self.luck = np.random.default_rng(1)

    def scores(self, drawn: dict[str, Any]) -> Any:
        return log_softmax(self.luck.normal(0, 0.01, VOCABULARY) + self.luck.permutation(LOGITS))


class Unlike(Sound):
    """The likeliest tokens are told by another rule than those asked for."""

    async def likeliest(self, prompt: list[int]) -> dict[int, float]:
        return {int(token): float(LOGITS[token]) for token in np.argsort(LOGITS)[::-1][:20]}


def log_softmax(logits: Any) -> Any:
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())


def check(engine: Any) -> None:
    asyncio.run(check_logprobs(engine, FakeTokenizer()))


def test_an_engine_whose_log_probabilities_are_defined_passes() -> None:
    check(Sound())


def test_of_a_model_that_is_sure_a_large_vocabulary_is_not_asked_for() -> None:
    class Sure(Sound):
        vocabulary = 10**9

        def scores(self, drawn: dict[str, Any]) -> Any:
            return log_softmax(np.where(LOGITS.max() > LOGITS, LOGITS, LOGITS + 10))

    check(Sure())


def test_rounding_of_a_16_bit_engine_passes() -> None:
    class Rounded(Sound):
        def scores(self, drawn: dict[str, Any]) -> Any:
            return log_softmax(np.round(LOGITS * 32) / 32) + (0.02 if drawn else 0)

    check(Rounded())


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (RawLogits, "above 0"),
        (NegativeLogits, "the probabilities of all 300 tokens sum to"),
        (Processed, "with how the next token is drawn"),
        (Masked, "with how the next token is drawn"),
        (Biased, "the token that is written is not the likeliest"),
        (Broken, "not numbers"),
        (Unsteady, "sum to|not the likeliest|from one request to the next"),
        (Unlike, "the likeliest tokens have others"),
    ],
)
def test_an_engine_with_other_numbers_ends_its_worker_with_a_sentence(
    engine: type[Sound], said: str
) -> None:
    with pytest.raises(InputError, match=f"of /models/Fake are not what .*({said})"):
        check(engine())


# --- tokenizers -----------------------------------------------------------------------------------


def compare(theirs: Any, ours: Any) -> None:
    check_tokenizer(SimpleNamespace(model="/models/Fake", tokenizer=theirs), ours)  # type: ignore[arg-type]


def test_the_same_tokenizer_twice_passes() -> None:
    compare(tokenizer_with(CHATML), tokenizer_with(CHATML))


def test_another_tokenizer_ends_the_worker_with_the_options_that_name_it() -> None:
    other = tokenizer_with(CHATML)
    other.add_tokens(["(A) Ohio"])
    with pytest.raises(InputError, match=r"read 'Question: .* as other tokens; .*tokenizer_mode="):
        compare(other, tokenizer_with(CHATML))


def test_a_tokenizer_that_only_writes_has_to_write_what_was_read() -> None:
    class Mistrals:
        def decode(self, ids: list[int]) -> str:
            return str(ours.decode(ids))

    class Others:
        def decode(self, ids: list[int]) -> str:
            return "something else"

    ours = tokenizer_with(CHATML)
    compare(Mistrals(), ours)
    with pytest.raises(InputError, match="as other tokens"):
        compare(Others(), ours)
