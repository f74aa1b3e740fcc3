"""Lets nothing through to Celery but messages as `messages.enqueue` makes them, and looks.

Whoever can write to Redis can put anything into a queue, or on the channel of Celery's remote
control. Kombu 5.7 ends the worker on what is no JSON, and Celery on some of what is; so a message
is looked at here, before both, and dropped with one sentence, or made anew from the few parts that
matter. Knows nothing of jobs.
"""

import base64
import json
import logging
from typing import Any

from kombu.transport import redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

from anthology.models.jobs.kinds import KINDS

log = logging.getLogger(__name__)

LARGEST_ID = 2**31 - 1
REMOTE_CONTROL = ".celery.pidbox"
REPLIES = "reply.celery.pidbox"
# What `celery inspect` and Flower ask, none of which changes what a worker does. Not `hello`, which
# brings tasks to forget; nor `objgraph` and `memdump`, which hold a worker up.
LOOKS = frozenset((
    "active", "active_queues", "clock", "conf", "enable_events", "ping", "registered",
    "report", "reserved", "revoked", "scheduled", "stats",
))  # fmt: skip
LONGEST = 1000  # characters of a text that Flower shows
MOST = 1000  # workers that one message may be for
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
NO_MORE = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def checked(raw: Any) -> dict[str, Any] | None:
    """The message with nothing in it but one job's id and what people read, or None.

    What a sender could make Celery do besides (run later, expire, call others, send on) is gone.
    """
    try:
        headers, properties = raw["headers"], raw["properties"]
        arguments, named, _ = json.loads(base64.b64decode(raw["body"], validate=True))
        tag, way = properties["delivery_tag"], properties["delivery_info"]
        known = [headers["id"], tag, way["exchange"], way["routing_key"]]
        priority = properties.get("priority")
    except UNREADABLE:
        return None
    job_id = job_of(arguments, named)
    if job_id is None or headers.get("task") not in KINDS or not all(map(_is_text, known)):
        return None
    shown = {key: headers.get(key) for key in ("shadow", "argsrepr", "kwargsrepr", "origin")}
    headers = {
        "lang": "py", "task": headers["task"], "id": headers["id"], "root_id": headers["id"],
        "ignore_result": True, **{key: text for key, text in shown.items() if _is_text(text)},
    }  # fmt: skip
    return {
        "body": base64.b64encode(json.dumps([[job_id], {}, NO_MORE]).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers,
        "properties": {
            "correlation_id": headers["id"], "delivery_mode": 2, "delivery_tag": tag,
            "delivery_info": {"exchange": way["exchange"], "routing_key": way["routing_key"]},
            "priority": priority if type(priority) is int else 0, "body_encoding": "base64",
        },
    }  # fmt: skip


def job_of(arguments: Any, named: Any) -> int | None:
    """The job's id, if a payload is one such number that a database can hold."""
    if not isinstance(arguments, list | tuple) or len(arguments) != 1 or named != {}:
        return None
    found = arguments[0]
    if type(found) is not int or not 0 < found <= LARGEST_ID:  # True is an int, too
        return None
    return found


def looks(raw: Any) -> dict[str, Any] | None:
    """A message of remote control with nothing in it but a look and who wants to know, or None.

    Arguments are gone: no look needs any. So are patterns of workers' names, which may be made to
    take for ever, and the sender's clock, which workers would set theirs by.
    """
    try:
        headers, properties = raw["headers"], raw["properties"]
        body = json.loads(base64.b64decode(raw["body"], validate=True))
        tag, way = properties["delivery_tag"], properties["delivery_info"]
        method, reply, ticket = body["method"], body.get("reply_to"), body.get("ticket") or ""
        only, pattern = body.get("destination"), body.get("pattern")
        known = [tag, way["exchange"], way["routing_key"], method, ticket]
        known += [*(only or []), *([reply["exchange"], reply["routing_key"]] if reply else [])]
    except UNREADABLE:
        return None
    if not isinstance(headers, dict) or not all(map(_is_text, known)) or len(known) > MOST:
        return None
    if method not in LOOKS or pattern or not isinstance(only, list | None):
        return None
    if reply and reply["exchange"] != REPLIES:  # an answer may not be made another's message
        return None
    asked = {"method": method, "arguments": {}, "destination": only or None, "ticket": ticket}
    if reply:
        asked["reply_to"] = {"exchange": REPLIES, "routing_key": reply["routing_key"]}
    return {
        "body": base64.b64encode(json.dumps(asked).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {},
        "properties": {
            "delivery_mode": 2, "delivery_tag": tag, "body_encoding": "base64", "priority": 0,
            "delivery_info": {"exchange": way["exchange"], "routing_key": way["routing_key"]},
        },
    }  # fmt: skip


class Channel(redis.Channel):
    """Kombu's channel, for which what it cannot read is one message less.

    Not JSON, a number of 5,000 digits, `{"__type__": "uuid", "__value__": "x"}`: each raises
    something else in Kombu's own loader.
    """

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except UNREADABLE:
            _drop()
            return True

    def _handle_message(self, client: Any, response: Any) -> Any:
        """What is published and no JSON: Kombu would log where it failed, with a traceback."""
        payload = super()._handle_message(client, response)  # type: ignore[no-untyped-call]
        if isinstance(payload["data"], bytes | str):
            try:
                loads(bytes_to_str(payload["data"]))  # type: ignore[no-untyped-call]
            except UNREADABLE:
                _drop_control()
                payload["data"] = b""
        return payload

    def _receive_one(self, c: Any) -> Any:
        """As `_brpop_read`, of what is published."""
        try:
            return super()._receive_one(c)  # type: ignore[no-untyped-call]
        except UNREADABLE:
            _drop_control()
            return True


class Transport(redis.Transport):
    """Kombu's Redis transport, which looks at what it delivers."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        # `celery inspect` and Flower ask here; it comes by publish and subscribe, from no queue.
        control = queue.endswith(REMOTE_CONTROL)
        found = looks(message) if control else checked(message)
        if found is not None:
            super()._deliver(found, queue)  # type: ignore[no-untyped-call]
        elif control:
            _drop_control()
        else:
            _drop()


def _drop() -> None:
    log.warning("a message that is not about exactly one job is dropped; who can write to Redis?")


def _drop_control() -> None:
    log.warning(
        "a message of remote control that does more than look is dropped; stop workers by their "
        "launcher, and studies by `anthology cancel`"
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST
