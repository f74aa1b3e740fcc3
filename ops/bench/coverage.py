"""How often 95% intervals hold what they should, and 5% tests reject what is so, in made studies of
known law.

    .venv/bin/python ops/bench/coverage.py intervals|tests [STUDIES]

Of every design STUDIES (1,000) are made. A line is of one figure: of 100 intervals how many held
the figure's mean over the studies, which is what they are for, how many lay above it and below it,
and how wide they were on average. Or, of three conditions of one law, in how many of 100 pairs one
was called closer than the other, and in how many of 100 studies any was after Holm's correction.
What one run of 1,000 says of a figure is within 1.4 of 100. Recorded in ops/DESIGN.md, "Figures".
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anthology.models.statistics import comparison
from anthology.models.statistics.by_item import estimates as by_item
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.individual import estimates as pairs
from anthology.models.statistics.metrics import Answers, Floats
from anthology.models.statistics.paired.differences import JUDGED, differences
from anthology.models.statistics.paired.holm import holm
from anthology.models.statistics.paired.losses import Condition
from anthology.models.statistics.scale_scores import estimates
from anthology.models.statistics.scale_scores.keyed import Keyed
from anthology.models.statistics.scale_scores.scored import Scored

REPLICATES, OPTIONS = 200, 5
CUTS = np.linspace(-1.2, 1.2, OPTIONS - 1)


@dataclass(frozen=True)
class Design:
    """So many humans, and simulated people for the first of them, each of a `story` of their own
    (None) or one of so many; scales of items, by how much stories lie above the humans, and how
    much items have to do with their scale in stories (humans: 0.6). Stories answer for as many
    people each, or the kth for 1/k as many as the first, where some fit better than others."""

    humans: int
    simulated: int
    stories: int | None
    scales: int
    items: int
    above: float
    loading: float
    evenly: bool = True


DESIGNS = (
    Design(150, 80, None, 2, 4, 0.2, 0.75),
    Design(150, 80, None, 2, 4, 0.0, 0.6),
    Design(600, 300, None, 3, 6, 0.1, 0.75),
    Design(200, 100, None, 4, 3, 0.4, 0.5),
    Design(300, 150, 60, 2, 4, 0.2, 0.75),
    Design(300, 150, 20, 2, 4, 0.2, 0.75),
    Design(300, 150, 6, 2, 4, 0.2, 0.75),
    Design(300, 150, 60, 2, 4, 0.2, 0.75, evenly=False),
    Design(300, 150, 20, 2, 4, 0.2, 0.75, evenly=False),
)


def main() -> None:
    what, studies = sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 1000
    for design in DESIGNS:
        print(design, flush=True)
        rng = np.random.default_rng(1)
        for line in {"intervals": intervals, "tests": tests}[what](design, studies, rng):
            print(f"    {line}", flush=True)


def intervals(design: Design, studies: int, rng: np.random.Generator) -> Iterator[str]:
    found = [dict(_estimates(design, rng)) for _ in range(studies)]
    for name in found[0]:
        ends = np.array([[one[name].value, one[name].low, one[name].high] for one in found])
        value, low, high = ends[~np.isnan(ends).any(axis=1)].T
        expected = value.mean()
        above, below = 100 * (expected < low).mean(), 100 * (high < expected).mean()
        yield (
            f"{name:22} {100 - above - below:5.1f} held, {above:4.1f} above, "
            f"{below:4.1f} below, width {(high - low).mean():.3f}"
        )


def tests(design: Design, studies: int, rng: np.random.Generator) -> Iterator[str]:
    """Of the two conditions of a pair one is as close as the other."""
    p_values = []
    for _ in range(studies):
        humans = _humans(design, rng)
        conditions = [
            Condition(_simulated(design, rng), np.arange(design.simulated)) for _ in range(3)
        ]
        ordered = [True] * humans.answers.shape[1]
        found = differences(humans, conditions, ordered, rng, REPLICATES)
        p_values.append([[pair[figure.name].p for figure in JUDGED] for pair in found.values()])
    by_figure = np.moveaxis(np.array(p_values), 2, 0)  # (figures, studies, pairs)
    for figure, p in zip(JUDGED, by_figure, strict=True):
        family = [np.nanmin(holm(of_study)) < 0.05 for of_study in p]
        yield (
            f"{figure.name:22} {100 * (p < 0.05).mean():4.1f} of pairs, "
            f"{100 * np.mean(family):4.1f} of studies after Holm"
        )


def _estimates(design: Design, rng: np.random.Generator) -> Iterator[tuple[str, Estimate]]:
    """Of one made study: of the first scale and of all, of items, of pairs."""
    humans, simulated = _humans(design, rng), _simulated(design, rng)
    own = humans.answers
    yield from _of_scales(design, humans, simulated, rng)
    values = comparison.compare(humans, simulated)
    resampled = comparison.resampled(humans, simulated, rng, REPLICATES)
    for name, ends in comparison.intervals(values, simulated.independent, resampled).items():
        yield name, Estimate(values[name], *ends)
    ordered = [True] * own.shape[1]
    first = by_item.of_distributions(humans, simulated, resampled, ordered)[0]
    for name, one in first.figures.items():
        if not np.isnan(one.low):
            yield f"item/i00/{name}", one
    of_pairs = pairs.resampled(own[: design.simulated], simulated, ordered, rng, REPLICATES)
    for name, one in pairs.estimates(of_pairs, simulated.independent).items():
        if not np.isnan(one.low):
            yield name, one


def _humans(design: Design, rng: np.random.Generator) -> Humans:
    own = _digitised(_leaning(design, design.humans, 0.6, rng))
    return Humans(own, np.ones(len(own)))


def _simulated(design: Design, rng: np.random.Generator) -> Simulated:
    told = _leaning(design, design.stories or design.simulated, design.loading, rng) + design.above
    personas = None
    if design.stories is not None:
        told = told[_stories(design.stories, design, rng)]
        personas = np.unique(told, axis=0, return_inverse=True)[1].ravel()
    near = np.exp(-2 * np.square(told[:, :, None] - np.linspace(-1.6, 1.6, OPTIONS)))
    shares = near / near.sum(axis=2, keepdims=True)
    drawn = (rng.random(told.shape)[:, :, None] > np.cumsum(shares, axis=2)[:, :, :-1]).sum(axis=2)
    return Simulated(drawn, np.ones(len(drawn)), list(np.moveaxis(shares, 1, 0)), personas)


def _of_scales(
    design: Design, humans: Humans, simulated: Simulated, rng: np.random.Generator
) -> Iterator[tuple[str, Estimate]]:
    keyed = [
        Keyed(f"s{s}", [f"i{s}{i}" for i in range(design.items)],
              list(range(s * design.items, (s + 1) * design.items)),
              [False] * design.items, [OPTIONS] * design.items)
        for s in range(design.scales)
    ]  # fmt: skip
    one = Scored(keyed, humans.answers, humans.weights)
    other = Scored(keyed, simulated.answers, simulated.weights, simulated.personas)
    for name, found in estimates.compared(one, other, rng, REPLICATES).items():
        if name.startswith(("scale/s0/", "scales/")):
            yield name, found.estimate


def _stories(stories: int, design: Design, rng: np.random.Generator) -> Answers:
    if design.evenly:
        return rng.integers(stories, size=design.simulated)
    often = 1 / np.arange(1, stories + 1)
    return rng.choice(stories, size=design.simulated, p=often / often.sum())


def _leaning(design: Design, people: int, loading: float, rng: np.random.Generator) -> Floats:
    """How people lean on every item (people, items), of one standard deviation."""
    scale = np.sqrt(0.4) * rng.normal(size=(people, 1)) + np.sqrt(0.6) * rng.normal(
        size=(people, design.scales)
    )
    own = np.repeat(scale, design.items, axis=1) * loading
    return np.asarray(own + np.sqrt(1 - loading**2) * rng.normal(size=own.shape))


def _digitised(leaning: Floats) -> Answers:
    return np.digitize(leaning, CUTS)


if __name__ == "__main__":
    main()
