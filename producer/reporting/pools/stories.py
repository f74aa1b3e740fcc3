"""How the stories of each pool came out: how many were thrown away and why, what ended them.

Counts in the database, so that a pool of a million costs no memory. Knows nothing of pages.
"""

import math
from typing import Any

from sqlalchemy import Float, Row, case, cast, func, select
from sqlmodel import Session, col

from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import Persona, PoolRow, StudyRow
from anthology.models.pools.base import Pool
from anthology.producer.reporting.pools.sample import Sample

Json = dict[str, Any]

IMPORTED = "imported"
MOST_REASONS = 5


def stories(session: Session, row: StudyRow) -> list[Json]:
    """One entry for each pool, of the personas that the study uses.

    `stories` were kept, of so many `attempts`, and `rejected` is the share of the attempts that
    were not; `errors` are personas without a story. Of those kept: `tokens` and their standard
    deviation, `log_likelihood` (nats a token, mean over stories), `finish_reasons` with the share
    of each, and `cut`, the share that were as long as they may be. Null where nothing was counted:
    of imported stories neither tokens nor what ended them.
    """
    counted: dict[str, list[Row[Any]]] = {}
    for found in session.execute(_counts(row.id)):
        counted.setdefault(found.name, []).append(found)
    return [_pool(name, found) for name, found in counted.items()]


def lost(session: Session, sample: Sample) -> dict[str, int]:
    """Why personas have no story, the most frequent reasons, each with how many it cost."""
    count, why = func.count(), col(Persona.error)
    counts = (
        select(why, count)
        .where(
            col(Persona.pool_id) == sample.pool_id,
            col(Persona.number) < sample.personas,
            why.is_not(None),
        )
        .group_by(why)
        .order_by(count.desc(), why)
        .limit(MOST_REASONS)
    )
    return dict(session.execute(counts).all())


def thrown_away(pool: Pool | None) -> str | None:
    """For what a story of the pool was written anew, in words; None of stories that were not."""
    writing = getattr(pool, "writing", None)
    if writing is None or writing.reject is None:
        return None
    return f"shorter than {writing.reject.shorter_than:,} tokens, or empty"


def _counts(study_id: int | None) -> "Any":
    """Sums by pool, by whether there is a story and by what ended it.

    Versions that did not count attempts wrote each story once, and none where an error came first;
    nobody here wrote one that is imported.
    """
    tokens = cast(col(Persona.tokens), Float)
    kept = col(Persona.error).is_(None)
    once = case((col(Persona.finish_reason).in_(["error", IMPORTED]), 0), else_=1)
    return (
        select(
            col(PoolRow.name), kept.label("kept"), col(Persona.finish_reason),
            func.count().label("n"),
            func.sum(func.coalesce(col(Persona.attempts), once)).label("attempts"),
            func.sum(col(Persona.screening_draws)).label("screening_draws"),
            func.sum(tokens).label("tokens"), func.sum(tokens * tokens).label("squares"),
            func.sum(col(Persona.log_likelihood)).label("log_likelihood"),
            func.count(col(Persona.log_likelihood)).label("likelihoods"),
        )
        .join(PoolRow, col(PoolRow.id) == col(Persona.pool_id))
        .where(used_by(study_id, Persona))
        .group_by(col(PoolRow.id), col(PoolRow.name), kept, col(Persona.finish_reason))
        .order_by(col(PoolRow.id), col(Persona.finish_reason))
    )  # fmt: skip


def _pool(name: str, counts: "list[Row[Any]]") -> Json:
    kept = [found for found in counts if found.kept]
    written = [found for found in kept if found.finish_reason != IMPORTED]
    n, ended = (sum(found.n for found in some) for some in (kept, written))
    attempts = sum(int(found.attempts) for found in counts)
    draws = [int(f.screening_draws) for f in counts if f.screening_draws is not None]
    likely = [found for found in kept if found.likelihoods]
    reasons = {found.finish_reason: found.n / n for found in kept}
    return {
        "pool": name,
        "stories": n,
        "errors": sum(found.n for found in counts) - n,
        "attempts": attempts,
        "rejected": _share(attempts - n, attempts),
        "screening_draws": sum(draws) if draws else None,
        "tokens": _share(sum(found.tokens for found in written), ended),
        "tokens_sd": _deviation(written, ended),
        "log_likelihood": _share(
            sum(found.log_likelihood for found in likely), sum(f.likelihoods for f in likely)
        ),
        "cut": _share(sum(f.n for f in written if f.finish_reason == "length"), ended),
        "finish_reasons": reasons,
    }


def _deviation(kept: "list[Row[Any]]", n: int) -> float | None:
    """The sample's standard deviation, of n - 1."""
    if n < 2:
        return None
    mean = sum(found.tokens for found in kept) / n
    squares = sum(found.squares for found in kept)
    return math.sqrt(max(0.0, squares - n * mean * mean) / (n - 1))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
