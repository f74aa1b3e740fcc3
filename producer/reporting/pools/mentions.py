"""What the stories of a study's pools state of their personas, as their polls asked first.

Counts in the database, so that a pool of a million costs no memory. Knows nothing of pages.
"""

from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import Poll, PoolRow, StudyRow
from anthology.models.questionnaire.polling import THRESHOLD
from anthology.models.study.study import Study

Json = dict[str, Any]


def mentions(session: Session, row: StudyRow, study: Study) -> Json:
    """Of a study that asks first, one entry for each pool and trait: how many personas were
    `asked`, and the share of them whose story has the trait `stated`; null where nobody was."""
    if not study.polling.mention_first:
        return {}
    counted = {
        (found.pool, found.key): (found.asked, found.stated)
        for found in session.execute(_counts(row.id))
    }
    return {
        "mentions": [
            {
                "pool": pool.name,
                "trait": name,
                "asked": asked,
                "stated": stated / asked if asked else None,
            }
            for pool in study.pools_used
            for name, trait in study.traits.items()
            for asked, stated in [counted.get((pool.name, study.poll_key(trait)), (0, 0))]
        ]
    }


def _counts(study_id: int | None) -> "Any":
    stated = case((col(Poll.mentioned) > THRESHOLD, 1), else_=0)
    return (
        select(
            col(PoolRow.name).label("pool"), col(Poll.trait_key).label("key"),
            func.count().label("asked"), func.sum(stated).label("stated"),
        )
        .join(PoolRow, col(PoolRow.id) == col(Poll.pool_id))
        .where(used_by(study_id, Poll), col(Poll.mentioned).is_not(None))
        .group_by(col(PoolRow.name), col(Poll.trait_key))
    )  # fmt: skip
