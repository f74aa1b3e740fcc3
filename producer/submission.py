"""Submits a study: one transaction writes it with its first jobs, then the jobs are rung.

Submitting the same file again resumes; the same name with another content is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from models import address, migrations, queue, ready
from models.chat import rendering_of
from models.database import (
    connect,
    explained,
    look_at,
    now_s,
    open_database,
    reading,
    writing,
)
from models.errors import InputError, SetupError, UnreadableLabels
from models.labels import answer_trie
from models.planning import span_jobs
from models.questionnaire import Readout
from models.questions import Question
from models.rendering import Rendering
from models.settings import Settings
from models.study import Study, model_slug
from models.tables import PoolRow, Respondent, StudyRow
from models.tokenizer import Tokenizer, load_tokenizer
from models.unlocking import Ring, insert_jobs, unlock
from producer.before import NOTHING, Before, before, find_pool, find_same
from producer.drafting import PLACEHOLDER
from producer.engine_args import parsed
from producer.estimate import Estimate, estimate
from producer.humans import EncodedHumans, read_humans
from producer.lookup import find_study, of_study
from producer.model_folder import find_model, is_model

UNSHOWN = ("database", "rung")  # in JSON


@dataclass(frozen=True, kw_only=True)
class Submission(Estimate):
    """What a submission amounts to; `new` is False when the study was there already.

    `unchecked` says why a dry run could not look into the database.
    """

    study: str
    new: bool
    database: str
    unchecked: str | None = None
    paused: bool = False
    rung: int = 0

    def as_json(self) -> dict[str, Any]:
        shown = {name: value for name, value in asdict(self).items() if name not in UNSHOWN}
        return {"study": shown.pop("study"), "new": shown.pop("new"), **shown}


def submit(
    study: Study | str | Path, *, dry_run: bool = False, engine_args: Sequence[str] = ()
) -> Submission:
    """Validates, writes and rings a study (or the file of one) and returns what will be done.

    Raises `InputError` before anything is written when the file, the survey data or an existing
    study of the same name speaks against it, or when the model's tokenizer is on this machine and
    cannot tell the answers apart; `SetupError` when a server is unreachable. A dry run refuses the
    same, as far as it can look; it needs no server. Of `engine_args` (`anthology worker
    --engine-arg`) those are heeded that say where the tokenizer is and how it is read.
    """
    options = parsed(engine_args)
    study = study if isinstance(study, Study) else Study.load(study)
    humans = read_humans(study)
    _enough_personas(study, humans)
    settings = Settings()
    there, unchecked = _look(settings, dry_run)
    model, served_with = _model_here(study, there)
    if model is not None:
        _check_readable(study, load_tokenizer(model, {**served_with, **options}))
    if not dry_run:
        _refuse_placeholder(study)
        return _submit(study, humans, settings)
    known = _before(there, study, humans)
    return Submission(
        study=study.study, new=known.new, paused=known.paused, unchecked=unchecked,
        database=address.of_database(connect(settings.database).url),
        **vars(estimate(study, humans, there, known)),
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


def _before(database: Engine | None, study: Study, humans: EncodedHumans) -> Before:
    if database is None:
        return NOTHING
    with explained(database), reading(database) as session:
        return before(session, study, humans)


def _submit(study: Study, humans: EncodedHumans, settings: Settings) -> Submission:
    queue.check(settings.broker_url)
    database = open_database(settings.database)
    known = _before(database, study, humans)
    expected = estimate(study, humans, database, known)
    with explained(database):
        try:
            new, rings = _write(database, study, humans)
        except IntegrityError:  # somebody submitted the same just now: then this is a resumption
            new, rings = _write(database, study, humans)
        with reading(database) as session:
            row = find_study(session, study.study)
            mine, unrung = of_study(row), not new or ready.pool_rested(session, row)
        if unrung:
            planned = {job.id for job in rings}
            rings += [job for job in ready.due(database, belonging=mine) if job.id not in planned]
    app = queue.make_app(settings.broker_url)
    rung = queue.ring(app, rings) if new else queue.ring_if_silent(app, rings)
    return Submission(
        study=study.study, new=new, paused=known.paused, rung=rung,
        database=address.of_database(database.url), **vars(expected),
    )  # fmt: skip


def _refuse_placeholder(study: Study) -> None:
    if study.model == PLACEHOLDER:
        raise InputError(
            f"model: {PLACEHOLDER!r} is what `anthology init` leaves open; put in the folder or "
            "hub name of the model that your workers serve"
        )


def _enough_personas(study: Study, humans: EncodedHumans) -> None:
    if "max_weight" in study.matchings and study.pool and study.pool.count < humans.sampled:
        raise InputError(
            f"natural/max_weight pairs one to one, but pool {study.pool.name!r} has "
            f"{study.pool.count} personas for {humans.sampled} respondents; raise pool.count to at "
            f"least {humans.sampled} or lower humans.sample"
        )


def _model_here(study: Study, database: Engine | None) -> tuple[str | None, dict[str, Any]]:
    """The folder of the study's model, if it or a worker's is on this machine, and by which engine
    arguments the worker found its tokenizer."""
    mine = study.model if is_model(study.model) else None
    if database is None:  # no worker either
        return mine, {}
    with explained(database), reading(database) as session:
        found, served_with = find_model(session, study)
    return mine or found, served_with


def _check_readable(study: Study, tokenizer: Tokenizer) -> None:
    """Raises `InputError` for what every job of the study would fail at: no chat template, a model
    that reasons before it answers, answers that have the same tokens."""
    rendering = rendering_of(study.style, tokenizer)
    polled = list(study.traits.values()) if study.matchings else []
    for questions, readout in ((polled, study.polling), (study.questions, study.questionnaire)):
        if not questions or readout.readout == "sample":
            continue
        if rendering.refusal:
            raise InputError(rendering.refusal)
        seen: set[tuple[str, ...]] = set()
        for question in questions:
            if tuple(question.choices) not in seen:
                _refuse_unreadable(rendering, question, study, readout)
                seen.add(tuple(question.choices))


def _refuse_unreadable(
    rendering: Rendering, question: Question, study: Study, readout: Readout
) -> None:
    try:
        answer_trie(rendering, question, study.style, readout)
    except UnreadableLabels as error:
        raise InputError(f"{question.name!r} cannot be read: {error}") from None


def _write(database: Engine, study: Study, humans: EncodedHumans) -> tuple[bool, list[Ring]]:
    """One transaction; returns whether the study is new, and the jobs to ring."""
    with writing(database) as session:
        if find_same(session, study, humans) is not None:
            return False, []
        pool_id, rings = _write_pool(session, study)
        study_id = _write_study(session, study, humans, pool_id)
        return True, rings + unlock(session, study_id)


def _write_study(session: Session, study: Study, humans: EncodedHumans, pool_id: int | None) -> int:
    study_id: int = session.execute(
        insert(StudyRow).returning(col(StudyRow.id)).values(
            name=study.study, spec=study.spec, digest=study.digest, humans_digest=humans.digest,
            humans=len(humans.ids), respondents=humans.sampled, pool_id=pool_id, cancelled=False,
            paused=False, any_engine=False, created_at=now_s(),
        )
    ).scalar_one()  # fmt: skip
    for batch in _batches(humans.rows(), 5000):
        session.execute(insert(Respondent), [{"study_id": study_id, **row} for row in batch])
    return study_id


def _write_pool(session: Session, study: Study) -> tuple[int | None, list[Ring]]:
    """Finds or makes the pool and plans only the personas that it does not have yet."""
    if study.pool is None or not study.matchings:
        return None, []
    row = find_pool(session, study, lock=True)
    have = 0
    if row is None:
        pool_id = session.execute(
            insert(PoolRow).returning(col(PoolRow.id)).values(
                name=study.pool.name, recipe=study.recipe, model=model_slug(study.model),
                count=study.pool.count, created_at=now_s(),
            )
        ).scalar_one()  # fmt: skip
    else:
        pool_id, have = row.id, row.count
        session.execute(
            update(PoolRow)
            .where(col(PoolRow.id) == pool_id)
            .values(count=max(have, study.pool.count))
        )
    jobs = span_jobs(
        "backstory", None, study.pool.name, have, max(0, study.pool.count - have), study.chunk,
        study.queue, pool_id=pool_id,
    )  # fmt: skip
    return pool_id, insert_jobs(session, jobs)


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
