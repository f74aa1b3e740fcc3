"""How a survey file writes the cells of its columns: an id is text, and 02138 is not 2138.

Knows nothing of questions and options; the numbers themselves are in `SurveyFile.frame`.
"""

import re
from collections.abc import Iterable
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import number_of, plain
from anthology.producer.surveys.formats.cells import MISSING_NUMBERS, is_marked_number, is_nothing
from anthology.producer.surveys.formats.survey_file import SurveyFile

# A zero before another digit, which no number needs.
_PADDED = re.compile(r"[-+]?0[0-9]")


def spelled(survey: SurveyFile, columns: Iterable[str]) -> dict[str, list[str]]:
    """The columns' cells as the file has them, empty text where nothing stands.

    Of a file that is no text, as an .sav, which holds numbers and no digits, as SPSS shows them.
    """
    names = list(dict.fromkeys(columns))
    for name in names:
        survey.column(name)  # refuses one that is not there
    if survey.written is None:
        return {name: _shown(survey, name) for name in names}
    if not names:
        return {}
    text = survey.written(names)
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


def texts_in(survey: SurveyFile, columns: Iterable[str]) -> dict[str, list[str]]:
    """The cells of those columns whose numbers are texts that look like numbers: of a file that is
    text, where some begin with zeros that a number would lose, or are longer than one holds."""
    import pandas as pd

    numbers = [
        name
        for name in columns
        if survey.written is not None and pd.api.types.is_numeric_dtype(survey.column(name))
    ]
    return {
        name: [cell.strip() for cell in cells]
        for name, cells in spelled(survey, numbers).items()
        if any(map(_loses_its_text, set(cells)))
    }


def _loses_its_text(cell: str) -> bool:
    text = cell.strip()
    found = number_of(text)
    if found is None:  # 1E310, of which pandas makes infinity
        return not (is_nothing(text) or text in MISSING_NUMBERS or is_marked_number(text))
    long = isinstance(found, int) and int(float(found)) != found
    return long or _PADDED.match(text) is not None
