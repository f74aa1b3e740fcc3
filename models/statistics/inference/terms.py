"""What says how many humans a simulation is worth, in words for people; the names under which it is
stored are in `names.py`, how it is computed in `powered.py`, `worth.py` and `differences.py`.
"""

from anthology.models.statistics.kinds import Term

POWERED = "Angelopoulos et al. 2023; Angelopoulos, Duchi and Zrnic 2023"
TERMS = {
    "correlation": Term(
        "r", "the correlation of humans’ answers with what was simulated for each of them; "
        "below 0 it is worth nothing", "Pearson’s r of the labelled humans and their doubles",
    ),
    "correlation_of_difference": Term(
        "r", "the correlation of what answers and predictions move the difference by",
        "Pearson’s r over the labelled humans of both groups",
    ),
    "correlation_p": Term(
        "p", "how likely an r as large is if there is none, after Holm’s correction for all "
        "comparisons of the condition", "two-sided", "Holm 1979",
    ),
    "lambda": Term(
        "λ", "how much of the simulation is used: 0 is none",
        "the λ of the least variance, cut at 0", "Angelopoulos, Duchi and Zrnic 2023",
    ),
    "labelled": Term(
        "Humans asked", "the humans whose own answers are used; the simulation stands for the "
        "others", "n",
    ),
    "effective_humans": Term(
        "Worth", "how many humans alone would tell as much as those asked and the simulation "
        "together; “humans asked” itself is worth nothing more", "n / (1 − r² (N − n)/N)",
        POWERED,
    ),
    "powered": Term(
        "With the simulation", "what the humans who were asked say of all, moved by what "
        "separates the simulation of the others from their own; right on average however wrong "
        "the simulation is", "ȳ + λ (f̄′ − f̄) of their answers y, what was simulated for them, "
        "f, and for the others, f′", POWERED,
    ),
    "classical": Term(
        "Humans alone", "what the humans who were asked say of all, without a simulation", "ȳ",
    ),
    "all_humans": Term(
        "All humans", "what all humans with an answer say, to hold both against; none where nobody "
        "else answered", "Σ w y / Σ w of all of them",
    ),
}  # fmt: skip
