"""Counts what waits in Redis."""

import redis

from anthology.models.jobs import broker


def in_queue(redis_url: str, name: str) -> int:
    """How many messages wait in the queues of a name, whichever database they are of."""
    with redis.Redis.from_url(redis_url) as client:
        names = list(client.scan_iter(f"{name}@*", _type="list"))
        return sum(int(client.llen(name)) for name in names)


def waiting(redis_url: str, name: str) -> int:
    """How many messages wait in one queue, all priorities together."""
    return broker.waiting(redis_url, [name])[name]
