"""The queue on a real Redis: what is enqueued can be counted, and what is lost enqueued again."""

import base64
import json
import socket
import time
from pathlib import Path

import pytest
import redis
from queues import waiting

from anthology.models.errors import SetupError
from anthology.models.jobs.broker import PRIORITY_STEPS, check
from anthology.models.jobs.messages import enqueue, enqueue_if_silent, make_app
from anthology.models.jobs.planning import Message
from anthology.producer.local.local_redis import LocalRedis, free_port


def ring_of(
    number: int, kind: str = "survey", condition: str = "none", on: str = "gpu.m",
    pool_id: int | None = None,
) -> Message:  # fmt: skip
    return Message(number, kind, on, f"{kind}: s {condition}", condition, 0, 4, pool_id)


# One of each priority step: an urgent one, and as `chunks.priority` gives them.
OF_EVERY_STEP = [
    Message(5, "survey", "gpu.m", "survey: s none", "none", 0, 4, urgent=True),
    ring_of(1, "survey", "natural/greedy", pool_id=1),
    ring_of(2, "poll", "", pool_id=1),
    ring_of(3, "backstory", "", pool_id=1),
    ring_of(4, "survey", "none"),
]


WORK = {"check": check, "enqueue": enqueue, "enqueue_if_silent": enqueue_if_silent}


def messages(url: str) -> list[dict[str, object]]:
    """What stands in the queue gpu.m, in the order in which a worker would take it."""
    with redis.Redis.from_url(url) as client:
        names = ["gpu.m@t", *(f"gpu.m@t\x06\x16{step}" for step in PRIORITY_STEPS[1:])]
        return [json.loads(raw) for name in names for raw in reversed(client.lrange(name, 0, -1))]


def test_messages_of_every_priority_are_counted(redis_url: str) -> None:
    app = make_app(redis_url, "t")
    for count, one in enumerate(OF_EVERY_STEP, start=1):
        assert enqueue(app, [one]) == 1
        assert waiting(redis_url, "gpu.m@t") == count
    with redis.Redis.from_url(redis_url) as client:  # in five lists, so that the order is kept
        lists = [name for name in client.keys("gpu.m*") if client.type(name) == b"list"]
        assert len(lists) == len(PRIORITY_STEPS)


def test_a_queue_does_not_count_what_waits_in_another(redis_url: str) -> None:
    enqueue(make_app(redis_url, "t"), [ring_of(1), ring_of(2, on="gpu.m2"), ring_of(3, on="cpu")])
    assert waiting(redis_url, "gpu.m@t") == 1
    assert waiting(redis_url, "gpu.nobody@t") == 0


def test_a_message_holds_a_job_id_and_what_people_read_and_nothing_else(redis_url: str) -> None:
    enqueue(make_app(redis_url, "t"), OF_EVERY_STEP)
    found = messages(redis_url)
    bodies = [json.loads(base64.b64decode(str(one["body"]))) for one in found]
    assert [body[0] for body in bodies] == [[5], [1], [2], [3], [4]]
    assert [body[1] for body in bodies] == [{}] * 5
    headers = [one["headers"] for one in found]
    assert [h["task"] for h in headers] == ["survey", "survey", "poll", "backstory", "survey"]  # type: ignore[index]
    assert headers[4]["shadow"] == "survey: s none"  # type: ignore[index]
    assert headers[4]["argsrepr"] == "s none, respondents 0-3"  # type: ignore[index]
    assert all(one["content-type"] == "application/json" for one in found)


def test_ringing_nothing_rings_nothing(redis_url: str) -> None:
    assert enqueue(make_app(redis_url, "t"), []) == 0


def test_only_silent_queues_are_rung_again(redis_url: str) -> None:
    app = make_app(redis_url, "t")
    enqueue(app, [ring_of(3, "backstory", "", pool_id=1)])  # in a sub-queue of a lower priority
    wanted = [ring_of(1), ring_of(2, on="gpu.silent"), ring_of(5, on="gpu.silent")]
    assert enqueue_if_silent(app, wanted) == 2
    assert waiting(redis_url, "gpu.m@t") == 1
    assert waiting(redis_url, "gpu.silent@t") == 2
    assert enqueue_if_silent(app, wanted) == 0


def test_messages_lost_with_redis_come_back(redis_url: str) -> None:
    app = make_app(redis_url, "t")
    enqueue(app, OF_EVERY_STEP)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    assert enqueue_if_silent(app, OF_EVERY_STEP) == len(OF_EVERY_STEP)
    assert waiting(redis_url, "gpu.m@t") == len(OF_EVERY_STEP)


def test_a_redis_that_answers_passes_the_check(redis_url: str) -> None:
    check(redis_url)


@pytest.mark.parametrize("work", ["check", "enqueue", "enqueue_if_silent"])
def test_an_unreachable_redis_is_one_sentence_without_the_password(work: str) -> None:
    url = f"redis://user:secret@127.0.0.1:{free_port()}/0"
    arguments = (url,) if work == "check" else (make_app(url, "t"), [ring_of(1)])
    with pytest.raises(SetupError) as raised:
        WORK[work](*arguments)
    message = str(raised.value)
    assert message.startswith("Redis at 127.0.0.1:")
    assert "set ANTHOLOGY_BROKER_URL" in message
    assert "secret" not in message
    assert "\n" not in message


def test_a_redis_that_hangs_is_reported_too(monkeypatch: pytest.MonkeyPatch) -> None:
    real = redis.Redis.from_url
    monkeypatch.setattr(
        redis.Redis, "from_url", lambda url, **kw: real(url, **{**kw, "socket_timeout": 0.3})
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with pytest.raises(SetupError, match="Timeout"):
            check(url)


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1/", "redis://127.0.0.1:x/0"])
def test_a_url_that_is_none_is_one_sentence(url: str) -> None:
    with pytest.raises(SetupError, match="set ANTHOLOGY_BROKER_URL"):
        check(url)


def test_what_was_rung_survives_a_crash_of_redis(tmp_path: Path) -> None:
    with LocalRedis(tmp_path) as server:
        enqueue(make_app(server.url, "t"), OF_EVERY_STEP)
        time.sleep(2.5)  # while an earlier fsync lasts, Redis puts its append-only file off by 2 s
        server.kill()
        server.start()
        assert waiting(server.url, "gpu.m@t") == len(OF_EVERY_STEP)


def test_no_worker_stores_results_and_redis_redelivers_nothing_that_still_runs() -> None:
    conf = make_app("redis://127.0.0.1:1/0", "t").conf
    assert conf.result_backend is None
    assert conf.task_ignore_result
    assert conf.task_acks_late
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    assert conf.broker_transport_options["visibility_timeout"] >= 24 * 3600
    assert conf.broker_connection_max_retries is None
