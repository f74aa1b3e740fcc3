"""What a submission reads before it looks into a database: the files of a study, and its models.

Several studies are read together: what they have in common, once.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import look_at
from anthology.models.errors import AnthologyError, InputError
from anthology.models.language_model.engine_identity import Info
from anthology.models.language_model.model_files import model_digests, model_folder
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.questionnaire.questions import digest
from anthology.models.settings import Settings
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.submission.existing import read_as_stored
from anthology.producer.submission.readable import model_here, refuse_unreadable
from anthology.producer.submission.storage import Stories
from anthology.producer.surveys.respondents import EncodedHumans, read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories
from anthology.producer.surveys.stories.primed_stories import with_respondents


@dataclass(frozen=True)
class Given:
    """A study with the people and the stories of its files; `digests` by model are found later."""

    study: Study
    humans: EncodedHumans
    stories: Stories
    digests: dict[str, Info] = field(default_factory=dict)


def with_people(study: Study, settings: Settings, people: dict[str, EncodedHumans]) -> Given:
    """Raises `InputError` for what the study's files do not hold as it says; `people` are those of
    studies that were read before."""
    study, stories = with_stories(study)
    humans = _read(study, settings, people)
    study = with_respondents(study, humans)
    _enough_personas(study, humans)
    return Given(study, humans, stories)


def read_models(
    given: Given, there: Engine | None, options: Mapping[str, Any], digests: dict[str, Info],
    *, keep: bool,
) -> None:  # fmt: skip
    """Refuses a tokenizer that cannot tell the answers apart; reads models to the last byte, so
    that nobody's answers are taken for another model's."""
    names = stages.models_of(given.study)
    for name in names:
        model, served_with = model_here(name, there)
        if model is not None:
            tokenizer = load_tokenizer(model, {**served_with, **options})
            refuse_unreadable(given.study, name, tokenizer)
    for name in names:
        if name not in digests:
            digests[name] = model_digests(model_folder(name), keep=keep)
        given.digests[name] = digests[name]


def _read(study: Study, settings: Settings, people: dict[str, EncodedHumans]) -> EncodedHumans:
    """The survey's people, read once for all studies that read them alike; a study that is there
    already is not refused for what earlier versions let in."""
    parts = {"humans", "traits", "earlier", "arms", "seed"}
    asked = study.questionnaire.model_dump(mode="json", include={"questions"})
    key = digest([study.model_dump(mode="json", include=parts), asked])
    if study.humans is not None and key in people:
        return people[key]
    try:
        people[key] = read_humans(study)
        return people[key]
    except InputError:
        with suppress(AnthologyError):
            database, revision = look_at(settings.database)
            if revision and (humans := read_as_stored(database, study)):
                return humans
        raise


def _enough_personas(study: Study, humans: EncodedHumans) -> None:
    for condition in study.conditions:
        if condition.needs_pool:
            pool = study.pool_of(condition)
            if said := condition.shortage(pool.name, pool.count, humans.sampled):
                raise InputError(said)
