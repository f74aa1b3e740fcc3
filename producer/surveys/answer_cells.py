"""What stands in the cells of a question's column: a code, the number that it is, or nothing."""

from collections.abc import Mapping
from typing import Any

from anthology.models.questionnaire.codes import Code, number_of
from anthology.models.questionnaire.questions import Question
from anthology.producer.surveys.formats.cells import MISSING_NUMBERS, is_marked_number, is_nothing
from anthology.producer.surveys.formats.spelling import spelled
from anthology.producer.surveys.formats.survey_file import SurveyFile

# Marks of nothing that an option may name; two earlier versions took for nothing anyhow.
_MARKS = MISSING_NUMBERS - {"NA", "."}

# A code as the study file has to write it, None where nothing stands, and the number that it is.
Cell = tuple[Code | None, Code | None]


def cells(survey: SurveyFile, texts: Mapping[str, list[str]], question: Question) -> list[Cell]:
    """`texts` has the cells of columns whose numbers are no numbers."""
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    column = question.column
    numbers = survey.column(column).tolist()
    written = texts.get(column, numbers)
    named = _named_texts(question)
    if named:  # "-" among numbers is nothing, and "1,5" one, but where an option names the text
        marks = [text.strip() for text in spelled(survey, [column])[column]]
        numbers = [m if m in named else n for m, n in zip(marks, numbers, strict=True)]
        written = [m if m in named else text for m, text in zip(marks, written, strict=True)]
    return [
        (None, None) if pd.isna(number) else (text, number)
        for text, number in zip(written, numbers, strict=True)
    ]


def _named_texts(question: Question) -> set[str]:
    """Codes of options that a column of numbers reads otherwise: marks of nothing, and numbers with
    commas, which earlier versions took for words."""
    codes: list[Any] = []
    for of_option in question.options.values():
        codes += of_option if isinstance(of_option, list) else [of_option]
    texts = [code.strip() for code in codes if isinstance(code, str)]
    return {
        text
        for text in texts
        if text and (text in _MARKS or is_nothing(text) or is_marked_number(text))
    }


def remedy(question: Question, cell: Cell) -> str:
    """A code may look like one of the study's and be another: 02138 in the file, 2138 there."""
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
