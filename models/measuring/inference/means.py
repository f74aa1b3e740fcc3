"""What a simulation is worth to whoever asks few humans: of every question, how many humans more
those few are with it, and what they would have said of all, with it and without."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from anthology.models.database.arrays import Floats, Ints, Simulation
from anthology.models.measuring.inference.labelled import (
    FEWEST_OTHERS,
    Divided,
    divided,
    random_order,
)
from anthology.models.measuring.inference.worth_rows import worth_rows
from anthology.models.measuring.rows import Row, metric
from anthology.models.measuring.stored import Stored
from anthology.models.questionnaire.questions import Question
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import names
from anthology.models.statistics.inference.jackknife import means
from anthology.models.statistics.inference.powered import powered
from anthology.models.statistics.inference.tuning import Predicted
from anthology.models.statistics.inference.worth import (
    average,
    relations,
    share_unlabelled,
    worth,
)
from anthology.models.study.measures import FEWEST_LABELLED


@dataclass(frozen=True)
class _Asked:
    """One question to all R respondents: their own answers and what was predicted of them (R, q),
    by quantity, weights (R,), and who of the `people` is asked and labelled."""

    own: Floats
    predictions: Floats
    weights: Floats
    people: Divided

    @property
    def unlabelled(self) -> float:
        """The share of all."""
        return share_unlabelled(len(self.people.labelled), len(self.people.others))

    @property
    def enough(self) -> bool:
        labelled, others = len(self.people.labelled), len(self.people.others)
        return labelled >= FEWEST_LABELLED and others >= FEWEST_OTHERS

    def predicted(self, rows: Ints) -> Predicted:
        return Predicted(self.predictions[rows], self.weights[rows])


def rows(stored: Stored) -> Iterator[Row]:
    """Of everybody together, with survey weights."""
    order = random_order(stored)
    for condition, simulation in stored.simulations.items():
        found = []
        for place, question in enumerate(stored.study.compared):
            asked = _asked(stored, simulation, place, order)
            if asked.enough:
                known = asked.people.known
                z = relations(asked.own[known], asked.predicted(known))
                yield from _of_question(condition, question, asked, z)
                found.append((question.ordered, asked, z))
        if found:
            scales = [(asked, z[:, :1]) for ordered, asked, z in found if ordered]
            yield _averaged(condition, scales or [(asked, z) for _, asked, z in found])


def _asked(stored: Stored, simulation: Simulation, place: int, order: Ints) -> _Asked:
    """Of the compared question at this place."""
    people, question, count = stored.people, stored.study.compared[place], len(order)
    joint = np.nan_to_num(simulation.probabilities[simulation.compared[place]])
    answering = joint.sum(axis=1, keepdims=True)
    answers = people.answers[:count, place]
    return _Asked(
        _quantities(np.eye(joint.shape[1])[answers], question),
        _quantities(joint / np.where(answering > 0, answering, 1.0), question),
        people.weights[:count],
        divided(stored, order, answering[:, 0] > 0, answers >= 0, people.silent[:count, place]),
    )


def _quantities(shares: Floats, question: Question) -> Floats:
    """In the order of `names.quantities`: of an ordered question first the expected position."""
    if not question.ordered:
        return shares
    return np.column_stack([shares @ np.arange(1, shares.shape[1] + 1), shares])


def _of_question(condition: str, question: Question, asked: _Asked, z: Floats) -> Iterator[Row]:
    people = asked.people
    n, others = len(people.labelled), asked.predicted(people.others)
    own, labelled = asked.own[people.labelled], asked.predicted(people.labelled)
    options = len(question.options)
    said = powered(own, labelled, others, options if question.ordered else None)
    everybody = means(asked.own[people.known], asked.weights[people.known])
    quantities = names.quantities(question.name, options, question.ordered)
    values = worth(z, [asked.unlabelled] * len(quantities))
    for i, quantity in enumerate(quantities):
        truth = {names.TRUTH: Estimate(float(everybody[i]))} if people.hidden else {}
        yield from worth_rows(
            condition, partial(names.stored_name, quantity=quantity), values[i],
            float(said.tuning[i]), said.powered[i], said.classical[i], n, truth, len(people.known),
        )  # fmt: skip


def _averaged(condition: str, found: Sequence[tuple[_Asked, Floats]]) -> Row:
    """At the average relation over quantities (1 + k, q) of questions, and over their people."""
    people = len(found[0][0].weights)
    everywhere = []
    for asked, z in found:
        of_all = np.repeat(z[:1], 1 + people, axis=0)
        of_all[1 + asked.people.known] = z[1:]
        everywhere += list(of_all.T)
    unlabelled = float(np.mean([asked.unlabelled for asked, _ in found]))
    n = round(float(np.mean([len(asked.people.labelled) for asked, _ in found])))
    [one] = worth(average(everywhere), [unlabelled])
    effective = one.times.scaled(n)
    return metric(
        condition, ALL, names.EFFECTIVE, effective.value, n, effective.low, effective.high
    )
