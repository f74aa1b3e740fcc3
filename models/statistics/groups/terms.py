"""What is said of groups of people, in words for people: side by side (`across_groups.py`), and by
themselves (`described.py`), where it is computed and named.
"""

from anthology.models.statistics.kinds import Term

ACROSS = {
    "within_spread": Term(
        "Spread within", "the variance of the simulated answers within groups divided by the "
        "humans’, groups as large as among the humans, averaged over ordered questions; best is "
        "nearest to 1. Below 1 the people of a group are too much alike, as stereotypes are, also "
        "where groups so far apart make the spread of all together right",
        "Σ_g w_g Var_S / Σ_g w_g Var_H, mean over ordered questions",
    ),
    "parity_gap": Term(
        "Gap", "parity gap: the WD (TV where nothing is ordered) of the group that the simulation "
        "is farthest from less that of the nearest; 0 is as near to each. As the largest less the "
        "smallest it is above 0 by chance alone, the more so the smaller and the more the groups: "
        "the grey rows say by how much of real people, who give one answer each, to hold “drawn” "
        "against", "max_g WD_g − min_g WD_g",
    ),
}  # fmt: skip
ALONE = {
    "share": Term(
        "Share", "the share of an option among those who answer: the mean of the probabilities "
        "that simulated people gave to it", "Σ_i w_i p_i(k) / Σ_i w_i Σ_l p_i(l)",
    ),
    "mean": Term("Mean", "of the options’ positions 1, 2, …, by the shares", "Σ_k k p(k)"),
    "sd": Term(
        "SD", "standard deviation of the options’ positions, by the shares",
        "√(Σ_k (k − x̄)² p(k))",
    ),
}  # fmt: skip
