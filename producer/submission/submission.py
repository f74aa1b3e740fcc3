"""Submits a study: one transaction writes it with its first jobs, then the jobs are enqueued.

Submitting the same file again resumes; the same name with another content is refused.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from anthology.models.database import migrations
from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import (
    connect,
    explained,
    look_at,
    open_database,
    reading,
)
from anthology.models.database.study_models import Contents
from anthology.models.errors import AnthologyError, InputError, SetupError
from anthology.models.jobs import ready
from anthology.models.language_model.engine_identity import content_differences
from anthology.models.language_model.model_files import model_digests, model_folder
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.runtime import address
from anthology.models.settings import Settings
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, of_study
from anthology.producer.monitoring.servers import ambiguity, living, near_misses
from anthology.producer.submission.engine_args import parsed
from anthology.producer.submission.estimate import Estimate, estimate
from anthology.producer.submission.existing import (
    NOTHING,
    Existing,
    Models,
    content_in,
    find_existing,
    read_as_stored,
)
from anthology.producer.submission.leaked_answers import told_before
from anthology.producer.submission.own_labels import own_labels
from anthology.producer.submission.readable import model_here, refuse_unreadable
from anthology.producer.submission.size_limits import refuse_large
from anthology.producer.submission.storage import Stories, write
from anthology.producer.surveys.respondents import EncodedHumans, read_humans
from anthology.producer.surveys.respondents import told as told_of
from anthology.producer.surveys.stories.imported_stories import with_stories
from anthology.producer.surveys.stories.primed_stories import with_respondents
from anthology.producer.surveys.study_files import PLACEHOLDER

UNSHOWN = ("database", "enqueued")  # in JSON
REPUBLISHED = "what was published stands beside the study as this file has it, no longer as stored"


@dataclass(frozen=True, kw_only=True)
class Submission(Estimate):
    """What a submission amounts to; `new` is False when the study was there already.

    `unchecked` says why a dry run could not look into the database, `warnings` what of a new study
    may not be meant, `notes` what its user should know of workers.
    """

    study: str
    new: bool
    database: str
    unchecked: str | None = None
    warnings: tuple[str, ...] = ()
    paused: bool = False
    enqueued: int = 0
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        shown = {name: value for name, value in asdict(self).items() if name not in UNSHOWN}
        return {"study": shown.pop("study"), "new": shown.pop("new"), **shown}


def submit(
    study: Study | str | Path,
    *,
    dry_run: bool = False,
    large: bool = False,
    engine_args: Sequence[str] = (),
) -> Submission:
    """Validates, writes and enqueues a study (or the file of one) and returns what will be done.

    large: that a study of more than `producer/submission/size_limits.py` allows is meant.

    Raises `InputError` before anything is written when the file, the survey data or an existing
    study of the same name speaks against it, or when the model's tokenizer is on this machine and
    cannot tell the answers apart; `SetupError` when a server is unreachable. A dry run refuses the
    same, as far as it can look; it needs no server. Of `engine_args` (`anthology worker
    --engine-arg`) those are heeded that say where the tokenizer is and how it is read.
    """
    options = parsed(engine_args)
    study = study if isinstance(study, Study) else Study.load(study)
    settings = Settings()
    study, stories = with_stories(study)
    humans = _read(study, settings)
    study = with_respondents(study, humans)
    _enough_personas(study, humans)
    there, unchecked = _look(settings, dry_run)
    for name in stages.models_of(study):
        model, served_with = model_here(name, there)
        if model is not None:
            refuse_unreadable(study, name, load_tokenizer(model, {**served_with, **options}))
    # Read to the last byte, so that nobody's answers are taken for another model's.
    mine = {
        name: model_digests(model_folder(name), keep=not dry_run)
        for name in stages.models_of(study)
    }
    if not dry_run:
        _refuse_placeholder(study)
    known = _existing(there, study, humans, mine)
    expected = estimate(study, humans, there, known, _contents(mine))
    told: tuple[str, ...] = ()
    if known.new:
        refuse_large(study, expected, large)
        told = (*own_labels(study), *told_before(study), *told_of(humans))
        told += tuple(said for read in stories.values() for said in read.told)
    if not dry_run:
        return replace(_submit(study, humans, settings, mine, stories), warnings=told)
    return Submission(
        study=study.study, new=known.new, paused=known.paused, unchecked=unchecked, warnings=told,
        notes=_notes(there, known, mine),
        database=address.of_database(connect(settings.database).url), **vars(expected),
    )  # fmt: skip


def _read(study: Study, settings: Settings) -> EncodedHumans:
    """The survey's people; a study that is there already is not refused for what earlier versions
    let in."""
    try:
        return read_humans(study)
    except InputError:
        with suppress(AnthologyError):
            database, revision = look_at(settings.database)
            if revision and (humans := read_as_stored(database, study)):
                return humans
        raise


def _look(settings: Settings, dry_run: bool) -> tuple[Engine | None, str | None]:
    """The database if it can be read as it is; a dry run learns why it cannot."""
    try:
        database, revision = look_at(settings.database)
    except SetupError as error:
        if not dry_run:
            raise
        return None, str(error)
    if revision in (None, migrations.HEAD):
        return (database if revision else None), None
    place = address.of_database(database.url)
    return None, f"the database {place} is of an older Anthology, which submitting upgrades"


def _existing(
    database: Engine | None, study: Study, humans: EncodedHumans, mine: Models
) -> Existing:
    if database is None:
        return NOTHING
    with explained(database), reading(database) as session:
        known = find_existing(session, study, humans, mine)
        for model, content in _contents(mine).items() if known.new else ():
            if content is None and (reason := ambiguity(living(session), model)):
                raise InputError(reason)
        return known


def _contents(mine: Models) -> Contents:
    return {model: content_in(mine, model) for model in mine}


def _notes(database: Engine | None, known: Existing, mine: Models) -> list[str]:
    """What speaks against workers that seem to have a model, and against the models' files; and
    what is changed of a study that is there."""
    if database is None:
        return []
    with explained(database), reading(database) as session:
        workers = living(session)
    found: list[str] = []
    if known.republished:
        found.append(REPUBLISHED)
    for model, here in _contents(mine).items():
        content = here if known.new else known.contents.get(model)
        if not any(worker.has(model, content) for worker in workers):
            found += near_misses(workers, model, content)
        if changed := content_differences(content or {}, here or {}):
            found.append(
                f"{model} is not what it was when this study was submitted ({changed}): workers "
                "that serve it now stay away"
            )
    return found


def _submit(
    study: Study, humans: EncodedHumans, settings: Settings, mine: Models, stories: Stories
) -> Submission:
    from anthology.models.jobs import broker, messages

    broker.check(settings.broker_url)
    database = open_database(settings.database)
    known = _existing(database, study, humans, mine)
    expected = estimate(study, humans, database, known, _contents(mine))
    with explained(database):
        try:
            new, to_enqueue = write(database, study, humans, mine, stories)
        except IntegrityError:  # somebody submitted the same just now: then this is a resumption
            new, to_enqueue = write(database, study, humans, mine, stories)
        with reading(database) as session:
            row = find_study(session, study.study)
            belonging, unannounced = of_study(row), not new or ready.pool_rested(session, row.id)
        app = messages.make_app(settings.broker_url, namespace_of(database))
        if unannounced:
            planned = {job.id for job in to_enqueue}
            to_enqueue += [
                job for job in ready.due(database, belonging=belonging) if job.id not in planned
            ]
    enqueued = (
        messages.enqueue(app, to_enqueue) if new else messages.enqueue_if_silent(app, to_enqueue)
    )
    return Submission(
        study=study.study, new=new, paused=known.paused, enqueued=enqueued,
        notes=_notes(database, known, mine),
        database=address.of_database(database.url), **vars(expected),
    )  # fmt: skip


def _refuse_placeholder(study: Study) -> None:
    if PLACEHOLDER in stages.models_of(study):
        raise InputError(
            f"model: {PLACEHOLDER!r} is what `anthology init` leaves open; put in the folder or "
            "hub name of the model that your workers serve"
        )


def _enough_personas(study: Study, humans: EncodedHumans) -> None:
    for condition in study.conditions:
        if condition.needs_pool:
            pool = study.pool_of(condition)
            if said := condition.shortage(pool.name, pool.count, humans.sampled):
                raise InputError(said)
