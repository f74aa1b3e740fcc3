"""What is still to be done: of a study, and of others for which the same workers work first.

Counted in people, since studies cut their jobs differently. Knows nothing of how long it takes.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import case, false, func, not_, select
from sqlmodel import Session, col

from anthology.models.database.study_models import contents_of
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import InterviewAnswer, Job, Persona, PoolRow, StudyRow
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.kinds import ALL, BY_NAME, DIVISIBLE, MAKING, priority, together
from anthology.models.jobs.planning import TERMINAL, covered
from anthology.models.jobs.ready import WANTED
from anthology.models.jobs.rounds import latest
from anthology.models.language_model.names import queues_for
from anthology.models.pools.base import Pool
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import of_study
from anthology.producer.monitoring.servers import shared_queues

SLOW = DIVISIBLE  # the rest is quick
OF_POOLS = tuple(kind.name for kind in ALL if kind.each == "chunk")
NO_END = 2**62
_NO_MATCH = ("match", "failed")
_UNFINISHED = (col(Job.state).in_(("pending", "running")), col(Job.queue) != CPU_QUEUE)

Owner = tuple[int | None, int | None]  # a study's number, or none and its pool's


@dataclass(frozen=True)
class Remaining:
    """People whose jobs of one kind are still to be done; `last` is the number of the last job."""

    owner: Owner
    kind: str
    of_pool: bool  # whether it is about a pool
    people: int
    last: int = NO_END

    @property
    def priority(self) -> int:
        return priority(self.kind, self.of_pool)


def unplanned(session: Session, row: StudyRow, study: Study) -> dict[tuple[str, str], int]:
    """People whose jobs are still to be planned, by kind and condition (of a pool's: the pool's
    mark); one for a match, and for the whole study. Who is to come in several rounds counts in
    each, as if nothing had to be written again."""
    planned = covered(session, row)
    there = {(kind, condition) for kind, condition, _ in planned}
    hopeless = {condition for kind, condition, state in planned if (kind, state) == _NO_MATCH}
    found: dict[tuple[str, str], int] = {}
    for pool in filter(BY_NAME["poll"].in_pool, study.pools_used):
        scope = study.scope(pool)
        polled = sum(n for (kind, mark, _), n in planned.items() if (kind, mark) == ("poll", scope))
        found["poll", scope] = pool.count - polled
        if pool.judged_by is not None:
            found |= {(kind, scope): n for kind, n in _turns(session, row, pool).items()}
    for condition in study.conditions:
        for kind in (BY_NAME[name] for name in condition.before_survey):
            if kind.applies(study, condition):
                people = study.people_in(condition, row.respondents) if kind.divisible else 1
                found[kind.name, condition.name] = people
        if study.matcher(condition).name not in hopeless:
            found["survey", condition.name] = study.people_in(condition, row.respondents)
    found["measure", ""] = 1
    return {work: n for work, n in found.items() if work[0] in OF_POOLS or work not in there}


def _turns(session: Session, row: StudyRow, pool: Pool) -> dict[str, int]:
    """Of a pool that is made in rounds, how many answers are still to be written and to be judged,
    besides those that jobs are planned for. A chunk whose turn has failed has none."""
    pool_id = pool_id_of(session, row.id, pool)
    jobs = session.execute(
        select(col(Job.kind), col(Job.state), col(Job.first), col(Job.count)).where(
            col(Job.id).in_(latest([pool_id])), col(Job.first) < pool.count,
            col(Job.state) != "done",
        )
    ).all()  # fmt: skip
    spans = [(first, count) for _, state, first, count in jobs if state in TERMINAL]
    left = _answers_left(session, pool, pool_id, 0, pool.count)
    left -= sum(_answers_left(session, pool, pool_id, *span) for span in spans)
    found: dict[str, int] = {}
    for kind in (kind for kind in ALL if kind.name in MAKING and kind.in_pool(pool)):
        # Whoever is to be judged now has been written, and is no more to be.
        mine = {kind.name} if kind.judges else {other.name for other in together(kind.name)}
        planned = sum(n for name, state, _, n in jobs if state not in TERMINAL and name in mine)
        found[kind.name] = max(0, left - planned)
    return found


def _answers_left(session: Session, pool: Pool, pool_id: int | None, first: int, count: int) -> int:
    """How many answers some personas still have to give; none, whose life ended with an error."""

    def here(table: Any) -> list[Any]:
        span = col(table.number).between(first, first + count - 1)
        return [col(table.pool_id) == pool_id, span]

    ended = select(col(Persona.number)).where(*here(Persona), col(Persona.error).is_not(None))
    standing = select(func.count()).where(
        *here(InterviewAnswer), col(InterviewAnswer.number).not_in(ended)
    )
    errors = session.execute(select(func.count()).select_from(ended.subquery())).scalar_one()
    given: int = session.execute(standing).scalar_one()
    return pool.rounds * (count - int(errors)) - given


def models_needed(session: Session, row: StudyRow, study: Study) -> set[str]:
    """The models by which something of a study is still to be done, planned or not."""
    planned = session.execute(
        select(col(Job.kind), col(Job.condition), col(PoolRow.name))
        .outerjoin(PoolRow, col(PoolRow.id) == col(Job.pool_id))
        .where(of_study(row), *_UNFINISHED)
        .distinct()
    )
    pools = {pool.name: pool for pool in study.pools_used}
    found = {
        BY_NAME[kind].model(study, condition, pools.get(pool)) for kind, condition, pool in planned
    }
    ahead = unplanned(session, row, study).items()
    marked = {study.scope(pool): pool for pool in study.pools_used}
    return found | {
        BY_NAME[kind].model(study, condition, marked.get(condition))
        for (kind, condition), people in ahead
        if people > 0 and BY_NAME[kind].on_model
    }


def remaining_of(session: Session, row: StudyRow, study: Study) -> list[Remaining]:
    """All that a study still asks of a language model, planned or not."""
    planned = session.execute(
        select(
            col(Job.study_id), col(Job.pool_id), col(Job.kind), col(Job.condition),
            func.sum(col(Job.count)), func.max(col(Job.id)),
        )
        .where(of_study(row), *_UNFINISHED)
        .group_by(col(Job.study_id), col(Job.pool_id), col(Job.kind), col(Job.condition))
    )  # fmt: skip
    found = [
        Remaining(owner_of(study_id, pool_id), kind, pool_id is not None, people, last)
        for study_id, pool_id, kind, _, people, last in planned
    ]
    return _slow([*found, *_unplanned(session, row, study)])


def remaining_ahead(
    session: Session, row: StudyRow, study: Study, mine: list[Remaining]
) -> list[Remaining]:
    """What the same workers do for other studies before the last of `mine`: what goes before it by
    its priority, and of the same priority what was queued earlier."""
    if not mine:
        return []
    queues = shared_queues(session, contents_of(session, row))
    others = list(_others(session, row, queues))
    if not others:
        return []
    worst = max(one.priority for one in mine)
    last = max(one.last for one in mine if one.priority == worst)
    ahead = _planned_ahead(session, row, queues, worst, last)
    for other, its_study in others:
        if worst < priority(MAKING[0]) and _lacks_stories(session, other):
            continue  # its later stages wait for what comes after the last of `mine`
        earlier = (other.id or 0) < (row.id or 0)
        ahead += [
            one
            for one in _unplanned(session, other, its_study)
            if one.priority < worst or (one.priority == worst and earlier)
        ]
    return _slow(ahead)


def _planned_ahead(
    session: Session, row: StudyRow, queues: set[str], worst: int, last: int
) -> list[Remaining]:
    jobs = session.execute(
        select(
            col(Job.study_id), col(Job.pool_id), col(Job.kind), col(Job.condition),
            func.sum(col(Job.count)),
            func.sum(case((col(Job.id) < last, col(Job.count)), else_=0)),
        )
        .where(
            not_(func.coalesce(of_study(row), false())),  # null for another pool's
            col(Job.queue).in_(queues),
            *_UNFINISHED,
            WANTED,
        )
        .group_by(col(Job.study_id), col(Job.pool_id), col(Job.kind), col(Job.condition))
    )  # fmt: skip
    return [
        Remaining(
            owner_of(study_id, pool_id),
            kind,
            pool_id is not None,
            earlier if level == worst else people,
        )
        for study_id, pool_id, kind, _, people, earlier in jobs
        if (level := priority(kind, pool_id is not None)) <= worst
    ]


def _others(session: Session, row: StudyRow, queues: set[str]) -> Iterator[tuple[StudyRow, Study]]:
    """Other studies that are under way in the same queues."""
    measured = select(col(Job.study_id)).where(
        col(Job.kind) == "measure", col(Job.state).in_(TERMINAL)
    )
    rows = session.execute(
        select(StudyRow).where(
            col(StudyRow.id) != row.id,
            col(StudyRow.cancelled).is_(False),
            col(StudyRow.paused).is_(False),
            col(StudyRow.id).not_in(measured),
        )
    ).scalars()
    for other in rows:
        with suppress(ValidationError):  # a newer version's, which its workers plan
            its_study = Study.from_spec(other.spec)
            if queues_for(contents_of(session, other)) & queues:
                yield other, its_study


def _lacks_stories(session: Session, row: StudyRow) -> bool:
    stories = select(col(Job.id)).where(of_study(row), col(Job.kind).in_(MAKING), *_UNFINISHED)
    return session.execute(stories.limit(1)).first() is not None


def _unplanned(session: Session, row: StudyRow, study: Study) -> list[Remaining]:
    about = {condition.name for condition in study.conditions if condition.needs_pool}
    return [
        Remaining((row.id, None), kind, kind in OF_POOLS or condition in about, people)
        for (kind, condition), people in unplanned(session, row, study).items()
    ]


def owner_of(study_id: int | None, pool_id: int | None) -> Owner:
    return (study_id, None) if study_id is not None else (None, pool_id)


def _slow(found: list[Remaining]) -> list[Remaining]:
    return [one for one in found if one.kind in SLOW and one.people > 0]
