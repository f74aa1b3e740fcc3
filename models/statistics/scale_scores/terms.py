"""What the figures of scales are, in words for people; the names under which they are stored are in
`names.py`, how they are computed in `estimates.py`.
"""

from anthology.models.statistics.kinds import Term

TERMS = {
    "n": Term(
        "n", "people with a score; of correlations with one on every scale",
        "who answered all items of the scale",
    ),
    "mean": Term(
        "Mean", "of the scores, weighted where the people are",
        "Σ w x / Σ w; x the mean of a person’s items, those with a minus counted as K + 1 − x",
    ),
    "sd": Term(
        "SD", "standard deviation of the scores", "√(Σ w (x − x̄)² / Σ w · n / (n − 1))",
        "Lumley 2004",
    ),
    "alpha": Term(
        "α", "Cronbach’s alpha of the scale’s items",
        "m/(m−1) · (1 − tr C / Σ C), pairwise covariances after reversal, unweighted",
        "Cronbach 1951",
    ),
    "omega": Term(
        "ω", "McDonald’s omega of the scale’s items, three or more of which have variance",
        "(Σλ)² / ((Σλ)² + Σψ) of one factor, covariances as for α", "McDonald 1999",
    ),
    "difference": Term(
        "Difference", "of the mean scores, simulated less human, in standard deviations of the "
        "humans’ scores; best is nearest to 0", "(x̄_S − x̄_H) / s_H, Glass’s Δ", "Glass 1976",
    ),
    "wd": Term(
        "WD", "Wasserstein distance between the distributions of scores, in steps of an item; "
        "smaller is better", "∫ |F_H(x) − F_S(x)| dx", "Vallender 1974",
    ),
    "correlation": Term(
        "Correlation", "between the scores on two scales, of who has one on every scale",
        "Pearson’s r, weighted",
    ),
    "fro": Term(
        "Fro", "Frobenius norm of the difference between the two matrices of correlations between "
        "scales; smaller is better", "‖R_H − R_S‖_F", "Moon et al. 2024",
    ),
}  # fmt: skip
