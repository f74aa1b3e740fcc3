"""Turns what pydantic says of a study file into one line a problem, for people."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError

from anthology.models.questionnaire.codes import BRANCH
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.study.reading.yaml_places import Place, where

KEY = "[key]"  # what pydantic adds to the place of a problem with a key of a mapping
NOWHERE: Mapping[Place, yaml.Mark] = MappingProxyType({})
NONE: Mapping[str, Sequence[str]] = MappingProxyType({})
WHOLE = "study"  # in the place of a field where no one field is wrong
LONGEST = 80  # characters of a file's own text in a message
# What people write beside a question, in the place of a minus in `scales`.
REVERSED = ("reverse", "reversed", "reverse_keyed", "reverse_coded", "reverse_scored", "keyed")
KEYED = "a reverse-keyed item has a minus where its scale is named, `scales: {name: [E1, -E2]}`"
WORDINGS = {
    "missing": "is missing",
    "string_type": "should be text",
    "list_type": "should be a list",
    "dict_type": "should be a mapping",
    "model_type": "should be a mapping of fields",
    "model_attributes_type": "should be a mapping of fields",
    "string_too_short": "should not be empty",
    "too_short": "needs at least {min_length}, found {actual_length}",
    "too_long": "needs at most {max_length}, found {actual_length}",
}


def kind_of(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def explain(
    path: Path,
    error: ValidationError,
    known: Iterable[str],
    places: Mapping[Place, yaml.Mark] = NOWHERE,
    within: Mapping[str, Sequence[str]] = NONE,
) -> str:
    """One line a problem: file, field, what was expected, and the field's place in the file.

    known: the fields that exist; within: where those stand that parts at the file's top have.
    """
    lines: dict[str, str] = {}
    wrong_keys: list[list[int | str]] = []
    for problem in error.errors(include_url=False):
        place = [part for part in problem["loc"] if not str(part).startswith(BRANCH)]
        if any(place[: len(key)] == key for key in wrong_keys):
            continue  # a wrong name is one mistake, not one in each field that takes it over
        if place[-1:] == [KEY]:
            wrong_keys.append(place := place[:-1])
        if misfit := _misfit(problem):
            place += misfit.place
        field = ".".join(map(_part, place)) or WHOLE
        said = f"{path}: {field}: {_say(problem, known, within)}{where(place, places)}"
        lines.setdefault(field, said)
    return "\n".join(lines.values())


def _misfit(problem: Any) -> Misfit | None:
    """What says itself where it is, within the part whose fields were found not to agree."""
    error = problem.get("ctx", {}).get("error")
    return error if isinstance(error, Misfit) else None


def _part(part: str | int) -> str:
    """A part of a field's place on one line, as it stands where it can be read."""
    text = str(part)
    return text if text.strip() and text.isprintable() and len(text) <= LONGEST else _short(part)


def _say(problem: Any, known: Iterable[str], within: Mapping[str, Sequence[str]]) -> str:
    kind, found = problem["type"], problem.get("input")
    if kind in ("extra_forbidden", "invalid_key"):
        name = str(problem["loc"][-1])
        if name in REVERSED:
            return f"is not a field here; {KEYED}"
        if len(problem["loc"]) == 1 and name in within:
            return f"is not a field here; did you mean {' or '.join(within[name])}?"
        return "is not a field here" + _suggest(name, known)
    if misfit := _misfit(problem):
        return misfit.said
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return WORDINGS[kind]
    if f"{BRANCH}code" in problem["loc"]:
        return f"should be a survey code, a number or text, found {_short(found)}{_nothing(found)}"
    message = WORDINGS.get(kind, "").format(**problem.get("ctx", {})) or str(
        problem["msg"]
    ).removeprefix("Input ")
    shown = f", found {_short(found)}" if isinstance(found, str | int | float | bool) else ""
    quotes = "; put it in quotes" if kind == "string_type" and shown else ""
    nothing = f", found nothing{_nothing(found)}" if kind == "string_type" else ""
    return message + (nothing if found is None else shown + quotes)


def _nothing(found: Any) -> str:
    """What looks like a text to people and is nothing in YAML."""
    if found is not None:
        return ""
    return "; null or ~ as a text needs quotes, and so does a text with a comma within { }"


def _short(value: Any) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _suggest(name: str, known: Iterable[str]) -> str:
    """Nothing for a field that stands in the wrong place: its own name would be no help."""
    names = set(known)
    close = [] if name in names else difflib.get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
