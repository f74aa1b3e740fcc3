"""Intervals hold what they should in as many studies as they should, also where few stories answer
for everybody. A thousand studies of each size are told of in ops/DESIGN.md."""

import numpy as np
import pytest

from anthology.models.statistics import comparison
from anthology.models.statistics.individual import estimates

ITEMS, OPTIONS = 3, 4
CUTS = np.array([-0.8, 0.0, 0.8])
NAMES = (
    "wd",
    "tv",
    "js",
    "ks",
    "overlap",
    "fro",
    "cbs",
    "variance_ratio",
    "alpha",
    "agreement",
    "kappa",
    "mae",
)


def study(rng, people, simulated, stories):
    """Humans, and stories that give answers near those of the half of them they stand for."""
    half = rng.integers(2, size=people)
    latent = rng.normal(size=(people, 1)) + 0.6 * half[:, None]
    own = np.digitize(latent + rng.normal(size=(people, ITEMS)), CUTS)
    of_half = np.arange(stories) % 2
    told = 0.6 * of_half[:, None] + 0.7 * rng.normal(size=(stories, 1))
    told = told + 0.4 * rng.normal(size=(stories, ITEMS))
    near = np.exp(-np.square(told[:, :, None] - np.linspace(-1.2, 1.2, OPTIONS)) / 0.5)
    shares = near / near.sum(axis=2, keepdims=True)
    chosen = 2 * rng.integers(stories // 2, size=simulated) + half[:simulated]
    if stories == simulated:
        chosen = np.arange(simulated)
    given = shares[chosen]
    draws = rng.random((simulated, ITEMS, 1)) > np.cumsum(given, axis=2)[:, :, :-1]
    probabilities = [given[:, j] for j in range(ITEMS)]
    personas = np.unique(chosen, return_inverse=True)[1]
    return (
        comparison.Humans(own, np.ones(people)),
        comparison.Simulated(draws.sum(axis=2), np.ones(simulated), probabilities, personas),
        own[:simulated],
    )


@pytest.mark.parametrize("stories", [100, 8], ids=["all different", "eight stories"])
def test_intervals_hold_the_expected_figure_in_about_95_of_100_studies(stories):
    rng = np.random.default_rng(stories)
    found = []
    for _ in range(200):
        humans, simulated, own = study(rng, 400, 100, stories)
        values = comparison.compare(humans, simulated)
        drawn = comparison.resampled(humans, simulated, rng, 40)
        reach = comparison.intervals(values, simulated.independent, drawn)
        pairs = estimates.estimates(
            estimates.resampled(own, simulated, [True] * ITEMS, rng, 40), simulated.independent
        )
        ends = {name: (values[name], *reach[name]) for name in reach}
        ends |= {name: (one.value, one.low, one.high) for name, one in pairs.items()}
        found.append([ends[name] for name in NAMES])
    value, low, high = np.moveaxis(np.array(found), -1, 0)
    expected = value.mean(axis=0)
    held = ((low <= expected) & (expected <= high)).mean(axis=0)
    assert dict(zip(NAMES, held, strict=True)) == {
        name: pytest.approx(0.94, abs=0.06) for name in NAMES
    }
