"""How the list of a survey's columns looks on a terminal: a line a column, its options below.

Knows `Listing` alone; on a terminal lines are cut at its width, for a program they are whole.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from anthology.models.runtime import terminal

if TYPE_CHECKING:
    from anthology.producer.surveys.listing import ListedColumn, Listing

WIDEST_NAME = 24
MOST_CODES = 6


def print_listing(found: Listing) -> None:
    """The table on stdout; what to do next as notes."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    names = min(max((len(column.name) for column in found.columns), default=4), WIDEST_NAME)
    lines = [f"{'name':{names}}  {'scale':<13}{'answered':>9}  {'missing':>7}  wording, options"]
    for column in found.columns:
        lines += _lines(column, names)
    terminal.lines(line[: width - 1] + "…" if 0 < width < len(line) else line for line in lines)


def _lines(column: ListedColumn, names: int) -> Iterator[str]:
    number = f" {len(column.options)}" if column.options else ""
    people = column.answered + column.missing
    share = f"{column.missing / people:.0%}" if people else "-"
    trait = f" (a trait: {column.trait})" if column.trait else ""
    wording = column.wording if column.wording != column.name else "-"
    yield (
        f"{column.name:{names}}  {column.scale + number:<13}{column.answered:>9,}  {share:>7}  "
        f"{wording}{trait}"
    )
    indent = " " * (names + 35)
    if column.options:
        yield indent + "; ".join(option.text for option in column.options)
    if column.missing_codes:
        codes = list(map(str, column.missing_codes))
        more = ", ..." if len(codes) > MOST_CODES else ""
        yield f"{indent}missing: {', '.join(codes[:MOST_CODES])}{more}"
