"""Cells of text as numbers, words or nothing, a table at a time.

Knows what programmes write where nothing is, and their decimal marks; a word among words stays one:
"None" may be an answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from anthology.producer.surveys.formats.several_answers import lists_codes

if TYPE_CHECKING:  # for it takes a third of a command's start, and most commands read no survey
    import pandas as pd

# What R, SAS, Stata, Excel, databases and people write for a number that is missing; in a column
# of words these stay words.
MISSING_NUMBERS = frozenset(
    ["NA", "N/A", "n/a", "N.A.", "n.a.", "NaN", "nan", "NULL", "null", "None", "none", "(NA)"]
    + ["<NA>", "\\N", ".", "..", "-", "--", "?"]
    + [f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz_"]
)
# What SPSS and spreadsheets write in their user's language: #NULL!, #N/A, #¡VALOR!, #NV.
_ERROR = re.compile(r"#(?:¡?[\w/]*[A-ZÀ-Ý][\w/]*[!?]|DIV/0!|N/A|N/D|NV)|<NA>")

_PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_COMMA = re.compile(
    r"[-+]?(?=[0-9,])(?:[0-9]{1,3}(?:[.\s'’][0-9]{3})+|[0-9]*)(?:,[0-9]*)?(?:[eE][-+]?[0-9]+)?"
)
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_EITHER = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")  # 1,465 is 1465 here and below 2 there
_MOST_NAMED = 5  # columns in a line
_GROUPING = re.compile(r"[.\s'’]")


def is_nothing(cell: str) -> bool:
    """Whether a cell is no answer in any column: blank, or what a programme writes for nothing."""
    text = cell.strip()
    return not text or _ERROR.fullmatch(text) is not None


def is_marked_number(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma, or with marks that part its thousands."""
    text = cell.strip()
    marked = _COMMA.fullmatch(text) or _THOUSANDS.fullmatch(text)
    return marked is not None and _PLAIN.fullmatch(text) is None


def read_columns(
    text: "pd.DataFrame", semicolons: bool = False, points: Callable[[], bool] = lambda: False
) -> "tuple[dict[str, pd.Series[Any]], list[str]]":
    """Each column as numbers if all that is not missing is one, else as the words that it has; and
    what was made of commas in numbers, a line each, for people.

    text has cells as they stand, empty where nothing does. Whether 1,465 is below 2, where all of a
    column's commas could part thousands: if another column's cannot, or if the file is separated by
    semicolons and has no number with a point, which `points` says.
    """
    columns = [_Column.of(text[name], semicolons) for name in text.columns]
    forms = {column.form for column in columns}
    commas = "comma" in forms or ("either" in forms and semicolons and not points())
    known = [
        replace(column, form="comma" if commas else "thousands")
        if column.form == "either"
        else column
        for column in columns
    ]
    return {column.name: column.read() for column in known}, _notes(known)


def _notes(columns: "Sequence[_Column]") -> list[str]:
    lines = []
    for form, what in (("comma", "decimal marks"), ("thousands", "marks of thousands")):
        names = [repr(column.name) for column in columns if column.form == form]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        if names:
            lines.append(f"commas read as {what} in {', '.join(names[:_MOST_NAMED])}{more}")
    return lines


@dataclass(frozen=True)
class _Column:
    """A column by its different cells; form: of its numbers: "words", "plain", "comma" for decimal
    commas, "thousands" for commas that part them, "either" where it could be both."""

    name: str
    places: Any  # (n,) of a cell among `cells`
    cells: list[str]
    form: str

    @classmethod
    def of(cls, text: "pd.Series[Any]", semicolons: bool) -> "_Column":
        import pandas as pd  # only where a survey is read: it takes a third of a command's start

        places, cells = pd.factorize(text)
        found = [str(cell) for cell in cells]
        return cls(str(text.name), places, found, _form(found, semicolons))

    def read(self) -> "pd.Series[Any]":
        import numpy as np
        import pandas as pd

        if self.form == "words":
            words = np.array([None if is_nothing(c) else c for c in self.cells], dtype=object)
            return pd.Series(words[self.places], name=self.name, dtype=object)
        decimal = self.form == "comma"
        numbers = pd.to_numeric(
            pd.Series([None if _is_missing(c) else _plain(c, decimal) for c in self.cells])
        )
        return pd.Series(numbers.to_numpy()[self.places], name=self.name)


def _is_missing(cell: str) -> bool:
    return is_nothing(cell) or cell.strip() in MISSING_NUMBERS


def _plain(cell: str, decimal: bool) -> str:
    """A number as Python writes it."""
    text = cell.strip()
    if decimal:
        return _GROUPING.sub("", text).replace(",", ".")
    return re.sub(r"[,\s'’]", "", text)


def _form(cells: list[str], semicolons: bool) -> str:
    texts = [cell.strip() for cell in cells if not _is_missing(cell)]
    if not texts or any(map(_is_long, texts)):
        return "words"
    if all(map(_PLAIN.fullmatch, texts)):
        return "plain"
    if lists_codes(texts, among_commas=not semicolons):
        return "words"
    parted = [text for text in texts if "," in text]
    if all(map(_COMMA.fullmatch, texts)):
        if parted and all(map(_EITHER.fullmatch, parted)) and not any(map(_has_groups, texts)):
            return "either"
        return "comma"
    both = all(_THOUSANDS.fullmatch(text) or _PLAIN.fullmatch(text) for text in texts)
    return "thousands" if both else "words"


def _has_groups(text: str) -> bool:
    return _GROUPING.search(text) is not None


def _is_long(text: str) -> bool:
    """Beyond 64 bits, where pandas makes Python's own integers: an id, whose digits count."""
    return text.lstrip("+-").isdecimal() and not -(2**63) <= int(text) < 2**63
