"""Submits a study: one transaction writes it with its first jobs, then the jobs are enqueued.

Submitting the same file again resumes; the same name with another content is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from anthology.models.language_model.engine_identity import Info, content_differences
from anthology.models.runtime import address
from anthology.models.settings import Settings
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study, of_study
from anthology.producer.monitoring.servers import ambiguity, living, near_misses
from anthology.producer.submission.engine_args import parsed
from anthology.producer.submission.estimate import Estimate, estimate, together
from anthology.producer.submission.existing import (
    NOTHING,
    Existing,
    Models,
    content_in,
    find_existing,
    study_of,
    with_planned,
)
from anthology.producer.submission.given import Given, read_models, with_people
from anthology.producer.submission.leaked_answers import told_before
from anthology.producer.submission.own_labels import own_labels
from anthology.producer.submission.size_limits import refuse_large, refuse_unmeant
from anthology.producer.submission.storage import write
from anthology.producer.surveys.respondents import EncodedHumans
from anthology.producer.surveys.respondents import told as told_of
from anthology.producer.surveys.study_files import PLACEHOLDER

UNSHOWN = ("database", "enqueued")  # in JSON
RETOLD = {
    "published": "what was published stands beside the study as this file has it, no longer as "
    "stored",
    "scales": "scales are those of this file, no longer those stored; `anthology measure {study}` "
    "has their figures",
}


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
    if not isinstance(study, Study):
        study = study_of(Path(study), Settings().database)
    return submit_all([study], dry_run=dry_run, large=large, engine_args=engine_args)[0]


def submit_all(
    studies: Sequence[Study],
    *,
    dry_run: bool = False,
    large: bool = False,
    engine_args: Sequence[str] = (),
) -> list[Submission]:
    """The same of several studies, of which none is written where one is refused; what they share
    is counted for the first."""
    options, settings = parsed(engine_args), Settings()
    people: dict[str, EncodedHumans] = {}
    several = len(studies) > 1
    given = []
    for study in studies:
        with _naming(study, several):
            given.append(with_people(study, settings, people))
    there, unchecked = _look(settings, dry_run)
    digests: dict[str, Info] = {}
    looked, before = [], list[Study]()
    for one in given:
        with _naming(one.study, several):
            read_models(one, there, options, digests, keep=not dry_run)
            if not dry_run:
                _refuse_placeholder(one.study)
            looked.append(_looked_at(one, there, settings, unchecked, large, before))
        before.append(one.study)
    if several:
        new = [found for found in looked if found.new]
        refuse_unmeant(f"these {len(new)} studies", together(new), large)
    if dry_run:
        return looked
    return [
        replace(_submit(one, settings, before[:n]), warnings=looked[n].warnings)
        for n, one in enumerate(given)
    ]


@contextmanager
def _naming(study: Study, several: bool) -> Iterator[None]:
    """Says of which study an error is, where there are several."""
    try:
        yield
    except AnthologyError as error:
        raise type(error)(f"{study.study}: {error}") if several else error from None


def _looked_at(
    given: Given, there: Engine | None, settings: Settings, unchecked: str | None, large: bool,
    before: Sequence[Study],
) -> Submission:  # fmt: skip
    study, mine = given.study, given.digests
    known = with_planned(_existing(there, study, given.humans, mine), study, before)
    expected = estimate(study, given.humans, there, known, _contents(mine))
    told: tuple[str, ...] = ()
    if known.new:
        refuse_large(study, expected, large)
        told = (*own_labels(study), *told_before(study), *told_of(given.humans))
        told += tuple(said for read in given.stories.values() for said in read.told)
    return Submission(
        study=study.study, new=known.new, paused=known.paused, unchecked=unchecked, warnings=told,
        notes=_notes(study, there, known, mine),
        database=address.of_database(connect(settings.database).url), **vars(expected),
    )  # fmt: skip


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


def _notes(study: Study, database: Engine | None, known: Existing, mine: Models) -> list[str]:
    """What speaks against workers that seem to have a model, and against the models' files; and
    what is changed of a study that is there."""
    if database is None:
        return []
    with explained(database), reading(database) as session:
        workers = living(session)
    found: list[str] = []
    found += [RETOLD[part].format(study=study.study) for part in known.retold]
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


def _submit(given: Given, settings: Settings, before: Sequence[Study]) -> Submission:
    study, humans, mine = given.study, given.humans, given.digests
    from anthology.models.jobs import broker, messages

    broker.check(settings.broker_url)
    database = open_database(settings.database)
    known = with_planned(_existing(database, study, humans, mine), study, before)
    expected = estimate(study, humans, database, known, _contents(mine))
    with explained(database):
        try:
            new, to_enqueue = write(database, study, humans, mine, given.stories)
        except IntegrityError:  # somebody submitted the same just now: then this is a resumption
            new, to_enqueue = write(database, study, humans, mine, given.stories)
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
        notes=_notes(study, database, known, mine),
        database=address.of_database(database.url), **vars(expected),
    )  # fmt: skip


def _refuse_placeholder(study: Study) -> None:
    if PLACEHOLDER in stages.models_of(study):
        raise InputError(
            f"model: {PLACEHOLDER!r} is what `anthology init` leaves open; put in the folder or "
            "hub name of the model that your workers serve"
        )
