"""What a simulation is worth to whoever asks few humans: of every question, how many humans more
those few are with it, and what they would have said of all, with it and without."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anthology.models import seeds
from anthology.models.database.arrays import Floats, Ints, Simulation
from anthology.models.measuring.rows import Row, estimated, metric
from anthology.models.measuring.stored import Stored
from anthology.models.questionnaire.questions import Question
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import names
from anthology.models.statistics.inference.jackknife import means
from anthology.models.statistics.inference.powered import powered
from anthology.models.statistics.inference.tuning import Predicted
from anthology.models.statistics.inference.worth import average, relations, worth
from anthology.models.study.measures import ALL_LABELLED, FEWEST_LABELLED

USUAL = 100  # labelled people, or half of those who can be, where the study does not say
FEWEST_OTHERS = 3  # who are not labelled


@dataclass(frozen=True)
class _Asked:
    """One question to all R respondents: their own answers and what was predicted of them (R, q),
    by quantity, and weights (R,). `known` (k,) gave an answer that was predicted, `labelled` are
    those of them who are supposed to have been asked, `others` stand for those who were not."""

    own: Floats
    predictions: Floats
    weights: Floats
    known: Ints
    labelled: Ints
    others: Ints

    @property
    def unlabelled(self) -> float:
        """The share of all."""
        return len(self.others) / (len(self.labelled) + len(self.others))

    @property
    def enough(self) -> bool:
        return len(self.labelled) >= FEWEST_LABELLED and len(self.others) >= FEWEST_OTHERS

    @property
    def hidden(self) -> bool:
        """Whether all others gave an answer, too, which is known by now."""
        return len(self.known) > len(self.labelled)

    def predicted(self, rows: Ints) -> Predicted:
        return Predicted(self.predictions[rows], self.weights[rows])


def rows(stored: Stored) -> Iterator[Row]:
    """Of everybody together, with survey weights. The labelled are the first of one random order of
    all respondents: the same people for every question and condition, as far as they answered."""
    rng = np.random.default_rng(seeds.derive(stored.study.seed, "labelled"))
    order = rng.permutation(stored.respondents)
    for condition, simulation in stored.simulations.items():
        found = []
        for place, question in enumerate(stored.study.compared):
            asked = _asked(stored, simulation, place, order)
            if asked.enough:
                z = relations(asked.own[asked.known], asked.predicted(asked.known))
                yield from _of_question(condition, question, asked, z)
                found.append((question.ordered, asked, z))
        if found:
            scales = [(asked, z[:, :1]) for ordered, asked, z in found if ordered]
            yield _averaged(condition, scales or [(asked, z) for _, asked, z in found])


def _asked(stored: Stored, simulation: Simulation, place: int, order: Ints) -> _Asked:
    """Of the compared question at this place. Who gave no answer that can be compared, or could not
    be simulated, is left out as from all figures, but of `labelled: all`: there whoever has no
    answer to a question was not asked."""
    people, wanted = stored.people, stored.study.measures.labelled
    question, count = stored.study.compared[place], len(order)
    joint = np.nan_to_num(simulation.probabilities[simulation.compared[place]])
    answering = joint.sum(axis=1, keepdims=True)
    answers = people.answers[:count, place]
    predicted = people.counted[:count] & (answering[:, 0] > 0)
    known = order[(predicted & (answers >= 0))[order]]
    if wanted == ALL_LABELLED:
        labelled, others = known, np.flatnonzero(predicted & people.silent[:count, place])
    else:
        asked = wanted or min(USUAL, len(known) // 2)
        labelled, others = known[:asked], known[asked:]
    return _Asked(
        _quantities(np.eye(joint.shape[1])[answers], question),
        _quantities(joint / np.where(answering > 0, answering, 1.0), question),
        people.weights[:count], known, labelled, others,
    )  # fmt: skip


def _quantities(shares: Floats, question: Question) -> Floats:
    """In the order of `names.quantities`: of an ordered question first the expected position."""
    if not question.ordered:
        return shares
    return np.column_stack([shares @ np.arange(1, shares.shape[1] + 1), shares])


def _of_question(condition: str, question: Question, asked: _Asked, z: Floats) -> Iterator[Row]:
    n, others = len(asked.labelled), asked.predicted(asked.others)
    own, labelled = asked.own[asked.labelled], asked.predicted(asked.labelled)
    options = len(question.options)
    said = powered(own, labelled, others, options if question.ordered else None)
    everybody = means(asked.own[asked.known], asked.weights[asked.known])
    quantities = names.quantities(question.name, options, question.ordered)
    values = worth(z, [asked.unlabelled] * len(quantities))
    for i, quantity in enumerate(quantities):
        of_labelled = {
            names.EFFECTIVE: _scaled(values[i].times, n),
            names.TUNING: Estimate(float(said.tuning[i])),
            names.POWERED: said.powered[i],
            names.CLASSICAL: said.classical[i],
        }
        of_known = {names.CORRELATION: values[i].correlation}
        if asked.hidden:
            of_known[names.TRUTH] = Estimate(float(everybody[i]))
        for found, people in ((of_labelled, n), (of_known, len(asked.known))):
            stored = {names.stored_name(name, quantity): one for name, one in found.items()}
            yield from estimated(stored, condition, ALL, people)


def _averaged(condition: str, found: Sequence[tuple[_Asked, Floats]]) -> Row:
    """At the average relation over quantities (1 + k, q) of questions, and over their people."""
    people = len(found[0][0].weights)
    everywhere = []
    for asked, z in found:
        of_all = np.repeat(z[:1], 1 + people, axis=0)
        of_all[1 + asked.known] = z[1:]
        everywhere += list(of_all.T)
    unlabelled = float(np.mean([asked.unlabelled for asked, _ in found]))
    n = round(float(np.mean([len(asked.labelled) for asked, _ in found])))
    [one] = worth(average(everywhere), [unlabelled])
    effective = _scaled(one.times, n)
    return metric(
        condition, ALL, names.EFFECTIVE, effective.value, n, effective.low, effective.high
    )


def _scaled(found: Estimate, by: float) -> Estimate:
    return Estimate(found.value * by, found.low * by, found.high * by)
