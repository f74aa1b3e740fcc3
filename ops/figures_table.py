"""Writes the table of figures into DESIGN.md, as the code has it: python ops/figures_table.py."""

import re
from pathlib import Path

from anthology.models.statistics.figure_table import FIGURES
from anthology.models.statistics.kinds import Figure

DESIGN = Path(__file__).parent / "DESIGN.md"
HEAD = ("figure", "name", "family", "of", "definition", "best", "source")
BEST = {
    "SMALLER": "smallest", "LARGER": "largest", "NEAREST": "nearest to the humans'",
    "ONE": "nearest to 1", "ZERO": "nearest to 0",
}  # fmt: skip
TABLE = re.compile(re.escape(f"| {' | '.join(HEAD)} |\n") + r"(\|.*\n)+")


def table() -> str:
    rows = [HEAD, ("---",) * len(HEAD), *map(row, FIGURES)]
    return "".join(f"| {' | '.join(cells)} |\n".replace("  |", " |") for cells in rows)


def row(figure: Figure) -> tuple[str, ...]:
    formula = figure.formula.replace("|", r"\|")
    best = BEST.get(figure.better.name, "")
    name, symbol = f"`{figure.name}`", figure.symbol.replace("|", r"\|")
    return symbol, name, figure.family, figure.compares, formula, best, figure.source


def with_table(document: str) -> str:
    found, count = TABLE.subn(lambda _: table(), document)
    assert count == 1, "DESIGN.md has lost the table of figures"
    return found


if __name__ == "__main__":
    DESIGN.write_text(with_table(DESIGN.read_text()))
