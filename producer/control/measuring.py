"""`anthology measure`: a study's figures anew from its stored answers, in this process.

Needs no worker and no Redis. Knows when figures may take the place of those that are stored; what
they are is in `models/measuring/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import Session, SQLModel, col

from anthology.models.database.sessions import explained, now_s, open_existing, reading, writing
from anthology.models.database.tables import Job, Metric, StudyRow
from anthology.models.errors import InputError
from anthology.models.settings import Settings
from anthology.models.study.contrasts import comparisons
from anthology.models.study.measures import misfit, spelled
from anthology.models.study.study import Study
from anthology.producer.control.asked_contrasts import asked, refuse_lost
from anthology.producer.monitoring.lookup import find_study, refuse_cancelled
from anthology.producer.monitoring.progress import progress

if TYPE_CHECKING:
    from anthology.models.measuring.rows import Row


@dataclass(frozen=True)
class Wanted:
    """What differs from the study file: `subgroups` (traits, or crossings of them) besides its own,
    `bootstrap` resamples and `splits` in the place of its own; `contrasts` besides its own: a
    trait's, between each two groups, or one spelled as in a study file."""

    subgroups: Sequence[str] = ()
    bootstrap: int | None = None
    splits: int | None = None
    contrasts: Sequence[str] = ()


def measure(settings: Settings, name: str, wanted: Wanted) -> dict[str, Any]:
    """Computes all figures and stores them in one transaction in the place of those that are there.
    `dropped` names what an earlier call had asked for and this one did not, if there is anything.

    A measure job that waits, or failed, is done by that. Raises `InputError`, changing nothing, for
    a study that is unknown, cancelled, not surveyed to its end or being measured, one that is
    retried meanwhile, and subgroups of what is not its trait.
    """
    database = open_existing(settings.database)
    with explained(database):
        before, study_id, study = _surveyed(database, name, wanted)
        rows = _measured(database, study_id, study, wanted)
        with writing(database) as session:
            row = find_study(session, name)
            if _measure_job(session, row, database, lock=True) != before:
                raise InputError(
                    f"study {name!r} was retried while it was measured, so nothing was stored; "
                    f"`anthology wait {name}` waits for its new answers"
                )
            had = _asked_before(session, study_id)
            session.execute(delete(Metric).where(col(Metric.study_id) == study_id))
            # The table and not its class, for which rows with nulls would be sent one by one.
            session.execute(insert(SQLModel.metadata.tables["metric"]), rows)
            _end(session, before)
    groups = dict.fromkeys(row["subgroup"] for row in rows)
    dropped = had.keys() - _beyond_everybody(rows).keys()
    return {
        "study": name, "figures": len(rows), "subgroups": list(groups),
        **({"dropped": sorted(dropped)} if dropped else {}),
    }  # fmt: skip


def _asked_before(session: Session, study_id: int) -> dict[str, None]:
    columns = ("condition", "subgroup", "name", "value")
    rows = select(*(col(getattr(Metric, name)) for name in columns)).where(
        col(Metric.study_id) == study_id
    )
    return _beyond_everybody(dict(zip(columns, row, strict=True)) for row in session.execute(rows))


def _beyond_everybody(rows: Iterable[Mapping[str, Any]]) -> dict[str, None]:
    """What may have been asked for: subgroups, comparisons, and settings unlike the study's."""
    from anthology.models.measuring.rows import HOW
    from anthology.models.statistics.contrasts.names import figure_name
    from anthology.models.statistics.figures import ALL, HUMANS

    begin = figure_name("difference", "")
    found: dict[str, None] = {}
    for row in rows:
        if row["condition"] == HOW:
            found[f"{row['name']} {row['value']:g}"] = None
        elif row["subgroup"] != ALL:
            found[row["subgroup"]] = None
        elif row["condition"] == HUMANS and row["name"].startswith(begin):
            found[row["name"].removeprefix(begin)] = None
    return found


def measured_unweighted(database: Engine, name: str, wanted: Wanted) -> list[Row]:
    """The figures if everybody counted once, humans and simulated people; stores nothing. Raises as
    `measure` does, and for a study without humans, where it is so anyhow."""
    with explained(database):
        _, study_id, study = _surveyed(database, name, wanted)
        from anthology.producer.control.other_weights import once

        return _measured(database, study_id, study, wanted, once(database, study_id, study))


def measured_with(
    database: Engine, name: str, wanted: Wanted, column: str, file: Path | None = None
) -> tuple[list[Row], list[str]]:
    """The figures with the weights of another column of the survey file, which is where the study
    says or is this `file`; and what there is to say of them. Stores nothing. Raises as `measure`
    does, and `InputError` for a column or a file that has no weights for the study's humans."""
    with explained(database):
        _, study_id, study = _surveyed(database, name, wanted)
        from anthology.producer.control.other_weights import of_column

        weights, said = of_column(database, study_id, study, column, file)
        return _measured(database, study_id, study, wanted, weights), said


def _surveyed(database: Engine, name: str, wanted: Wanted) -> tuple[int, int, Study]:
    """Its measure job, its id, and how it is stored."""
    with reading(database) as session:
        row = find_study(session, name)
        job_id = _measure_job(session, row, database)
        study = Study.from_spec(row.spec)
        listed = [spelled(crossing) for crossing in wanted.subgroups]
        has = ", ".join(study.traits) or "none"
        if said := misfit([*study.measures.subgroups, *listed], study.traits):
            raise InputError(
                f"--subgroup {said}; the traits of study {name!r}: {has}{_meant(listed)}"
            )
        contrasts = asked(wanted.contrasts)
        for trait in (one.trait for one in contrasts if one.trait not in study.traits):
            said = f"names {trait!r}, which is not a trait"
            raise InputError(
                f"--contrast {said}; the traits of study {name!r}: {has}"
                f"{_meant([trait], crossed='')}"
            )
        every = [*study.measures.contrasts, *contrasts]
        if wrong := comparisons.misfit(every, study.traits, study.compared):
            raise InputError(f"--contrast {wrong[1]}")
        refuse_lost(contrasts, study)
        return job_id, row.id or 0, study


def _meant(names: Sequence[str], crossed: str = ", or crossed with a star") -> str:
    """What else was probably meant by what are no traits."""
    if any("=" in name for name in names):
        return " (a trait alone, without =, is of all its groups)"
    if any("," in name for name in names):
        return f" (several traits: the option once for each{crossed})"
    return ""


def _measured(
    database: Engine, study_id: int, study: Study, wanted: Wanted,
    weights: Sequence[float] | None = None,
) -> list[Row]:  # fmt: skip
    from anthology.models.measuring.measuring import measured

    own = study.measures
    used = own.model_copy(
        update={
            "subgroups": [*own.subgroups, *map(spelled, wanted.subgroups)],
            "bootstrap": wanted.bootstrap or own.bootstrap,
            "splits": wanted.splits or own.splits,
            "contrasts": [*own.contrasts, *asked(wanted.contrasts)],
        }
    )
    return measured(database, study_id, study, used, weights=weights)


def _measure_job(session: Session, row: StudyRow, database: Engine, *, lock: bool = False) -> int:
    """The id of the job that is planned when all is surveyed, and planned anew by a retry. With a
    `lock` on its row no worker takes it, and nobody else measures, before the session ends."""
    refuse_cancelled(row)
    chosen = select(col(Job.id), col(Job.state)).where(
        col(Job.study_id) == row.id, col(Job.kind) == "measure"
    )
    job = session.execute(chosen.with_for_update() if lock else chosen).one_or_none()
    if job is None:
        raise InputError(_not_surveyed(database, row.name))
    if job.state == "running":
        raise InputError(
            f"study {row.name!r} is being measured right now; try again when it has ended"
        )
    return int(job.id)


def _not_surveyed(database: Engine, name: str) -> str:
    where = progress(database, name)
    then = f"`anthology wait {name}` waits for it"
    if where.state == "paused":
        then = f"it is paused; go on with `anthology resume {name}`"
    return f"study {name!r} is not surveyed to its end, jobs done: {where.unfinished}; {then}"


def _end(session: Session, job_id: int) -> None:
    """A job whose work is done here is nobody's any more: done later, by another version perhaps,
    its figures would fill the gaps of these."""
    session.execute(
        update(Job)
        .where(col(Job.id) == job_id, col(Job.state).in_(("pending", "failed")))
        .values(
            state="done", attempt=col(Job.attempt) + 1, error=None, worker=None,
            started_at=now_s(), finished_at=now_s(),
        )
    )  # fmt: skip
