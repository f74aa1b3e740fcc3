"""Redis itself, without Celery: whether it answers, whether it takes what it is given, and how much
waits in a queue.

`messages.py` puts messages in. Both know each other by the names of a queue's lists alone.
"""

from collections.abc import Sequence

import redis

from anthology.models.errors import SetupError
from anthology.models.runtime import address

PRIORITY_STEPS = [0, 1, 3, 6, 9]
UNUSABLE = (redis.RedisError, OSError, ValueError, LookupError, TypeError)


def connect(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=3)


def check(url: str) -> None:
    """Raises `SetupError` if Redis does not answer."""
    try:
        client = connect(url)
        try:
            client.ping()
        finally:
            client.close()
    except UNUSABLE as error:
        raise SetupError(unreachable(url, error)) from error


def waiting(url: str, queues: Sequence[str]) -> dict[str, int]:
    """How many messages wait in each queue, all priorities together; one question to Redis.

    Raises what redis-py raises.
    """
    client = connect(url)
    try:
        asked = client.pipeline(transaction=False)
        for name in queues:
            for step in PRIORITY_STEPS:
                asked.llen(f"{name}\x06\x16{step}" if step else name)
        found = asked.execute()
    finally:
        client.close()
    size = len(PRIORITY_STEPS)
    return {name: sum(found[n * size : (n + 1) * size]) for n, name in enumerate(queues)}


def hands_over(url: str) -> bool:
    """Whether Redis can be written, as it must to hand a message over: a full one refuses."""
    client = connect(url)
    try:
        return bool(client.set("anthology.probe", "", px=1))
    except redis.ResponseError:
        return False
    finally:
        client.close()


def unreachable(url: str, error: Exception) -> str:
    """One sentence. What cannot read a URL names a part of it, which may be of the password."""
    where = address.of_redis(url)
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, ValueError | LookupError | TypeError):
        reason = "no URL like redis://:password@host:6379/0, with @ : / percent-encoded"
    return f"Redis at {where} cannot be used ({reason}); start it or set ANTHOLOGY_BROKER_URL"
