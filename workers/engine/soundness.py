"""Whether a loaded engine's numbers are what they are taken for, on one short prompt.

Log-probabilities are compared with their definition and the engine's tokenizer with ours: what
nobody has thought of when `engine_options.py` was written ends the worker here, not a study.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from anthology.models.errors import InputError
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.lean_tokenizer import SAMPLES, rendered
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.workers.engine.engine import MAX_IDS, Engine

# Models know how it goes on: then the likeliest tokens have all of the probability but a little,
# and the rest, a thousand requests in a large vocabulary, need not be asked for.
PROMPT = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,"
TOGETHER = 32  # requests at a time: their logits of 150,000 tokens take 20 MB
TOP = 20

# Two requests are computed in unlike batches, which in 16 bits moves a log-probability by a few
# hundredths; half a nat is what no rounding does and a temperature, a mask or a penalty does.
CLOSE = 0.5
SUM = 0.05
DRAWN = {"temperature": 0.5, "top_p": 0.5, "repetition_penalty": 2.0}


async def check_logprobs(engine: Engine, tokenizer: Tokenizer) -> None:
    """Raises `InputError` unless the log-probabilities that answers are read from are those of
    every token of the vocabulary, whatever else is asked of a request.

    Raises `PromptRefused` or `EngineDied` as any request does.
    """
    prompt = tokenizer.encode(PROMPT)
    likeliest = await engine.likeliest(prompt)
    all_but_little = abs(_total(likeliest) - 1) <= SUM
    known = likeliest if all_but_little else await _whole(engine, prompt)
    if wrong := _undefined(known):
        raise InputError(_sentence(engine, wrong))
    top = sorted(known, key=known.__getitem__, reverse=True)[:TOP]
    expected = [known[token] for token in top]
    token, again = await engine.next_token(prompt, top, Usage())
    if known.get(token, -math.inf) < expected[0] - CLOSE:
        raise InputError(_sentence(engine, "the token that is written is not the likeliest one"))
    if not _close(expected, again):
        raise InputError(_sentence(engine, "they change from one request to the next"))
    _, drawn = await engine.next_token(prompt, top, Usage(), **DRAWN)
    if not _close(expected, drawn):
        raise InputError(_sentence(engine, "they change with how the next token is drawn"))
    if not _close([known[token] for token in likeliest], list(likeliest.values())):
        raise InputError(_sentence(engine, "the likeliest tokens have others than when asked for"))


async def _whole(engine: Engine, prompt: list[int]) -> dict[int, float]:
    """The log-probability of every token in turn, asked for as those of labels are."""
    ids = range(engine.vocabulary)
    blocks = [list(ids[start : start + MAX_IDS]) for start in range(0, len(ids), MAX_IDS)]
    found: list[float] = []
    for start in range(0, len(blocks), TOGETHER):
        asked = blocks[start : start + TOGETHER]
        answers = await asyncio.gather(*(engine.next_token(prompt, b, Usage()) for b in asked))
        found += [value for _, values in answers for value in values]
    return dict(zip(ids, found, strict=True))


def _undefined(known: dict[int, float]) -> str:
    """Why these are not the logarithms of a distribution, or nothing."""
    if any(math.isnan(value) for value in known.values()):
        return "some are not numbers"
    if max(known.values()) > 1e-3:
        return f"one is {max(known.values()):.3g}, above 0"
    if abs(_total(known) - 1) > SUM:
        return f"the probabilities of all {len(known)} tokens sum to {_total(known):.3g}"
    return ""


def _total(known: dict[int, float]) -> float:
    """Infinite rather than an error for what is far from any log-probability."""
    return math.fsum(math.exp(min(value, 500.0)) for value in known.values())


def _close(expected: Sequence[float], found: Sequence[float]) -> bool:
    return all(abs(a - b) <= CLOSE for a, b in zip(expected, found, strict=True))


def _sentence(engine: Engine, wrong: str) -> str:
    return (
        f"the log-probabilities of {engine.model} are not what answers can be read from: {wrong}; "
        "leave out the --engine-arg or plugin that changes them"
    )


def check_tokenizer(engine: Engine, tokenizer: Tokenizer) -> None:
    """Raises `InputError` unless the engine makes text of the tokens that prompts are made of."""
    theirs = engine.tokenizer
    for text in _texts(tokenizer):
        if not _agree(theirs, tokenizer, text):
            raise InputError(
                f"the tokenizer of the engine of {engine.model} and the one that prompts are made "
                f"with read {text!r} as other tokens; say where it is and how it is read with "
                "--engine-arg tokenizer=, tokenizer_revision= or tokenizer_mode="
            )


def _texts(tokenizer: Any) -> list[str]:
    if not hasattr(tokenizer, "added_tokens_decoder"):
        return list(SAMPLES)
    special = " ".join(map(str, tokenizer.added_tokens_decoder.values()))
    return [*SAMPLES, special, rendered(tokenizer) or ""]


def _agree(theirs: Any, ours: Any, text: str) -> bool:
    """Mistral's own library reads no special tokens in texts and knows no text without a first
    space; the engine only writes with it, so there it must write what was read."""
    ids = ours.encode(text, add_special_tokens=False)
    if hasattr(theirs, "added_tokens_decoder"):
        return bool(theirs.encode(text, add_special_tokens=False) == ids) and bool(
            theirs.encode(text) == ours.encode(text)
        )
    return text not in SAMPLES or bool(theirs.decode(ids).strip() == text.strip())
