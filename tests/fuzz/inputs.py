"""How many inputs each test tries: some 1,900 together, or as many times that as ANTHOLOGY_FUZZ."""

import os

from hypothesis import settings

TIMES = int(os.environ.get("ANTHOLOGY_FUZZ", "1"))


def inputs(count: int) -> settings:
    return settings(max_examples=count * TIMES, deadline=None)
