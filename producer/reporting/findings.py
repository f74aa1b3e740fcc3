"""What a study found: every figure with its interval, the humans' own floor, what it cost.

The object behind `anthology report --json`; computes no metric and knows nothing of pages.
"""

from typing import Any

from sqlalchemy import Engine, func, or_, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import Job, Metric, Persona, StudyRow
from anthology.models.errors import InputError
from anthology.models.questionnaire.retest import RETEST, asked_again
from anthology.models.statistics import described
from anthology.models.statistics.figures import (
    ALL,
    COUNTS,
    FLOOR,
    MEANS,
    OF_RETEST,
    WITH_INTERVAL,
)  # fmt: skip
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, of_study
from anthology.producer.monitoring.progress import Progress, progress
from anthology.producer.reporting.engines import engines_of, identities, models_of
from anthology.producer.reporting.pools.interviews import interviews
from anthology.producer.reporting.pools.mentions import mentions
from anthology.producer.reporting.pools.pools import pools
from anthology.producer.reporting.readout_checks import readout_checks, written_answers
from anthology.producer.reporting.response_profiles import matchings

Figures = dict[tuple[str, str], dict[str, Metric]]


def figures_of(database: Engine, study: str) -> tuple[Study, dict[str, Any]]:
    """The study, and of its findings those that a comparison with others needs, which take no look
    at people and stories: the rows, the floors, and how many people they are of.

    Raises `InputError` as `findings`.
    """
    where = progress(database, study)
    with reading(database) as session:
        row = find_study(session, study)
        figures = _figures(session, row)
        if not figures:
            raise InputError(_not_measured(where))
        spec = Study.from_spec(row.spec)
        found = {
            "study": row.name, "state": where.state, "model": spec.model,
            "respondents": row.respondents, "humans": row.humans, **_measured(figures, spec),
        }  # fmt: skip
        return spec, found


def findings(database: Engine, study: str) -> dict[str, Any]:
    """The study's figures as plain JSON, null where one is undefined.

    Raises `InputError` for a study that is unknown or not measured yet.
    """
    where = progress(database, study)
    with reading(database) as session:
        row = find_study(session, study)
        figures = _figures(session, row)
        if not figures:
            raise InputError(_not_measured(where))
        spec = Study.from_spec(row.spec)
        engines = engines_of(session, row)
        return {
            "study": row.name,
            "state": where.state,
            "model": spec.model,
            "models": models_of(engines),
            "respondents": row.respondents,
            "humans": row.humans,
            "personas": _personas(session, row, spec),
            "pools": pools(session, row, spec),
            **_measured(figures, spec),
            **({"retest": _retest(figures, spec)} if asked_again(spec.compared) else {}),
            **({"alone": _alone(figures, spec)} if spec.shown_alone else {}),
            "readout": _readout(spec),
            "resolution": _resolution(engines),
            "checks": readout_checks(session, row, spec),
            "written": written_answers(session, row, spec),
            "matches": [matching.figures for matching in matchings(session, row, spec)],
            "engines": engines,
            "identities": identities(session, row, engines),
            "usage": {**_usage(session, row), "errors": _errors(where)},
            **interviews(session, row, spec),
            **mentions(session, row, spec),
        }


def _figures(session: Session, row: StudyRow) -> Figures:
    """The stored figures by condition and subgroup, then by name."""
    found: Figures = {}
    stored = select(Metric).where(col(Metric.study_id) == row.id)
    for metric in session.execute(stored).scalars():
        found.setdefault((metric.condition, metric.subgroup), {})[metric.name] = metric
    return found


def _measured(figures: Figures, study: Study) -> dict[str, Any]:
    return {
        "rows": [
            _row(condition, subgroup, figures.get((condition, subgroup), {}))
            for subgroup in (ALL, *study.subgroups)
            for condition in study.condition_names
        ],
        "floor": _floor(figures.get(("floor", ALL))),
        "floor_at_n": _floor(figures.get(("floor_at_n", ALL))),
    }


def _row(condition: str, subgroup: str, figures: dict[str, Metric]) -> dict[str, Any]:
    """One condition in one subgroup; n 0 and all null but the label mass, which is of all who were
    asked, where there were too few people to compare.

    `refusal` and `refused_answers` are null where no question offers a refusal. `label_mass` is
    compliance, also where answers are written: then it is the share of first ones that parsed.
    Figures called `_drawn` are of one drawn answer each, `complete_cases` what correlations rest
    on, those called `_of_retest` null where nobody was asked again.
    """
    row: dict[str, Any] = {"condition": condition, "subgroup": subgroup}
    for name in (*(figure.name for figure in WITH_INTERVAL), *OF_RETEST):
        metric = figures.get(name)
        row[name] = metric and metric.value
        row[f"{name}_low"] = metric and metric.low
        row[f"{name}_high"] = metric and metric.high
    row |= {name: _value(figures, name) for name in MEANS}
    row["n"] = next((figures[f.name].n for f in WITH_INTERVAL if f.name in figures), 0)
    for name in COUNTS:
        value = _value(figures, name)
        row[name] = None if value is None else int(value)
    return row


def _retest(figures: Figures, study: Study) -> list[dict[str, Any]]:
    """By subgroup what people's second answers score against their first, as if a condition had
    given them; distances are null unless all questions were asked again."""
    return [
        _row(RETEST, subgroup, figures.get((RETEST, subgroup), {}))
        for subgroup in (ALL, *study.subgroups)
    ]


def _alone(figures: Figures, study: Study) -> list[dict[str, Any]]:
    """The answers to questions on which nobody is compared, where enough people gave any: shares of
    options, mean and standard deviation of their positions, each with its interval."""
    return [
        {
            "condition": condition,
            "subgroup": subgroup,
            "question": question.name,
            "n": stored[described.share_name(question.name, 0)].n,
            "shares": [
                {"option": option} | _estimate(stored, described.share_name(question.name, place))
                for place, option in enumerate(question.option_texts)
            ],
            "mean": _estimate(stored, described.mean_name(question.name)),
            "sd": _estimate(stored, described.deviation_name(question.name)),
        }
        for subgroup in (ALL, *study.subgroups)
        for question in study.shown_alone
        for condition in study.condition_names
        for stored in [figures.get((condition, subgroup), {})]
        if described.share_name(question.name, 0) in stored
    ]


def _estimate(figures: dict[str, Metric], name: str) -> dict[str, float | None]:
    metric = figures.get(name)
    return {end: getattr(metric, end, None) for end in ("value", "low", "high")}


def _floor(figures: dict[str, Metric] | None) -> dict[str, float | int | None] | None:
    """n: the people of a weight above 0 that it is of; of a sample as large as the simulation's,
    the simulated ones. None without humans."""
    if figures is None:
        return None
    n = next((metric.n for metric in figures.values()), 0)
    return {**{name: _value(figures, name) for name in FLOOR}, "n": n}


def _value(figures: dict[str, Metric], name: str) -> float | None:
    return figures[name].value if name in figures else None


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


def _not_measured(where: Progress) -> str:
    """Says why there is nothing to report, and what to do."""
    name = where.study
    if where.state == "cancelled":
        return f"study {name!r} was cancelled before it was measured; submit it under another name"
    if where.jobs["measure"]["failed"]:
        reason = next((line for line in where.failures if line.startswith("measure")), "no reason")
        return f"study {name!r} could not be measured ({reason}); try `anthology retry {name}`"
    left = {
        kind: (states.get("done", 0), sum(states.values())) for kind, states in where.jobs.items()
    }
    missing = ", ".join(
        f"{kind} {done} of {planned}" for kind, (done, planned) in left.items() if done < planned
    )
    return (
        f"study {name!r} is not measured yet, jobs done: {missing or 'all'}; "
        f"`anthology wait {name}` waits for it"
    )
