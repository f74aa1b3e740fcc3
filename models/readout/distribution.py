"""From log-probabilities of answers to a reading: distribution, label mass, drawn choice.

Pure arithmetic: knows nothing of Celery, engines or prompts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from anthology.models.errors import ItemError, NoValidAnswer


@dataclass(frozen=True)
class Reading:
    """One answer's distribution over a question's choices, in the questionnaire's own order.

    `label_mass` is the probability of any valid answer before normalising: how well the model
    complied. Of written answers it is the share of first ones that could be parsed.
    """

    choices: list[float]
    label_mass: float


def read(
    logprobs: Sequence[float],
    temperature: float = 1.0,
    *,
    lengths: Sequence[int] | None = None,
    prior: Sequence[float] | None = None,
) -> Reading:
    """Normalises the log-probabilities (natural log) of all valid answers.

    Normalising gives P(option | the answer is valid), which is what asking again until the answer
    parses draws from. A temperature T makes it proportional to P^(1/T), as sampling with T would.
    `lengths` (tokens or bytes) divide each log-probability, as the evaluation literature compares
    texts of different length. `prior` is subtracted: log-probabilities that the labels have
    whatever stands behind them (Zheng et al. 2024, arXiv 2309.03882). The label mass is the
    model's own, before any of these. Raises `NoValidAnswer` when all are impossible, `ItemError`
    for what is no number.
    """
    scores = list(logprobs)
    if lengths is not None:
        scores = [score / length for score, length in zip(scores, lengths, strict=True)]
    if prior is not None:
        scores = [score - usual for score, usual in zip(scores, prior, strict=True)]
    top = max(scores)
    if any(math.isnan(score) for score in scores) or top == math.inf:
        raise ItemError("the model gave the answers no finite probability")
    if top == -math.inf:
        raise NoValidAnswer("the model gave the answers no finite probability")
    weights = [math.exp((score - top) / temperature) for score in scores]
    total = sum(weights)
    mass = math.fsum(math.exp(logprob) for logprob in logprobs)
    return Reading([weight / total for weight in weights], min(1.0, mass))


def unshuffled(reading: Reading, shown: Sequence[int]) -> Reading:
    """A reading as displayed, put into the questionnaire's own order."""
    choices = [0.0] * len(shown)
    for share, position in zip(reading.choices, shown, strict=True):
        choices[position] = share
    return Reading(choices, reading.label_mass)


def averaged(readings: Sequence[Reading], temperature: float = 1.0) -> Reading:
    """One reading from one question's readings (without temperature) under several orders.

    The mean is over logarithms, normalised again: a label's own appeal multiplies the share of
    whatever stands behind it (equation 5 of Zheng et al. 2024, arXiv 2309.03882), so that it
    cancels where every choice stood at every label equally often. A mean of the shares themselves
    would keep a part of it. Temperature is applied after that, once. The label mass is the plain
    mean. Raises `ItemError` when the orders leave no choice possible.
    """
    n = len(readings)
    columns = zip(*(reading.choices for reading in readings), strict=True)
    means = [math.fsum(map(_log, column)) / n for column in columns]
    mass = math.fsum(reading.label_mass for reading in readings) / n
    try:
        return replace(read(means, temperature), label_mass=mass)
    except NoValidAnswer as error:  # under each order there were some
        raise ItemError(str(error)) from None


def _log(share: float) -> float:
    return math.log(share) if share > 0 else -math.inf


def label_prior(logprobs: Sequence[Sequence[float]]) -> list[float]:
    """What labels get whatever stands behind them: log-probabilities (L,), normalised.

    `logprobs` (n, L) are as displayed, of questions in orders that put every choice at every label
    equally often, so that what the answers themselves are liked cancels. Their mean over the
    logarithms of normalised distributions, normalised again: equation 7 of Zheng et al. (2024),
    "Large language models are not robust multiple choice selectors", arXiv 2309.03882. All must be
    finite: one label that is impossible once would be so for good.
    """
    normal = [[lp - _logsumexp(row) for lp in row] for row in logprobs]
    means = [math.fsum(column) / len(normal) for column in zip(*normal, strict=True)]
    total = _logsumexp(means)
    return [mean - total for mean in means]


def _logsumexp(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(math.fsum(math.exp(value - top) for value in values))


def draw(probabilities: Sequence[float], uniform: float) -> int:
    """The option whose share of [0, 1) holds `uniform`."""
    reached = 0.0
    for position, probability in enumerate(probabilities):
        reached += probability
        if uniform < reached:
            return position
    # Rounding may leave the sum just under 1: the last option with any probability then.
    return max(i for i, probability in enumerate(probabilities) if probability > 0)
