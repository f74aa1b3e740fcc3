"""Anything in a queue: dropped or taken for one job's id, and the next message still arrives."""

import base64
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from fake_model import make_runner
from fuzz.inputs import inputs
from hypothesis import given
from hypothesis import strategies as st
from kombu import Connection, Consumer, Queue
from sqlalchemy import func, select

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Job
from anthology.models.jobs.kinds import KINDS
from anthology.models.jobs.messages import enqueue, make_app, scoped
from anthology.models.jobs.planning import Message
from anthology.producer.local.local_redis import LocalRedis
from anthology.workers.runner import celery_tasks
from anthology.workers.runner.message_guard import LARGEST_ID, checked, job_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip
STRANGE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"\xff\xfe",
    b"1" * 5000,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"NaN",
    b'"\\ud800"',
    b'{"__type__": "uuid", "__value__": "x"}',
    b'{"__type__": "datetime"}',
]
LAST = 4711  # the job of the good message that ends every example


class Wire:
    """A real queue: raw bytes go in, what the worker's transport delivers comes out."""

    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(url)
        self.app = make_app(url, "t")
        self.connection = Connection(
            url, transport="anthology.workers.runner.message_guard:Transport"
        )
        name = f"fuzz-{uuid.uuid4().hex}"
        self.name = scoped(name, "t")
        self.received: list[int] = []
        self.consumer = Consumer(
            self.connection, Queue(self.name), callbacks=[self._take], accept=["json"]
        )
        self.consumer.consume()
        enqueue(self.app, [Message(LAST, "survey", name, "survey: x", "bio", 0, 1)])
        self.good = self.client.rpop(f"{self.name}\x06\x169")

    def delivers(self, raw: bytes) -> list[int]:
        """The jobs' ids that arrive when `raw` stands in the queue before a good message."""
        self.received.clear()
        self.client.lpush(self.name, raw)
        self.client.lpush(self.name, self.good)
        while LAST not in self.received:
            self.connection.drain_events(timeout=5)
        return [job for job in self.received if job != LAST]

    def _take(self, body: Any, message: Any) -> None:
        message.ack()
        self.received.append(body[0][0])


@pytest.fixture(scope="module")
def wire(redis_server: LocalRedis) -> Iterator[Wire]:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    wire = Wire(redis_server.url)
    yield wire
    wire.connection.close()
    wire.client.close()


def message() -> dict[str, Any]:
    """As `enqueue` makes it, with what matters in the open."""
    return {
        "body": base64.b64encode(b"[[7], {}, {}]").decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "survey", "id": "a", "shadow": "s", "eta": None},
        "properties": {
            "delivery_tag": "t", "delivery_info": {"exchange": "", "routing_key": "q"},
            "priority": 0, "body_encoding": "base64",
        },
    }  # fmt: skip


PARTS = [
    ("body",), ("headers",), ("properties",), ("headers", "task"), ("headers", "id"),
    ("headers", "shadow"), ("headers", "eta"), ("headers", "chord"), ("content-type",),
    ("properties", "delivery_tag"), ("properties", "delivery_info"), ("properties", "priority"),
    ("properties", "delivery_info", "routing_key"), ("properties", "delivery_info", "exchange"),
]  # fmt: skip


@inputs(200)
@given(st.lists(st.tuples(st.sampled_from(PARTS), JSON), max_size=3), JSON)
def test_an_envelope_of_any_shape_is_dropped_or_holds_one_jobs_id(
    changes: list[tuple[tuple[str, ...], Any]], payload: Any
) -> None:
    raw = message()
    raw["body"] = base64.b64encode(json.dumps(payload).encode()).decode()
    for place, value in changes:
        at: Any = raw
        for key in place[:-1]:
            at = at.get(key) if isinstance(at, dict) else None
        if isinstance(at, dict):
            at[place[-1]] = value
    found = checked(raw)
    if found is not None:
        arguments, named, _ = json.loads(base64.b64decode(found["body"]))
        assert job_of(arguments, named) == arguments[0]
        assert found["headers"]["task"] in KINDS


@inputs(100)
@given(
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(STRANGE)
)
def test_after_any_bytes_in_the_queue_the_next_message_arrives(wire: Wire, raw: bytes) -> None:
    assert wire.delivers(raw) == []


@inputs(100)
@given(st.data())
def test_after_a_damaged_message_the_next_one_arrives(wire: Wire, data: st.DataObject) -> None:
    raw = json.dumps(message()).encode()
    at = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(at, min(len(raw), at + 10)))
    raw = raw[:at] + data.draw(st.binary(max_size=6)) + raw[end:]
    assert all(0 < job <= LARGEST_ID for job in wire.delivers(raw))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('runner') / 'a.db'}")
    runner = make_runner(database, None)
    celery_tasks.register(runner.app)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(celery_tasks, "runner", runner)
        yield runner
    database.dispose()


@inputs(100)
@given(
    st.sampled_from(KINDS),
    st.lists(JSON, max_size=3),
    st.dictionaries(st.text(max_size=5), JSON, max_size=2),
)
def test_a_task_with_any_arguments_does_nothing_and_says_so(
    runner: Any, kind: str, arguments: list[Any], named: dict[str, Any]
) -> None:
    said = runner.app.tasks[kind](*arguments, **{f"x{key}": value for key, value in named.items()})
    # A plain number is a job's, and of this kind: this runner has no model.
    assert said.startswith(("dropped", "nothing to do", "not taken"))
    with runner.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Job)).scalar_one() == 0
