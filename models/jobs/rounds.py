"""Kinds of jobs that take turns at a chunk of a pool: one writes an answer for everybody in it, the
other judges them with another model, and the first goes on, until every life there is over.

Each turn is a job of its own, named by its round. What comes next follows from what is stored, so
it is found any number of times, by anybody. A turn that has failed is the chunk's last.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.lives import forget_drafts, going_on
from anthology.models.database.tables import Job
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.kinds import MAKING, together
from anthology.models.pools.base import Pool
from anthology.models.study.study import Study

FIRST = ""  # the first round has no name, as jobs that make a chunk at once have none
_ROUND = re.compile(r"round ([1-9][0-9]{0,8})", re.ASCII)


def is_round(condition: str) -> bool:
    return condition == FIRST or _ROUND.fullmatch(condition) is not None


def latest(pools: Any) -> Any:
    """The ids of the jobs that were planned last for each chunk of these pools (their ids). Chunks
    are told apart by their first person: one may have been split on the way."""
    return (
        select(func.max(col(Job.id)))
        .where(col(Job.pool_id).in_(pools), col(Job.kind).in_(MAKING))
        .group_by(col(Job.pool_id), col(Job.first))
    )


def next_turns(
    session: Session, study_id: int, study: Study, ids: Mapping[str, int],
    queue: Callable[[str], str],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The next jobs of a study's pools that are made in rounds, as table rows: one of each chunk
    whose turn has ended with lives still to be told.

    `ids` are the pools' by name, whose rows the caller holds; `queue` says which a model's is.
    """
    for pool in study.pools_used:
        if pool.judged_by is not None:
            yield from _of_pool(session, study_id, study, pool, ids[pool.name], queue)


def _of_pool(
    session: Session, study_id: int, study: Study, pool: Pool, pool_id: int,
    queue: Callable[[str], str],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    polls = (col(Job.kind) == "poll", col(Job.condition) == study.scope(pool))
    polled = select(col(Job.first)).where(col(Job.study_id) == study_id, *polls)
    ended = select(col(Job.kind), col(Job.first), col(Job.count), col(Job.condition)).where(
        col(Job.id).in_(latest([pool_id])),
        col(Job.state) == "done",
        col(Job.first) < pool.count,
        col(Job.first).not_in(polled),  # those are made
    )
    for kind, first, count, name in session.execute(ended.order_by(col(Job.first))).all():
        numbers = range(first, first + count)
        lives = going_on(session, pool_id, numbers)
        if not lives:
            forget_drafts(session, pool_id, numbers)
            continue
        to_judge = not all(life.is_judged for life in lives)
        following = next(k for k in together(kind) if k.judges == to_judge)
        same_round = to_judge and following.name != kind
        yield from span_jobs(
            following.name, None, pool.name, first, count, count,
            queue(following.model(study, "", pool)), pool_id=pool_id,
            condition=name if same_round else _after(name),
        )  # fmt: skip


def _after(name: str) -> str:
    found = _ROUND.fullmatch(name)
    return f"round {int(found[1]) + 1 if found else 2}"
