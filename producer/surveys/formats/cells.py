"""Cells of text as numbers, words or nothing, a column at a time.

Knows what programmes write where nothing is; a word among words stays one: "None" may be an answer.
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for it takes a third of a command's start, and most commands read no survey
    import pandas as pd

# What R, SAS, Stata, SPSS, Excel and LimeSurvey write for a number that is missing; in a column of
# words these stay words, but for those that are no words at all.
MISSING_NUMBERS = frozenset(
    ["NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", ".", "(NA)", "<NA>"]
    + [f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
)
MISSING = frozenset(["#NULL!", "#N/A", "#N/D", "#NV", "#VALUE!", "#DIV/0!", "#REF!", "<NA>"])
_COMMA = re.compile(r"-?\d+(?:,\d+)?")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2},\d{3}")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")


def read_column(column: "pd.Series[Any]", decimal_commas: bool) -> "pd.Series[Any]":
    """The column as numbers if all that is not missing is one, else as the words that it has.

    decimal_commas: whether 1,465 is below 2, as in a file that separates by semicolons; else a
    column of such numbers is of thousands unless one of them cannot be.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
        return column
    words = column.astype("object")
    blank = words.map(lambda cell: isinstance(cell, str) and (not cell.strip() or cell in MISSING))
    words = words.mask(blank.astype(bool), None)
    marked = words.map(lambda cell: isinstance(cell, str) and cell.strip() in MISSING_NUMBERS)
    rest = words.mask(marked.astype(bool), None)
    if rest.notna().any():
        numbers = _numbers(rest, decimal_commas)
        if numbers is not None:
            return numbers
    return words


def _numbers(column: "pd.Series[Any]", decimal_commas: bool) -> "pd.Series[Any] | None":
    import pandas as pd

    texts = {cell.strip() for cell in column.dropna().unique() if isinstance(cell, str)}
    if any("," in text for text in texts):
        if all(_COMMA.fullmatch(text) for text in texts) and (
            decimal_commas or not all(_THOUSANDS.fullmatch(t) for t in texts if "," in t)
        ):
            column = column.map(lambda c: c.replace(",", ".") if isinstance(c, str) else c)
        elif all(_GROUPED.fullmatch(t) or "," not in t for t in texts):
            column = column.map(lambda c: c.replace(",", "") if isinstance(c, str) else c)
        else:
            return None
    if any(_is_long(text) for text in texts):
        return None
    try:
        found: pd.Series[Any] = pd.to_numeric(column)
    except (ValueError, TypeError):
        return None
    return None if found.dtype == bool or found.dtype == object else found


def _is_long(text: str) -> bool:
    """Beyond 64 bits, where pandas makes Python's own integers: an id, whose digits count."""
    return re.fullmatch("[+-]?[0-9]{19,}", text) is not None and not -(2**63) <= int(text) < 2**63
