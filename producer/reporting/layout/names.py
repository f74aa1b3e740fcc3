"""Lets a browser break long names in the cells of tables where their parts end, not amid a word."""

import re

CELL = re.compile(r"(<t[hd]\b[^>]*>)([^<]*[/_][^<]*)")
END_OF_PART = re.compile(r"(?<=\w)([/_])(?=\w)")


def breakable(page: str) -> str:
    """The page, with a place to break behind `/` and `_` in what cells begin with (`natural/` and
    `max_` and `weight`). It is no character: copied, sorted or searched, a name is as it was."""
    return CELL.sub(lambda cell: cell[1] + END_OF_PART.sub(r"\1<wbr>", cell[2]), page)
