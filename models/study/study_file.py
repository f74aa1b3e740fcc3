"""Reads a study file: YAML, then every field of it, and says of each mistake what to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from yaml import Mark

from anthology.models.conditions.registry import WAYS as CONDITIONS
from anthology.models.errors import InputError
from anthology.models.pools.registry import PARTS as POOLS
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.polling import Polling
from anthology.models.questionnaire.questionnaire import BATTERY, Questionnaire
from anthology.models.questionnaire.questions import Numbers, OpenQuestion, Question, Trait
from anthology.models.questionnaire.style import Style
from anthology.models.study.arms import Arms
from anthology.models.study.humans import Humans, QuotaSample
from anthology.models.study.measures import Measures
from anthology.models.study.published import PublishedRow
from anthology.models.study.reading import yaml_file
from anthology.models.study.reading.validation_messages import explain, kind_of
from anthology.models.study.reading.yaml_places import Place
from anthology.models.study.study import Study

PARTS: tuple[type[Part], ...] = (
    Study, Humans, QuotaSample, Arms, *POOLS, *CONDITIONS, Polling, Questionnaire, Question,
    Numbers, OpenQuestion, Trait, Measures, Style, PublishedRow,
)  # fmt: skip

OTHERS = [*BATTERY, "preset", "vary"]  # fields that are read into others, or into several studies


def load(path: Path, stored: bool = False) -> Study:
    """Raises `InputError` naming file, field and what was expected; where a study that is `stored`
    is sought, not for what only this version refuses."""
    data, places = read(path)
    if "vary" in data:
        raise InputError(
            f"{path}: has `vary`, so it is several studies; `anthology submit` takes all of them, "
            "and a script has them from `Study.grid(path)`"
        )
    return validated(data, path, places, stored)


def read(path: Path) -> tuple[dict[str, Any], Mapping[Place, Mark]]:
    """The file's fields and their places; raises `InputError` for what holds none."""
    data, places = yaml_file.read_placed(path)
    if not isinstance(data, dict):
        raise InputError(f"{path}: expected a mapping of study fields, found {kind_of(data)}")
    return data, places


def validated(data: Any, path: Path, places: Mapping[Place, Mark], stored: bool) -> Study:
    """The study of a file's fields; raises `InputError` as `load`."""
    try:
        return checked(data, path, stored)
    except ValidationError as error:
        raise InputError(said_of(error, path, places)) from None


def checked(data: Any, path: Path, stored: bool) -> Study:
    """The same, but raises pydantic's `ValidationError`."""
    study = Study.from_spec(data) if stored else Study.model_validate(data)
    pools = {name: pool.beside(path.parent) for name, pool in study.pools.items()}
    humans = study.humans
    if humans is not None:
        humans = humans.model_copy(update={"file": str(path.parent / humans.file)})
    return study.model_copy(update={"humans": humans, "pools": pools})


def said_of(error: ValidationError, path: Path, places: Mapping[Place, Mark]) -> str:
    """A line for each mistake."""
    return explain(path, error, _fields(), places, _within())


def _fields() -> list[str]:
    """Every field that a study file may have, as it is written there."""
    named = [part.model_fields.items() for part in PARTS]
    return [info.alias or name for fields in named for name, info in fields] + OTHERS


def _within() -> dict[str, list[str]]:
    """The fields of parts at the file's top, each with where it stands there."""
    found: dict[str, list[str]] = {}
    for top, field in Study.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Part):
                for name, info in part.model_fields.items():
                    key = info.alias or name
                    found.setdefault(key, []).append(f"{top}.{key}")
    return found
