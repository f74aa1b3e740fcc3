"""All that a report says of each pool of a study, put together from the files beside it."""

from typing import Any

from sqlmodel import Session

from anthology.models.database.tables import StudyRow
from anthology.models.study.study import Study
from anthology.producer.reporting.pools.lengths import lengths, likelihoods
from anthology.producer.reporting.pools.repetition import repetition
from anthology.producer.reporting.pools.sample import samples
from anthology.producer.reporting.pools.stories import lost, stories, thrown_away
from anthology.producer.reporting.pools.traits import humans, traits

Json = dict[str, Any]


def pools(session: Session, row: StudyRow, study: Study) -> list[Json]:
    """One entry for each pool that has personas; of the `personas` that the study uses
    `looked_at` are those on whose polls and texts `traits` and `repetition` rest: else, of all."""
    counted = {entry["pool"]: entry for entry in stories(session, row)}
    found = [sample for sample in samples(session, row, study) if sample.name in counted]
    ways = {pool.name: pool for pool in study.pools_used}
    real = humans(session, row, study) if found else {}
    return [
        {
            **counted[sample.name],
            "rejected_for": thrown_away(ways.get(sample.name)),
            "lost": lost(session, sample),
            "lengths": lengths(session, sample),
            "log_likelihoods": likelihoods(session, sample),
            "personas": sample.personas,
            "looked_at": len(sample.numbers),
            "traits": traits(session, study, sample, real),
            "repetition": repetition(session, study, sample),
        }
        for sample in found
    ]
