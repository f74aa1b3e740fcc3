"""Written answers against the readout: flagged where they clearly disagree, and only there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.producer.reporting.agreement import (
    FEWEST,
    TOGETHER,
    TOO_FAR,
    clearly_below,
    table,
    together,
)


def check(n=100, parsed=1.0, agreement=0.6, expected=0.6, condition="none", question="war"):
    return {"condition": condition, "question": question, "n": n, "parsed": parsed,
            "agreement": agreement, "expected": expected, "same": 0.5}  # fmt: skip


def test_agreement_as_expected_is_not_flagged():
    assert not clearly_below(check())
    assert not clearly_below(check(agreement=0.9))


def test_agreement_two_standard_errors_below_is_flagged():
    error = (0.6 * 0.4 / 100) ** 0.5
    assert not clearly_below(check(agreement=0.6 - (TOO_FAR - 0.01) * error))
    assert clearly_below(check(agreement=0.6 - (TOO_FAR + 0.01) * error))


def test_only_answers_that_could_be_read_count():
    assert clearly_below(check(agreement=0.45))
    assert not clearly_below(check(agreement=0.45, parsed=0.2))


def test_of_few_answers_nothing_is_said():
    assert clearly_below(check(n=FEWEST, agreement=0.0))
    assert not clearly_below(check(n=FEWEST - 1, agreement=0.0))


def test_nothing_that_could_be_read_is_not_flagged():
    assert not clearly_below(check(n=50, parsed=0.0, agreement=None, expected=None))
    assert not clearly_below(check(n=0, parsed=None, agreement=None, expected=None))


def test_rounding_is_no_disagreement_where_every_answer_was_certain():
    assert not clearly_below(check(agreement=1.0 - 1e-15, expected=1.0))
    assert not clearly_below(check(agreement=1.0, expected=1.0 + 1e-15))
    assert clearly_below(check(agreement=0.9, expected=1.0))


def test_the_questions_of_a_condition_together_weigh_by_their_answers():
    joined = together([
        check(n=30, parsed=1.0, agreement=0.9, expected=0.8),
        check(n=20, parsed=0.5, agreement=0.1, expected=0.4),
        check(n=5, parsed=0.0, agreement=None, expected=None),
    ])  # fmt: skip
    assert joined["n"] == 55
    assert joined["parsed"] == pytest.approx(40 / 55)
    assert joined["agreement"] == pytest.approx((30 * 0.9 + 10 * 0.1) / 40)
    assert joined["expected"] == pytest.approx((30 * 0.8 + 10 * 0.4) / 40)


def test_a_small_disagreement_everywhere_is_found_in_all_questions_together():
    checks = [check(n=40, agreement=0.48, question=name) for name in "abcdefgh"]
    found = table(checks)
    assert not any(found["none", name]["low"] for name in "abcdefgh")
    assert found["none", TOGETHER]["low"]


def test_conditions_are_kept_apart_and_no_checks_make_no_table():
    found = table([check(condition="bio", agreement=0.2), check(condition="qa")])
    assert {key for key, row in found.items() if row["low"]} == {("bio", "war"), ("bio", TOGETHER)}
    assert table([]) == {}


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.3, 1.0, 5.0]), st.integers(20, 60))
def test_the_standard_error_is_never_below_that_of_answers_drawn_from_the_readout(seed, spread, n):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(4, spread), n)
    means = (shares**2).sum(axis=1)
    variances = (shares**3).sum(axis=1) - means**2  # of the probability of what is drawn
    expected = means.mean()
    assert variances.sum() / n**2 <= expected * (1 - expected) / n + 1e-12


def test_written_answers_drawn_from_the_readout_are_seldom_flagged():
    rng = np.random.default_rng(3)
    flagged = 0
    for _ in range(400):
        shares = rng.dirichlet(np.full(4, 0.2), 50)
        drawn = (shares.cumsum(axis=1) > rng.random((50, 1))).argmax(axis=1)
        agreement = shares[np.arange(50), drawn].mean()
        expected = (shares**2).sum(axis=1).mean()
        flagged += clearly_below(check(n=50, agreement=agreement, expected=expected))
    assert flagged <= 8
