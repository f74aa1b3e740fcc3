"""All figures of a study, one row each: what is computed, stored, shown and documented follows it.

Knows arrays only; the formulas are in `metrics.py` and `readings.py`, what a row says is explained
in `kinds.py`. `python ops/figures_table.py` writes the table into the documents.
"""

from anthology.models.statistics import metrics, readings
from anthology.models.statistics.kinds import (
    Better,
    Compared,
    Figure,
    OfAnswers,
    OfCorrelations,
    OfDistributions,
    OfPairs,
    OfReadings,
)
from anthology.models.statistics.metrics import Answers, Floats

ALL = "all"  # the subgroup of everybody, in what is stored
# Stored beside every figure, and raised where what is computed changes; null before there was one.
VERSION = 2


def _alpha(answers: Answers, weights: Floats) -> float:
    return metrics.cronbach_alpha(answers[weights > 0])  # papers do not weight it


def _constant_items(answers: Answers, weights: Floats) -> float:
    return float(len(metrics.constant_items(answers, weights)))


def _complete_cases(answers: Answers, weights: Floats) -> float:
    return float(metrics.complete_cases(answers, weights))


FIGURES: tuple[Figure, ...] = (
    OfDistributions(
        name="wd", symbol="WD", headline="Answer distributions", function=metrics.wasserstein,
        ordered=True, better=Better.SMALLER, interval=True, floor=True,
        plain="Wasserstein distance between the distributions of answers, in steps of the scale, "
        "averaged over {questions}; 0 is the same distribution",
        formula="Σ_{k<K} |F_H(k) − F_S(k)| on option positions 1..K, mean over ordered questions",
        source="Vallender 1974",
    ),
    OfDistributions(
        name="tv", symbol="TV", function=metrics.total_variation,
        better=Better.SMALLER, interval=True, floor=True,
        plain="total variation: the share of people who would have to change their answer for the "
        "distributions to agree, averaged over {questions}",
        formula="½ Σ_k |p_H(k) − p_S(k)|, mean over questions; the one to read for nominal ones",
    ),
    OfCorrelations(
        name="fro", symbol="Fro", headline="Correlations", function=metrics.frobenius,
        ordered=True, better=Better.SMALLER, interval=True, floor=True, digits=2,
        plain="Frobenius norm of the difference between the two correlation matrices",
        formula="‖R_H − R_S‖_F of the weighted correlation matrices, complete cases",
        source="Moon et al. 2024",
    ),
    OfCorrelations(
        name="cbs", symbol="CBS", function=metrics.correlation_matrix_distance,
        ordered=True, better=Better.SMALLER, interval=True, floor=True,
        plain="correlation matrix distance, 1 − tr(AB) / (‖A‖ ‖B‖): 0 where the matrices are "
        "proportional",
        formula="1 − tr(R_H R_S) / (‖R_H‖_F ‖R_S‖_F)",
        source="Herdin et al. 2005",
    ),
    OfCorrelations(
        name="l1", symbol="L1", function=metrics.l1,
        ordered=True, better=Better.SMALLER, interval=True, floor=True, digits=1,
        plain="sum of the absolute differences between the correlations",
        formula="Σ_ij |R_H − R_S|_ij",
    ),
    OfAnswers(
        name="alpha", symbol="α", headline="Internal consistency", function=_alpha,
        ordered=True, better=Better.NEAREST, interval=True, floor=True, digits=2,
        plain="Cronbach’s alpha of the simulated answers",
        formula="m/(m−1) · (1 − tr C / Σ C), pairwise covariances, unweighted, of people of weight "
        "above 0",
        source="Cronbach 1951",
    ),
    OfPairs(
        name="agreement", symbol="agree", function=metrics.agreement,
        better=Better.LARGER, interval=True, unit="share", digits=2,
        plain="the share of simulated people who give the very answer of the human whom they stand "
        "for, averaged over {questions}",
        formula="Σ_i w_i P_i(h_i) / Σ_i w_i, the probability of the answer h_i of one’s own human, "
        "mean over questions",
    ),
    OfPairs(
        name="kappa", symbol="κ", function=metrics.kappa,
        better=Better.LARGER, interval=True, digits=2,
        plain="Cohen’s kappa of the same pairs, averaged over {questions}; 1 is every human’s own "
        "answer, 0 what the same answers would reach if they were dealt out at random; on a scale "
        "near misses count in part",
        formula="1 − Σ_kl d_kl p_kl / Σ_kl d_kl p_k· p_·l of the shares p_kl of pairs; d_kl is "
        "(k − l)² on ordered questions, 1 for k ≠ l on others; mean over questions",
        source="Cohen 1960, 1968",
    ),
    OfReadings(
        name="label_mass", symbol="mass", headline="Label mass", function=readings.label_mass,
        better=Better.LARGER, unit="share", digits=2, of_few=True,
        plain="the probability that the model gave to the offered options together; of written "
        "answers the share of first ones that could be read",
        formula="mean over people and questions, 0 where no try gave a valid answer",
    ),
    OfReadings(
        name="refusal", symbol="refusal", function=readings.refusal, unit="share", digits=2,
        plain="the mean probability of the refusal option over the questions that offer one",
        formula="mean over those who answered anything and the questions that offer one",
    ),
    OfAnswers(
        name="constant_items", symbol="constant items", function=_constant_items,
        ordered=True, unit="count", digits=0,
        plain="questions to which all who answered all of them gave the same answer",
        formula="items without variance among complete cases",
    ),
    OfAnswers(
        name="complete_cases", symbol="complete cases", function=_complete_cases,
        ordered=True, unit="count", digits=0,
        plain="people who answered all questions, on whom correlations rest",
        formula="people of weight above 0 who answered every ordered question",
    ),
    OfReadings(
        name="missing_answers", symbol="missing answers", function=readings.missing_answers,
        unit="count", digits=0,
        plain="answers that could not be taken",
        formula="answers that are neither an option nor a refusal",
    ),
    OfReadings(
        name="refused_answers", symbol="refused answers", function=readings.refused_answers,
        unit="count", digits=0,
        plain="answers drawn that were refusals",
        formula="drawn refusals, where any question offers one",
    ),
)  # fmt: skip

COMPARED = tuple(figure for figure in FIGURES if isinstance(figure, Compared))
WITH_INTERVAL = tuple(figure for figure in FIGURES if figure.interval)
WITH_FLOOR = tuple(figure for figure in COMPARED if figure.floor)
OF_DISTRIBUTIONS = tuple(figure for figure in FIGURES if isinstance(figure, OfDistributions))
OF_ANSWERS = tuple(figure for figure in FIGURES if isinstance(figure, OfAnswers))
OF_PAIRS = tuple(figure for figure in FIGURES if isinstance(figure, OfPairs))
OF_READINGS = tuple(figure for figure in FIGURES if isinstance(figure, OfReadings))
HEADLINES = tuple(figure for figure in FIGURES if figure.headline)

# Names under which values without an interval are stored.
DRAWN = tuple(figure.drawn_name for figure in OF_DISTRIBUTIONS)
COUNTS = tuple(figure.name for figure in FIGURES if figure.unit == "count")
MEANS = (
    *DRAWN,
    *(figure.name for figure in FIGURES if not figure.interval and figure.unit != "count"),
)
# Of people who were asked again, what share of their agreement with themselves is reached.
OF_RETEST = tuple(figure.of_retest for figure in OF_PAIRS)
# Those that must lie between 0 and 1.
SHARES = tuple(figure.name for figure in FIGURES if figure.unit == "share")


def deviation(figure: Figure) -> str:
    """The name of a floor's standard deviation over splits."""
    return f"{figure.name}_sd"


# What a floor holds: of a figure of two sides mean and deviation, of another all humans' value.
FLOOR = tuple(
    name
    for figure in WITH_FLOOR
    for name in ((figure.name, deviation(figure)) if figure.two_sides else (figure.name,))
)


def leading(ordered: bool) -> OfDistributions:
    """The figure by which answers to ordered, or to any, questions are said to be close."""
    return next(figure for figure in OF_DISTRIBUTIONS if ordered or not figure.ordered)
