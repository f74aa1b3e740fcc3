"""Jobs in queues that no living worker listens to, found by those who may do them all the same.

A queue is named when a job is planned: by a version that named it otherwise, for a model that has
another name here, or for a content that its user no longer insists on.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s, reading, writing
from anthology.models.database.tables import Job, WorkerRow
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.engines import engine_binding
from anthology.models.jobs.engines.concerned import concerned
from anthology.models.jobs.planning import MESSAGE, Message
from anthology.models.language_model import names

ALIVE_S = 60.0  # a worker that was silent for longer is not counted as serving
SOME = 500  # ids in one statement


def adopt(
    engine: Engine, engine_id: str, queues: Sequence[str], waiting: Iterable[Message]
) -> tuple[list[Message], list[str]]:
    """Moves such jobs of `waiting` that an engine may do to a queue of its own; returns what is to
    be enqueued, and why jobs that ask for its model by name are left where they are."""
    found = [message for message in waiting if message.queue not in (*queues, CPU_QUEUE)]
    if not found or not queues:  # nearly always
        return [], []
    with reading(engine) as session:
        listened = _listened(session)
        orphans = [message.id for message in found if message.queue not in listened]
        mine, reasons = _sort(session, engine_id, orphans)
    to_enqueue: list[Message] = []
    for start in range(0, len(mine), SOME):
        some = col(Job.id).in_(mine[start : start + SOME])
        moved = update(Job).where(some, col(Job.state) == "pending").values(queue=queues[-1])
        with writing(engine) as session:
            to_enqueue += [Message(*row) for row in session.execute(moved.returning(*MESSAGE))]
    return to_enqueue, reasons


def _listened(session: Session) -> set[str]:
    """The queues of all workers that live."""
    alive = (col(WorkerRow.stopped).is_(False), now_s() - col(WorkerRow.seen_at) < ALIVE_S)
    rows = session.execute(select(col(WorkerRow.queue), col(WorkerRow.queues)).where(*alive))
    return {name for queue, queues in rows for name in (queue, *(queues or ()))}


def _sort(session: Session, engine_id: str, orphans: Sequence[int]) -> tuple[list[int], list[str]]:
    """The jobs that the engine may do, and why not those whose name for the model is its.

    One job of a kind speaks for the others of its study; a claim looks at each again.
    """
    engines = engine_binding.fingerprints(session)
    mine = engines.get(engine_id, {})
    if mine.get("identity") is None:
        return [], []
    allowed: list[int] = []
    reasons: dict[str, None] = {}
    for group in _groups(session, orphans):
        job = session.get_one(Job, group[0])
        studies = concerned(session, job)
        reason = engine_binding.refusal(session, job, studies, mine, engines)
        if reason is None:
            allowed += group
        elif any(names.meet(study.model, engine_binding.names_of(mine)) for study in studies):
            reasons[reason] = None
    return allowed, list(reasons)


def _groups(session: Session, orphans: Sequence[int]) -> list[list[int]]:
    """Jobs of one study (or pool), kind and condition, together."""
    owner = (col(Job.study_id), col(Job.pool_id), col(Job.kind), col(Job.condition))
    groups: dict[tuple[Any, ...], list[int]] = {}
    for start in range(0, len(orphans), SOME):
        some = col(Job.id).in_(orphans[start : start + SOME])
        for row in session.execute(select(col(Job.id), *owner).where(some)):
            groups.setdefault(tuple(row[1:]), []).append(row[0])
    return list(groups.values())
