"""Resamples: how often everybody is drawn, and in what blocks."""

import numpy as np
import pytest

from anthology.models.statistics.groups import draws


def rng():
    return np.random.default_rng(0)


def test_a_bootstrap_draws_as_many_people_as_there_are_each_as_likely():
    times = draws.bootstrap(4000, 25, None, rng())
    assert (times.sum(axis=1) == 25).all()
    assert times.mean(axis=0) == pytest.approx(np.ones(25), abs=0.08)
    assert times.var(axis=0) == pytest.approx(np.full(25, 24 / 25), rel=0.15)


def test_clusters_are_drawn_whole_as_many_as_there_are():
    clusters = np.array([0, 2, 1, 2, 2, 0])
    times = draws.bootstrap(500, 6, clusters, rng())
    for members in ([0, 5], [1, 3, 4]):
        assert (times[:, members] == times[:, members[:1]]).all()
    assert (times[:, [0, 2, 1]].sum(axis=1) == 3).all()
    assert len(np.unique(times[:, 2])) == 4


def test_people_are_worth_as_many_as_share_a_story_evenly_and_fewer_where_one_has_most():
    everybody = np.ones(12)
    assert draws.independent(None, everybody) == 12
    assert draws.independent(np.repeat(np.arange(4), 3), everybody) == pytest.approx(4)
    uneven = np.repeat(np.arange(4), [9, 1, 1, 1])
    assert draws.independent(uneven, everybody) == pytest.approx(144 / 84)
    assert draws.independent(uneven, (uneven > 0) * everybody) == pytest.approx(3)
    assert draws.independent(uneven, np.zeros(12)) == 0


def test_samples_are_of_the_size_asked_for():
    assert (draws.samples(10, 6, 50, rng()).sum(axis=1) == 50).all()


@pytest.mark.parametrize(("people", "smaller"), [(10, 5), (11, 5)])
def test_halves_hold_nobody_twice(people, smaller):
    half = draws.halves(200, people, rng())
    assert set(np.unique(half)) == {0, 1}
    assert (half.sum(axis=1) == smaller).all()
    assert half.mean(axis=0) == pytest.approx(np.full(people, smaller / people), abs=0.12)


def test_blocks_are_all_resamples_some_at_a_time():
    found = list(draws.blocks(1000, 10_000))
    assert sum(found) == 1000
    assert max(found) * 10_000 <= draws.CELLS
    assert list(draws.blocks(3, 10**9)) == [1, 1, 1]
