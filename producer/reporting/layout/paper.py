"""What of a page's folds is left out on paper: what nobody would print, dozens of pages of tables.

Knows rows and lines, and nothing of what stands in them.
"""

import re

MOST_ROWS = 120  # of a fold, five pages or so
LINES = 3  # of a file, in the room of a table's row

MARK = re.compile(r"<details[^>]*>|</details>|<tr\b|<pre\b.*?</pre>", re.DOTALL)
LONG = '<details class="long"'


def folded_on_paper(page: str) -> str:
    """The page, folds that are too long for paper marked, for the style sheet to keep them folded.

    Rows of a fold within a fold do not count: these are never printed. What is stored is escaped by
    now, so all marks are the templates' own.
    """
    open_ones: list[tuple[int, float]] = []  # where each begins, and how many rows it has so far
    long = []
    for mark in MARK.finditer(page):
        if mark[0].startswith("<details"):
            open_ones.append((mark.start(), 0))
        elif mark[0] == "</details>":
            start, rows = open_ones.pop()
            if rows > MOST_ROWS:
                long.append(start)
        elif open_ones:
            start, rows = open_ones[-1]
            more = 1 if mark[0] == "<tr" else mark[0].count("\n") / LINES
            open_ones[-1] = start, rows + more
    parts, at = [], 0
    for start in sorted(long):
        parts += [page[at:start], LONG]
        at = start + len("<details")
    return "".join([*parts, page[at:]])
