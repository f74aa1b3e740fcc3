"""What a queue may hold, and what of it comes through to Celery."""

import base64
import json
from typing import Any

import pytest
from celery.worker.control import Panel
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.jobs.kinds import KINDS
from anthology.workers.runner.message_guard import LOOKS, REPLIES, checked, job_of, looks

KEYS = st.sampled_from(["headers", "properties", "body", "task", "id"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


def message(body: Any = None, task: str = "survey", **headers: Any) -> dict[str, Any]:
    payload = [[1], {}, {"callbacks": None}] if body is None else body
    return {
        "body": base64.b64encode(json.dumps(payload).encode()).decode(),
        "content-type": "application/json",
        "headers": {"task": task, "id": "x", "shadow": "survey: s none", **headers},
        "properties": {
            "delivery_tag": "t", "priority": 9, "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": "gpu.m"},
        },
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_about_one_job_passes_with_what_people_read(kind: str) -> None:
    found = checked(message(task=kind))
    assert found is not None
    assert json.loads(base64.b64decode(found["body"]))[:2] == [[1], {}]
    assert (found["headers"]["task"], found["headers"]["shadow"]) == (kind, "survey: s none")
    assert found["properties"]["priority"] == 9


def test_what_a_sender_could_make_celery_do_besides_is_gone() -> None:
    chained = {"chain": [{"task": "survey", "args": [2]}], "callbacks": [{"task": "poll"}]}
    forged = message([[1], {}, chained], eta="soon", expires=1, retries=10**9, timelimit=[1, 1])
    found = checked({**forged, "content-type": "application/x-python-serialize"})
    assert found == checked({**message()})


@pytest.mark.parametrize(
    "payload",
    [[[], {}, {}], [[1, 2], {}, {}], [[True], {}, {}], [["1"], {}, {}], [[1.0], {}, {}],
     [[10**30], {}, {}], [[0], {}, {}], [[-1], {}, {}], [[1], {"job_id": 1}, {}], {"task": 1}, 5],
)  # fmt: skip
def test_a_payload_that_is_not_one_id_is_dropped(payload: Any) -> None:
    assert checked(message(payload)) is None


@pytest.mark.parametrize("task", ["os.system", "celery.map", "", "SURVEY", ["survey"], None])
def test_tasks_that_are_no_kind_of_job_are_dropped(task: Any) -> None:
    assert checked(message(task=task)) is None


@given(JSON)
def test_nothing_else_passes_and_nothing_raises(anything: Any) -> None:
    assert checked(anything) is None
    assert checked({**message(), "headers": anything}) is None
    assert checked({**message(), "properties": anything}) is None


@given(st.integers(1, 2**31 - 1))
def test_every_id_that_a_table_can_have_passes(job: int) -> None:
    assert job_of([job], {}) == job


# --- remote control ------------------------------------------------------------------------------


def control(method: Any = "ping", **changes: Any) -> dict[str, Any]:
    """As `celery inspect` sends it; `changes` are of its body."""
    asked = {
        "method": method, "arguments": {}, "destination": None, "pattern": None, "matcher": None,
        "ticket": "t", "reply_to": {"exchange": REPLIES, "routing_key": "me"}, **changes,
    }  # fmt: skip
    return {
        **message(asked),
        "headers": {"clock": 3, "expires": 1.0},
        "properties": {
            "delivery_tag": "t", "delivery_mode": 2, "body_encoding": "base64",
            "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""},
        },
    }  # fmt: skip


def asked_of(found: dict[str, Any] | None) -> dict[str, Any]:
    assert found is not None
    return dict(json.loads(base64.b64decode(found["body"])))


@pytest.mark.parametrize("method", sorted(LOOKS))
def test_who_only_looks_is_let_through_with_no_argument(method: str) -> None:
    found = looks(control(method, arguments={"safe": False}, destination=["w0@test"]))
    asked = asked_of(found)
    assert (asked["method"], asked["arguments"], asked["destination"]) == (method, {}, ["w0@test"])
    assert asked["reply_to"] == {"exchange": REPLIES, "routing_key": "me"}
    assert found is not None
    assert found["headers"] == {}


def test_an_order_that_wants_no_answer_is_let_through() -> None:
    """So Flower switches events on."""
    assert "reply_to" not in asked_of(looks(control("enable_events", reply_to=None, ticket=None)))


def test_every_order_of_celery_that_is_no_look_is_dropped() -> None:
    """Also those that a later Celery knows, and this list does not."""
    assert set(Panel.data) > LOOKS
    for method in [*(set(Panel.data) - LOOKS), "dump_active", "", "PING", None, 5, ["ping"]]:
        assert looks(control(method)) is None, method


@pytest.mark.parametrize(
    "changes",
    [{"reply_to": {"exchange": "", "routing_key": "gpu.m"}}, {"reply_to": {"exchange": REPLIES}},
     {"reply_to": {"exchange": REPLIES, "routing_key": 5}}, {"reply_to": [1]}, {"reply_to": "x"},
     {"reply_to": {"exchange": REPLIES, "routing_key": "x" * 2000}}, {"ticket": {"a": 1}},
     {"destination": "w0@test"}, {"destination": {"w0@test": 1}}, {"destination": [5]},
     {"destination": ["w"] * 2000}, {"destination": 7}, {"pattern": "(a+)+$", "matcher": "pcre"},
     {"pattern": "*", "matcher": "glob"}, {"pattern": 5}],
)  # fmt: skip
def test_a_look_from_or_for_something_strange_is_dropped(changes: dict[str, Any]) -> None:
    assert looks(control(**changes)) is None


@given(JSON)
def test_whatever_else_is_published_is_dropped_and_nothing_raises(anything: Any) -> None:
    assert looks(anything) is None
    assert looks({**control(), "properties": anything}) is None
    for part in ("method", "reply_to", "destination", "ticket", "arguments"):
        found = looks(control(**{"method": "ping", part: anything}))
        assert found is None or asked_of(found)["method"] in LOOKS
