"""The table of figures: its rows hold together, and everything that is computed is one of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import certain, correlated_people

from anthology.models.statistics import comparison, figures, floors
from anthology.models.statistics.individual import estimates as individual
from anthology.models.statistics.kinds import Better

ROUNDING = 1e-12
# By theory, of what has an interval.
LARGEST = dict.fromkeys(["tv", "cbs", "alpha", "omega", "agreement", "kappa", "wd_normalised", "js",
                         "ks", "overlap", "coherence", "pair_correlation"], 1)  # fmt: skip
SMALLEST = {"alpha": -np.inf, "kappa": -np.inf, "coherence": -1, "pair_correlation": -1}  # others 0

AIMS = {Better.ONE: 1.0, Better.ZERO: 0.0}


def test_no_two_figures_have_a_name_or_a_symbol_in_common():
    names = [*(figure.name for figure in figures.FIGURES), *figures.DRAWN, *figures.FLOOR]
    compared = [figure.name for figure in figures.WITH_FLOOR]
    assert len(set(names)) == len(names) - len(compared)  # a floor's figures keep their names
    assert len({figure.symbol for figure in figures.FIGURES}) == len(figures.FIGURES)


@pytest.mark.parametrize("figure", figures.FIGURES, ids=lambda figure: figure.name)
def test_every_figure_is_explained(figure):
    assert figure.plain
    assert figure.formula
    assert not figure.plain.endswith(".")
    assert figure.plain.format(questions="questions")
    if figure.interval:  # it has a column of its own in the report, where the best is marked
        assert figure.better is not Better.NEITHER
    if figure.better is Better.NEAREST:
        assert figure.floor


def test_what_is_computed_is_what_the_table_says():
    answers = correlated_people(60)
    humans = comparison.Humans(answers, np.ones(60))
    simulated = comparison.Simulated(answers, np.ones(60), certain(answers, 5))
    found = comparison.compare(humans, simulated)
    of_answers = (figure.name for figure in (*figures.COMPARED, *figures.OF_ANSWERS))
    assert set(found) == {*of_answers, *figures.DRAWN}
    floor = floors.floor(answers, [5] * 4, splits=3, rng=np.random.default_rng(0))
    assert tuple(floor) == figures.FLOOR


def test_a_perfect_copy_scores_best_by_every_figure_of_two_sides():
    answers, others = correlated_people(200, missing=0), correlated_people(200, seed=1)
    humans = comparison.Humans(answers, np.ones(200))

    def score(drawn):
        return comparison.compare(
            humans, comparison.Simulated(drawn, np.ones(200), certain(drawn, 5))
        )

    others[:, 1:] = (others[:, 1:] > 2) + 2  # too much alike
    copy, other = score(answers), score(others)
    for figure in figures.COMPARED:
        if figure.better is Better.SMALLER:
            assert copy[figure.name] < 1e-9 < other[figure.name]
        if figure.better is Better.LARGER:
            assert copy[figure.name] > other[figure.name]
        if figure.better in AIMS:
            aim = AIMS[figure.better]
            assert copy[figure.name] == pytest.approx(aim)
            assert abs(other[figure.name] - aim) > 1e-3


def test_nominal_questions_are_judged_by_a_figure_that_needs_no_order():
    assert (figures.leading(True).name, figures.leading(False).name) == ("wd", "tv")


def test_every_figure_that_compares_two_sides_has_a_floor_and_but_for_a_step_an_interval():
    """How sure a share of questions beyond a threshold is, a bootstrap does not say."""
    assert all(figure.floor for figure in figures.COMPARED)
    without = [figure.name for figure in figures.COMPARED if not figure.interval]
    assert without == ["homogenised"]


def test_every_figure_with_an_interval_stands_in_one_table_of_the_report():
    assert set(figures.WITH_INTERVAL) <= {*figures.MAIN, *figures.MORE}
    assert not {*figures.MAIN} & {*figures.MORE}
    assert all(figure.interval for figure in figures.MAIN)


def test_an_item_on_which_humans_do_not_differ_counts_in_no_ratio_of_spread():
    humans = np.array([[0, 2], [2, 2], [2, 2], [0, 2]])
    drawn = np.array([[1, 0], [2, 1], [2, 2], [1, 3]])
    found = comparison.compare(
        comparison.Humans(humans, np.ones(4)),
        comparison.Simulated(drawn, np.ones(4), certain(drawn, 4)),
    )
    spread = found["variance_ratio"], found["homogenised"], found["entropy_ratio"]
    assert spread == pytest.approx((0.25, 1, 1))


@given(st.integers(0, 10**6), st.integers(2, 5), st.booleans())
def test_no_figure_and_no_end_of_its_interval_is_beyond_what_it_can_be(seed, people, lopsided):
    """Of few people ends lie far away: the correlation matrix distance of two reached up to 25."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, 3, (people, 4))
    drawn = np.where(rng.random((people, 4)) < 0.3, answers[0], rng.integers(0, 3, (people, 4)))
    weights = rng.exponential(size=people) ** (3 if lopsided else 0)
    simulated = comparison.Simulated(drawn, weights, certain(drawn, 3))
    humans = comparison.Humans(answers, np.ones(people))
    values = comparison.compare(humans, simulated)
    both = comparison.resampled(humans, simulated, rng, 20)
    ends = comparison.intervals(values, simulated.independent, both)
    own = individual.resampled(answers, simulated, [True] * 4, rng, 20)
    pairs = individual.estimates(own, simulated.independent)
    values |= {name: found.value for name, found in pairs.items()}
    ends |= {name: (found.low, found.high) for name, found in pairs.items()}
    for figure in figures.WITH_INTERVAL:
        least, most = SMALLEST.get(figure.name, 0), LARGEST.get(figure.name, np.inf)
        for known in (values[figure.name], *ends[figure.name]):
            assert np.isnan(known) or least - ROUNDING <= known <= most + ROUNDING, figure.name
