"""The answers to questions on which nobody is compared."""

from collections.abc import Iterator

import numpy as np

from anthology.models import seeds
from anthology.models.measuring.rows import Row, estimated
from anthology.models.statistics import described
from anthology.models.statistics.comparison import Simulated
from anthology.models.study.study import Study


def rows(
    study: Study, simulated: Simulated, condition: str, subgroup: str, n: int
) -> Iterator[Row]:
    """Shares of options, mean and standard deviation of some simulated people's answers."""
    rng = np.random.default_rng(seeds.derive(study.seed, "described", condition, subgroup))
    ordered = [question.ordered for question in study.questions]
    found = described.described(simulated, ordered, rng, study.measures.bootstrap)
    told = {question.name for question in study.shown_alone}
    for question, told_of in zip(study.questions, found, strict=True):
        if question.name in told:
            names = described.names(question.name, len(question.options), question.ordered)
            named = dict(zip(names, told_of, strict=True))
            yield from estimated(named, condition, subgroup, n)
