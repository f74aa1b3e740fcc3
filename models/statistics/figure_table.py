"""All figures of a study, one row each: what is computed, stored, shown and documented follows it.

Knows arrays only; the formulas are in `metrics.py`, `reliability.py`, `individual/pairs.py` and
`readings.py`, what a row says is explained in `kinds.py`. `ops/figures_table.py` writes the table
into the documents.
"""

import math
from collections.abc import Sequence

import numpy as np

from anthology.models.statistics import metrics, readings, reliability
from anthology.models.statistics.individual import pairs
from anthology.models.statistics.kinds import (
    Better,
    Figure,
    OfAnswers,
    OfCorrelations,
    OfCovariances,
    OfDistributions,
    OfPairs,
    OfReadings,
)
from anthology.models.statistics.metrics import Answers, Floats

# Stored beside every figure, and raised where what is computed changes; null before there was one.
VERSION = 6


def _mean_steps(options: Sequence[int]) -> float:
    """From one end of a scale to the other, mean over items."""
    return float(np.mean(options)) - 1


def _pairs(options: Sequence[int]) -> int:
    """Ordered ones of two items, whose correlations differ by 2 at most."""
    return len(options) * (len(options) - 1)


def _constant_items(answers: Answers, weights: Floats) -> float:
    return float(len(metrics.constant_items(answers, weights)))


def _complete_cases(answers: Answers, weights: Floats) -> float:
    return float(metrics.complete_cases(answers, weights))


FIGURES: tuple[Figure, ...] = (
    OfDistributions(
        name="wd", family="marginal", main=True, symbol="WD", headline="Answer distributions",
        function=metrics.wasserstein,
        ordered=True, better=Better.SMALLER, interval=True, largest=_mean_steps,
        shape="distance", floor=True,
        plain="Wasserstein distance between the distributions of answers, in steps of the scale, "
        "averaged over {questions}; 0 is the same distribution",
        formula="Σ_{k<K} |F_H(k) − F_S(k)| on option positions 1..K, mean over ordered questions",
        source="Vallender 1974",
    ),
    OfDistributions(
        name="tv", family="marginal", main=True, symbol="TV", function=metrics.total_variation,
        better=Better.SMALLER, interval=True, shape="distance", most=1.0, floor=True,
        plain="total variation: the share of people who would have to change their answer for the "
        "distributions to agree, averaged over {questions}",
        formula="½ Σ_k |p_H(k) − p_S(k)|, mean over questions; the one to read for nominal ones",
    ),
    OfCorrelations(
        name="fro", family="structure", main=True, symbol="Fro", headline="Correlations",
        function=metrics.frobenius,
        ordered=True, better=Better.SMALLER, interval=True, shape="distance",
        largest=lambda options: 2 * math.sqrt(_pairs(options)), floor=True, digits=2,
        plain="Frobenius norm of the difference between the two correlation matrices",
        formula="‖R_H − R_S‖_F of the weighted correlation matrices, complete cases",
        source="Moon et al. 2024",
    ),
    OfCorrelations(
        name="cbs", family="structure", main=True, symbol="CBS",
        function=metrics.correlation_matrix_distance,
        ordered=True, better=Better.SMALLER, interval=True, most=1.0, shape="squared", floor=True,
        plain="correlation matrix distance, 1 − tr(AB) / (‖A‖ ‖B‖): 0 where the matrices are "
        "proportional",
        formula="1 − tr(R_H R_S) / (‖R_H‖_F ‖R_S‖_F)",
        source="Herdin et al. 2005",
    ),
    OfCorrelations(
        name="l1", family="structure", main=True, symbol="L1", function=metrics.l1,
        ordered=True, better=Better.SMALLER, interval=True, shape="distance",
        largest=lambda options: 2.0 * _pairs(options), floor=True, digits=1,
        plain="sum of the absolute differences between the correlations",
        formula="Σ_ij |R_H − R_S|_ij",
    ),
    OfCovariances(
        name="alpha", family="reliability", main=True, symbol="α", headline="Internal consistency",
        function=reliability.cronbach_alpha,
        ordered=True, better=Better.NEAREST, interval=True, shape="complement", most=1.0,
        floor=True, digits=2,
        plain="Cronbach’s alpha of the simulated answers, those turned round that the study’s "
        "scales have as reverse-keyed",
        formula="m/(m−1) · (1 − tr C / Σ C), pairwise covariances, unweighted, of people of weight "
        "above 0, of positions after reversal (`scales`)",
        source="Cronbach 1951",
    ),
    OfPairs(
        name="agreement", family="individual", main=True, symbol="agree", function=pairs.agreement,
        better=Better.LARGER, interval=True, shape="even", unit="share", digits=2,
        plain="the share of simulated people who give the very answer of the human whom they stand "
        "for, averaged over {questions}",
        formula="Σ_i w_i P_i(h_i) / Σ_i w_i Σ_k P_i(k), the probability of the answer h_i of one’s "
        "own human, refusals aside, mean over questions",
    ),
    OfPairs(
        name="kappa", family="individual", main=True, symbol="κ", function=pairs.kappa,
        better=Better.LARGER, interval=True, most=1.0, digits=2,
        plain="Cohen’s kappa of the same pairs, averaged over {questions}; 1 is every human’s own "
        "answer, 0 what the same answers would reach if they were dealt out at random; on a scale "
        "near misses count in part",
        formula="1 − Σ_kl d_kl p_kl / Σ_kl d_kl p_k· p_·l of the shares p_kl of pairs; d_kl is "
        "(k − l)² on ordered questions, 1 for k ≠ l on others; mean over questions",
        source="Cohen 1960, 1968",
    ),
    OfDistributions(
        name="wd_normalised", family="marginal", symbol="WD/(K−1)",
        function=metrics.wasserstein_normalised,
        ordered=True, better=Better.SMALLER, interval=True, shape="distance", floor=True,
        unit="share",
        plain="Wasserstein distance as a share of the steps that a scale has, averaged over "
        "{questions}",
        formula="WD of a question divided by K − 1, mean over ordered questions",
    ),
    OfDistributions(
        name="js", family="marginal", symbol="JS", function=metrics.jensen_shannon,
        better=Better.SMALLER, interval=True, shape="distance", floor=True, unit="share",
        plain="Jensen-Shannon distance, averaged over {questions}; 0 is the same distribution, 1 "
        "no answer in common",
        formula="√(½ Σ_k p_H log₂(p_H / p̄) + ½ Σ_k p_S log₂(p_S / p̄)) with p̄ = ½ (p_H + p_S), "
        "the root of the divergence, mean over questions",
        source="Endres and Schindelin 2003",
    ),
    OfDistributions(
        name="ks", family="marginal", symbol="KS", function=metrics.kolmogorov_smirnov,
        ordered=True, better=Better.SMALLER, interval=True, shape="distance", floor=True,
        unit="share",
        plain="Kolmogorov-Smirnov: the largest difference between the shares of people up to an "
        "answer, averaged over {questions}",
        formula="max_k |F_H(k) − F_S(k)|, mean over ordered questions",
    ),
    OfDistributions(
        name="overlap", family="marginal", symbol="overlap", function=metrics.overlap,
        better=Better.LARGER, interval=True, shape="distance", floor=True, unit="share",
        plain="what the distributions have in common, averaged over {questions}; 1 is all",
        formula="Σ_k min(p_H(k), p_S(k)) = 1 − TV, mean over questions",
    ),
    OfDistributions(
        name="variance_ratio", family="spread", symbol="s²", function=metrics.variance_ratio,
        ordered=True, where_defined=True, better=Better.ONE, interval=True, shape="logarithm",
        floor=True, digits=2,
        plain="the variance of the simulated answers divided by the humans’, averaged over "
        "{questions}; below 1 the simulated people are too much alike",
        formula="Var_S / Var_H of positions, mean over ordered questions with Var_H > 0",
    ),
    OfDistributions(
        name="homogenised", family="spread", symbol="homog.", function=metrics.homogenised,
        ordered=True, where_defined=True, better=Better.SMALLER, floor=True, unit="share", digits=2,
        plain="the share of {questions} whose simulated answers have less than 0.8 of the humans’ "
        "variance",
        formula="share of ordered questions with Var_H > 0 where Var_S / Var_H < 0.8",
    ),
    OfDistributions(
        name="entropy_ratio", family="spread", symbol="entropy", function=metrics.entropy_ratio,
        where_defined=True, better=Better.ONE, interval=True, floor=True, digits=2,
        plain="the entropy of the simulated answers divided by the humans’, averaged over "
        "{questions}; below 1 they are too much alike, also where answers have no order",
        formula="Σ_k p_S log p_S / Σ_k p_H log p_H, mean over questions to which humans gave more "
        "than one answer",
        source="Shannon 1948",
    ),
    OfCorrelations(
        name="coherence", family="structure", symbol="|r|", function=metrics.coherence,
        ordered=True, better=Better.ZERO, interval=True, shape="distance", least=-1.0, most=1.0,
        floor=True,
        plain="by how much the mean absolute correlation between two of the {questions} is larger "
        "than among humans; few people raise it by chance, which the floor shows",
        formula="mean of |R_S| less mean of |R_H| over i ≠ j",
    ),
    OfCovariances(
        name="omega", family="reliability", symbol="ω", function=reliability.mcdonald_omega,
        ordered=True, better=Better.NEAREST, interval=True, shape="complement", least=0.0,
        most=1.0, floor=True, digits=2,
        plain="McDonald’s omega of the simulated answers, which unlike alpha lets questions differ "
        "in how much they have to do with what they share",
        formula="(Σλ)² / ((Σλ)² + Σψ) of one factor (MINRES of the correlations, −1 ≤ λ/s ≤ 1), "
        "ψ = s² − λ², covariances as for α; three or more questions with variance",
        source="McDonald 1999; Harman and Jones 1966",
    ),
    OfPairs(
        name="agreement_chance", family="individual", symbol="agree by chance",
        function=pairs.agreement_by_chance, unit="share", digits=2,
        plain="the agreement that the same answers would reach if they were dealt out at random",
        formula="Σ_k p_k· p_·k of the shares p_kl of pairs, mean over questions",
        source="Cohen 1960",
    ),
    OfPairs(
        name="mae", family="individual", symbol="MAE", function=pairs.error,
        ordered=True, better=Better.SMALLER, interval=True, largest=_mean_steps,
        shape="even", digits=2,
        plain="mean absolute error: how many steps of the scale a simulated answer is away from "
        "that of one’s own human, averaged over {questions}",
        formula="Σ_kl |k − l| p_kl, mean over ordered questions",
    ),
    OfPairs(
        name="mae_chance", family="individual", symbol="MAE by chance",
        function=pairs.error_by_chance, ordered=True, digits=2,
        plain="the error that the same answers would have if they were dealt out at random",
        formula="Σ_kl |k − l| p_k· p_·l, mean over ordered questions",
    ),
    OfPairs(
        name="pair_correlation", family="individual", symbol="r", function=pairs.correlation,
        ordered=True, better=Better.LARGER, interval=True, least=-1.0, most=1.0, digits=2,
        plain="the correlation of the answer of one’s own human with the position that is expected "
        "of the simulated one, averaged over {questions}; chance gives 0",
        formula="Pearson’s r, weighted by w_i Σ_l P_i(l), of h_i and Σ_l l P_i(l) / Σ_l P_i(l), "
        "mean over ordered questions where both vary",
    ),
    OfReadings(
        name="label_mass", family="readout", symbol="mass", headline="Label mass",
        function=readings.label_mass,
        better=Better.LARGER, unit="share", digits=2, of_few=True,
        plain="the probability that the model gave to the offered options together; of written "
        "answers the share of first ones that could be read",
        formula="mean over people and questions, 0 where no try gave a valid answer",
    ),
    OfReadings(
        name="refusal", family="readout", symbol="refusal",
        function=readings.refusal, unit="share", digits=2,
        plain="the mean probability of the refusal option over the questions that offer one",
        formula="mean over those who answered anything and the questions that offer one",
    ),
    OfAnswers(
        name="constant_items", family="structure", symbol="constant items",
        function=_constant_items,
        ordered=True, unit="count", digits=0,
        plain="questions to which all who answered all of them gave the same answer",
        formula="items without variance among complete cases",
    ),
    OfAnswers(
        name="complete_cases", family="structure", symbol="complete cases",
        function=_complete_cases,
        ordered=True, unit="count", digits=0,
        plain="people who answered all questions, on whom correlations rest",
        formula="people of weight above 0 who answered every ordered question",
    ),
    OfReadings(
        name="missing_answers", family="readout", symbol="missing answers",
        function=readings.missing_answers,
        unit="count", digits=0,
        plain="answers that could not be taken",
        formula="answers that are neither an option nor a refusal",
    ),
    OfReadings(
        name="refused_answers", family="readout", symbol="refused answers",
        function=readings.refused_answers,
        unit="count", digits=0,
        plain="answers drawn that were refusals",
        formula="drawn refusals, where any question offers one",
    ),
)  # fmt: skip
