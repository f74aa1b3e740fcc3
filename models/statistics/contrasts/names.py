"""As what the figures of a contrast are stored."""

# Of the humans and of every condition; then of conditions alone.
OF_BOTH = ("mean_one", "mean_other", "difference", "cohens_d", "t", "df", "p")
OF_SIMULATED = ("apart", "apart_p")
# Of conditions by mean probabilities, where those above are of drawn answers.
EXPECTED = ("mean_one_expected", "mean_other_expected", "difference_expected", "apart_expected")
PROBABILITIES = ("p", "apart_p")


def figure_name(figure: str, comparison: str) -> str:
    """No other figure's name has a space after one of these words."""
    return f"{figure} of {comparison}"
