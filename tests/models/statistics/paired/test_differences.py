"""Which of two conditions is closer: against plain loops, and in studies of known truth."""

import numpy as np
import pytest
from scipy import stats

from anthology.models.statistics import comparison
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.groups import draws, iterated
from anthology.models.statistics.individual import estimates
from anthology.models.statistics.paired.differences import (
    IN_SUBGROUPS,
    JUDGED,
    differences,
)  # fmt: skip
from anthology.models.statistics.paired.losses import Condition

ITEMS, OPTIONS = 3, 4
CUTS = np.array([-0.8, 0.0, 0.8])
ORDERED = [True] * ITEMS
NAMES = [figure.name for figure in JUDGED]


def answered(told, rng):
    """Probabilities of answers near what people are told to think, and one drawn answer each."""
    near = np.exp(-np.square(told[:, :, None] - np.linspace(-1.2, 1.2, OPTIONS)) / 0.5)
    shares = near / near.sum(axis=2, keepdims=True)
    drawn = rng.random((len(told), ITEMS, 1)) > np.cumsum(shares, axis=2)[:, :, :-1]
    return [shares[:, j] for j in range(ITEMS)], drawn.sum(axis=2)


def study(rng, people=300, simulated=100, stories=None, off=(0.0, 0.0)):
    """Humans in two halves, and two conditions of one law but for how far each is `off`: everybody
    with a double of their own, or with one of a few stories of their half."""
    half = rng.integers(2, size=people)
    latent = rng.normal(size=(people, 1)) + 0.6 * half[:, None]
    humans = Humans(np.digitize(latent + rng.normal(size=(people, ITEMS)), CUTS), np.ones(people))
    conditions = []
    for shift in off:
        count, of_half = simulated, half[:simulated]
        if stories is not None:
            count, of_half = stories, np.arange(stories) % 2
        told = 0.6 * of_half[:, None] + 0.7 * rng.normal(size=(count, 1)) + shift
        told = told + 0.4 * rng.normal(size=(count, ITEMS))
        personas = None
        if stories is not None:
            chosen = 2 * rng.integers(stories // 2, size=simulated) + half[:simulated]
            told, personas = told[chosen], np.unique(chosen, return_inverse=True)[1]
        shares, drawn = answered(told, rng)
        one = Simulated(drawn, np.ones(simulated), shares, personas)
        conditions.append(Condition(one, np.arange(simulated)))
    return humans, conditions


def values(humans, condition):
    """Every judged figure as it stands in a report, and the humans' own."""
    simulated = condition.simulated
    found = comparison.compare(humans, simulated)
    own = humans.answers[condition.stands_for]
    pairs = estimates.of_pairs(own, simulated, ORDERED, simulated.weights[None])[0]
    return found | dict(zip((f.name for f in estimates.OF_PAIRS), pairs, strict=True))


def losses(humans, condition):
    everybody = Condition(
        Simulated(humans.answers, humans.weights, [np.eye(OPTIONS)[a] for a in humans.answers.T]),
        np.arange(len(humans.weights)),
    )
    own, found = values(humans, everybody), values(humans, condition)
    return np.array([float(f.loss(np.float64(found[f.name]), own[f.name])) for f in JUDGED])


@pytest.mark.parametrize("stories", [None, 10])
def test_a_difference_is_that_of_the_figures_and_turns_with_the_order(stories):
    humans, (a, b) = study(np.random.default_rng(4), stories=stories, off=(0.0, 0.4))
    found = differences(humans, [a, b], ORDERED, np.random.default_rng(1), 20)[0, 1]
    back = differences(humans, [b, a], ORDERED, np.random.default_rng(1), 20)[0, 1]
    expected = losses(humans, b) - losses(humans, a)
    assert [found[name].closer for name in NAMES] == pytest.approx(expected, abs=1e-9)
    assert [-back[name].closer for name in NAMES] == pytest.approx(expected, abs=1e-9)
    if stories is None:  # else other resamples come for the first
        assert [back[name].p for name in NAMES] == pytest.approx([found[name].p for name in NAMES])


def test_of_fewer_figures_each_is_what_it_is_among_all():
    humans, both = study(np.random.default_rng(4), stories=10, off=(0.0, 0.4))
    every, few = (
        differences(humans, both, ORDERED, np.random.default_rng(1), 20, judged)[0, 1]
        for judged in (JUDGED, IN_SUBGROUPS)
    )
    assert list(few) == ["wd", "tv", "fro"]
    assert few == {name: every[name] for name in few}


def test_the_error_is_the_deviation_over_resamples_in_which_people_bring_both_doubles():
    """Of means of pairs, whose error is no other in resamples of resamples."""
    humans, (a, b) = study(np.random.default_rng(5), people=60, simulated=40)
    found = differences(humans, [a, b], ORDERED, np.random.default_rng(2), 50)[0, 1]
    error = np.std(plain_losses(humans, a, b, np.random.default_rng(2)), axis=0, ddof=1)
    means = [NAMES.index(name) for name in ("agreement", "mae", "kappa", "pair_correlation")]
    assert reaches(found)[means] == pytest.approx(T_OF_40 * error[means] * STRETCH, rel=1e-6)


def test_the_error_of_a_distance_is_corrected_by_resamples_of_resamples():
    """Two options, so that a resample of a resample can be written down: WD is |p − q|."""
    rng = np.random.default_rng(5)
    own, answers = rng.integers(2, size=60), rng.integers(2, size=(2, 40))
    a, b = (
        Condition(Simulated(one[:, None], np.ones(40), [np.eye(2)[one]]), np.arange(40))
        for one in answers
    )
    humans = Humans(own[:, None], np.ones(60))
    found = differences(humans, [a, b], [True], np.random.default_rng(2), 50)[0, 1]["wd"]
    times = draws.bootstrap(50, 60, None, np.random.default_rng(2))
    p = times @ own / 60
    q = [times[:, :40] @ one / times[:, :40].sum(axis=1) for one in answers]

    def farther(lag=None):
        shares = [(p, own.mean()), (q[0], answers[0].mean()), (q[1], answers[1].mean())]
        h, one, other = (
            drawn if lag is None else drawn + np.roll(drawn, lag) - known for drawn, known in shares
        )
        return abs(h - other) - abs(h - one)

    error = iterated.error(farther(), np.stack([farther(lag) for lag in range(1, 5)]))
    assert found.high - found.closer == pytest.approx(T_OF_40 * error.deviation * STRETCH, rel=1e-6)
    assert error.deviation != pytest.approx(farther().std(ddof=1), rel=0.01)


T_OF_40 = stats.t.ppf(0.975, 1 / (1 / 39 + 1 / 49))  # of forty doubles and fifty resamples
STRETCH = np.sqrt(40 / 39)


def reaches(found):
    return np.array([(found[name].high - found[name].low) / 2 for name in NAMES])


def plain_losses(humans, a, b, rng):
    times = draws.bootstrap(50, 60, None, rng).astype(int)
    plain = []
    for row in times:
        people = humans.take(np.repeat(np.arange(60), row))
        place = np.repeat(np.arange(40), row[:40])
        offset = np.concatenate([[0], np.cumsum(row)])
        stands = np.concatenate([np.arange(offset[i], offset[i + 1]) for i in range(40)])
        one, other = (Condition(c.simulated.take(place), stands) for c in (a, b))
        plain.append(losses(people, other) - losses(people, one))
    return plain


def test_a_condition_is_no_closer_than_itself():
    humans, (a, _) = study(np.random.default_rng(6))
    found = differences(humans, [a, a], ORDERED, np.random.default_rng(3), 20)[0, 1]
    assert {(one.closer, one.low, one.high, one.p) for one in found.values()} == {(0, 0, 0, 1)}


def test_what_rounding_alone_parts_is_no_difference():
    """0.1 + 0.2 is not 0.3: such conditions once had a p value of 0."""
    humans, (a, _) = study(np.random.default_rng(6))
    rounded = [item * ((0.1 + 0.2) / 0.3) for item in a.simulated.probabilities]
    b = Simulated(a.simulated.answers, a.simulated.weights, rounded)
    found = differences(
        humans, [a, Condition(b, a.stands_for)], ORDERED, np.random.default_rng(3), 20
    )[0, 1]
    assert {(one.closer, one.low, one.high, one.p) for one in found.values()} == {(0, 0, 0, 1)}


def test_where_no_resample_differs_nothing_says_how_sure_a_difference_is():
    answers = np.zeros((20, ITEMS), dtype=int)
    a, b = (
        Condition(
            Simulated(answers + off, np.ones(20), [np.eye(OPTIONS)[answers[:, 0] + off]] * ITEMS),
            np.arange(20),
        )
        for off in (0, 1)
    )
    humans = Humans(answers, np.ones(20))
    wd = differences(humans, [a, b], ORDERED, np.random.default_rng(3), 20)[0, 1]["wd"]
    assert wd.closer == pytest.approx(1)
    assert np.isnan([wd.low, wd.high, wd.p]).all()


def test_of_one_persona_nothing_is_said_but_the_difference():
    humans, (a, b) = study(np.random.default_rng(7), stories=2)
    lone = Simulated(b.simulated.answers, b.simulated.weights, b.simulated.probabilities,
                     np.zeros(100, dtype=int))  # fmt: skip
    found = differences(
        humans, [a, Condition(lone, b.stands_for)], ORDERED, np.random.default_rng(1), 20
    )[0, 1]
    assert np.isfinite(found["wd"].closer)
    assert all(np.isnan(one.p) and np.isnan(one.low) for one in found.values())


@pytest.mark.parametrize("stories", [None, 20], ids=["all different", "twenty stories"])
def test_without_a_difference_about_one_study_in_twenty_finds_one(stories):
    """Four hundred studies of each size are told of in ops/DESIGN.md."""
    rng = np.random.default_rng(8)
    p_values = []
    for _ in range(40):
        humans, conditions = study(rng, stories=stories)
        found = differences(humans, conditions, ORDERED, rng, 40)[0, 1]
        p_values.append([found[name].p for name in ("wd", "tv", "agreement", "kappa")])
    rejected = (np.array(p_values) < 0.05).mean(axis=0)
    assert (rejected <= 0.12).all()
    assert rejected.max() >= 0.01


def test_a_difference_that_is_there_is_found():
    rng = np.random.default_rng(9)
    found = [
        differences(*study(rng, off=(0.0, 0.6)), ORDERED, rng, 40)[0, 1]["wd"] for _ in range(10)
    ]
    assert np.mean([one.closer > 0 and one.p < 0.05 for one in found]) >= 0.9


def test_differences_are_plain_numbers_that_any_database_takes():
    humans, conditions = study(np.random.default_rng(5), people=20, simulated=10)
    found = differences(humans, conditions, ORDERED, np.random.default_rng(0), 12)[0, 1]
    assert {type(end) for one in found.values() for end in (one.closer, one.low, one.high)} == {
        float
    }
