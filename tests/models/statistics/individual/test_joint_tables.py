"""Tables of pairs of answers, and the figures of them, against definitions person by person."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.statistics.individual import pairs as formulas
from anthology.models.statistics.individual.joint_tables import joint_tables
from anthology.models.statistics.individual.pairs import Pairs

OPTIONS = 3


@st.composite
def pairs(draw):
    """Own answers, for each the probabilities of another's (a refusal is what lacks to 1, None
    is no answer), and weights of which one at least is above 0."""
    people = draw(st.integers(1, 6))
    shares = st.lists(st.integers(0, 4), min_size=OPTIONS, max_size=OPTIONS).filter(any)
    own = draw(st.lists(st.integers(-1, OPTIONS - 1), min_size=people, max_size=people))
    other = [
        None if (found := draw(st.none() | shares)) is None
        else [share / (sum(found) + draw(st.integers(0, 2))) for share in found]
        for _ in range(people)
    ]  # fmt: skip
    return own, other, draw(st.lists(st.integers(0, 3), min_size=people, max_size=people))


def table(own, other, weights):
    item = np.array([[math.nan] * OPTIONS if shares is None else shares for shares in other])
    return joint_tables(np.array(own)[:, None], [item], np.array([weights], dtype=float))[0]


def distance(k, option, ordered):
    return (k - option) ** 2 if ordered else float(k != option)


@given(pairs(), st.booleans())
@settings(max_examples=40)
def test_every_formula_of_pairs_is_what_its_definition_says_of_single_people(people, ordered):
    """Chance is everybody paired with everybody's double, each as often as both weigh."""
    own, other, weights = people
    here = [
        (k, shares, weight * sum(shares))
        for k, shares, weight in zip(own, other, weights, strict=True)
        if k >= 0 and shares is not None and weight
    ]
    found = table(own, other, weights)
    if not here:
        assert np.isnan(found.shares).all()
        assert np.isnan(found.squares).all()
        return
    total = sum(weight for *_, weight in here)

    def mean(value):
        """Over pairs of a human and somebody's double, by their weights."""
        return (
            sum(
                w * v * value(k, [share / sum(shares) for share in shares])
                for k, _, w in here
                for _, shares, v in here
            )
            / total**2
        )

    same = sum(w * shares[k] / sum(shares) for k, shares, w in here) / total
    assert formulas.agreement(found, ordered)[0] == pytest.approx(same)
    observed = (
        sum(
            w * sum(share / sum(shares) * distance(k, o, ordered) for o, share in enumerate(shares))
            for k, shares, w in here
        )
        / total
    )
    chance = mean(lambda k, shares: sum(s * distance(k, o, ordered) for o, s in enumerate(shares)))
    assert formulas.agreement_by_chance(found, ordered)[0] == pytest.approx(
        mean(lambda k, shares: shares[k])
    )
    assert formulas.error_by_chance(found, True)[0] == pytest.approx(
        mean(lambda k, shares: sum(s * abs(k - o) for o, s in enumerate(shares)))
    )
    assert formulas.error(found, True)[0] == pytest.approx(
        sum(w * sum(s / sum(shares) * abs(k - o) for o, s in enumerate(shares))
            for k, shares, w in here) / total
    )  # fmt: skip
    expected = [sum(s * o for o, s in enumerate(shares)) / sum(shares) for _, shares, _ in here]
    mine, weighed = [k for k, *_ in here], [w for *_, w in here]
    covariance = np.cov(mine, expected, aweights=weighed, ddof=0)
    found_of = formulas.correlation(found, True)[0]
    if min(covariance[0, 0], covariance[1, 1]) < 1e-9:
        assert math.isnan(found_of)
    else:
        r = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
        assert found_of == pytest.approx(r)
    if chance == 0:
        assert math.isnan(formulas.kappa(found, ordered)[0])
    else:
        assert formulas.kappa(found, ordered)[0] == pytest.approx(1 - observed / chance)


def kappa(shares, ordered):
    return formulas.kappa(Pairs(shares, np.array(np.nan)), ordered)


def test_kappa_of_a_table_worked_out_by_hand():
    """Two readers agree on 20 and 15 of 50 cases: observed 0.7, by chance 0.5."""
    assert kappa(np.array([[20, 5], [10, 15]]) / 50, False) == pytest.approx(0.4)
    # One step off costs 1 of the 4 that two steps do: 0.4 observed, by chance 1.28.
    near = np.array([[2, 2, 0], [0, 2, 0], [0, 2, 2]]) / 10
    assert kappa(near, True) == pytest.approx(1 - 0.4 / 1.2)
    assert kappa(near, False) == pytest.approx(1 - 0.4 / (1 - 0.08 - 0.12 - 0.08))


def test_every_set_of_weights_has_a_table_of_its_own():
    own, item = np.array([[0], [1]]), np.eye(2)
    [found] = joint_tables(own, [item], np.array([[1.0, 1.0], [3.0, 1.0], [0.0, 0.0]]))
    assert found.shares[:2].tolist() == [[[0.5, 0], [0, 0.5]], [[0.75, 0], [0, 0.25]]]
    assert np.isnan(found.shares[2]).all()
