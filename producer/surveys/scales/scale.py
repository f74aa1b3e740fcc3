"""A column's scale: its options in order, and what is left out, each with why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from anthology.models.questionnaire.codes import plain
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.nonresponse import nonresponse_codes, valid_codes

Kind = Literal["options", "quantity", "select-all", "text"]


@dataclass(frozen=True)
class ScaleOption:
    """One option: its text, as the file has it but tidied, and the codes that are it."""

    text: str
    codes: list[Code]


@dataclass(frozen=True)
class Scale:
    """How a column is read.

    options: in the order of the scale; empty for a `quantity` (numbers without labels, as an age)
    and for `text` (free answers). nonresponse: the codes that are no answers, each with why.
    ordered: whether the options' order is known to be that of a scale; `why` says how or why not.
    remarks: what somebody who reads the draft should look at, a sentence each.
    """

    column: str
    kind: Kind
    options: list[ScaleOption]
    nonresponse: dict[Code, str]
    ordered: bool
    why: str
    remarks: list[str] = field(default_factory=list)

    @property
    def valid(self) -> list[Code]:
        return [code for option in self.options for code in option.codes]


def scales_of(
    survey: SurveyFile,
    columns: Sequence[str],
    missing: Iterable[Code] = (),
    keep: Iterable[Code] = (),
) -> dict[str, Scale]:
    """The scale of each column; all together, since what people skip they skip together.

    missing, keep: codes that are nonresponse, or answers, whatever speaks against it. Raises
    InputError for a column that is not there.
    """
    return {column: _scale(survey, column) for column in columns}


def _scale(survey: SurveyFile, column: str) -> Scale:
    codes = valid_codes(survey, column)
    labels = survey.value_labels.get(column, {})
    unlabelled = [code for code in codes if code not in labels]
    words = any(isinstance(code, str) for code in codes)
    quantity = len(unlabelled) > 10 and not words
    return Scale(
        column,
        "quantity" if quantity else "options",
        []
        if quantity
        else [ScaleOption(labels.get(code, "") or str(plain(code)), [code]) for code in codes],
        dict.fromkeys(nonresponse_codes(survey, column), ""),
        not words,
        "",
    )
