"""All figures of a study as rows of the `metric` table, from what is stored of it."""

from collections.abc import Callable, Iterable

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.measuring import conditions, human_floors, stored, without_humans
from anthology.models.measuring.rows import Row
from anthology.models.measuring.stored import Stored
from anthology.models.study.study import Study

Part = Callable[[Stored], Iterable[Row]]

# What there is to say of a study: each a file, which yields rows.
WITH_HUMANS: tuple[Part, ...] = (
    human_floors.rows,
    conditions.second_answers,
    conditions.rows,
)
WITHOUT_HUMANS: tuple[Part, ...] = (without_humans.rows,)


def measured(engine: Engine, study_id: int, study: Study, *, weighted: bool = True) -> list[Row]:
    """Every condition's figures against the humans, and the humans' own floors; without humans,
    what the personas said by themselves. As `study.measures` says, which may be other than stored;
    unless `weighted`, everybody counts once."""
    with reading(engine) as session:
        found = stored.load(session, study_id, study, weighted=weighted)
    # Computed without a transaction open: servers and poolers end those that do nothing.
    parts = WITH_HUMANS if study.humans else WITHOUT_HUMANS
    return [{"study_id": study_id, **row} for part in parts for row in part(found)]
