"""Refuses a study of a size that is seldom meant and often typed: a zero too many costs weeks.

Looks at what it amounts to, whichever of its numbers is the large one; plans nothing.
"""

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.submission.estimate import Estimate

LARGEST = {
    "jobs": 250_000,
    "personas": 2_000_000,
    "answers": 100_000_000,
    "tokens": 1_000_000_000_000,
}
MOST_JOBS = 1_000_000  # are planned in one transaction, and in memory


def refuse_large(study: Study, found: Estimate, large: bool) -> None:
    """Raises `InputError` for more than `LARGEST` unless it is said to be meant."""
    amounts = refuse_unmeant(f"study {study.study!r}", found, large)
    if sum(found.jobs.values()) > MOST_JOBS:
        raise InputError(
            f"{amounts}, and more than {MOST_JOBS:,} jobs cannot be planned; raise chunk, now "
            f"{study.chunk}, or submit it in parts"
        )


def refuse_unmeant(what: str, found: Estimate, large: bool) -> str:
    """The same of one study or of several together, however many jobs these are; returns the
    amounts in words."""
    size = {
        "jobs": sum(found.jobs.values()),
        "personas": found.personas - found.personas_shared,
        "answers": found.answers,
        "tokens": found.prompt_tokens + found.output_tokens,
    }
    over = [f"{most:,} {name}" for name, most in LARGEST.items() if size[name] > most]
    amounts = (
        f"{what} would be {size['jobs']:,} jobs for {size['personas']:,} personas "
        f"and {size['answers']:,} answers, about {size['tokens']:,} tokens ({_time(found.hours)})"
    )
    if over and not large:
        raise InputError(
            f"{amounts}, which is over {' and '.join(over)}; correct the number that is wrong, or "
            "submit it with --large"
        )
    return amounts


def _time(hours: float | None) -> str:
    return "hours unknown until a worker has run" if hours is None else f"{hours:,.0f} hours"
