"""Answers as if all questions were keyed the same way: positions of those that scales have as
reverse-keyed are counted from the other end.

Distances, ratios and agreement are the same in a mirror. Alpha and omega of all questions together
are not: an item and a reverse-keyed one take each other's covariances away, so that they say how
many are turned round and not how well the answers hang together.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from anthology.models.database.arrays import Ints
from anthology.models.measuring.stored import Stored
from anthology.models.questionnaire.questions import Question
from anthology.models.statistics.comparison import Simulated
from anthology.models.statistics.metrics import Answers
from anthology.models.study.scales import reverse_keyed

Positions = TypeVar("Positions", Ints, Answers)


def keyed_one_way(stored: Stored) -> Stored:
    """The same people with the same answers, for figures of humans and simulated people."""
    study = stored.study
    turned = reverse_keyed(study.scales)
    if not turned:
        return stored
    people, compared = stored.people, study.compared
    again = None if people.again is None else _mirrored(people.again, compared, turned)
    simulations = {
        name: replace(
            simulation,
            answers=_mirrored(simulation.answers, study.questions, turned),
            probabilities=[
                joint[:, ::-1] if question.name in turned else joint
                for question, joint in zip(study.questions, simulation.probabilities, strict=True)
            ],
        )
        for name, simulation in stored.simulations.items()
    }
    people = replace(people, answers=_mirrored(people.answers, compared, turned), again=again)
    return replace(stored, people=people, simulations=simulations)


def drawn_one_way(
    simulated: Simulated, questions: Sequence[Question], turned: frozenset[str]
) -> Simulated:
    """The same people with what they drew, to these questions, so keyed; not what is probable."""
    return replace(simulated, answers=_mirrored(simulated.answers, questions, turned))


def _mirrored(
    answers: Positions, questions: Sequence[Question], turned: frozenset[str]
) -> Positions:
    """Positions (n, m); -1 stays."""
    last = np.array([len(question.options) - 1 for question in questions])
    mirrored = np.array([question.name in turned for question in questions])
    return np.where(mirrored & (answers >= 0), last - answers, answers)
