"""How a comparison of studies looks on a terminal: a table, and the conclusions below it."""

from __future__ import annotations

import csv
import sys
from typing import Any

from anthology.models.runtime import terminal
from anthology.producer.cli.printing import heading, value


def print_comparison(found: dict[str, Any]) -> None:
    """A row for each study and condition, narrow enough for 80 columns where names are short."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from anthology.models.statistics.figures import BY_NAME
    from anthology.producer.comparison.words import sentences

    figures = [BY_NAME[name] for name in found["figures"]]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("study, condition", overflow="fold")
    for figure in figures:
        table.add_column(heading(figure), justify="right", no_wrap=True)
    before = None
    for row in found["rows"]:
        if row["study"] != before:
            table.add_section()
            table.add_row(Text(terminal.one_line(row["study"]), "bold"))
        before = row["study"]
        cells = [value(row, figure) for figure in figures]
        table.add_row(Text(f"  {terminal.one_line(row['condition'])}"), *cells)
    Console().print(table)
    for place in found["differ"]:
        values = dict.fromkeys(study["settings"][place] for study in found["studies"])
        terminal.lines([f"{place}: {', '.join(_short(one) for one in values)}"])
    terminal.lines(sentences(found))


def print_csv(found: dict[str, Any]) -> None:
    """The whole table for a spreadsheet, to stdout."""
    from anthology.models.runtime.spreadsheets import harmless
    from anthology.producer.comparison.table import header, rows

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([harmless(cell) for cell in header(found)])
    for row in rows(found):
        writer.writerow([harmless(_cell(cell)) for cell in row])


def _cell(cell: Any) -> Any:
    return terminal.harmless(cell) if isinstance(cell, str) else cell


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
