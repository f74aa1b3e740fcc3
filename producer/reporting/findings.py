"""What a study found: every figure with its interval, the humans' own floor, what it cost.

The object behind `anthology report --json`; computes no metric and knows nothing of pages.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, func, or_, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import Job, Metric, Persona, StudyRow
from anthology.models.errors import InputError
from anthology.models.measuring.rows import Row
from anthology.models.questionnaire.retest import asked_again
from anthology.models.study.study import Study
from anthology.producer.lock.lock import lock_of_row
from anthology.producer.monitoring.lookup import find_study, of_study
from anthology.producer.monitoring.progress import Progress, progress
from anthology.producer.reporting.appendix.published import beside
from anthology.producer.reporting.engines import engines_of, identities, models_of
from anthology.producer.reporting.figures.across_groups import across_groups
from anthology.producer.reporting.figures.contrasts import contrasts
from anthology.producer.reporting.figures.items import items, items_in
from anthology.producer.reporting.figures.paired import in_subgroups, paired
from anthology.producer.reporting.figures.powered_differences import powered_differences
from anthology.producer.reporting.figures.prediction_powered import prediction_powered
from anthology.producer.reporting.figures.scales import scales
from anthology.producer.reporting.figures.stored import (
    Figures,
    alone_of,
    by_place,
    floors_of,
    retest_of,
    rows_and_floors,
    settings_of,
    stored_of,
    subgroups_of,
)  # fmt: skip
from anthology.producer.reporting.pools.interviews import interviews
from anthology.producer.reporting.pools.mentions import mentions
from anthology.producer.reporting.pools.pools import pools
from anthology.producer.reporting.readout_checks import readout_checks, written_answers
from anthology.producer.reporting.response_profiles import matchings


def figures_of(database: Engine, study: str) -> tuple[Study, dict[str, Any]]:
    """The study, and of its findings those that a comparison with others needs, which take no look
    at people and stories: the rows, the floors, and how many people they are of; which of two
    conditions is closer, scales and differences between groups, of everybody, where there are any.

    Raises `InputError` as `findings`.
    """
    where = progress(database, study)
    with reading(database) as session:
        row = find_study(session, study)
        figures = by_place(stored_of(session, row))
        if not figures:
            raise InputError(not_measured(where))
        spec = Study.from_spec(row.spec)
        found = {
            "study": row.name, "state": where.state, "model": spec.model,
            "respondents": row.respondents, "humans": row.humans,
            **rows_and_floors(figures, spec, spec.subgroups),
            "paired": paired(figures, spec.condition_names),
            "scales": scales(figures, spec, ()).get("scales", []),
            "contrasts": (contrasts(figures, spec) or {}).get("comparisons", []),
        }  # fmt: skip
        return spec, found


def findings(database: Engine, study: str, measured: Sequence[Row] | None = None) -> dict[str, Any]:
    """The study's figures as plain JSON, null where one is undefined; those `measured` now, where
    they are not to be stored.

    Raises `InputError` for a study that is unknown or not measured yet.
    """
    where = progress(database, study)
    with reading(database) as session:
        row = find_study(session, study)
        stored = (
            stored_of(session, row) if measured is None else [Metric(**one) for one in measured]
        )
        if not stored:
            raise InputError(not_measured(where))
        figures = by_place(stored)
        spec = Study.from_spec(row.spec)
        subgroups = subgroups_of(spec, figures)
        floors = floors_of(figures, subgroups)
        pairs = paired(figures, spec.condition_names)
        pairs_in = in_subgroups(figures, spec.condition_names, subgroups)
        groups = contrasts(figures, spec)
        engines = engines_of(session, row)
        found = rows_and_floors(figures, spec, subgroups)
        return {
            "study": row.name,
            "state": where.state,
            "model": spec.model,
            "models": models_of(engines),
            "respondents": row.respondents,
            "humans": row.humans,
            "personas": _personas(session, row, spec),
            "pools": pools(session, row, spec),
            **found,
            **({"floors": floors} if floors else {}),
            **({"paired": pairs} if pairs else {}),
            **({"paired_in_subgroups": pairs_in} if pairs_in else {}),
            **({"contrasts": groups} if groups else {}),
            **_worth(figures, spec),
            **({"retest": retest_of(figures, subgroups)} if asked_again(spec.compared) else {}),
            **({"alone": alone_of(figures, spec, subgroups)} if spec.shown_alone else {}),
            **({"published": beside(spec.published, figures)} if spec.published else {}),
            **across_groups(figures, spec),
            **items(figures, spec),
            **items_in(figures, spec, subgroups),
            **scales(figures, spec, subgroups),
            "measures": settings_of(figures, spec),
            "figures_version": min(metric.version or 0 for metric in stored) or None,
            "readout": _readout(spec),
            "resolution": _resolution(engines),
            "checks": readout_checks(session, row, spec),
            "written": written_answers(session, row, spec),
            "matches": [matching.figures for matching in matchings(session, row, spec)],
            "engines": engines,
            "identities": identities(session, row, engines),
            "lock": lock_of_row(row).as_json(),
            "usage": {**_usage(session, row), "errors": _errors(where)},
            **interviews(session, row, spec),
            **mentions(session, row, spec),
        }


def _personas(session: Session, row: StudyRow, study: Study) -> int:
    """The personas with a backstory, of those that the study asked for."""
    if not study.pools_used:
        return 0
    written = select(func.count()).where(used_by(row.id, Persona), col(Persona.error).is_(None))
    return int(session.execute(written).scalar_one())


def _readout(study: Study) -> dict[str, Any]:
    """How answers were taken from the model. `options_order` is of questions that display any."""
    how = study.questionnaire
    return {
        "readout": how.readout,
        "polling": study.polling.readout,
        "length_normalization": how.length_normalization,
        "temperature": how.temperature,
        "debias": how.debias,
        "options_order": sorted({q.options_order for q in how.closed if q.number is None}),
        "in_series": how.in_series,
    }


def _resolution(engines: list[dict[str, Any]]) -> dict[str, list[float]]:
    """The steps (nats) on which log-probabilities of the engines fall; none for float32 heads."""
    steps = {engine.get("logit_step") for engine in engines}
    return {"logit_steps": sorted(step for step in steps if step is not None)}


def _usage(session: Session, row: StudyRow) -> dict[str, Any]:
    """What the study cost. Stories that were there when it was submitted cost it nothing; jobs
    overlap within a worker, so time is by the clock, from the first start to the last end.
    """
    own = or_(col(Job.study_id) == row.id, col(Job.finished_at) >= row.created_at)
    jobs, prompt, cached, output, start, end = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Job.prompt_tokens), 0),
            func.coalesce(func.sum(Job.cached_tokens), 0),
            func.coalesce(func.sum(Job.output_tokens), 0),
            func.min(Job.started_at),
            func.max(Job.finished_at),
        ).where(of_study(row), own)
    ).one()
    return {
        "jobs": jobs,
        "prompt_tokens": int(prompt),
        "cached_tokens": int(cached),
        "output_tokens": int(output),
        "started_at": start,
        "finished_at": end,
        "hours": (end - start) / 3600 if start is not None and end is not None else None,
    }


def _errors(where: Progress) -> int:
    """Stories, polls and answers stored with an error, and jobs that failed."""
    failed = sum(states["failed"] for states in where.jobs.values())
    return int(where.answers["errors"]) + failed


def not_measured(where: Progress) -> str:
    """Says why there is nothing to report, and what to do."""
    name = where.study
    if where.state == "cancelled":
        return f"study {name!r} was cancelled before it was measured; submit it under another name"
    if where.jobs["measure"]["failed"]:
        reason = next((line for line in where.failures if line.startswith("measure")), "no reason")
        return f"study {name!r} could not be measured ({reason}); try `anthology retry {name}`"
    return (
        f"study {name!r} is not measured yet, jobs done: {where.unfinished}; "
        f"`anthology wait {name}` waits for it"
    )


def _worth(figures: Figures, study: Study) -> Row:
    """What the simulation is worth for means and shares, and for differences."""
    found = prediction_powered(figures, study)
    differences = powered_differences(figures, study)
    if found and differences:
        found["prediction_powered"]["differences"] = differences
    return found
