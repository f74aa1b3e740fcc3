"""Submits a study: one transaction writes it with its first jobs, then the jobs are rung.

Submitting the same file again resumes; the same name with another content is refused.
"""

import difflib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from models import queue, ready
from models.chat import rendering_of
from models.database import explained, now_s, open_database, open_existing, reading, writing
from models.errors import AnthologyError, InputError, UnreadableLabels
from models.labels import answer_trie
from models.planning import span_jobs
from models.questionnaire import Readout
from models.questions import Question
from models.rendering import Rendering
from models.settings import Settings
from models.study import Study, model_slug
from models.tables import PoolRow, Respondent, StudyRow
from models.tokenizer import load_tokenizer
from models.unlocking import Ring, insert_jobs, unlock
from producer.estimate import Estimate, estimate
from producer.humans import EncodedHumans, read_humans
from producer.lookup import find_study, of_study
from producer.model_folder import find_model, is_model


@dataclass(frozen=True, kw_only=True)
class Submission(Estimate):
    """What a submission amounts to; `new` is False when the study was there already."""

    study: str
    new: bool
    rung: int = 0

    def as_json(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["rung"]
        return {"study": shown.pop("study"), "new": shown.pop("new"), **shown}


def submit(study: Study | str | Path, *, dry_run: bool = False) -> Submission:
    """Validates, writes and rings a study (or the file of one) and returns what will be done.

    Raises `InputError` before anything is written when the file, the survey data or an existing
    study of the same name speaks against it, or when the model's tokenizer is on this machine and
    cannot tell the answers apart; `SetupError` when a server is unreachable.
    """
    study = study if isinstance(study, Study) else Study.load(study)
    humans = read_humans(study)
    _enough_personas(study, humans)
    settings = Settings()
    model = _model_here(study, settings)
    if model is not None:
        _check_readable(study, model)
    if dry_run:
        return Submission(study=study.study, new=True, **vars(estimate(study, humans, settings)))
    queue.check(settings.broker_url)
    database = open_database(settings.database)
    expected = estimate(study, humans, settings)
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
    return Submission(study=study.study, new=new, rung=rung, **vars(expected))


def _enough_personas(study: Study, humans: EncodedHumans) -> None:
    if "max_weight" in study.matchings and study.pool and study.pool.count < humans.sampled:
        raise InputError(
            f"natural/max_weight pairs one to one, but pool {study.pool.name!r} has "
            f"{study.pool.count} personas for {humans.sampled} respondents; raise pool.count to at "
            f"least {humans.sampled} or lower humans.sample"
        )


def _model_here(study: Study, settings: Settings) -> str | None:
    """The folder of the study's model, if it or a worker's is on this machine."""
    if is_model(study.model):
        return study.model
    try:
        with reading(open_existing(settings.database)) as session:
            return find_model(session, study)
    except AnthologyError:  # no database yet: no worker either
        return None


def _check_readable(study: Study, model: str) -> None:
    """Raises `InputError` for what every job of the study would fail at: no chat template, a model
    that reasons before it answers, answers that have the same tokens."""
    rendering = rendering_of(study.style, load_tokenizer(model))
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
        found = session.execute(
            select(StudyRow).where(col(StudyRow.name) == study.study)
        ).scalar_one_or_none()
        if found is not None:
            _refuse_another(found, study, humans)
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
    row = session.execute(
        select(PoolRow).where(col(PoolRow.name) == study.pool.name).with_for_update()
    ).scalar_one_or_none()
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
        if row.recipe != study.recipe:
            raise InputError(
                f"pool {study.pool.name!r} was made by another recipe; give this one another name:"
                f"\n{_difference(row.recipe, study.recipe)}"
            )
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


def _refuse_another(found: StudyRow, study: Study, humans: EncodedHumans) -> None:
    if found.digest != study.digest:
        old = Study.from_spec(found.spec).spec
        difference = _difference(_without_file(old), _without_file(study.spec))
        raise InputError(
            f"study {study.study!r} exists with other settings; give this one another name, or "
            f"submit the file as it was:\n{difference}"
        )
    if found.humans_digest != humans.digest:
        raise InputError(
            f"study {study.study!r} exists with other survey data than {study.humans.file} has "
            "now; give this one another name"
        )


def _without_file(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "humans": {**spec["humans"], "file": ""}}


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """The lines that differ, old with -, new with +."""
    before, after = (
        json.dumps(spec, indent=1, ensure_ascii=False).splitlines() for spec in (old, new)
    )
    lines = difflib.unified_diff(before, after, "as stored", "as submitted", n=1, lineterm="")
    return "\n".join([line for line in lines if not line.startswith("@@")][:40])


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
