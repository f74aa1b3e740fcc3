"""One item of a study's draft: its wording, its options with their codes, what is missing.

Knows a column and its scale; neither other items nor how a trait is said.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.models.questionnaire.option_labels import Numbering, numbering
from anthology.models.questionnaire.style import PLAIN
from anthology.models.questionnaire.wording import refuse_alike
from anthology.producer.surveys.drafting.comments import Remarks
from anthology.producer.surveys.drafting.wordings import cleaned_options, one_line, wording_of
from anthology.producer.surveys.formats.spelling import texts_in
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.scale import Scale, ScaleOption

NUMBERS = "the options are numbers; write what they stand for if people were shown words"
CLEANED = "options without markup and instructions"


def question_of(survey: SurveyFile, scale: Scale, remarks: Remarks) -> dict[str, Any]:
    """The fields of a question on a column; what was done to its texts is remarked on.

    Raises `InputError` for one with too few or too many answers, or with two that read the same.
    """
    column = scale.column
    wording = wording_of(survey.labels.get(column, ""), column)
    remarks.add(column, wording.changes)
    if scale.kind == "text":
        raise InputError(
            f"{survey.path}: column {column!r} holds free texts and has no options; leave it out, "
            "or ask it by hand with free_text"
        )
    if not 2 <= len(scale.options) <= PLAIN.most:
        answers = "1 answer" if len(scale.options) == 1 else f"{len(scale.options)} answers"
        raise InputError(
            f"{survey.path}: column {column!r} has {answers}, and a question 2 "
            f"to {PLAIN.most}; leave it out, or draft without it and write its options by hand"
        )
    written = spellings(survey, column)
    numbered = numbering_of(survey, scale)
    texts = numbered.texts if numbered else _texts(scale, written)
    cleaned = cleaned_options(texts)
    remarks.add(column, [CLEANED] if cleaned != texts else [])
    texts = cleaned
    try:
        refuse_alike(texts)
    except ValueError as error:
        raise InputError(f"{survey.path}: column {column!r}: {error}") from None
    remarks.add(column, [NUMBERS] if _is_of_numbers(scale) else [])
    missing = as_written(scale.nonresponse, written)
    return {
        "question": wording.text,
        "options": {
            text: codes_of(option, written)
            for text, option in zip(texts, scale.options, strict=True)
        },
        **({"missing": missing} if missing else {}),
        **({} if scale.ordered else {"ordered": False}),
    }


def codes_of(option: ScaleOption, written: Mapping[Code, str]) -> Any:
    """An option's codes as a study file has them: one, several, or the empty cell."""
    codes = as_written((code for code in option.codes if code is not None), written)
    if not codes:
        return {"blank": True}
    return codes[0] if len(codes) == 1 else codes


def _is_of_numbers(scale: Scale) -> bool:
    """Whether its options have no texts; 1 and 0 say by themselves whether something was chosen."""
    codes = [option.codes[0] for option in scale.options]
    numbers = all(isinstance(code, (int, float)) for code in codes)
    return (
        numbers
        and set(codes) != {0, 1}
        and all(option.text == str(plain(option.codes[0] or 0)) for option in scale.options)
    )


def _texts(scale: Scale, written: Mapping[Code, str]) -> list[str]:
    """A number without a label as the file writes it."""
    return [
        str(written.get(option.codes[0], one_line(option.text)))
        if option.codes[0] is not None and option.text == str(plain(option.codes[0]))
        else one_line(option.text)
        for option in scale.options
    ]


def numbering_of(survey: SurveyFile, scale: Scale) -> Numbering | None:
    """What the file's labels number themselves with, where a question shows labels of its own."""
    firsts = [option.codes[0] for option in scale.options if option.codes[0] is not None]
    if scale.kind != "options" or len(firsts) < len(scale.options):
        return None
    return numbering(_texts(scale, {}), list(map(plain, firsts)))


def spellings(survey: SurveyFile, column: str) -> dict[Code, str]:
    """How the file writes the column's numbers, where it begins them with zeros.

    Raises `InputError` where it writes one of them in two ways.
    """
    written: dict[Code, str] = {}
    texts = texts_in(survey, [column]).get(column, [])
    for code, text in zip(survey.column(column).tolist() if texts else [], texts, strict=True):
        if code == code and written.setdefault(code, text) != text:
            raise InputError(
                f"{survey.path}: column {column!r} has {written[code]!r} and {text!r}, which are "
                "one number; write its options by hand"
            )
    return written


def as_written(codes: Iterable[Code], written: Mapping[Code, str]) -> list[Code]:
    """Codes as a study file has to have them: 02138 where the file begins them with zeros."""
    return [written.get(code, plain(code)) for code in codes]


def valid_codes(survey: SurveyFile, scale: Scale) -> list[Code]:
    """The codes that are answers, of a quantity those that somebody gave."""
    given = survey.column(scale.column).dropna().unique().tolist()
    numbers = sorted(code for code in given if code not in scale.nonresponse)
    named = [code for option in scale.options for code in option.codes if code is not None]
    return numbers if scale.kind == "quantity" else named
