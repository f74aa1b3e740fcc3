"""What a group's correlations cannot show, and which questions go against the others.

Turns response profiles into sentences; knows nothing of pages and of conditions' figures.
"""

import math

import numpy as np

from anthology.models.statistics.figures import MAIN
from anthology.models.statistics.kinds import OfCorrelations
from anthology.models.study.scales import reverse_keyed
from anthology.models.study.study import Study
from anthology.producer.reporting.method import listed
from anthology.producer.reporting.response_profiles import ResponseProfile, together

FEW = 30  # people, or personas, below which a figure rests on few
MOST_NAMED = 5  # questions in a line
CORRELATIONS = listed([figure.symbol for figure in MAIN if isinstance(figure, OfCorrelations)])


def correlation_flags(portrait: ResponseProfile, study: Study) -> list[str]:
    """What correlations cannot show, where there is more than one scale to correlate."""
    scales = sum(question.ordered for question in together(study))
    if scales < 2:
        return []
    if portrait.complete < 2:
        return [
            f"{'one person' if portrait.complete else 'nobody'} answered all {scales} ordered "
            f"questions; {CORRELATIONS} are undefined."
        ]
    found = []
    if portrait.complete < FEW:
        found.append(
            f"{CORRELATIONS} rest on the {portrait.complete} people who answered all {scales} "
            "ordered questions."
        )
    if portrait.constant:
        found.append(
            "everybody who answered all ordered questions gave one answer to "
            f"{listed(portrait.constant)}; correlations with it are undefined and count as 0."
        )
    return found


def against_flags(humans: ResponseProfile, study: Study) -> list[str]:
    """Questions that surely go against the others as scales key them: the correlation with the sum
    of the others, all in standard deviations, is more than 1.96 standard errors below 0."""
    scales = [question.name for question in together(study) if question.ordered]
    if len(scales) < 3 or humans.complete < FEW:
        return []
    turned = reverse_keyed(study.scales)
    sign = np.array([-1.0 if name in turned else 1.0 for name in scales])
    keyed = np.nan_to_num(humans.correlation) * sign[:, None] * sign
    others = keyed.sum(axis=1) - keyed.diagonal()
    rest = keyed.sum() - keyed.diagonal() - 2 * others  # the variance of the sum of the others
    least = -1.96 / math.sqrt(humans.complete)
    against = [
        name
        for name, one, variance in zip(scales, others, rest, strict=True)
        if variance > 0 and one / math.sqrt(variance) < least
    ]
    if not against:
        return []
    who = listed(against)
    if len(against) > MOST_NAMED:
        who = f"{len(against)} of {len(scales)} questions"
    go, them = ("goes", "it") if len(against) == 1 else ("go", "them")
    return [
        f"{who} {go} against the other questions, as reverse-keyed ones do, and α and ω count "
        f"{them} as asked; if all measure one thing, name {them} with a minus under “scales”."
    ]
