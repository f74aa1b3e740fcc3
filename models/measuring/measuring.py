"""All figures of a study as rows of the `metric` table, from what is stored of it."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.measuring import (
    across_groups,
    conditions,
    human_floors,
    paired_conditions,
    scale_scores,
    stored,
    without_humans,
)  # fmt: skip
from anthology.models.measuring.contrasts import differences as contrasts
from anthology.models.measuring.inference import differences, means
from anthology.models.measuring.rows import Row, settings
from anthology.models.measuring.stored import Stored
from anthology.models.runtime.one_thread import one_thread
from anthology.models.study.measures import Measures
from anthology.models.study.study import Study

Part = Callable[[Stored], Iterable[Row]]

# What there is to say of a study: each a file, which yields rows.
WITH_HUMANS: tuple[Part, ...] = (
    human_floors.rows,
    conditions.second_answers,
    conditions.rows,
    across_groups.rows,
    paired_conditions.rows,
    contrasts.rows,
    means.rows,
    differences.rows,
    scale_scores.rows,
)
WITHOUT_HUMANS: tuple[Part, ...] = (without_humans.rows, scale_scores.of_personas)


def measured(
    engine: Engine, study_id: int, study: Study, used: Measures | None = None,
    *, weights: Sequence[float] | None = None,
) -> list[Row]:  # fmt: skip
    """Every condition's figures against the humans, and the humans' own floors; without humans,
    what the personas said by themselves.

    used: how it is measured, in the place of what the study file says; weights: of all humans (N,)
    in the order of their numbers, in the place of those that are stored.
    """
    own = study.measures
    wanted = study.model_copy(update={"measures": used or own})
    with reading(engine) as session:
        found = stored.load(session, study_id, wanted, weights)
    # Computed without a transaction open: servers and poolers end those that do nothing.
    parts = WITH_HUMANS if study.humans else WITHOUT_HUMANS
    with one_thread():
        rows = [*settings(own, wanted.measures), *(row for part in parts for row in part(found))]
    return [{"study_id": study_id, **row} for row in rows]
