"""How a survey file writes the cells of its columns: an id is text, and 02138 is not 2138.

Knows nothing of questions and options; the numbers themselves are in `SurveyFile.frame`.
"""

import re
from collections.abc import Iterable
from typing import Any

from models.codes import number_of, plain
from models.errors import InputError
from models.survey_file import SurveyFile

# A zero before another digit, which no number needs.
_PADDED = re.compile(r"\s*[-+]?0[0-9]")
_LONG = 15  # more digits than these a column of decimals does not hold


def spelled(survey: SurveyFile, columns: Iterable[str]) -> dict[str, list[str]]:
    """The columns' cells as the file has them, empty text where nothing stands.

    Of an .sav, which holds numbers and no digits, as SPSS shows them.
    """
    names = list(dict.fromkeys(columns))
    for name in names:
        survey.column(name)  # refuses one that is not there
    if not survey.is_csv:
        return {name: _shown(survey, name) for name in names}
    return _written(survey, names) if names else {}


def _written(survey: SurveyFile, names: list[str]) -> dict[str, list[str]]:
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    text = pd.read_csv(
        survey.path, encoding="utf-8-sig", usecols=names, dtype=str, keep_default_na=False
    )
    if len(text) != len(survey.frame):
        raise InputError(f"{survey.path} was changed while it was read; try again.")
    return {name: text[name].tolist() for name in names}


def _shown(survey: SurveyFile, name: str) -> list[str]:
    import pandas as pd

    digits = survey.digits.get(name, 0)
    cells = survey.frame[name].tolist()
    return ["" if pd.isna(cell) else _text(plain(cell)).zfill(digits) for cell in cells]


def _text(cell: Any) -> str:
    return cell.rstrip(" ") if isinstance(cell, str) else str(cell)


def kept_as_text(cells: Iterable[str]) -> bool:
    """Whether a column of numbers is one of texts that look like numbers: some begin with zeros
    that a number would lose, or have more digits than one holds."""
    return any(_PADDED.match(cell) or _too_long(cell) for cell in set(cells))


def _too_long(cell: str) -> bool:
    found = number_of(cell.strip()) if len(cell) > _LONG else None
    return isinstance(found, int) and int(float(found)) != found
