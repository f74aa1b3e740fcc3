"""What the report shows of people, read from the database: distributions, matches, label priors.

Computes no distance between groups and knows nothing of pages or pictures.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.conditions.base import Condition
from anthology.models.database.arrays import People, load_people, load_simulation
from anthology.models.database.tables import LabelPrior, Match, StudyRow
from anthology.models.questionnaire.questions import Question
from anthology.models.statistics import metrics
from anthology.models.statistics.figures import HUMANS
from anthology.models.statistics.groups import profiles
from anthology.models.study.study import Study

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ResponseProfile:
    """A group's answers: per item the shares (K,) of its options, NaN if nobody answered.

    `correlation` is between the items that have an order, NaN where undefined, over the `complete`
    people who answered all of these; to the items in `constant` they gave one answer. `missing` is
    the share of answers that there are none of. `label_mass` and `refusal` (m,) are means per item,
    None for humans; a refusal's is NaN where none is offered. `personas` that answered, None where
    everybody is one of their own.
    """

    name: str
    people: int
    shares: list[Floats]
    correlation: Floats
    complete: int
    constant: list[str]
    missing: float
    label_mass: Floats | None = None
    refusal: Floats | None = None
    personas: int | None = None


def response_profiles(session: Session, row: StudyRow, study: Study) -> list[ResponseProfile]:
    """The humans, if there are any, then every condition; one at a time is in memory."""
    people = load_people(session, row.id or 0, study)
    simulated = (_simulated(session, row, study, people, way) for way in study.conditions)
    return [*([_humans(study, people)] if study.humans else []), *simulated]


def together(study: Study) -> list[Question]:
    """The questions whose correlations are looked at: those compared or, without humans, all."""
    return study.compared or study.questions


def _humans(study: Study, people: People) -> ResponseProfile:
    real = people.only(people.counted)
    place = {question.name: j for j, question in enumerate(study.compared)}
    shares = [
        metrics.shares(real.answers[:, place[q.name]], len(q.options), real.weights)
        if q.name in place
        else np.full(len(q.options), np.nan)
        for q in study.questions
    ]
    return _portrait(study, HUMANS, shares, real.answers, real.weights)


def _simulated(
    session: Session, row: StudyRow, study: Study, people: People, condition: Condition
) -> ResponseProfile:
    """Distributions are mean probabilities, correlations come from drawn answers, as in metrics;
    both are of those who answer and, where they are compared, whose respondents did."""
    count = study.people_in(condition, row.respondents)
    simulation = load_simulation(session, row.id or 0, study, condition.name, count)
    ours = study.humans is not None
    counted = people.counted[:count] if ours else np.ones(count, dtype=np.bool_)
    weights = people.weights_of_doubles[:count] if ours else np.ones(count)
    everybody = simulation.answered & counted
    alone = simulation.alone(everybody, weights)
    found = simulation.only(everybody, people) if ours else alone
    items = list(alone.probabilities)
    for place, item in enumerate(simulation.compared):
        items[item] = found.probabilities[place]
    shares = [metrics.mean_distribution(item, alone.weights) for item in items]
    return replace(
        _portrait(study, condition.name, shares, found.answers, found.weights),
        label_mass=_column_means(simulation.label_mass[counted]),
        refusal=_column_means(simulation.refusal[counted]),
        personas=None if found.personas is None else len(set(found.personas.tolist())),
    )


def _portrait(
    study: Study, name: str, shares: list[Floats], answers: metrics.Answers, weights: Floats
) -> ResponseProfile:
    """shares: of all questions; answers: to those that are looked at together."""
    questions = together(study)
    ordered = [question.ordered for question in questions]
    scales = profiles.scales([len(question.options) for question in questions], ordered)
    constant = metrics.constant_items(answers[:, scales], weights)
    correlation = metrics.correlation(answers[:, scales], weights)
    correlation[constant, :] = np.nan
    correlation[:, constant] = np.nan
    return ResponseProfile(
        name, len(answers), shares, correlation,
        complete=metrics.complete_cases(answers[:, scales], weights),
        constant=[questions[scales[j]].name for j in constant],
        missing=float((answers < 0).mean()) if answers.size else 0.0,
    )  # fmt: skip


def _column_means(values: Floats) -> Floats:
    """Means (m,) of the columns without their NaN; NaN for a column of nothing else."""
    count = (~np.isnan(values)).sum(axis=0)
    sums = np.nansum(values, axis=0)
    return np.asarray(np.where(count > 0, sums / np.maximum(count, 1), np.nan))


# --- matches -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matching:
    """One matching, the conditions that share it, the edge weights (n,), and how many respondents
    each persona that is used stands for."""

    method: str
    conditions: list[str]
    weights: Floats
    uses: Floats

    @property
    def personas(self) -> int:
        return len(self.uses)

    @property
    def largest_reuse(self) -> int:
        return int(self.uses.max())

    @property
    def figures(self) -> dict[str, Any]:
        """As `report --json` has them."""
        return {
            "matching": self.method,
            "conditions": self.conditions,
            "respondents": len(self.weights),
            "personas": self.personas,
            "effective_personas": metrics.effective_number(self.uses),
            "mean_reuse": float(self.uses.mean()),
            "largest_reuse": self.largest_reuse,
            "mean_weight": float(self.weights.mean()),
            "median_weight": float(np.median(self.weights)),
            "zero_weights": float((self.weights == 0).mean()),
        }


def matchings(session: Session, row: StudyRow, study: Study) -> list[Matching]:
    """The study's matchings that were made, in its order."""
    found = []
    for method in study.matchings:
        pairs = session.execute(
            select(col(Match.persona), col(Match.weight)).where(
                col(Match.study_id) == row.id, col(Match.method) == method
            )
        ).all()
        if pairs:
            uses = Counter(persona for persona, _ in pairs)
            weights = np.array([weight for _, weight in pairs], dtype=np.float64)
            conditions = [way.name for way in study.conditions if way.matching == method]
            found.append(Matching(method, conditions, weights, np.array([*uses.values()], float)))
    return found


def uninformed_weight(study: Study) -> float:
    """The match weight of a persona whose polls say nothing: every option is equally likely."""
    return float(np.prod([1 / len(trait.options) for trait in study.traits.values()]))


# --- label priors --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prior:
    """What a condition's labels get whatever stands behind them: shares by label, summing to 1,
    estimated from `n` readings."""

    condition: str
    n: int
    shares: dict[str, float]


def label_priors(session: Session, row: StudyRow, study: Study) -> list[Prior]:
    """In the order of the conditions, then by number of labels; empty without a calibration."""
    found = list(
        session.execute(
            select(LabelPrior)
            .where(col(LabelPrior.study_id) == row.id)
            .order_by(col(LabelPrior.labels))
        ).scalars()
    )
    return [
        Prior(
            condition, prior.n,
            {study.style.label(i): math.exp(lp) for i, lp in enumerate(prior.logprobs)},
        )
        for condition in study.condition_names
        for prior in found
        if prior.condition == condition
    ]  # fmt: skip
