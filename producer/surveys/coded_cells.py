"""The cells of a survey column, each as the code that a study file has to write and as the number
that it is.

What a code means is for others to say.
"""

from collections.abc import Iterable, Mapping

from anthology.models.questionnaire.codes import Blank, Code, CodeRange, Codes, number_of
from anthology.models.questionnaire.questions import Question
from anthology.producer.surveys.formats.cells import MISSING_NUMBERS, is_marked_number, is_nothing
from anthology.producer.surveys.formats.spelling import spelled
from anthology.producer.surveys.formats.survey_file import SurveyFile

# A code as the study file has to write it, None where nothing stands, and the number that it is.
Cell = tuple[Code | None, Code | None]

# Marks of nothing that an option may name; two earlier versions took for nothing anyhow.
_MARKS = MISSING_NUMBERS - {"NA", "."}


def cells(
    survey: SurveyFile, texts: Mapping[str, list[str]], column: str, named: Iterable[Codes]
) -> list[Cell]:
    """A column's cells, row by row.

    texts: the cells of columns whose numbers are no numbers (`spelling.texts_in`); named: codes by
    which the study file may name a text that a column of numbers reads otherwise.
    """
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    numbers = survey.column(column).tolist()
    shown = texts.get(column, numbers)
    words = _named_texts(named)
    if words:  # "-" among numbers is nothing, and "1,5" one, but where an option names the text
        marks = [text.strip() for text in spelled(survey, [column])[column]]
        numbers = [m if m in words else n for m, n in zip(marks, numbers, strict=True)]
        shown = [m if m in words else text for m, text in zip(marks, shown, strict=True)]
    return [
        (None, None) if pd.isna(number) else (text, number)
        for text, number in zip(shown, numbers, strict=True)
    ]


def _named_texts(named: Iterable[Codes]) -> set[str]:
    """Codes that a column of numbers reads otherwise: marks of nothing, and numbers with commas,
    which earlier versions took for words."""
    texts = [code.strip() for codes in named for code in listed(codes) if isinstance(code, str)]
    return {
        text
        for text in texts
        if text and (text in _MARKS or is_nothing(text) or is_marked_number(text))
    }


def listed(codes: Codes) -> list[Code]:
    """The codes that are named one by one."""
    if isinstance(codes, CodeRange | Blank):
        return []
    return codes if isinstance(codes, list) else [codes]


def remedy(question: Question, cell: Cell) -> str:
    """What to do about a code that no option covers: it may look like one and be another, 02138 in
    the file, 2138 in the study file."""
    code, number = cell
    if not isinstance(code, str):
        return "add it to an option or to missing"
    found = number_of(code) if isinstance(number, str) else number
    if found is not None and question.positions(found):
        if not isinstance(number, str):
            return f"the study file has it without its zeros; write {code!r} there"
        return (
            "it is text here and a number in the study file; look for words in the column, "
            f"or write {code!r} in the study file"
        )
    return "add it to an option or to missing"
