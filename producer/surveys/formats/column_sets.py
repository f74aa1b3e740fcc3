"""Questions with a column for each answer or item: "Q2_1", "Q2[SQ001]", "use___1", "use/tv".

Knows names and cells; what is asked with them, `drafting/` knows.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anthology.producer.surveys.formats.survey_file import SurveyFile

if TYPE_CHECKING:
    import pandas as pd

# REDCap's labels are "Which? (choice=TV)"; Qualtrics' "Q2_3_TEXT" is what somebody wrote; "use/tv"
# is KoboToolbox's, beside "use" with all that was chosen.
_PART_OF = re.compile(r"(?P<one>.+?)(?:___\w+|_\d+|\s*\[[^\]]+\]|\s*\(choice=.+\)|/[^/]+)")
_CHECKED = ({"Y", "N"}, {"Yes", "No"}, {"Checked", "Unchecked"})


def question_of(column: str) -> str:
    """The question that a column is a part of by its name; empty if it is none."""
    part = _PART_OF.fullmatch(column)
    return part["one"] if part else ""


def answer_sets(survey: SurveyFile) -> dict[str, list[str]]:
    """Questions with a column for each answer, in which nothing stands but that it was chosen; of
    the last one, what people wrote who chose "Other"."""
    known = {column for columns in survey.multiple.values() for column in columns}
    found: dict[str, list[str]] = {}
    for name in survey.frame.columns.tolist():
        if (one := question_of(name)) and name not in known:
            found.setdefault(one, []).append(name)
    return {
        one: columns
        for one, columns in found.items()
        if len(columns) > 1
        and (one in survey.frame.columns) == _is_kobo(one, columns)
        and (_are_chosen(survey, columns) or _are_chosen(survey, _without_written(columns)))
    }


def _without_written(columns: Sequence[str]) -> Sequence[str]:
    """LimeSurvey's "Q2[other]" is the last column of its question."""
    return columns[:-1] if len(columns) > 2 and columns[-1].endswith("]") else columns


def set_labels(sets: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What columns are of REDCap and KoboToolbox, who give them no wording: "use [1]" for "use___1"
    and for "use/1"."""
    return {
        name: f"{one} [{name.removeprefix(one).lstrip('_/')}]"
        for one, columns in sets.items()
        for name in columns
        if name.startswith((f"{one}___", f"{one}/"))
    }


def _is_kobo(one: str, columns: Sequence[str]) -> bool:
    return all(name.startswith(f"{one}/") for name in columns)


def answers_given(survey: SurveyFile, columns: Sequence[str]) -> "dict[str, pd.Series[Any]]":
    """The columns of one question that hold their own answer, or nothing, as 1 and 0."""
    return {
        name: survey.frame[name].notna().astype("float64")
        for name in columns
        if _is_answer_or_blank(survey.frame[name], name)
    }


def _are_chosen(survey: SurveyFile, columns: Sequence[str]) -> bool:
    """Whether in each stands one thing at most, or a yes or no, and not for the same people."""
    coded = all("___" in name or "/" in name for name in columns)
    yes_or_no = (*_CHECKED, {1, 0}) if coded else _CHECKED
    cells = [set(survey.frame[name].dropna().unique()) for name in columns]
    if not all(len(one) < 2 or one in yes_or_no for one in cells):
        return False
    checked = any(one in yes_or_no for one in cells)
    people = {tuple(survey.frame[name].notna()) for name in columns}
    return sum(map(bool, cells)) > 1 and (len(people) > 1 or checked)


def _is_answer_or_blank(column: "pd.Series[Any]", name: str) -> bool:
    """Whether all cells of "question [answer]" are that answer, or nothing."""
    answer = name.rpartition(" [")[2].removesuffix("]")
    return bool(column.dropna().unique().tolist() == [answer])
