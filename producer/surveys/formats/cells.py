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
_MOST_NAMED = 5  # columns in a line
_SPACES = r"[\s'’]"


def _style(grouping: str, decimal: str) -> re.Pattern[str]:
    """Numbers with a mark between their thousands, where they have any."""
    whole = rf"(?:[1-9][0-9]{{0,2}}(?:{grouping}[0-9]{{3}})+|[0-9]*)"
    return re.compile(rf"[-+]?(?={decimal}?[0-9]){whole}(?:{decimal}[0-9]*)?(?:[eE][-+]?[0-9]+)?")


# By their decimal marks. 1,465 is of both.
_STYLES = {
    ".": (_style(",", r"\."), _style(_SPACES, r"\.")),
    ",": (_style(r"\.", ","), _style(_SPACES, ",")),
}


def is_nothing(cell: str) -> bool:
    """Whether a cell is no answer in any column: blank, or what a programme writes for nothing."""
    text = cell.strip()
    return not text or _ERROR.fullmatch(text) is not None


def is_marked_number(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma, or with marks that part its thousands."""
    text = cell.strip()
    return _PLAIN.fullmatch(text) is None and bool(_decimals([text]))


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
    commas = "," in forms or ("either" in forms and semicolons and not points())
    known = [
        replace(column, form="," if commas else ".") if column.form == "either" else column
        for column in columns
    ]
    return {column.name: column.read() for column in known}, _notes(known)


def _notes(columns: "Sequence[_Column]") -> list[str]:
    lines = []
    for form, what in ((",", "decimal marks"), (".", "marks of thousands")):
        names = [
            repr(column.name)
            for column in columns
            if column.form == form and any("," in cell for cell in column.cells)
        ]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        if names:
            lines.append(f"commas read as {what} in {', '.join(names[:_MOST_NAMED])}{more}")
    return lines


@dataclass(frozen=True)
class _Column:
    """A column by its different cells; form: the decimal mark of its numbers, "either" where a
    comma could be one or part thousands, "words" where they are none."""

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
        numbers = pd.to_numeric(
            pd.Series([None if _is_missing(c) else _plain(c, self.form) for c in self.cells])
        )
        return pd.Series(numbers.to_numpy()[self.places], name=self.name)


def _is_missing(cell: str) -> bool:
    return is_nothing(cell) or cell.strip() in MISSING_NUMBERS


def _plain(cell: str, decimal: str) -> str:
    """A number as Python writes it."""
    text = re.sub(_SPACES, "", cell.strip())
    return text.replace(".", "").replace(",", ".") if decimal == "," else text.replace(",", "")


def _form(cells: list[str], semicolons: bool) -> str:
    texts = [cell.strip() for cell in cells if not _is_missing(cell)]
    if not texts or any(map(_is_long, texts)):
        return "words"
    if all(map(_PLAIN.fullmatch, texts)):
        return "."
    if lists_codes(texts, among_commas=not semicolons):
        return "words"
    decimals = _decimals(texts)
    return "either" if len(decimals) > 1 else decimals[0] if decimals else "words"


def _decimals(texts: list[str]) -> list[str]:
    """The decimal marks that all these numbers could have; none where one of them is no number."""
    return [
        decimal
        for decimal, styles in _STYLES.items()
        if any(all(map(style.fullmatch, texts)) for style in styles)
    ]


def _is_long(text: str) -> bool:
    """Beyond 64 bits, where pandas makes Python's own integers: an id, whose digits count."""
    if re.fullmatch("[-+]?[0-9]+", text) is None:
        return False
    digits = text.lstrip("+-0")
    return len(digits) > 19 or int(digits or 0) >= 2**63
