"""In which order files of tests begin: what waits goes among what computes, so that the cores have
something to do at any time."""

from collections.abc import Sequence
from itertools import groupby

import pytest

# Their tests wait for leases, restarts and servers, and use a tenth of the time that they take.
WAITING = {"faults", "integration"}
# An engine loads for minutes beside others: its file begins, lest all wait for it in the end.
LONGEST = ("test_real_engine.py", "test_whole_study.py")
BY = 0.8  # of the others' files are begun when the last that waits is


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same tests: those of a file together and in their order, files as told above."""
    files = [list(tests) for _, tests in groupby(items, lambda item: item.path)]
    longest = [tests for tests in files if tests[0].path.name in LONGEST]
    waiting = [tests for tests in files if _waits(tests[0]) and tests not in longest]
    computing = [tests for tests in files if not _waits(tests[0])]
    every = max(1, int(BY * len(computing) / (len(waiting) or 1)))
    mixed = list(longest)
    while waiting or computing:
        mixed += waiting[:1] + computing[:every]
        del waiting[:1], computing[:every]
    return [item for tests in mixed for item in tests]


def _waits(item: pytest.Item) -> bool:
    return not WAITING.isdisjoint(item.path.parts)
