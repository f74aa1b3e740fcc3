"""SPSS' multiple-response sets: which of their columns' codes mean that an answer was chosen.

Of a multiple dichotomy set each column is an answer, and one code counts. Of a multiple category
set each is a mention, the first to the last, of one list of answers: these become a column for each
answer, which is the same said in another way. Which codes are no mentions, `scales/` says.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from anthology.models.questionnaire.codes import number_of, plain
from anthology.models.questionnaire.wording import seen
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.nonresponse import nonresponse

if TYPE_CHECKING:
    import pandas as pd

_MOST_ANSWERS = 40  # with more, as of occupations, a list is no question that is asked at once
_MOST_NAMED = 5
_YES_NO: dict[Code, str] = {1.0: "Yes", 0.0: "No"}
# By the code that counts, those that surely do not.
_NO: dict[Code, tuple[Code, ...]] = {1: (0.0, 2.0), 0: (1.0,), 2: (1.0,)}


def with_response_sets(survey: SurveyFile, sets: Mapping[str, Mapping[str, Any]]) -> SurveyFile:
    """The survey with its sets, as pyreadstat tells of them, in `multiple`, by their label and by
    their name as SPSS has it, "$media"; who mentions nothing of a set's answers has none of them.
    """
    spelled = {column.casefold(): column for column in map(str, survey.frame.columns.tolist())}
    left_out: dict[str, list[str]] = {}
    for name, one in sets.items():
        # SPSS writes their columns in small.
        listed = [column.casefold() for column in one.get("variable_list") or []]
        columns = [spelled[column] for column in listed if column in spelled]
        called = str(one.get("label") or _asked(survey, columns) or name)
        if not columns:
            continue
        if one.get("is_dichotomy"):
            survey = _with_counted(survey, columns, one.get("counted_value"))
        else:
            survey, columns, left_out[called] = _with_answers(survey, called, columns)
        multiple = {**survey.multiple, called: columns}
        survey = replace(survey, multiple={f"${name}": columns, **multiple})
    told = [f"{called!r} {', '.join(codes)}" for called, codes in left_out.items() if codes]
    more = f" and {len(told) - _MOST_NAMED} more questions" if len(told) > _MOST_NAMED else ""
    note = f"{survey.path.name}: taken for no mention: {'; '.join(told[:_MOST_NAMED])}{more}"
    return replace(survey, notes=[*survey.notes, note] if told else survey.notes)


def sources(survey: SurveyFile, names: Iterable[str]) -> list[str]:
    """The columns of the file that these, some of which may be made of mentions, are read from."""
    found = [one for name in names for one in survey.mentions.get(name, [name])]
    return list(dict.fromkeys(found))


def _asked(survey: SurveyFile, columns: Sequence[str]) -> str:
    """What the labels of a set that has none begin with."""
    words = [survey.labels.get(column, "").split() for column in columns]
    alike = takewhile(lambda each: len(set(each)) == 1, zip(*words, strict=False))
    return " ".join(each[0] for each in alike).rstrip(" -–:(")


def _with_counted(survey: SurveyFile, columns: Sequence[str], counted: Any) -> SurveyFile:
    """With labels for columns that have none but for the code that counts: its label is the answer,
    if the column's own does not say it."""
    labels, value_labels = dict(survey.labels), dict(survey.value_labels)
    for column in columns:
        of_numbers = survey.frame[column].dtype.kind in "if"
        code = number_of(str(counted)) if of_numbers else str(counted)
        own = value_labels.get(column, {})
        if code is None or set(own) - {code}:
            continue
        text, asked = " ".join(own.get(code, "").split()), labels.get(column, column)
        if text and seen(text) not in seen(asked) and seen(text) not in ("yes", "selected"):
            labels[column] = f"{asked} [{text}]"
        given = survey.counts(column)
        nos = [no for no in _NO.get(code, ()) if no in given]
        value_labels[column] = {code: "Yes", **dict.fromkeys(nos, "No")}
    return replace(survey, labels=labels, value_labels=value_labels)


def _with_answers(
    survey: SurveyFile, called: str, columns: list[str]
) -> tuple[SurveyFile, list[str], list[str]]:
    """The survey with a column for each answer, those columns, and codes that are no mention; with
    none but the mentions where the answers are too few or too many."""
    labels = next((own for c in columns if (own := survey.value_labels.get(c))), {})
    counts: Counter[Code] = Counter()
    for column in columns:
        counts.update(survey.counts(column))
    missing = nonresponse(survey, columns[0], counts)
    answers: dict[str, tuple[str, list[Code]]] = {}
    for code in counts:
        if code not in missing:
            text = " ".join(labels.get(code, str(plain(code))).split())
            answers.setdefault(seen(text), (text, []))[1].append(code)
    named = {f"{called} [{text}]": codes for text, codes in answers.values()}
    if not 2 <= len(named) <= _MOST_ANSWERS or set(named) & set(survey.frame.columns):
        return survey, columns, []
    import pandas as pd

    mentions = survey.frame[columns]
    answered = _any_of(mentions, [code for codes in named.values() for code in codes])
    more = {
        name: _any_of(mentions, codes).astype("float64").where(answered)
        for name, codes in named.items()
    }
    found = replace(
        survey,
        frame=pd.concat([survey.frame, pd.DataFrame(more, index=survey.frame.index)], axis=1),
        labels={**survey.labels, **{name: name for name in more}},
        value_labels={**survey.value_labels, **dict.fromkeys(more, _YES_NO)},
        mentions={**survey.mentions, **dict.fromkeys(more, columns)},
    )
    said = [f"{plain(code)} ({labels[code].strip()})" if code in labels else f"{plain(code)}"
            for code in missing if counts[code]]  # fmt: skip
    return found, list(more), said


def _any_of(mentions: "pd.DataFrame", codes: Sequence[Code]) -> "pd.Series[bool]":
    return mentions.isin(codes).any(axis=1)
