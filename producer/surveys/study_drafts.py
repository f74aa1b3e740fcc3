"""`anthology init`: drafts a study file from the columns and labels of a survey file.

Knows what a pollster's labels say; wordings as they were asked, and how a trait is said of oneself,
are left to people.
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
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.spelling import texts_in
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.nonresponse import nonresponse_codes, valid_codes
from anthology.producer.surveys.scales.option_labels import Numbering, numbering
from anthology.producer.surveys.study_files import PLACEHOLDER, refuse_taken, write_study

MOST_UNLABELLED = 10  # with more numbers without a label a trait is a quantity, not a list
RANGES = 4
HEAD = """\
# Drafted from {survey}. Look it over before you submit it:
# - model: the folder or hub name of the model that your workers serve
# - humans: everybody is simulated; `sample: 80` here makes a first try small
# - wordings: each is its column's label, or name; write what people were asked
# - options: in the order of their codes; write `ordered: false` where that is no scale
{numbered}\
# - bio: write what people would say of themselves, {{}} standing for the option
# - numbers without labels: a trait's are drafted as ranges with a quarter of the people each
# `anthology preview {out}` shows a prompt, `anthology submit {out} --dry-run` what all will cost.
"""


def draft(
    file: Path, items: Sequence[str], traits: Sequence[str], weight: str | None, model: str | None,
    out: Path, *, force: bool = False,
) -> None:  # fmt: skip
    """Writes the study file `out`, which is valid as it stands.

    Raises `InputError`, writing nothing, for a column that is not there or has too few or too many
    answers, for labels that read the same, and, unless `force`, where `out` exists.
    """
    refuse_taken(file, out, force)
    survey = read_survey(file)
    fields = {
        "study": _name(file.stem, ()),
        "model": model or PLACEHOLDER,
        "humans": {
            "file": os.path.relpath(file, out.parent), **({"weight": weight} if weight else {})
        },
        "traits": _named(traits, [_trait(survey, column) for column in traits]),
        "questionnaire": _questionnaire(items, [_question(survey, column) for column in items]),
        "conditions": ["none", "bio", "qa"] if traits else ["none"],
    }  # fmt: skip
    names = {"survey": _one_line(file.name), "out": _one_line(str(out))}
    head = HEAD.format(**names, numbered=_numbered(survey, items, traits))
    write_study(fields, head, file, out, force=force)


def _numbered(survey: SurveyFile, items: Sequence[str], traits: Sequence[str]) -> str:
    """A comment on the columns whose labels were numbered."""
    columns = [name for name in dict.fromkeys((*items, *traits)) if _numbering(survey, name)]
    if not columns:
        return ""
    return (
        f"# - options of {', '.join(map(_one_line, columns))}: without the file's own numbering, "
        "as in\n#   (1) Yes, since they get labels when they are shown\n"
    )


def _questionnaire(items: Sequence[str], questions: list[dict[str, Any]]) -> dict[str, Any]:
    """What all items have in common stands once, above them."""
    shared = {}
    for key in ("options", "missing"):
        values = [question.get(key) for question in questions]
        if len(values) > 1 and values[0] and all(_same(value, values[0]) for value in values):
            shared[key] = values[0]
            for question in questions:
                del question[key]
    return {**shared, "questions": _named(items, questions)}


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


def _trait(survey: SurveyFile, column: str) -> dict[str, Any]:
    wording = _wording(survey, column)
    said = wording.replace("{}", "").rstrip(" ?.:") or column
    if not _is_quantity(survey, column):
        return {**_question(survey, column), "bio": f"{said}: {{}}."}
    missing = nonresponse_codes(survey, column)
    written = _written(survey, column)
    options = _ranges(survey, column, missing, written)
    left_out = {"missing": _as_written(missing, written)} if missing else {}
    return {"question": wording, "options": options, **left_out, "bio": f"{said}: {{}}."}


def _question(survey: SurveyFile, column: str) -> dict[str, Any]:
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
    try:
        refuse_alike(texts)
    except ValueError as error:
        raise InputError(f"{survey.path}: column {column!r}: {error}") from None
    missing = _as_written(nonresponse_codes(survey, column), written)
    words = any(isinstance(code, str) for code in codes)  # in the order of the alphabet
    return {
        "question": _wording(survey, column),
        "options": dict(zip(texts, options, strict=True)),
        **({"missing": missing} if missing else {}),
        **({"ordered": False} if words else {}),
    }


def _labels(
    survey: SurveyFile, column: str, codes: Sequence[Code], written: Mapping[Code, str]
) -> list[str]:
    labels = survey.value_labels.get(column, {})
    return [
        _one_line(labels.get(code, "")) or str(text)
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


def _wording(survey: SurveyFile, column: str) -> str:
    survey.column(column)  # refuses one that is not there, with what is
    return _one_line(survey.labels.get(column, "")) or _one_line(column)


def _one_line(text: str) -> str:
    """Without line ends and control characters, which labels of old files hold."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())[:2000]
