"""The stored figures of a study as rows of plain JSON: a condition's, a subgroup's, a floor's.

Knows what is stored and under which names; what else a study found is in `findings.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from anthology.models.database.tables import Metric, StudyRow
from anthology.models.measuring.rows import HOW, SETTINGS
from anthology.models.questionnaire.retest import RETEST
from anthology.models.statistics import described
from anthology.models.statistics.figures import (
    ALL,
    COUNTS,
    FLOOR,
    FLOORS,
    MEANS,
    OF_RETEST,
    WITH_INTERVAL,
)  # fmt: skip
from anthology.models.study.measures import options_of
from anthology.models.study.study import Study

Figures = dict[tuple[str, str], dict[str, Metric]]
Stored = Mapping[str, Metric]  # of one condition and subgroup, by name


def stored_of(session: Session, row: StudyRow) -> Sequence[Metric]:
    """As plain rows with a metric's fields: a hundred thousand objects would take six times as
    long, and half as much memory again as all else."""
    columns = SQLModel.metadata.tables["metric"].columns
    stored = select(*columns).where(col(Metric.study_id) == row.id)
    return cast("Sequence[Metric]", session.execute(stored).all())


def by_place(metrics: Iterable[Metric]) -> Figures:
    """Figures by condition and subgroup, then by name."""
    found: Figures = {}
    for metric in metrics:
        found.setdefault((metric.condition, metric.subgroup), {})[metric.name] = metric
    return found


def subgroups_of(study: Study, figures: Figures) -> list[str]:
    """The study's own, then those that there are figures of because `anthology measure` was asked
    for them, by their traits and options."""
    own = study.subgroups
    others = {
        name: options
        for name in {subgroup for _, subgroup in figures} - {ALL, *own}
        if (options := options_of(name, study.traits))
    }
    places = {name: (list(options), list(options.values())) for name, options in others.items()}
    return [*own, *sorted(others, key=lambda name: places[name])]


def settings_of(figures: Figures, study: Study) -> dict[str, int]:
    """How many splits and resamples the figures are of."""
    used = figures.get((HOW, ALL), {})
    return {name: int(_value(used, name) or getattr(study.measures, name)) for name in SETTINGS}


def floors_of(figures: Figures, subgroups: Sequence[str]) -> dict[str, Any]:
    """By subgroup both floors of its own humans, where there are any: none of few people, and none
    of versions that knew them of all people alone."""
    return {
        subgroup: {name: _floor(figures.get((name, subgroup))) for name in FLOORS}
        for subgroup in subgroups
        if all((name, subgroup) in figures for name in FLOORS)
    }


def rows_and_floors(figures: Figures, study: Study, subgroups: Sequence[str]) -> dict[str, Any]:
    return {
        "rows": [
            _row(condition, subgroup, figures.get((condition, subgroup), {}))
            for subgroup in (ALL, *subgroups)
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


def retest_of(figures: Figures, subgroups: Sequence[str]) -> list[dict[str, Any]]:
    """By subgroup what people's second answers score against their first, as if a condition had
    given them; distances are null unless all questions were asked again."""
    return [
        _row(RETEST, subgroup, figures.get((RETEST, subgroup), {}))
        for subgroup in (ALL, *subgroups)
    ]


def alone_of(figures: Figures, study: Study, subgroups: Sequence[str]) -> list[dict[str, Any]]:
    """The answers to questions on which nobody is compared, where enough people gave any: shares of
    options, mean and standard deviation of their positions, each with its interval."""
    return [
        {
            "condition": condition,
            "subgroup": subgroup,
            "question": question.name,
            "n": stored[described.share_name(question.name, 0)].n,
            "shares": [
                {"option": option} | estimate(stored, described.share_name(question.name, place))
                for place, option in enumerate(question.option_texts)
            ],
            "mean": estimate(stored, described.mean_name(question.name)),
            "sd": estimate(stored, described.deviation_name(question.name)),
        }
        for subgroup in (ALL, *subgroups)
        for question in study.shown_alone
        for condition in study.condition_names
        for stored in [figures.get((condition, subgroup), {})]
        if described.share_name(question.name, 0) in stored
    ]


def estimate(figures: Mapping[str, Metric], name: str) -> dict[str, float | None]:
    """A value with its ends; null where nothing is stored."""
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
