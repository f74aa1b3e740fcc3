"""As what is stored that says what a simulation is worth beside few humans.

Of each question of a study there is something of the mean of its options' positions, if these have
an order, and of the share of every option; of each comparison of its contrasts, under the names
that contrasts have, of the difference. Knows no figure's formula.
"""

EFFECTIVE = "effective_humans"
CORRELATION = "correlation"
TUNING = "lambda"
POWERED = "powered"
CLASSICAL = "classical"
TRUTH = "all_humans"
NAMES = (EFFECTIVE, CORRELATION, TUNING, POWERED, CLASSICAL, TRUTH)
CHANCE = "correlation_p"
OF_DIFFERENCES = (*NAMES, CHANCE)


def quantities(question: str, options: int, ordered: bool) -> list[str]:
    """Of a question of so many options: its mean, then the shares of its options."""
    shares = [f"{question}/{place + 1}" for place in range(options)]
    return [question, *shares] if ordered else shares


def stored_name(name: str, quantity: str) -> str:
    """Of one of `NAMES`; the average over questions is stored as `EFFECTIVE` alone."""
    return f"{name}/{quantity}"


def all_names(question: str, options: int, ordered: bool) -> list[str]:
    """All that may be stored of one question."""
    of_it = quantities(question, options, ordered)
    return [stored_name(name, quantity) for name in NAMES for quantity in of_it]
