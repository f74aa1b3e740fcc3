"""How finely the loaded model tells label log-probabilities apart: the step of its logits.

A 16-bit output layer rounds logits, so that log-probabilities differ by multiples of a power of
two only. Measured once for an engine, on what it gives; knows nothing of its options.
"""

import logging
import math
from collections.abc import Sequence
from string import ascii_uppercase

from anthology.models.language_model.tokenizer import Tokenizer
from anthology.workers.engine.engine import Engine

log = logging.getLogger(__name__)

FINEST = 2.0**-9
NOISE = 2.0**-22
FEWEST = 5

# Twenty-six labels to choose from: there the likeliest tokens are labels, and close to each
# other. Far below the likeliest, logits come near 0, where 16 bits have no step to speak of.
OPTIONS = "\n".join(f"({letter}) The letter {letter}" for letter in ascii_uppercase)
PROMPT = f"Question: Which letter do you like best?\n{OPTIONS}\nAnswer: ("


def logit_step(logprobs: Sequence[float]) -> float | None:
    """The largest power of two, 1 at most, of which all differences of log-probabilities (nats,
    of one position) are multiples; None when there is none down to `FINEST`, or too few values.

    A 16-bit logit from 2^e up to 2^(e+1) has steps of 2^(e-7) in bfloat16 (8 significant bits) and
    2^(e-10) in float16 (11 bits): 1/8 and 1/64 at 16-32. `FINEST` is float16 at 2-4, where
    rounding moves a log-probability by a thousandth at most; finer steps do no harm.

    A log-probability is a logit minus a number that all share, rounded to float32: at worst 2^-24
    of itself off. Two such errors, doubled for safety, are `NOISE` times the largest magnitude m.
    A value without a grid falls that close to a multiple of `FINEST` with probability m / 4096,
    so k values that differ look like a grid with (m / 4096)^(k-1): at m = 32 that is 4e-9 for
    `FEWEST` of them and 1e-40 for an engine's 20. Equal values show nothing and count once.
    """
    values = [value for value in logprobs if math.isfinite(value)]
    gaps = [max(values) - value for value in values]
    if len({round(gap / FINEST) for gap in gaps}) < FEWEST:
        return None
    noise = NOISE * max(map(abs, values))
    step = 1.0
    while step >= FINEST:
        if all(abs(math.remainder(gap, step)) <= noise for gap in gaps):
            return step
        step /= 2
    return None


async def measure(engine: Engine, tokenizer: Tokenizer) -> float | None:
    """The step of a loaded engine's largest logits, None for a float32 output layer.

    The largest, for labels are among them and steps are coarser the larger a logit is; where they
    lie on both sides of a power of two, the finer of the two steps is found, which holds for all.
    A step is worth a warning in the worker's log. Raises `PromptRefused` or `EngineDied`.
    """
    step = logit_step(await engine.largest_logprobs(tokenizer.encode(PROMPT)))
    if step is not None:
        log.warning(
            "the output layer of %s rounds: label log-probabilities fall on steps of %g; "
            "let head_dtype be float32 for exact ones",
            engine.model,
            step,
        )
    return step
