"""In which order files of tests begin: what waits goes among what computes, so that the cores have
something to do at any time. And in which they are read, by each of a run's processes."""

from collections.abc import Sequence
from itertools import groupby

import pytest

# Their tests wait for leases, restarts and servers, and use a tenth of the time that they take.
WAITING = {"faults", "integration"}
# An engine loads for minutes beside others: its file begins, lest all wait for it in the end.
LONGEST = ("test_real_engine.py", "test_whole_study.py")
BY = 0.8  # of the others' files are begun when the last that waits is


def read_first(config: pytest.Config) -> list[str]:
    """What a process is told to collect; where that is all, each process of a run reads the files
    from another on: what one has compiled is there when the others come to it."""
    told = getattr(config, "workerinput", None)
    tests = config.rootpath / "tests"
    if told is None or [config.invocation_params.dir / path for path in config.args] != [tests]:
        return config.args
    files = sorted(tests.rglob("test_*.py"))
    start = len(files) * int(told["workerid"].removeprefix("gw")) // told["workercount"]
    return [str(file) for file in files[start:] + files[:start]]


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same tests: those of a file together and in their order, files as told above."""
    files = [list(tests) for _, tests in groupby(sorted(items, key=_place), lambda item: item.path)]
    longest = [tests for tests in files if tests[0].path.name in LONGEST]
    waiting = [tests for tests in files if _waits(tests[0]) and tests not in longest]
    computing = [tests for tests in files if not _waits(tests[0])]
    every = max(1, int(BY * len(computing) / (len(waiting) or 1)))
    mixed = list(longest)
    while waiting or computing:
        mixed += waiting[:1] + computing[:every]
        del waiting[:1], computing[:every]
    return [item for tests in mixed for item in tests]


def _place(item: pytest.Item) -> tuple[str, ...]:
    return item.path.parts


def _waits(item: pytest.Item) -> bool:
    return not WAITING.isdisjoint(item.path.parts)
