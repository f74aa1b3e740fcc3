"""What stands above the answers: one row of names, or those that survey platforms write.

Qualtrics has names, wordings and a row of ids as JSON; SurveyMonkey has wordings and below them
the answers of questions with several columns. Knows rows of text; not what stands below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

_QUALTRICS = {
    "StartDate",
    "EndDate",
    "ResponseId",
    "RecordedDate",
    "Progress",
    "Finished",
    "Status",
}
_QUALTRICS_SAYS = {
    "start date", "end date", "response id", "recorded date", "progress", "finished",
}  # fmt: skip
_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"\s*:')
_MONKEY_ANSWERS = {"response", "open-ended response", "open ended response", "open-ended"}
MOST_ROWS = 3


@dataclass(frozen=True)
class Header:
    """names: of the columns, each another; labels: the wording by name, where there is one;
    rows: how many rows of the file it is; multiple: questions that could be answered by several
    columns, with those; twice: names that the file has more than once, with what they became."""

    names: list[str]
    labels: dict[str, str]
    rows: int
    multiple: dict[str, list[str]] = field(default_factory=dict)
    twice: dict[str, list[str]] = field(default_factory=dict)


def header_of(rows: Sequence[Sequence[str]]) -> Header:
    """The header of a file that begins with these rows, of which there are up to four."""
    first = [tidy(cell) for cell in rows[0]]
    second = [tidy(cell) for cell in rows[1]] if len(rows) > 1 else []
    third = rows[2] if len(rows) > 2 else []
    if any(map(_IMPORT_ID.match, third)):
        return _named(first, second, 3)
    if any(map(_IMPORT_ID.match, second)):
        return _named(first, [], 2)
    if _is_qualtrics(first, second):
        return _named(first, second, 2)
    if _is_monkey(first, second):
        return _monkey(first, second)
    return _named(first, [], 1)


def tidy(text: str) -> str:
    """A name without blanks around it, and with one where there are several or a line end."""
    return re.sub(r"\s+", " ", text).strip()


def _is_qualtrics(first: Sequence[str], second: Sequence[str]) -> bool:
    says = {cell.casefold() for cell in second}
    return bool(_QUALTRICS & set(first)) and bool(_QUALTRICS_SAYS & says)


def _is_monkey(first: Sequence[str], second: Sequence[str]) -> bool:
    """Below the questions stands "Response", or the answers where names are left out."""
    if len(second) != len(first) or not any(second):
        return False
    if any(cell.casefold() in _MONKEY_ANSWERS for cell in second):
        return True
    unnamed = [at for at, cell in enumerate(first) if not cell and at]
    named = [at for at, cell in enumerate(first) if cell and not second[at]]
    return (
        len(unnamed) > 1
        and bool(named)
        and all(second[at] and not re.fullmatch(r"-?[\d.,]+", second[at]) for at in unnamed)
    )


def _monkey(first: Sequence[str], second: Sequence[str]) -> Header:
    names: list[str] = []
    sets: dict[str, list[str]] = {}
    question = ""
    for at, (above, below) in enumerate(zip(first, second, strict=True)):
        question = above or question
        several = not above or (at + 1 < len(first) and not first[at + 1])
        if not several or below.casefold() in _MONKEY_ANSWERS:
            names.append(question or below)
            continue
        names.append(f"{question} [{below}]" if below else question)
        sets.setdefault(question, []).append(names[-1])
    found = _named(names, [], 2)
    labels = {name: f"{asked} {name[len(asked) + 2 : -1]}"
              for asked, columns in sets.items() for name in columns
              if name.startswith(f"{asked} [")}  # fmt: skip
    several_of = {asked: columns for asked, columns in sets.items() if len(columns) > 1}
    return Header(found.names, labels, 2, several_of, found.twice)


def _named(names: Sequence[str], wordings: Sequence[str], rows: int) -> Header:
    """Each column another name: those without one are called by their place."""
    seen: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        seen.setdefault(name, []).append(at)
    found = list(names)
    twice: dict[str, list[str]] = {}
    for name, places in seen.items():
        if name and len(places) == 1:
            continue
        for at in places:
            found[at] = f"{name} (column {at + 1})" if name else f"column {at + 1}"
        if name:
            twice[name] = [found[at] for at in places]
    labels = {
        name: wording for name, wording in zip_longest(found, wordings, fillvalue="")
        if name and wording and wording != name
    }  # fmt: skip
    return Header(found, labels, rows, {}, twice)
