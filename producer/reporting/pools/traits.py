"""Who the personas of a pool are: what polling found of each trait, beside the humans.

Knows nothing of matches: here every persona counts the same, whoever it may stand for.
"""

from typing import Any, SupportsFloat

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models.database.tables import Poll, Respondent, StudyRow
from anthology.models.statistics.metrics import normalised, total_variation
from anthology.models.study.study import Study
from anthology.producer.reporting.pools.sample import Sample

Floats = npt.NDArray[np.float64]
Json = dict[str, Any]

BATCH = 1000


def humans(session: Session, row: StudyRow, study: Study) -> dict[str, Floats]:
    """By trait the weighted distribution (K,) of all people of the population, NaN where nobody
    answered; empty in a study without humans. Who did not answer counts for nothing."""
    if study.humans is None:
        return {}
    masses = {name: np.zeros(len(trait.options)) for name, trait in study.traits.items()}
    people = select(col(Respondent.weight), col(Respondent.traits)).where(
        col(Respondent.study_id) == row.id, col(Respondent.weight) > 0
    )
    for weight, positions in session.execute(people.execution_options(yield_per=BATCH)):
        for name, mass in masses.items():
            if positions[name] is not None:
                mass[positions[name]] += weight
    return {name: normalised(mass) for name, mass in masses.items()}


def traits(session: Session, study: Study, sample: Sample, real: dict[str, Floats]) -> list[Json]:
    """One entry for each trait, in the study's order.

    `polled` are the personas of the pool that have a poll of it, or whose file says it; of those
    looked at, n of them, `shares` has the mean of each option's probability in `pool`, and the
    humans' share; `tv` is the total variation distance of both. `refusal` is the mean probability
    of refusing to say, who says nothing counting for as much less in the shares. Null where there
    is nothing.
    """
    keys = {study.poll_key(trait): len(trait.options) for trait in study.traits.values()}
    masses = {key: np.zeros(options) for key, options in keys.items()}
    seen, refused = dict.fromkeys(keys, 0), dict.fromkeys(keys, 0.0)
    found = sample.rows(
        session, Poll, col(Poll.trait_key), col(Poll.probabilities), col(Poll.refusal)
    )
    for key, probabilities, refusal in found:
        if key in keys:  # another study may have asked in other words
            seen[key] += 1
            refused[key] += refusal or 0.0
            if probabilities is not None:
                masses[key] += np.multiply(probabilities, 1 - (refusal or 0.0))
    polled = _polled(session, sample, list(keys))
    entries = []
    for name, trait in study.traits.items():
        key = study.poll_key(trait)
        ours = normalised(masses[key])
        theirs = real.get(name, np.full(len(ours), np.nan))
        offered = seen[key] and trait.refusal is not None
        entries.append({
            "trait": name,
            "polled": polled.get(key, 0),
            "n": seen[key],
            "shares": [
                {"option": option, "pool": _known(ours[place]), "humans": _known(theirs[place])}
                for place, option in enumerate(trait.option_texts)
            ],
            "tv": _known(total_variation(ours, theirs)),
            "refusal": refused[key] / seen[key] if offered else None,
        })  # fmt: skip
    return entries


def _polled(session: Session, sample: Sample, keys: list[str]) -> dict[str, int]:
    """How many of all personas that the study uses have a poll, by the trait's key."""
    counts = (
        select(col(Poll.trait_key), func.count())
        .where(
            col(Poll.pool_id) == sample.pool_id,
            col(Poll.number) < sample.personas,
            col(Poll.trait_key).in_(keys),
            col(Poll.error).is_(None),
        )
        .group_by(col(Poll.trait_key))
    )
    return dict(session.execute(counts).all())


def _known(value: SupportsFloat) -> float | None:
    found = float(value)
    return None if np.isnan(found) else found
