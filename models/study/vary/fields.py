"""What `vary` of a study file says: the fields that vary, by their dotted places, and their values.

Each value has a name, which is part of the names of its studies: what the value itself reads like,
or what the file calls it, so that the name stays when others are added.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from anthology.models.errors import InputError
from anthology.models.study.reading.validation_messages import kind_of
from anthology.models.study.reading.yaml_places import Place, where

VARY = "vary"
LONGEST = 32  # characters of a value's name
NAME = re.compile(r"[A-Za-z0-9_.-]+")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")
Places = Mapping[Place, yaml.Mark]


@dataclass(frozen=True)
class Value:
    """One value of a field, what its studies are called after, and where it stands in the file."""

    name: str
    value: Any
    place: Place


@dataclass(frozen=True)
class Varied:
    """A field by its dotted place, `questionnaire.temperature`, and its values, two or more."""

    key: str
    values: list[Value]


def varied_fields(found: Any, path: Path, places: Places) -> list[Varied]:
    """Raises `InputError` naming the field and, as a rule, its line."""
    if not isinstance(found, dict) or not found:
        raise InputError(
            f"{path}: {VARY}: should be a mapping of fields to their values, as "
            f"`questionnaire.temperature: [0.7, 1.0]`, found {_short(found)}"
        )
    fields = [_varied(str(key), values, path, places) for key, values in found.items()]
    for field in fields:
        inside = next((one.key for one in fields if one.key.startswith(f"{field.key}.")), None)
        if inside:
            raise _refusal(path, places, inside, f"is a part of {field.key}, which varies, too")
    return fields


def placed(data: Any, key: str, value: Any) -> Any:
    """A study file's fields with the one at a dotted place set; names with dots are known where
    they stand in the file. Raises ValueError where there is no such place."""
    if not isinstance(data, dict):
        raise ValueError(f"stands within {kind_of(data)}, which has no fields; vary all of it")
    known = [k for k in data if isinstance(k, str) and (k == key or key.startswith(f"{k}."))]
    first = max(known, key=len, default=key.split(".")[0])
    rest = key[len(first) + 1 :]
    if not rest:
        return {**data, first: value}
    inner = data.get(first)
    return {**data, first: placed({} if inner is None else inner, rest, value)}


def _varied(key: str, values: Any, path: Path, places: Places) -> Varied:
    if key.split(".")[0] in ("study", VARY):
        raise _refusal(path, places, key, "cannot vary: the studies are named by what varies")
    if not isinstance(values, list | dict) or len(values) < 2:
        raise _refusal(
            path, places, key,
            "should be a list of two values or more, or a mapping of names to values; one value "
            "stands in its own place in the file",
        )  # fmt: skip
    named = values.items() if isinstance(values, dict) else ((None, value) for value in values)
    found: list[Value] = []
    for number, (name, value) in enumerate(named):
        place = (VARY, key, str(number) if name is None else str(name))
        said = name_of(value) if name is None else str(name)
        if said is None:
            raise _refusal(
                path, places, key,
                f"{_short(value)} makes no short name for its studies; write the values as a "
                "mapping, each after its name", place,
            )  # fmt: skip
        if not NAME.fullmatch(said) or len(said) > LONGEST:
            raise _refusal(
                path, places, key,
                f"the name {_short(said)} should be at most {LONGEST} letters, digits, dots, "
                "dashes and underscores", place,
            )  # fmt: skip
        if before := next((one for one in found if one.name == said), None):
            raise _refusal(
                path, places, key,
                f"{_short(before.value)} and {_short(value)} would both be called {said!r}; write "
                "the values as a mapping, each after its name", place,
            )  # fmt: skip
        found.append(Value(said, value, place))
    return Varied(key, found)


def name_of(value: Any) -> str | None:
    """What a value reads like in a name: of a path its last part, "Llama-3.1-8B"; None where that
    would be nothing, or long."""
    if isinstance(value, list | dict):
        return None
    text = {None: "null", True: "true", False: "false"}[value] if _is_word(value) else str(value)
    last = text.rstrip("/").rpartition("/")[2]
    name = NOT_IN_NAMES.sub("-", last)
    name = name if name == last else name.strip("-")
    return name if 0 < len(name) <= LONGEST else None


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _refusal(path: Path, places: Places, key: str, said: str, place: Place = ()) -> InputError:
    return InputError(f"{path}: {VARY}.{key}: {said}{where(place or (VARY, key), places)}")


def _short(value: Any) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
