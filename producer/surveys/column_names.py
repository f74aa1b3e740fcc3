"""Which columns of a survey somebody named on a command line: names may hold commas and quotes.

Knows the file's column names, and which of a question's columns hold options.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from anthology.producer.surveys.formats.column_sets import question_of
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.scale import Scale

_PART = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^,]*))\s*(?:,|$)""")

_UP_TO_COMMA = re.compile(r"(?P<bare>[^,]*)(?:,|$)")


def asked_columns(survey: SurveyFile, values: Sequence[str]) -> list[str]:
    """The columns that some values name as questions: one that several columns answer stands for
    these, which can be asked, and so does what the names of several begin with: Q3 for Q3_1."""
    parts: dict[str, list[str]] = defaultdict(list)
    for column in map(str, survey.frame.columns.tolist()):
        parts[question_of(column)].append(column)
    several = {one: columns for one, columns in parts.items() if one and len(columns) > 1}
    for column in map(str, survey.frame.columns.tolist()):
        several.pop(column, None)
    several |= survey.multiple
    return [
        column
        for name in _all_named(survey, values, several)
        for column in several.get(name, [name])
    ]


def named_columns(survey: SurveyFile, values: Sequence[str]) -> list[str]:
    """The columns that some values name, in their order, as the file spells them.

    A value, or some of its parts between commas taken together, that is a column's whole name is
    that column; so is a part in quotes. Spaces at the ends and doubled ones count for nothing. What
    is no column stays as it is, and is refused where it is looked up.
    """
    return _all_named(survey, values)


def _all_named(
    survey: SurveyFile, values: Sequence[str], questions: Iterable[str] = ()
) -> list[str]:
    names = [*map(str, survey.frame.columns.tolist()), *questions]
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(_spaced(name), name)
    spelled |= {name: name for name in names}
    return [column for value in values for column in _named(value, spelled)]


def without_written(
    survey: SurveyFile, items: Sequence[str], named: Collection[str], scales: Mapping[str, Scale]
) -> list[str]:
    """The items without those that hold what people wrote, or nothing, and that nobody named: of a
    question of several columns the one of who chose "Other". All, if there are no others."""
    written = {item for item in items if len(scales[item].options) < 2}
    for columns in survey.multiple.values():
        codes = {name: _codes(scales[name]) for name in columns if name in scales}
        for name, own in codes.items():
            others = {code for other in codes if other != name for code in codes[other]}
            if others and others.isdisjoint(own) and all(isinstance(code, str) for code in own):
                written.add(name)
    return [item for item in items if item in named or item not in written] or list(items)


def _codes(scale: Scale) -> set[Code]:
    return {code for option in scale.options for code in option.codes if code is not None}


def named_column(survey: SurveyFile, value: str) -> str:
    """The one column that a value names, as the file spells it; the value where there is none."""
    spelled = [
        str(column) for column in survey.frame.columns if _spaced(str(column)) == _spaced(value)
    ]
    return value if value in survey.frame.columns or not spelled else spelled[0]


def separated(values: Sequence[str]) -> list[str]:
    """What stands between the commas of some values, quotes around a part taken off."""
    return [part for value in values for part in _parts(value)]


def _named(value: str, spelled: Mapping[str, str]) -> list[str]:
    if found := _known(value, spelled):
        return [found]
    found_all: list[str] = []
    parts = value.split(",")
    at = 0
    while at < len(parts):
        for end in range(len(parts), at, -1):
            text = ",".join(parts[at:end])
            column = _known(text, spelled) or _known(_unquoted(text), spelled)
            if column or end == at + 1:
                break
        if column:
            found_all.append(column)
            at = end
            continue
        if not parts[at].strip():
            at += 1
            continue
        unknown = _parts(",".join(parts[at:]))[:1]
        found_all += unknown
        at += 1 + (unknown[0].count(",") if unknown else 0)
    return found_all


def _known(text: str, spelled: Mapping[str, str]) -> str | None:
    return spelled.get(text) or spelled.get(_spaced(text))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _unquoted(text: str) -> str:
    found = _PART.fullmatch(text)
    return (found["double"] or found["single"] or "") if found else ""


def _parts(value: str) -> list[str]:
    found, start = [], 0
    while start < len(value):
        part = _PART.match(value, start) or _UP_TO_COMMA.match(value, start)
        assert part  # whatever stands there, a comma or the end follows
        texts = part.groupdict()
        text = texts.get("double") or texts.get("single") or (texts["bare"] or "").strip()
        found += [text] if text else []
        start = part.end()
    return found
