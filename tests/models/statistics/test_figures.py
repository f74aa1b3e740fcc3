"""The table of figures: its rows hold together, and everything that is computed is one of them."""

import numpy as np
import pytest
from people import certain, correlated_people

from anthology.models.statistics import comparison, figures, floors
from anthology.models.statistics.kinds import Better


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
    assert set(found) == {*(figure.name for figure in figures.COMPARED), *figures.DRAWN}
    floor = floors.floor(answers, [5] * 4, splits=3, rng=np.random.default_rng(0))
    assert tuple(floor) == figures.FLOOR


def test_a_perfect_copy_scores_best_by_every_figure_of_two_sides():
    answers, others = correlated_people(200, missing=0), correlated_people(200, seed=1)
    humans = comparison.Humans(answers, np.ones(200))

    def score(drawn):
        return comparison.compare(
            humans, comparison.Simulated(drawn, np.ones(200), certain(drawn, 5))
        )

    copy, other = score(answers), score(others)
    for figure in figures.COMPARED:
        if figure.better is Better.SMALLER:
            assert copy[figure.name] < 1e-9 < other[figure.name]
        if figure.better is Better.LARGER:
            assert copy[figure.name] > other[figure.name]


def test_nominal_questions_are_judged_by_a_figure_that_needs_no_order():
    assert (figures.leading(True).name, figures.leading(False).name) == ("wd", "tv")
