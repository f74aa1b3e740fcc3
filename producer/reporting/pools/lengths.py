"""How long and how likely the stories of a pool are, as distributions.

Of all stories, of which nothing but these two numbers is in memory. Knows nothing of texts.
"""

from typing import Any

import numpy as np
from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.tables import Persona
from anthology.producer.reporting.pools.sample import Sample
from anthology.producer.reporting.pools.spread import Floats, spread

Json = dict[str, Any]

BATCH = 10_000


def lengths(session: Session, sample: Sample) -> Json | None:
    """Of the tokens of every story; None where they were not counted, as of imported stories."""
    tokens = col(Persona.tokens)
    return spread(_all(session, sample, tokens, tokens > 0), whole=True)


def likelihoods(session: Session, sample: Sample) -> Json | None:
    """Of the mean log-likelihood of every story's tokens (nats a token), where it is stored."""
    found = col(Persona.log_likelihood)
    return spread(_all(session, sample, found, found.is_not(None)))


def _all(session: Session, sample: Sample, column: Any, known: Any) -> Floats:
    stored = select(column).where(
        col(Persona.pool_id) == sample.pool_id,
        col(Persona.number) < sample.personas,
        col(Persona.error).is_(None),
        known,
    )
    found = session.execute(stored.execution_options(yield_per=BATCH)).scalars()
    return np.fromiter(found, dtype=np.float64)
