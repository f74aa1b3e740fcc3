"""One side of the worker's bench: jobs through queue, worker and database, as in the product.

Both sides write the same number of stories and take the very same surveys: the conversations are
read back from the database, and given to `LLM.generate` question by question.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conversations import waves
from load import Figures, Wave
from sqlalchemy import Engine, func, insert, select
from sqlmodel import col

from anthology import submit
from anthology.models.conditions.none import NoContext
from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import now_s, open_database, reading, writing
from anthology.models.database.tables import Job, PoolRow, StudyPool, StudyRow
from anthology.models.jobs import messages
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import insert_jobs
from anthology.models.language_model.names import model_slug, queue_for
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.runtime import safe_path
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.local.serving import launcher_command
from anthology.producer.monitoring.progress import progress


class Worker:
    """The product: a study is submitted, a launcher's worker does its jobs."""

    def __init__(self, model: str, database: Engine) -> None:
        self._tokenizer = load_tokenizer(model)
        self._database = database

    def stories(self, study: Study) -> Figures:
        """The study's pool alone, nothing that it would plan: from the first claim to the last
        story stored, by the database's clock."""
        pool = study.pool
        assert pool is not None
        user = self._user_without_polls(study)
        with writing(self._database) as session:
            pool_id = session.execute(
                insert(PoolRow).returning(col(PoolRow.id)).values(
                    name=pool.name, recipe=study.recipe(pool), model=model_slug(study.model),
                    count=pool.count, created_at=now_s(),
                )
            ).scalar_one()  # fmt: skip
            uses = select(col(StudyRow.id)).where(col(StudyRow.name) == user)
            session.execute(
                insert(StudyPool).values(
                    study_id=session.execute(uses).scalar_one(), pool_id=pool_id, count=pool.count
                )
            )
            jobs = span_jobs(
                "backstory", None, pool.name, 0, pool.count, study.chunk,
                queue_for(study.model, None), pool_id=pool_id,
            )  # fmt: skip
            to_enqueue = insert_jobs(session, jobs)
        messages.enqueue(
            messages.make_app(Settings().broker_url, namespace_of(self._database)), to_enqueue
        )
        return self._finished(study, "backstory")

    def survey(self, study: Study) -> Figures:
        """The study over its pool: from the first claim of a survey to the last answer stored; its
        polls and its matching come before."""
        submit(study)
        return self._finished(study, "survey")

    def waves(self, study: Study) -> list[Wave]:
        return waves(self._database, self._tokenizer, study)

    def _user_without_polls(self, study: Study) -> str:
        """A small study that has ended: workers write the stories of a pool that a study uses."""
        humans = study.surveyed.model_copy(update={"sample": 2})
        user = study.model_copy(
            update={
                "study": f"{study.study}-user", "humans": humans,
                "conditions": [NoContext(condition="none")],
                "measures": study.measures.model_copy(update={"subgroups": []}),
            }
        )  # fmt: skip
        submit(user)
        while not progress(self._database, user.study).ended:
            time.sleep(0.2)
        return user.study

    def _finished(self, study: Study, kind: str) -> Figures:
        """Waits until all people of a kind of job are done; what that took."""
        assert study.pool is not None
        pool = select(col(PoolRow.id)).where(col(PoolRow.name) == study.pool.name)
        mine = select(col(StudyRow.id)).where(col(StudyRow.name) == study.study)
        wanted = select(
            func.coalesce(func.sum(col(Job.count)), 0),
            func.min(col(Job.started_at)), func.max(col(Job.finished_at)),
            func.sum(col(Job.prompt_tokens)), func.sum(col(Job.cached_tokens)),
            func.sum(col(Job.output_tokens)),
        ).where(
            col(Job.kind) == kind, col(Job.state) == "done",
            col(Job.pool_id).in_(pool) | col(Job.study_id).in_(mine),
        )  # fmt: skip
        while True:
            with reading(self._database) as session:
                people, began, ended, prompt, cached, output = session.execute(wanted).one()
            if people == study.pool.count:
                break
            time.sleep(0.2)
        answers = people * len(study.questions) if kind == "survey" else 0
        return Figures(began, ended, prompt, cached, output, answers)


@contextmanager
def worker(
    model: str, gpus: str, concurrency: int | None, engine_args: dict[str, Any], log: Path
) -> Iterator[Worker]:
    """A launcher with one worker, stopped at the end."""
    database = open_database(os.environ["ANTHOLOGY_DATABASE_URL"])
    command = launcher_command(model, gpus, 1, concurrency, engine_args, "warning")
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=safe_path.environment(), stdout=out, stderr=out)
    try:
        yield Worker(model, database)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
