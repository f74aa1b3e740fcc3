"""`anthology init`: drafts a study file from the columns and labels of a survey file.

Puts together what the files beside this one find in labels, and `scales/` in codes; nothing is
asked of anybody, so what could not be known is said in comments.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.producer.surveys.column_names import (
    asked_columns,
    named_column,
    named_columns,
    separated,
    without_written,
)
from anthology.producer.surveys.drafting.ages import age_ranges, not_ages
from anthology.producer.surveys.drafting.batteries import grouped
from anthology.producer.surveys.drafting.comments import Remarks
from anthology.producer.surveys.drafting.imported_pool import with_stories
from anthology.producer.surveys.drafting.item_drafts import (
    as_written,
    numbering_of,
    question_of,
    spellings,
    valid_codes,
)
from anthology.producer.surveys.drafting.known_traits import known_trait, suggested_traits
from anthology.producer.surveys.drafting.traits import phrased
from anthology.producer.surveys.drafting.wordings import one_line, wording_of
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.spelling import texts_in
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.readings import readings
from anthology.producer.surveys.scales.scale import Scale, scales_of
from anthology.producer.surveys.study_files import PLACEHOLDER, refuse_taken, write_study
from anthology.producer.surveys.weights import outside, weights_of

LARGEST_POOL = 10_000  # personas of a draft, unless another number is asked for
RANGES = 4
HEAD = """\
# Drafted from {survey}. Look it over before you submit it:
# - model: the folder or hub name of the model that your workers serve
# - humans: everybody is simulated; `sample: 80` here makes a first try small
# - options: in the order of their scale; `ordered: false` where none is known
{numbered}{remarks}\
# `anthology preview {out}` shows a prompt, `anthology submit {out} --dry-run` what all will cost.
"""
RANGED = "numbers without labels, in ranges with about as many people each"
CODED = "the items are codes; write what they stand for"
WRITTEN = "left out, since it holds what people wrote, or nothing"
BIO = "write what people would say of themselves in `bio`, {} standing for the option"


def draft(
    file: Path, items: Sequence[str], traits: Sequence[str], weight: str | None, model: str | None,
    out: Path, *, pool: int | None = None, missing: Sequence[str] = (), keep: Sequence[str] = (),
    encoding: str | None = None, separator: str | None = None,
    stories: Path | None = None, force: bool = False,
) -> list[str]:  # fmt: skip
    """Writes the study file `out`, which is valid as it stands; what else to tell who asked for it.

    items, traits, missing, keep: columns and codes, or several in a text, between commas; pool:
    how many personas; stories: a file of them, in the place of those that the model would write.
    Raises `InputError`, writing nothing, for a column that is not there or has too few or too many
    answers, for labels that read the same, and, unless `force`, where `out` exists.
    """
    refuse_taken(file, out, force)

    def needed(survey: SurveyFile) -> list[str]:
        """All where traits are to be suggested."""
        named = asked_columns(survey, items) if traits else []
        named += named_columns(survey, traits)
        return named + ([named_column(survey, weight)] if named and weight else [])

    survey = read_survey(file, encoding, separator, needed)
    asked, items = items, asked_columns(survey, items)
    traits = named_columns(survey, traits)
    if not items:
        raise InputError("--items names no column; name at least one to ask")
    for option, value in (("--pool", pool), ("--stories", stories)):
        if value is not None and not traits:
            raise InputError(
                f"{option} needs --traits, by which personas are matched; name some columns"
            )
    weight = None if weight is None else named_column(survey, weight)
    scales = scales_of(
        survey, list(dict.fromkeys([*items, *traits])), separated(missing), separated(keep)
    )
    items = without_written(survey, items, named_columns(survey, asked), scales)
    left_out = [column for column in scales if column not in {*items, *traits}]
    texts_in(survey, scales)  # of all at once, as a text file is gone through whole each time
    multiple = {column for columns in survey.multiple.values() for column in columns}
    multiple |= {column for column, scale in scales.items() if scale.kind == "select-all"}
    people = [] if weight is None else outside(weights_of(survey, weight), weight)
    given = {"encoding": encoding, "separator": separator, "weight": weight}
    remarks = Remarks()
    for column in left_out:
        remarks.add(column, [WRITTEN])
    for column, scale in scales.items():
        if column in left_out:
            continue
        remarks.add(column, readings(scale, in_order=column not in items))
    fields = {
        "study": _name(file.stem, ()),
        "model": model or PLACEHOLDER,
        "humans": {
            "file": os.path.relpath(file, out.parent),
            **{key: value for key, value in given.items() if value is not None},
        },
        **(_pool(survey, pool) if traits else {}),
        "traits": _named(traits, [_trait(survey, scales[column], remarks) for column in traits]),
        "questionnaire": _questionnaire(
            items, [question_of(survey, scales[column], remarks) for column in items], multiple
        ),
        "conditions": ["none", "bio", "qa", "natural/greedy"] if traits else ["none"],
    }  # fmt: skip
    if stories is not None:
        fields = with_stories(fields, stories, out, pool)
    names = {"survey": one_line(file.name), "out": one_line(str(out))}
    for name, question in fields["questionnaire"]["questions"].items():
        remarks.add(name, [CODED] if _has_coded_items(question) else [])
    head = HEAD.format(**names, numbered=_numbered(survey, scales), remarks=remarks.lines())
    write_study(fields, head, file, out, force=force, survey=survey)
    return [*survey.notes, *people, *([] if traits else _suggestions(survey, items))]


def _has_coded_items(question: Mapping[str, Any]) -> bool:
    """Whether the items of a battery are 1 to 4, or SQ001 to SQ004, and not what was asked."""
    items = [
        item["item"] if isinstance(item, dict) else item
        for item in question.get("items", {}).values()
    ]
    return bool(items) and all(re.fullmatch(r"[A-Z]{0,2}\d+", item) for item in items)


def _suggestions(survey: SurveyFile, items: Sequence[str]) -> list[str]:
    found = suggested_traits(survey, items)
    if not found:
        return []
    named = ", ".join(f"{column} ({trait})" for column, trait in found.items())
    return [f"these columns look like traits, by which people are described with --traits: {named}"]


def _pool(survey: SurveyFile, pool: int | None) -> dict[str, Any]:
    """A persona for each respondent, since greedy matching lets respondents share one, too."""
    count = min(len(survey.frame), LARGEST_POOL) if pool is None else pool
    return {"pool": {"name": f"{_name(survey.path.stem, ())[:50]}-personas", "count": count}}


def _numbered(survey: SurveyFile, scales: Mapping[str, Scale]) -> str:
    """A comment on the columns whose labels were numbered."""
    columns = [column for column, scale in scales.items() if numbering_of(survey, scale)]
    if not columns:
        return ""
    return (
        f"# - options of {', '.join(map(one_line, columns))}: without the file's own numbering, "
        "as in\n#   (1) Yes, since they get labels when they are shown\n"
    )


def _questionnaire(
    items: Sequence[str], drafted: list[dict[str, Any]], multiple: Collection[str]
) -> dict[str, Any]:
    """What all items have in common stands once, above them; what some have, in a battery."""
    named = grouped(_named(items, drafted), multiple)
    questions = list(named.values())
    shared = {}
    for key in ("options", "missing"):
        values = [question.get(key) for question in questions]
        if len(values) > 1 and values[0] and all(_same(value, values[0]) for value in values):
            shared[key] = values[0]
            for question in questions:
                del question[key]
    return {**shared, "questions": named}


def _same(one: Any, other: Any) -> bool:
    """Dictionaries with another order are equal, scales are not."""
    return repr(one) == repr(other)


def _named(columns: Sequence[str], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Each by its column's name; one that is no name gets one, and keeps its column."""
    named: dict[str, Any] = {}
    for column, entry in zip(columns, entries, strict=True):
        name = _name(column, named)
        named[name] = entry if name == column else {"column": column, **entry}
    return named


def _name(text: str, taken: Iterable[str]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", text)[:60]
    if plain != text:
        plain = plain.strip("_.-")
    plain = re.sub(r"^[^A-Za-z0-9]+", "", plain) or "x"
    wanted, number = plain, 2
    while wanted in taken:
        wanted, number = f"{plain}_{number}", number + 1
    return wanted


def _trait(survey: SurveyFile, scale: Scale, remarks: Remarks) -> dict[str, Any]:
    column = scale.column
    wording = wording_of(survey.labels.get(column, ""), column)
    known = known_trait(survey, column, wording.text)
    of_age = known is not None and known.trait.name == "age"
    ages = _ages(survey, scale, known.english) if known and of_age else None
    quantity = None if ages else _quantity(survey, scale)
    remarks.add(column, [RANGED] if quantity else [])
    entry = ages or quantity or question_of(survey, scale, Remarks())
    said = wording.text.replace("{}", "").rstrip(" ?.:") or column
    entry = {"question": wording.text, **entry, "bio": f"{said}: {{}}."}
    if known is None:
        remarks.add(column, [*wording.changes, BIO])
        return entry
    entry, changes = phrased(entry, known, wording.text)
    same = entry["question"] == wording.text
    remarks.add(column, [*(wording.changes if same else []), *changes])
    return entry


def _quantity(survey: SurveyFile, scale: Scale) -> dict[str, Any] | None:
    """Ranges of numbers without labels; None where there are few, or labels."""
    column = scale.column
    if scale.kind != "quantity":
        return None
    missing = list(scale.nonresponse)
    written = spellings(survey, column)
    options = _ranges(survey, scale, missing, written)
    left_out = {"missing": as_written(missing, written)} if missing else {}
    return {"options": options, **left_out}


def _ages(survey: SurveyFile, scale: Scale, english: bool) -> dict[str, Any] | None:
    """The ranges that people say, where codes are years; 99 and 999 end none."""
    column = scale.column
    labels = survey.value_labels.get(column, {})
    valid = valid_codes(survey, scale)
    years = [code for code in valid if not isinstance(code, str)
             and labels.get(code, f"{code:g}").startswith(f"{code:g}")]  # fmt: skip
    if len(years) * 2 <= len(valid):
        return None
    given = {age: scale.counts[age] for age in years if scale.counts.get(age)}
    no_ages = not_ages(given)
    options = age_ranges([age for age in given if age not in no_ages], english=english)
    if options is None:
        return None
    written = spellings(survey, column)
    left_out = [*scale.nonresponse, *no_ages]
    missing = {"missing": as_written(left_out, written)} if left_out else {}
    return {"options": options, **missing}


def _ranges(
    survey: SurveyFile, scale: Scale, missing: list[Code], written: Mapping[Code, str]
) -> dict[str, Any]:
    """Ranges of the codes that people gave, with about as many people in each."""
    valid = set(valid_codes(survey, scale))
    given = survey.column(scale.column).dropna()
    counts = given[given.isin(valid)].value_counts().sort_index()
    part = ((counts.cumsum() - counts / 2) / counts.sum() * RANGES).astype(int)
    options: dict[str, Any] = {}
    for number in range(RANGES):
        codes = counts.index[part == number].tolist()
        if codes:
            low, high = plain(codes[0]), plain(codes[-1])
            torn = any(not isinstance(m, str) and low <= m <= high for m in missing)
            text = f"{low}" if low == high else f"{low} to {high}"
            options[text] = as_written(codes, written) if torn else {"from": low, "to": high}
    return options
