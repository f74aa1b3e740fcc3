"""What a survey file holds: each column with its wording, scale, options, and who answered.

Knows how a column is read, from `scales/`; how a list looks on a terminal, the command line knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from anthology.models.questionnaire.codes import plain
from anthology.models.questionnaire.questions import MAX_OPTIONS
from anthology.producer.surveys.drafting.known_traits import known_trait
from anthology.producer.surveys.drafting.wordings import cleaned_options, folded, wording_of
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.scale import Scale, scales_of


@dataclass(frozen=True)
class ListedOption:
    """An option: its text, the codes that are it, and how many people gave one of them."""

    text: str
    codes: list[Code | None]
    people: int


@dataclass(frozen=True)
class ListedColumn:
    """A column; scale: ordinal, nominal, numeric, select-all, text or empty.

    answered: people with an answer; missing: those without, whom nobody asked included;
    missing_codes: what codes of theirs say, each with why it is none; trait: a known one's name.
    """

    name: str
    wording: str
    scale: str
    options: list[ListedOption]
    answered: int
    missing: int
    missing_codes: dict[Code, str]
    trait: str | None

    def as_json(self) -> dict[str, Any]:
        people = self.answered + self.missing
        return {
            **vars(self),
            "options": [vars(option) for option in self.options],
            "missing_share": round(self.missing / people, 4) if people else 0.0,
            "missing_codes": [
                {"code": code, "why": why} for code, why in self.missing_codes.items()
            ],
        }


@dataclass(frozen=True)
class Listing:
    """The columns of a file that were searched for; total: how many columns it has."""

    people: int
    total: int
    columns: list[ListedColumn]

    def as_json(self) -> dict[str, Any]:
        columns = [column.as_json() for column in self.columns]
        return {"people": self.people, "columns_in_file": self.total, "columns": columns}


def listing(
    survey: SurveyFile, find: str = "", missing: Iterable[str] = (), keep: Iterable[str] = ()
) -> Listing:
    """Lists a survey's columns; with `find` those whose name, wording or options have its words.

    missing, keep: codes that are nonresponse, or answers, whatever speaks against it.
    """
    columns = list(map(str, survey.frame.columns.tolist()))
    scales = scales_of(survey, columns, tuple(missing), tuple(keep))
    words = folded(find).split()
    found = [
        listed
        for listed in (_listed(survey, scales[column]) for column in columns)
        if not words or _has(listed, words)
    ]
    return Listing(len(survey.frame), len(columns), found)


def _listed(survey: SurveyFile, scale: Scale) -> ListedColumn:
    column = scale.column
    answered = scale.answered
    blank = len(survey.frame) - answered - scale.dropped
    wording = wording_of(survey.labels.get(column, ""), column).text
    known = known_trait(survey, column, wording)
    kind = _kind(scale, answered)
    if kind == "ordinal" and known is not None and not known.trait.ordered:
        kind = "nominal"
    options = _options(scale, blank) if kind in ("ordinal", "nominal", "select-all") else []
    if kind == "select-all":  # who left it blank answered, too
        answered = sum(option.people for option in options)
    return ListedColumn(
        column, wording, kind, options, answered, len(survey.frame) - answered,
        {plain(code): why for code, why in scale.nonresponse.items()}
        | {code: f"missing in the file: {text}" for code, text in
           survey.missing_labels.get(column, {}).items()},
        known.trait.name if known else None,
    )  # fmt: skip


def _kind(scale: Scale, answered: int) -> str:
    if not answered:
        return "empty"
    if scale.kind == "options" and len(scale.options) > MAX_OPTIONS:
        words = any(isinstance(code, str) for code in scale.options[0].codes)
        return "text" if words else "numeric"
    if scale.kind == "options":
        return "ordinal" if scale.ordered else "nominal"
    return "numeric" if scale.kind == "quantity" else scale.kind


def _options(scale: Scale, blank: int) -> list[ListedOption]:
    texts = cleaned_options([option.text for option in scale.options])
    return [
        ListedOption(
            text,
            [plain(code) for code in option.codes],
            sum(blank if code is None else scale.counts.get(code, 0) for code in option.codes),
        )
        for text, option in zip(texts, scale.options, strict=True)
    ]


def _has(listed: ListedColumn, words: Iterable[str]) -> bool:
    texts = [listed.name, listed.wording, *(option.text for option in listed.options)]
    all_of_it = folded(" ".join(texts))
    return all(word in all_of_it for word in words)
