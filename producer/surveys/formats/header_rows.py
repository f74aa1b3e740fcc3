"""What stands above the answers: one row of names, or those that survey platforms write.

Qualtrics has names, wordings and a row of ids as JSON; SurveyMonkey has wordings and below them
the answers of questions with several columns; SoSci Survey has names and labels. Knows rows of
text; not what stands below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

# Columns that Qualtrics adds, as its names and, in older exports, its wordings have them.
_QUALTRICS = {
    "startdate", "enddate", "responseid", "recordeddate", "progress", "finished", "status",
    "start date", "end date", "response id", "recorded date", "responseset", "ipaddress",
    "externaldatareference",
}  # fmt: skip
_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"\s*:')
_MONKEY_ANSWERS = {"response", "open-ended response", "open ended response", "open-ended"}
_MONKEY = {"respondent id", "collector id", "date created", "date modified", "start date",
           "end date", "ip address", "email address", "first name", "last name"}  # fmt: skip
_NUMBER = re.compile(r"[-+]?[0-9.,]+")
MOST_ROWS = 40  # that are looked at; a header is up to three of them
_TITLES = 5  # rows above a header, at most
_SHORTEST_QUESTION = 10  # of the longest of those that SurveyMonkey writes above "Response"
_LONGEST_ANSWER = 25  # characters; what is longer in a second row may be a question
# Columns of numbers, and rows below, by which words that stand above them all are nobody's answers.
_SURE_COLUMNS, _SURE_ROWS = 3, 8
_ANSWER_FIRST = re.compile(r"(?P<answer>[^:]+):(?P<asked>\S[^:]* .{10,})")  # of Alchemer


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
    """The header of a file that begins with these rows, of which some people's are needed."""
    above = _titles(rows)
    found = _header(rows[above:])
    return replace(found, rows=found.rows + above)


def _header(rows: Sequence[Sequence[str]]) -> Header:
    first = [tidy(cell) for cell in rows[0]]
    second = [tidy(cell) for cell in rows[1]] if len(rows) > 1 else []
    if any(_IMPORT_ID.match(cell) for row in rows[2:3] for cell in row):
        return _named(first, second, 3)
    if any(map(_IMPORT_ID.match, second)):
        return _named(first, [], 2)
    if _is_qualtrics(first, second):
        return _named(first, second, 2)
    if _is_monkey(first, second, rows[2:]):
        return _monkey(first, second)
    if _are_wordings(second, rows[2:]):
        return _named(first, second, 2)
    return _with_answers_first(_named(first, [], 1))


def tidy(text: str) -> str:
    """A name without blanks around it, and with one where there are several or a line end."""
    return re.sub(r"\s+", " ", text).strip()


def _titles(rows: Sequence[Sequence[str]]) -> int:
    """How many rows say what the file is: one cell each, above a row of nothing but names."""
    width = max(map(len, rows))
    for at, row in enumerate(rows[: _TITLES + 1]):
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) > 1:
            names = len(filled) == len(set(filled)) == width and not any(map(_is_number, filled))
            return at if names and len(rows) > at + 1 else 0
    return 0


def _is_qualtrics(first: Sequence[str], second: Sequence[str]) -> bool:
    """Its own columns are named twice, or in older exports, whose names are V1 to V10, below."""
    own = [cell.casefold() in _QUALTRICS for cell in second]
    named = any(name.casefold() in _QUALTRICS for name in first)
    older = sum(own) > 1 and all(
        re.fullmatch(r"V\d+", n) for n, o in zip(first, own, strict=False) if o
    )
    return (named and any(own)) or older


def _is_monkey(
    first: Sequence[str], second: Sequence[str], people: Sequence[Sequence[str]]
) -> bool:
    """Below the questions stands "Response", or the answers where names are left out; below its own
    columns nothing."""
    if len(second) != len(first) or not any(second) or len(first) < 2:
        return False
    unnamed = [at for at, cell in enumerate(first) if not cell and at]
    alone = [
        below for at, (name, below) in enumerate(zip(first, second, strict=True))
        if name and at + 1 not in unnamed
    ]  # fmt: skip
    own = [below for name, below in zip(first, second, strict=True) if name.casefold() in _MONKEY]
    if any(own) or any(map(_is_number, alone)):
        return False  # somebody's answers
    said = [at for at, below in enumerate(second) if below.casefold() in _MONKEY_ANSWERS]
    if said and (own or all(b.casefold() in _MONKEY_ANSWERS for b in alone if b)):
        repeated = any(row[at : at + 1] == [second[at]] for row in people for at in said)
        asked = any(len(first[at]) >= _SHORTEST_QUESTION for at in said)
        return bool(own) or (asked and not repeated)
    return (
        len(unnamed) > 1 and (bool(own) or (bool(alone) and not any(alone)))
        and all(second[at] and not _is_number(second[at]) for at in unnamed)
    )  # fmt: skip


def _are_wordings(second: Sequence[str], people: Sequence[Sequence[str]]) -> bool:
    """Whether a second row asks what others answer: it has words in columns of numbers, all of
    them, or questions that nobody repeats."""
    columns = [
        (below, [row[at].strip() for row in people if at < len(row) and row[at].strip()])
        for at, below in enumerate(second)
    ]
    if len(people) < 2:
        return False
    numbers = [below for below, cells in columns if cells and all(map(_is_number, cells))]
    if len(numbers) > 1:
        worded = all(re.search(r"[^\W\d_]{2}", below) for below in numbers)
        asks = any(len(below) > _LONGEST_ANSWER or below.endswith("?") for below in numbers)
        many = len(set(numbers)) >= _SURE_COLUMNS and len(people) >= _SURE_ROWS
        return worded and (asks or (many and len(set(numbers)) == len(numbers)))
    asked = [below for below, _ in columns if below.endswith(("?", ":"))]
    longer = [
        below for below, cells in columns
        if cells and len(below) > max(map(len, cells))
    ]  # fmt: skip
    filled = [below for below in second if below]
    answered = [cells for _, cells in columns if cells]
    return len(filled) > 1 and 2 * len(asked) > len(filled) and 2 * len(longer) > len(answered)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


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


def _with_answers_first(header: Header) -> Header:
    """Of "TV:Which do you use?" and "Radio:Which do you use?" the answers as others write them."""
    sets: dict[str, dict[str, str]] = {}
    for name in header.names:
        if found := _ANSWER_FIRST.fullmatch(name):
            sets.setdefault(found["asked"], {})[name] = f"{found['asked']} [{found['answer']}]"
    several = {asked: labels for asked, labels in sets.items() if len(labels) > 1}
    labels = {name: label for found in several.values() for name, label in found.items()}
    multiple = {asked: list(found) for asked, found in several.items()}
    return replace(header, labels={**header.labels, **labels}, multiple=multiple)


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
