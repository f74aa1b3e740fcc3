"""The step of rounded logits, found from their log-probabilities; float32 ones have none."""

import asyncio
import logging
import math

import numpy as np
import pytest
from fake_model import FakeTokenizer, text_of
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from anthology.workers.engine.resolution import FEWEST, FINEST, logit_step, measure

SEEDS = st.integers(0, 2**32 - 1)
VOCABULARY = 500
SIGNIFICANT_BITS = {"bfloat16": 8, "float16": 11}


def rounded(logits: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """To floating-point numbers of so many significant bits, whatever their exponent."""
    significands, exponents = np.frexp(logits)
    return np.ldexp(np.round(np.ldexp(significands, bits)), exponents - bits)


def logprobs(logits: NDArray[np.float64], count: int = 20) -> list[float]:
    """The largest log-probabilities as an engine has them: log-softmax in float32."""
    exact = logits.astype(np.float32)
    shifted = exact - exact.max()
    found = shifted - np.log(np.exp(shifted).sum(dtype=np.float32))
    return [float(value) for value in np.sort(found)[::-1][:count]]


def logits(seed: int, exponent: int) -> NDArray[np.float64]:
    """A vocabulary's logits, the largest 20 somewhere from 2^exponent to 2^(exponent + 1)."""
    random = np.random.default_rng(seed)
    low = random.normal(0, 0.2, VOCABULARY - 20)
    return np.concatenate([low, random.uniform(2.0**exponent, 2.0 ** (exponent + 1), 20)])


@given(SEEDS, st.integers(2, 7))
def test_bfloat16_logits_have_the_step_of_their_magnitude(seed: int, exponent: int) -> None:
    found = logit_step(logprobs(rounded(logits(seed, exponent), SIGNIFICANT_BITS["bfloat16"])))
    assert found == 2.0 ** (exponent - 7)


@given(SEEDS, st.integers(2, 7))
def test_float16_logits_have_the_step_of_their_magnitude(seed: int, exponent: int) -> None:
    found = logit_step(logprobs(rounded(logits(seed, exponent), SIGNIFICANT_BITS["float16"])))
    assert found == 2.0 ** (exponent - 10)


def test_the_own_rounding_is_that_of_float16() -> None:
    exact = logits(0, 4)
    assert rounded(exact, 11).tolist()[-20:] == exact[-20:].astype(np.float16).tolist()


@given(SEEDS, st.integers(0, 7))
def test_float32_logits_have_no_step(seed: int, exponent: int) -> None:
    assert logit_step(logprobs(logits(seed, exponent))) is None


@given(SEEDS)
def test_the_fewest_values_do_with_logits_of_a_float32_layer(seed: int) -> None:
    assert logit_step(logprobs(logits(seed, 4), FEWEST)) is None


@given(st.lists(st.integers(-1000, 1000), min_size=FEWEST, max_size=20, unique=True))
def test_the_step_divides_every_difference_and_no_larger_power_of_two_does(
    multiples: list[int],
) -> None:
    found = logit_step(logprobs(np.array(multiples) * FINEST))
    common = math.gcd(*(number - multiples[0] for number in multiples))
    assert found == min(1.0, FINEST * (common & -common))


@given(SEEDS, st.sampled_from(sorted(SIGNIFICANT_BITS)), st.randoms())
def test_their_order_does_not_matter(seed: int, dtype: str, random) -> None:
    values = logprobs(rounded(logits(seed, 4), SIGNIFICANT_BITS[dtype]))
    shuffled = random.sample(values, len(values))
    assert logit_step(shuffled) == logit_step(values) is not None


def test_of_two_steps_the_finer_is_found() -> None:
    values = rounded(np.linspace(28.0, 36.0, 20), SIGNIFICANT_BITS["bfloat16"])
    assert logit_step(logprobs(values[values >= 32])) == 0.25
    assert logit_step(logprobs(values)) == 0.125


def test_steps_larger_than_one_are_told_as_one() -> None:
    assert logit_step(logprobs(np.arange(20) * 4.0)) == 1.0


def test_one_value_off_the_grid_means_that_there_is_none() -> None:
    on_grid = logprobs(np.arange(20) / 8)
    assert logit_step(on_grid) == 0.125
    assert logit_step([*on_grid[:-1], on_grid[-1] + 1e-4]) is None


@pytest.mark.parametrize(
    "values",
    [[], [-1.0], [-3.0] * 20, [-1.0, -1.5, -2.0, -2.5] * 5, [-math.inf] * 20],
    ids=["none", "one", "all equal", "four that differ", "no finite one"],
)
def test_too_few_values_that_differ_show_no_step(values: list[float]) -> None:
    assert logit_step(values) is None


def test_values_that_are_not_finite_are_left_out() -> None:
    assert logit_step([*logprobs(np.arange(20) / 8), -math.inf]) == 0.125


class Rounding:
    """An engine whose largest log-probabilities are given."""

    model = "/models/Fake"

    def __init__(self, values: list[float]) -> None:
        self.values = values
        self.prompt = ""

    async def largest_logprobs(self, prompt: list[int]) -> list[float]:
        self.prompt = text_of(prompt)
        return self.values


def measured(engine: Rounding) -> float | None:
    return asyncio.run(measure(engine, FakeTokenizer()))


def test_a_rounding_engine_is_told_in_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    engine = Rounding(logprobs(rounded(logits(0, 4), 8)))
    assert measured(engine) == 0.125
    assert engine.prompt.endswith("Answer: (")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(
        "the output layer of /models/Fake rounds: label log-probabilities fall on steps of 0.125;"
    )


def test_a_float32_engine_is_passed_over_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    assert measured(Rounding(logprobs(logits(0, 4)))) is None
    assert not caplog.records
