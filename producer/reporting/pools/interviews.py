"""How the interviews of a study's pools went: what the critic rejected, and what that cost."""

from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.study_pools import pool_id_of, used_by
from anthology.models.database.tables import InterviewAnswer, Persona, StudyRow
from anthology.models.pools.critic import EMPTY, Critic
from anthology.models.pools.interview import InterviewPool
from anthology.models.study.study import Study

BATCH = 1000

Json = dict[str, Any]


def interviewed(study: Study) -> dict[str, InterviewPool]:
    """Those of a study's pools whose lives are told in interviews, by their names."""
    return {pool.name: pool for pool in study.pools_used if isinstance(pool, InterviewPool)}


def interviews(session: Session, row: StudyRow, study: Study) -> Json:
    """Of a study that has any, one entry for each pool: the model that is its `critic`, null where
    it is the one that wrote; `lives` that were told to their end and those with `errors`, the
    `answers` that stand, `attempts`, the mean of how often an answer was written, and by fault the
    share of all answers written that was `rejected` for it. Null where there was nothing."""
    found = [_pool(session, row, pool) for pool in interviewed(study).values()]
    return {"interviews": found} if found else {}


def _pool(session: Session, row: StudyRow, pool: InterviewPool) -> Json:
    pool_id = pool_id_of(session, row.id, pool)
    ended = select(func.count(), func.count(col(Persona.error))).where(
        used_by(row.id, Persona), col(Persona.pool_id) == pool_id
    )
    lives, errors = session.execute(ended).one()
    answers = select(
        col(InterviewAnswer.attempts), col(InterviewAnswer.rejected), col(InterviewAnswer.error)
    ).where(used_by(row.id, InterviewAnswer), col(InterviewAnswer.pool_id) == pool_id)
    judge = pool.interview.judge
    asked = standing = written = 0
    faults: Counter[str] = Counter()
    for attempts, rejected, error in session.execute(answers.execution_options(yield_per=BATCH)):
        asked += 1
        standing += error is None
        written += attempts
        for answer in rejected or () if judge else ():
            faults.update(_faults(answer["verdicts"], judge))
    return {
        "pool": pool.name,
        "critic": pool.judged_by,
        "lives": lives - errors,
        "errors": errors,
        "answers": standing,
        "attempts": written / asked if asked else None,
        "rejected": {
            fault: faults[fault] / written if written else None
            for fault in ((*judge.criteria, EMPTY) if judge else ())
        },
    }


def _faults(verdicts: dict[str, float], judge: Critic | None) -> list[str]:
    return [name for name, share in verdicts.items() if judge and share > judge.threshold]
