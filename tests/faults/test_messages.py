"""Messages come twice, in any order, or from somebody who is not us."""

import json
import random
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import redis
from faults.instant import InstantSystem, faultless, results
from queues import waiting
from sqlalchemy import create_engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import Job
from anthology.models.jobs.planning import MESSAGE, Message

FORGED_BODIES = [
    [["1; DROP TABLE job"], {}, {}],
    [[{"job_id": 1}], {}, {}],
    [[-1], {}, {}],
    [[10**30], {}, {}],
    [[None], {}, {}],
    [[], {"job_id": 1, "more": 2}, {}],
    [[1, 2, 3], {}, {}],
    {"no": "list"},
    "text",
]
FORGED_RAW = [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"body": 1}', b"x" * 100_000]


def all_messages(system: InstantSystem) -> list[Message]:
    engine = create_engine(system.database_url)
    with Session(engine) as session:
        found = [Message(*row) for row in session.execute(select(*MESSAGE).order_by(col(Job.id)))]
    engine.dispose()
    return found


def test_messages_that_come_twice_and_in_any_order_are_worked_once(instant: InstantSystem) -> None:
    study = instant.submit()
    copies = 5 * all_messages(instant)
    random.Random(0).shuffle(copies)
    instant.enqueue(copies)
    with instant.instant_worker("w0"), instant.instant_worker("w1"):
        instant.wait()
        instant.enqueue(all_messages(instant))  # the whole study once more
        instant.wait()
    assert instant.count("job", "attempt <> 1") == 0
    assert results(instant.database_url) == faultless(instant.folder, study)


def test_a_message_of_another_kind_or_queue_does_its_own_job(instant: InstantSystem) -> None:
    study = instant.submit(conditions=["none"], pool=None)
    with redis.Redis.from_url(instant.broker_url) as client:
        client.flushall()
    for job in all_messages(instant):
        wrong = Message(job.id, "match", "cpu", "match: lie", "", 5, 500)
        instant.enqueue([wrong])
    with instant.instant_worker():
        instant.wait()
    assert instant.count("job", "attempt <> 1") == 0
    assert results(instant.database_url) == faultless(instant.folder, study)


def test_workers_of_two_databases_on_one_redis_leave_each_other_their_messages(
    instant: InstantSystem, tmp_path: Path
) -> None:
    """They took each other's, to answer that there was nothing to do."""
    mine = replace(instant, folder=tmp_path / "me", database_url=f"sqlite:///{tmp_path / 'me.db'}")
    mine.folder.mkdir()
    instant.submit(conditions=["none"], pool=None)
    mine.submit(conditions=["none"], pool=None)
    enqueued = waiting(mine.broker_url, mine.queue("gpu.fake"))
    with instant.instant_worker() as worker:
        instant.wait()
    assert "has no such job" not in worker.log.read_text()
    assert enqueued == waiting(mine.broker_url, mine.queue("gpu.fake")) > 0
    assert enqueued == mine.count("job", "state = 'pending' AND attempt = 0")


def test_forged_messages_are_dropped_and_the_study_goes_on(instant: InstantSystem) -> None:
    study = instant.submit()
    queue = instant.queue("gpu.fake")
    with redis.Redis.from_url(instant.broker_url) as client:
        for kind in ("survey", "os.system", "celery.chord_unlock"):
            for body in FORGED_BODIES:
                client.rpush(queue, json.dumps(message(kind, body)))
        for raw in FORGED_RAW:
            client.rpush(queue, raw)
    with instant.instant_launcher():
        assert instant.wait(seconds=90)["state"] == "done"
    assert results(instant.database_url) == faultless(instant.folder, study)


def message(task: str, body: object) -> dict[str, object]:
    """A Celery message as it lies in Redis, well formed but for its body."""
    number = str(uuid4())
    return {
        "body": json.dumps(body),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": number, "root_id": number},
        "properties": {
            "correlation_id": number,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "gpu.fake"},
            "priority": 0,
            "body_encoding": None,
            "delivery_tag": str(uuid4()),
        },
    }
