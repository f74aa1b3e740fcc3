"""What a draft says in comments on columns: each remark once, with the columns it is about.

Knows nothing of what is remarked on.
"""

import textwrap
from collections import defaultdict
from collections.abc import Iterable

from anthology.producer.surveys.drafting.wordings import one_line

MOST_NAMED = 8  # columns of one remark
WIDTH = 98


class Remarks:
    """Remarks in the order in which they were first made."""

    def __init__(self) -> None:
        self._columns: dict[str, list[str]] = defaultdict(list)

    def add(self, column: str, remarks: Iterable[str]) -> None:
        for remark in remarks:
            if column not in self._columns[remark]:
                self._columns[remark].append(column)

    def lines(self) -> str:
        """Lines of comment, each with its end; empty where nothing was remarked."""
        return "".join(_comment(columns, remark) for remark, columns in self._columns.items())


def _comment(columns: list[str], remark: str) -> str:
    named = ", ".join(map(one_line, columns[:MOST_NAMED]))
    more = f" and {len(columns) - MOST_NAMED} more" if len(columns) > MOST_NAMED else ""
    text = one_line(f"{named}{more}: {remark}")
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {'- ' if at == 0 else '  '}{line}\n" for at, line in enumerate(lines))
