"""Which personas of a large pool are looked at one by one: so many, drawn by the study's seed.

So the report of a pool of a million takes the time and the memory of one of ten thousand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.study_pools import pools_of
from anthology.models.database.tables import Persona, Poll, StudyRow
from anthology.models.study.study import Study

MOST = 10_000
BATCH = 500  # numbers in one query; a story may have megabytes


@dataclass(frozen=True)
class Sample:
    """The `numbers`, ascending, of the personas looked at, of the `personas` that a study uses."""

    pool_id: int
    name: str
    personas: int
    numbers: list[int]

    def rows(
        self, session: Session, table: type[Persona] | type[Poll], *columns: Any
    ) -> Iterator[Any]:
        """What is stored of them without an error, by their numbers; a few rows at a time."""
        for start in range(0, len(self.numbers), BATCH):
            asked = select(*columns).where(
                col(table.pool_id) == self.pool_id,
                col(table.number).in_(self.numbers[start : start + BATCH]),
                col(table.error).is_(None),
            )
            yield from session.execute(asked.order_by(col(table.number)))


def samples(session: Session, row: StudyRow, study: Study) -> list[Sample]:
    """One for each pool of the study."""
    return [
        Sample(pool.id, pool.name, pool.personas, _numbers(study, pool.personas))
        for pool in pools_of(session, row.id)
    ]


def _numbers(study: Study, personas: int) -> list[int]:
    return seeds.chosen(personas, min(MOST, personas), study.seed, "report", "pool")
