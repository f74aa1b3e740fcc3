"""Reads a study file: YAML, then every field of it, and says of each mistake what to do."""

from pathlib import Path

from pydantic import ValidationError

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
from anthology.models.study.study import Study

PARTS: tuple[type[Part], ...] = (
    Study, Humans, QuotaSample, Arms, *POOLS, *CONDITIONS, Polling, Questionnaire, Question,
    Numbers, OpenQuestion, Trait, Measures, Style, PublishedRow,
)  # fmt: skip

OTHERS = [*BATTERY, "preset"]  # fields that are read into others


def load(path: Path) -> Study:
    """Raises `InputError` naming file, field and what was expected."""
    data, places = yaml_file.read_placed(path)
    if not isinstance(data, dict):
        raise InputError(f"{path}: expected a mapping of study fields, found {kind_of(data)}")
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        raise InputError(explain(path, error, _fields(), places)) from None
    pools = {name: pool.beside(path.parent) for name, pool in study.pools.items()}
    humans = study.humans
    if humans is not None:
        humans = humans.model_copy(update={"file": str(path.parent / humans.file)})
    return study.model_copy(update={"humans": humans, "pools": pools})


def _fields() -> list[str]:
    """Every field that a study file may have, as it is written there."""
    named = [part.model_fields.items() for part in PARTS]
    return [info.alias or name for fields in named for name, info in fields] + OTHERS
