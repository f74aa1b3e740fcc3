"""What a model says by transformers alone, in float32: what a readout is compared with.

Whole texts are encoded at once and read in one forward pass, every next token of them: nothing
here knows of tries, forced openings or prefix caches.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from anthology.models.jobs.protocol import Usage
from anthology.workers.engine.text_model import Generation, Sampling


class TransformersModel:
    """A `TextModel` in this process: transformers in float32, one prompt at a time.

    `decode` turns tokens into text and is needed only by `generate`. Its draws follow the
    sampling's seed, but are not vLLM's.
    """

    def __init__(self, folder: Path, decode: Callable[[list[int]], str] | None = None) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self.decode = decode

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        import torch

        assert self.decode is not None, "TransformersModel needs `decode` to write text"
        luck = torch.Generator().manual_seed(sampling.seed)
        end = self.model.config.eos_token_id
        written: list[int] = []
        text, reason = "", "length"
        while reason == "length" and len(written) < sampling.max_tokens:
            logits = last_logits(self.model, prompt + written, 1)[0]
            early = len(written) < sampling.min_tokens
            if early:
                logits[end] = -torch.inf
            token = draw(logits, sampling, luck)
            written.append(token)
            if token == end:
                reason = "stop"
                break
            text = self.decode(written)
            stops = [text.index(stop) for stop in sampling.stop if stop in text]
            if stops and not early:
                text, reason = text[: min(stops)], "stop"
        usage.add(len(prompt), 0, len(written))
        return Generation(text, len(written), reason)

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        usage.add(len(prompt), 0, 1)
        logprobs = last_logits(self.model, prompt, 1)[0].log_softmax(-1)
        return [float(logprobs[token]) for token in ids]


def draw(logits: Any, sampling: Sampling, luck: Any) -> int:
    """One token from the smallest set of likeliest tokens that has `top_p` of the probability."""
    import torch

    if sampling.temperature == 0:
        return int(logits.argmax())
    shares = (logits / sampling.temperature).softmax(-1)
    if sampling.top_p < 1:
        falling = shares.argsort(descending=True)
        before = shares[falling].cumsum(-1) - shares[falling]
        shares[falling[before >= sampling.top_p]] = 0
    return int(torch.multinomial(shares, 1, generator=luck))


def last_logits(model: Any, tokens: Sequence[int], count: int) -> Any:
    """Float64 logits after each of the last `count` tokens: (count, vocabulary)."""
    import torch

    with torch.inference_mode():
        logits = model(torch.tensor([tokens]), use_cache=False, logits_to_keep=count).logits[0]
    return logits.double()


def string_logprob(
    model: Any, encode: Callable[[str], list[int]], prompt: str, continuation: str
) -> float:
    """The natural log-probability of a continuation's tokens after a prompt, by the chain rule.

    One forward pass over the tokens of both texts together, softmax in float64; `model` is one of
    transformers in float32. The continuation's tokens are those after what the prompt alone has
    in common with both: where a tokenizer merges over the border they begin inside the prompt, so
    compare continuations only after a prompt that none of them merges with.
    Raises `ValueError` if the two have no first token in common, which nothing could come after.
    """
    alone, whole = encode(prompt), encode(prompt + continuation)
    kept = _shared(alone, whole)
    if kept == 0:
        raise ValueError(f"no token of {prompt!r} is left before {continuation!r}")
    logits = last_logits(model, whole, len(whole) - kept + 1)[:-1]
    logprobs = logits.log_softmax(-1)
    return sum(float(row[token]) for row, token in zip(logprobs, whole[kept:], strict=True))


def option_logprobs(
    model: Any,
    encode: Callable[[str], list[int]],
    prompt: str,
    strings: Sequence[str],
    *,
    others: Sequence[str] = (),
    whole: bool = False,
    only: Sequence[int] | None = None,
) -> list[float]:
    """The natural log-probability of each string (or of those at `only`) as the answer to a prompt.

    An option's tokens count where another string has the same ones before and parts from it there,
    with `whole` everywhere. Where strings go on from a whole option, it also has to leave them: one
    minus the probabilities of the tokens that they go on with. `others` are strings that are no
    options but go on from one. One forward pass for each option, softmax in float64.
    """
    texts = [tuple(encode(prompt + string)) for string in (*strings, *others)]
    kept = _kept(encode(prompt), texts)
    wanted = range(len(strings)) if only is None else only
    return [_option_logprob(model, texts[place], texts, kept, whole) for place in wanted]


def _option_logprob(
    model: Any, text: tuple[int, ...], texts: Sequence[tuple[int, ...]], kept: int, whole: bool
) -> float:
    rows = last_logits(model, text, len(text) - kept + 1).log_softmax(-1)
    total = 0.0
    for end in range(kept, len(text) + 1):
        alike = [other for other in texts if other[:end] == text[:end]]
        next_ = {other[end] for other in alike if len(other) > end}
        row = rows[end - kept]
        if end == len(text):
            total += math.log1p(-sum(math.exp(row[token]) for token in next_))
        elif whole or len(next_) > 1 or any(len(other) == end for other in alike):
            total += float(row[text[end]])
    return total


def tokens_added(
    encode: Callable[[str], list[int]], prompt: str, strings: Sequence[str]
) -> list[int]:
    """How many tokens each string has behind what all of them leave as it is of the prompt."""
    texts = [encode(prompt + string) for string in strings]
    kept = _kept(encode(prompt), texts)
    return [len(text) - kept for text in texts]


def _kept(alone: Sequence[int], texts: Sequence[Sequence[int]]) -> int:
    return min(_shared(alone, text) for text in texts)


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with together."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                min(len(one), len(other)))  # fmt: skip
