"""Whether written answers agree with the readout as often as they should, and where they do not.

Judges the figures of `readout_checks.readout_checks`; knows nothing of databases and pages.
"""

import math
from collections.abc import Sequence
from typing import Any

Check = dict[str, Any]

TOGETHER = ""  # stands for all questions of a condition, which no question is named
FEWEST = 20  # of fewer written answers nothing is said: a single unlikely one would decide
TOO_FAR = 2.0  # standard errors


def table(checks: Sequence[Check]) -> dict[tuple[str, str], Check]:
    """The checks by condition and question, with those of a condition's questions `TOGETHER`.

    Each has `low`: whether its agreement is clearly below what was expected.
    """
    conditions = dict.fromkeys(check["condition"] for check in checks)
    joined = [together([c for c in checks if c["condition"] == name]) for name in conditions]
    return {
        (check["condition"], check["question"]): {**check, "low": clearly_below(check)}
        for check in (*checks, *joined)
    }


def together(checks: Sequence[Check]) -> Check:
    """One condition's checks as one, every written answer counting once."""
    n = sum(check["n"] for check in checks)
    parsed = sum(_parsed(check) for check in checks)
    found = {name: _mean(checks, name, parsed) for name in ("agreement", "expected", "same")}
    return {
        "condition": checks[0]["condition"], "question": TOGETHER, "n": n,
        "parsed": parsed / n if n else None, **found,
    }  # fmt: skip


def clearly_below(check: Check) -> bool:
    """Whether the agreement is more than `TOO_FAR` standard errors below what was expected.

    The standard error is sqrt(e (1 - e) / n) for expected agreement e and n answers that could be
    read. It is never too small: a probability with mean m has a variance of at most m (1 - m)
    (Bhatia and Davis 2000), the mean of which over answers is at most e (1 - e).
    """
    n, agreement, expected = _parsed(check), check["agreement"], check["expected"]
    if n < FEWEST or agreement is None or expected is None:
        return False
    error = math.sqrt(max(0.0, expected * (1 - expected)) / n)
    rounding = 1e-9  # where every answer was certain, the error is 0
    return bool(expected - agreement > TOO_FAR * error + rounding)


def _parsed(check: Check) -> int:
    """How many of the written answers could be read."""
    n, share = int(check["n"]), float(check["parsed"] or 0.0)
    return round(n * share)


def _mean(checks: Sequence[Check], name: str, parsed: int) -> float | None:
    known = [(_parsed(check), check[name]) for check in checks if check[name] is not None]
    return sum(n * value for n, value in known) / parsed if parsed else None
