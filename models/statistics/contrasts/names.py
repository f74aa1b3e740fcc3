"""As what the figures of a contrast are stored."""

from collections.abc import Iterable

# Of the humans and of every condition; then of conditions alone.
OF_BOTH = ("mean_one", "mean_other", "difference", "cohens_d", "t", "df", "p")
OF_SIMULATED = ("apart", "apart_p")
PROBABILITIES = ("p", "apart_p")


def figure_name(figure: str, comparison: str) -> str:
    """No other figure's name has a space after one of these words."""
    return f"{figure} of {comparison}"


def figure_names(figures: Iterable[str], comparisons: Iterable[str]) -> set[str]:
    """All of them."""
    listed = list(comparisons)
    return {figure_name(figure, comparison) for figure in figures for comparison in listed}
