"""What the figures of differences between groups are, in words for people; the names under which
they are stored are in `names.py`, how they are computed in `differences.py`.
"""

from anthology.models.statistics.kinds import Term

TERMS = {
    "means": Term(
        "Means", "what the first group, or rating, scores and what the second does, on positions "
        "1, 2, …; of several questions the mean of each person’s answers",
        "Σ w x / Σ w of the scores of each side",
    ),
    "difference": Term(
        "Difference", "what the first scores above the second, of simulated people by one drawn "
        "answer each, as humans give one", "x̄₁ − x̄₂",
        "intervals: Binder 1983, Kish 1965",
    ),
    "difference_expected": Term(
        "By mean probabilities", "the same difference of the positions that are expected of each "
        "simulated person, without the noise of drawing", "x̄₁ − x̄₂ of Σ_k k p(k)",
    ),
    "cohens_d": Term(
        "d", "Cohen’s d: the difference in standard deviations of the scores",
        "(x̄₁ − x̄₂) / s, s² pooled over both sides", "Cohen 1988",
    ),
    "t": Term(
        "t", "Welch’s t of the difference; of the same people’s two ratings that of pairs",
        "(x̄₁ − x̄₂) / √(s₁²/n₁ + s₂²/n₂), n by Kish’s effective number", "Welch 1947",
    ),
    "df": Term(
        "df", "degrees of freedom of t; people who share a persona are no independent people",
        "Satterthwaite’s, at most the stories less one", "Satterthwaite 1946",
    ),
    "p": Term(
        "p", "how likely a difference as large is if there is none", "two-sided, of t",
    ),
    "apart": Term(
        "Less the humans’", "the simulated difference less that of the humans; surely other than 0 "
        "only if their doubles answer otherwise than they do", "(x̄₁ − x̄₂)_S − (x̄₁ − x̄₂)_H, the "
        "same people on both sides",
    ),
    "apart_p": Term(
        "p", "how likely a difference as far from the humans’ is if it is theirs, after Holm’s "
        "correction for all comparisons of the condition", "two-sided, of t", "Holm 1979",
    ),
    "ratio": Term(
        "Ratio", "the simulated difference divided by the humans’, where theirs is settled; 1 is "
        "as large, below 0 the opposite", "(x̄₁ − x̄₂)_S / (x̄₁ − x̄₂)_H",
    ),
    "settled": Term(
        "Settled by the humans", "of how many comparisons the humans’ difference surely is not 0",
        "the 95% interval of the humans’ difference holds no 0",
    ),
    "same_sign": Term(
        "Of these the same way", "in how many of the settled ones the simulated difference points "
        "in the humans’ direction", "ratio > 0",
    ),
    "surely_apart": Term(
        "Surely not the humans’", "in how many of all comparisons the simulated difference surely "
        "is another than the humans’; few may also mean that few people answered",
        "p of “less the humans’” < 0.05 after Holm’s correction for the condition’s comparisons",
        "Holm 1979",
    ),
}  # fmt: skip
