"""The Celery app of a worker process, `python -m anthology.workers`, started by the launcher.

Loads the model before consuming and ends the engine before exiting.
"""

import json
import logging
import os
import threading
import time
from contextlib import suppress
from typing import Any

from celery import signals
from sqlalchemy import Engine as Database

from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import in_turn, open_database, refuse_others
from anthology.models.errors import (
    AnthologyError,
    InputError,
    NoEngine,
    SetupError,
    UnreadableLabels,
)
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.jobs.messages import make_app, queue_of
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.model_files import content_of, model_folder
from anthology.models.language_model.names import (
    content_queue,
    model_queue,
    queues_of,
    served_names,
)
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.prompts import story_turn
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN
from anthology.models.readout.labels import label_trie
from anthology.models.runtime import terminal, timestamps
from anthology.models.settings import Settings
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.engine import Engine
from anthology.workers.engine.load_errors import load_error
from anthology.workers.engine.resolution import measure
from anthology.workers.engine.soundness import check_logprobs, check_tokenizer
from anthology.workers.engine.text_model import Sampling
from anthology.workers.runner import celery_tasks, housekeeping, watchdog
from anthology.workers.runner.app_names import (
    ENGINE_OPTIONS,
    EXIT_NOT_STARTED,
    EXIT_SETUP,
    MODEL,
    SERVED_NAMES,
)
from anthology.workers.runner.database_retries import with_retries
from anthology.workers.runner.job_runner import JobRunner

log = logging.getLogger(__name__)

AWAY_S = 10.0

terminal.guard_logs()
app = make_app(Settings().broker_url, namespace="")  # its database is still to be opened
celery_tasks.register(app)
timestamps.log_in_utc()
app.conf.worker_log_format = "[%(asctime)s UTC: %(levelname)s/%(processName)s] %(message)s"
app.conf.worker_task_log_format = app.conf.worker_log_format.replace(
    "%(message)s", "%(task_name)s[%(task_id)s]: %(message)s"
)


@signals.worker_init.connect
def _start(sender: Any = None, **_: Any) -> None:
    """Celery swallows what its signal handlers raise, so a failure ends the process here."""
    try:
        celery_tasks.runner = _open_runner(str(sender.hostname), int(sender.concurrency))
    except AnthologyError as error:
        log.error("%s", error)
        hopeless = isinstance(error, InputError | NoEngine | UnreadableLabels)
        os._exit(EXIT_SETUP if hopeless else EXIT_NOT_STARTED)
    except BaseException:
        log.exception("the worker could not start")
        os._exit(EXIT_NOT_STARTED)


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    if celery_tasks.runner is not None:
        celery_tasks.runner.stop()


@signals.worker_shutdown.connect
def _end(**_: Any) -> None:
    runner = celery_tasks.runner
    if runner is None:
        return
    _exit_soon(10.0)
    try:
        housekeeping.farewell(runner)
    except Exception as error:
        log.warning("could not sign off: %s", error)
    if runner.engine is not None:
        runner.engine.shutdown()


def _open_runner(name: str, slots: int) -> JobRunner:
    """Shows itself in the database before the model loads, which takes minutes for a large one."""
    settings = Settings()
    database = _database(settings.database)
    # Nine workers of eight GPUs hold 36 connections, whatever their jobs.
    few, reserved = (in_turn(database, settings.lease_s) for _ in range(2))
    runner = JobRunner(name, settings, few, app, reserved=reserved)
    app.conf.anthology_namespace = with_retries(lambda: namespace_of(database), runner.stopping)
    model = os.environ.get(MODEL)
    names = [] if model is None else _names(model)
    _consume(runner, [] if model is None else queues_of(model, names))
    main = CPU_QUEUE if model is None else model_queue(model)
    with_retries(lambda: housekeeping.register(runner, main, model, names), runner.stopping)
    refuse_others(database)  # again: of two that started at once each now sees the other
    database.dispose()
    housekeeping.start(runner)
    watchdog.watch_engine(runner)
    if model is not None:
        try:
            _load(runner, model)
        except BaseException as error:
            # Or it would seem to load for a minute more.
            housekeeping.farewell(runner, failure=load_error(error).said)
            raise
    watchdog.watch_queue(runner, [queue_of(app, name) for name in runner.queues], slots)
    return runner


def _names(model: str) -> list[str]:
    return served_names(model, json.loads(os.environ.get(SERVED_NAMES, "[]")))


def _consume(runner: JobRunner, more: list[str]) -> None:
    """Takes messages from more queues than those of the command line, of this database only.

    Celery builds its consumer after it has told us that the worker begins.
    """
    before = runner.queues or list(app.amqp.queues.consume_from)
    runner.queues = list(dict.fromkeys([*before, *more]))
    app.amqp.queues.select([queue_of(app, name) for name in runner.queues])


def _database(url: str) -> Database:
    """Waits for it: the launcher found it there, so it is only away. An outage must cost none of
    the tries that a worker has to start."""
    while True:
        try:
            return open_database(url)
        except SetupError as error:
            log.warning("%s; trying again in %.0f s", error, AWAY_S)
            time.sleep(AWAY_S)


def _load(runner: JobRunner, model: str) -> None:
    options = json.loads(os.environ.get(ENGINE_OPTIONS, "{}"))
    threading.Thread(target=_read_ahead, args=(model, options.get("revision")), daemon=True).start()
    Engine.import_vllm()
    runner.tokenizer = load_tokenizer(model, options)
    label_trie(rendering_of(PLAIN, runner.tokenizer), 2, PLAIN)
    runner.engine = Engine(model, options)
    check_tokenizer(runner.engine, runner.tokenizer)
    runner.engine.run(check_logprobs(runner.engine, runner.tokenizer)).result()
    runner.engine.run(_warm_up(runner)).result()
    step = runner.engine.run(measure(runner.engine, runner.tokenizer)).result()
    _introduce(runner, model, runner.engine.fingerprint(step))


def _introduce(runner: JobRunner, model: str, info: dict[str, Any]) -> None:
    """From now on the worker is known by its content, and by names that a download has given it."""
    names = _names(model)
    content = info.get("content")
    more = [content_queue(content)] if content else []
    _consume(runner, [*queues_of(model, names), *more])  # what is meant for it alone last
    told = {**info, "names": names}
    with_retries(lambda: housekeeping.introduce(runner, told), runner.stopping)


def _read_ahead(model: str, revision: str | None) -> None:
    """Reads the weights for their sums while vLLM loads them: later would be twice the time."""
    with suppress(Exception):  # whoever asks for the sums meets it again
        content_of(model_folder(model, revision))


async def _warm_up(runner: JobRunner) -> None:
    """One story and one answer before the first job: what cannot work fails here, by name."""
    assert runner.engine is not None
    assert runner.tokenizer is not None
    interviewer = Interviewer(runner.engine, runner.tokenizer, Usage())
    await interviewer.write([story_turn("Hello")], PLAIN, Sampling(4, 1, 1.0, 1.0, 0, []))
    question = Question(name="w", text="Ready?", column="w", options={"Yes": 1, "No": 0})
    await interviewer.ask(question, [[0, 1]], [])


def _exit_soon(seconds: float) -> None:
    """A last resort: threads of the engine must not keep a stopped worker alive."""

    def leave() -> None:
        time.sleep(seconds)
        os._exit(0)

    threading.Thread(target=leave, daemon=True).start()
