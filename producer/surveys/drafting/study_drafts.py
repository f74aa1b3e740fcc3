"""`anthology init`: drafts a study file from the columns and labels of a survey file.

Puts together what the files beside this one find in labels, and `scales/` in codes; nothing is
asked of anybody, so what could not be known is said in comments.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.models.questionnaire.style import PLAIN
from anthology.models.questionnaire.wording import refuse_alike
from anthology.producer.surveys.column_names import named_column, named_columns, separated
from anthology.producer.surveys.drafting.ages import age_ranges, not_ages
from anthology.producer.surveys.drafting.batteries import grouped
from anthology.producer.surveys.drafting.comments import Remarks
from anthology.producer.surveys.drafting.suggestions import known_trait, suggested_traits
from anthology.producer.surveys.drafting.traits import phrased
from anthology.producer.surveys.drafting.wordings import cleaned_options, one_line, wording_of
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.spelling import texts_in
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.nonresponse import nonresponse_codes, valid_codes
from anthology.producer.surveys.scales.option_labels import Numbering, numbering
from anthology.producer.surveys.scales.scale import Scale, scales_of
from anthology.producer.surveys.study_files import PLACEHOLDER, refuse_taken, write_study

LARGEST_POOL = 10_000  # personas of a draft, unless another number is asked for
MOST_UNLABELLED = 10  # with more numbers without a label a trait is a quantity, not a list
RANGES = 4
HEAD = """\
# Drafted from {survey}. Look it over before you submit it:
# - model: the folder or hub name of the model that your workers serve
# - humans: everybody is simulated; `sample: 80` here makes a first try small
# - options: in the order of their codes; write `ordered: false` where that is no scale
{numbered}{remarks}\
# `anthology preview {out}` shows a prompt, `anthology submit {out} --dry-run` what all will cost.
"""
BIO = "write what people would say of themselves in `bio`, {} standing for the option"
RANGES_OF = "numbers without labels, drafted as ranges with about as many people in each"


def draft(
    file: Path, items: Sequence[str], traits: Sequence[str], weight: str | None, model: str | None,
    out: Path, *, pool: int | None = None, missing: Sequence[str] = (), keep: Sequence[str] = (),
    force: bool = False,
) -> list[str]:  # fmt: skip
    """Writes the study file `out`, which is valid as it stands; what else to tell who asked for it.

    items, traits, missing, keep: columns and codes, or several in a text, between commas; pool:
    how many personas.
    Raises `InputError`, writing nothing, for a column that is not there or has too few or too many
    answers, for labels that read the same, and, unless `force`, where `out` exists.
    """
    refuse_taken(file, out, force)
    survey = read_survey(file)
    items, traits = named_columns(survey, items), named_columns(survey, traits)
    if not items:
        raise InputError("--items names no column; name at least one to ask")
    weight = None if weight is None else named_column(survey, weight)
    scales = scales_of(
        survey, list(dict.fromkeys([*items, *traits])), separated(missing), separated(keep)
    )
    remarks = Remarks()
    fields = {
        "study": _name(file.stem, ()),
        "model": model or PLACEHOLDER,
        "humans": {
            "file": os.path.relpath(file, out.parent), **({"weight": weight} if weight else {})
        },
        **_pool(survey, pool, traits),
        "traits": _named(traits, [_trait(survey, column, remarks) for column in traits]),
        "questionnaire": _questionnaire(
            items, [_question(survey, column, remarks) for column in items], scales
        ),
        "conditions": _conditions(pool, traits),
    }  # fmt: skip
    names = {"survey": one_line(file.name), "out": one_line(str(out))}
    head = HEAD.format(**names, numbered=_numbered(survey, items, traits), remarks=remarks.lines())
    write_study(fields, head, file, out, force=force)
    return [] if traits else _suggestions(survey, items)


def _suggestions(survey: SurveyFile, items: Sequence[str]) -> list[str]:
    found = suggested_traits(survey, items)
    if not found:
        return []
    named = ", ".join(f"{column} ({trait})" for column, trait in found.items())
    return [f"these columns look like traits, by which people are described with --traits: {named}"]


def _pool(survey: SurveyFile, pool: int | None, traits: Sequence[str]) -> dict[str, Any]:
    """A persona for each respondent, since greedy matching lets respondents share one, too."""
    if pool is None and not traits:
        return {}
    count = min(len(survey.frame), LARGEST_POOL) if pool is None else pool
    return {"pool": {"name": f"{_name(survey.path.stem, ())[:50]}-personas", "count": count}}


def _conditions(pool: int | None, traits: Sequence[str]) -> list[str]:
    if traits:
        return ["none", "bio", "qa", "natural/greedy"]
    return ["none"] if pool is None else ["none", "natural/random"]


def _numbered(survey: SurveyFile, items: Sequence[str], traits: Sequence[str]) -> str:
    """A comment on the columns whose labels were numbered."""
    columns = [name for name in dict.fromkeys((*items, *traits)) if _numbering(survey, name)]
    if not columns:
        return ""
    return (
        f"# - options of {', '.join(map(one_line, columns))}: without the file's own numbering, "
        "as in\n#   (1) Yes, since they get labels when they are shown\n"
    )


def _questionnaire(
    items: Sequence[str], drafted: list[dict[str, Any]], scales: Mapping[str, Scale]
) -> dict[str, Any]:
    """What all items have in common stands once, above them; what some have, in a battery."""
    multiple = [column for column in items if scales[column].kind == "select-all"]
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
    plain = re.sub(r"^[^A-Za-z0-9]+", "", plain) or "x"
    wanted, number = plain, 2
    while wanted in taken:
        wanted, number = f"{plain}_{number}", number + 1
    return wanted


def _trait(survey: SurveyFile, column: str, remarks: Remarks) -> dict[str, Any]:
    survey.column(column)  # refuses one that is not there, with what is
    wording = wording_of(survey.labels.get(column, ""), column)
    known = known_trait(survey, column, wording.text)
    ages = _ages(survey, column) if known and known.trait.name == "age" else None
    entry = ages or _quantity(survey, column) or _question(survey, column, Remarks())
    said = wording.text.replace("{}", "").rstrip(" ?.:") or column
    entry = {**entry, "bio": f"{said}: {{}}."}
    if known is None:
        remarks.add(column, [*wording.changes, BIO])
        return entry
    entry, changes = phrased(entry, known, wording.text)
    same = entry["question"] == wording.text
    remarks.add(column, [*(wording.changes if same else []), *changes])
    return entry


def _quantity(survey: SurveyFile, column: str) -> dict[str, Any] | None:
    """Ranges of numbers without labels; None where there are few, or labels."""
    if not _is_quantity(survey, column):
        return None
    missing = nonresponse_codes(survey, column)
    written = _written(survey, column)
    options = _ranges(survey, column, missing, written)
    left_out = {"missing": _as_written(missing, written)} if missing else {}
    wording = wording_of(survey.labels.get(column, ""), column).text
    return {"question": wording, "options": options, **left_out}


def _ages(survey: SurveyFile, column: str) -> dict[str, Any] | None:
    """The ranges that people say, where codes are years; 99 and 999 end none."""
    labels = survey.value_labels.get(column, {})
    valid = valid_codes(survey, column)
    years = [code for code in valid if not isinstance(code, str)
             and labels.get(code, f"{code:g}").startswith(f"{code:g}")]  # fmt: skip
    if len(years) * 2 <= len(valid):
        return None
    counts = survey.column(column).value_counts().reindex(years).dropna().to_dict()
    left_out = not_ages(counts)
    options = age_ranges([age for age in counts if age not in left_out])
    if options is None:
        return None
    written = _written(survey, column)
    left_out = [*nonresponse_codes(survey, column), *left_out]
    missing = {"missing": _as_written(left_out, written)} if left_out else {}
    return {"question": column, "options": options, **missing}


def _question(survey: SurveyFile, column: str, remarks: Remarks) -> dict[str, Any]:
    wording = wording_of(survey.labels.get(column, ""), column)
    remarks.add(column, wording.changes)
    codes = valid_codes(survey, column)
    if not 2 <= len(codes) <= PLAIN.most:
        raise InputError(
            f"{survey.path}: column {column!r} has {len(codes)} answers, and a question 2 to "
            f"{PLAIN.most}; leave it out, or draft without it and write its options by hand"
        )
    written = _written(survey, column)
    options = _as_written(codes, written)
    numbered = _numbering(survey, column)
    texts = numbered.texts if numbered else _labels(survey, column, codes, written)
    texts = cleaned_options(texts)
    try:
        refuse_alike(texts)
    except ValueError as error:
        raise InputError(f"{survey.path}: column {column!r}: {error}") from None
    missing = _as_written(nonresponse_codes(survey, column), written)
    words = any(isinstance(code, str) for code in codes)  # in the order of the alphabet
    return {
        "question": wording.text,
        "options": dict(zip(texts, options, strict=True)),
        **({"missing": missing} if missing else {}),
        **({"ordered": False} if words else {}),
    }


def _labels(
    survey: SurveyFile, column: str, codes: Sequence[Code], written: Mapping[Code, str]
) -> list[str]:
    labels = survey.value_labels.get(column, {})
    return [
        one_line(labels.get(code, "")) or str(text)
        for code, text in zip(codes, _as_written(codes, written), strict=True)
    ]


def _numbering(survey: SurveyFile, column: str) -> Numbering | None:
    """What the file's labels number themselves with, where a question shows labels of its own."""
    codes = valid_codes(survey, column)
    return numbering(_labels(survey, column, codes, {}), list(map(plain, codes)))


def _written(survey: SurveyFile, column: str) -> dict[Code, str]:
    """How the file writes the column's numbers, where it begins them with zeros."""
    written: dict[Code, str] = {}
    texts = texts_in(survey, [column]).get(column, [])
    for code, text in zip(survey.column(column).tolist() if texts else [], texts, strict=True):
        if code == code and written.setdefault(code, text) != text:
            raise InputError(
                f"{survey.path}: column {column!r} has {written[code]!r} and {text!r}, which are "
                "one number; write its options by hand"
            )
    return written


def _as_written(codes: Iterable[Code], written: Mapping[Code, str]) -> list[Code]:
    return [written.get(code, plain(code)) for code in codes]


def _is_quantity(survey: SurveyFile, column: str) -> bool:
    codes = valid_codes(survey, column)
    labels = survey.value_labels.get(column, {})
    unlabelled = [code for code in codes if code not in labels]
    return len(unlabelled) > MOST_UNLABELLED and not any(isinstance(code, str) for code in codes)


def _ranges(
    survey: SurveyFile, column: str, missing: list[Code], written: Mapping[Code, str]
) -> dict[str, Any]:
    """Ranges of the codes that people gave, with about as many people in each."""
    valid = set(valid_codes(survey, column))
    given = survey.column(column).dropna()
    counts = given[given.isin(valid)].value_counts().sort_index()
    part = ((counts.cumsum() - counts / 2) / counts.sum() * RANGES).astype(int)
    options: dict[str, Any] = {}
    for number in range(RANGES):
        codes = counts.index[part == number].tolist()
        if codes:
            low, high = plain(codes[0]), plain(codes[-1])
            torn = any(not isinstance(m, str) and low <= m <= high for m in missing)
            text = f"{low}" if low == high else f"{low} to {high}"
            options[text] = _as_written(codes, written) if torn else {"from": low, "to": high}
    return options
