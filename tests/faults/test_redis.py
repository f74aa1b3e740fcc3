"""Redis dies, forgets, or falls silent in the middle of a study, under a launcher's workers."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import redis
from faults.instant import InstantSystem, faultless, results
from faults.proxy import Proxy

from anthology.producer.local.local_redis import LocalRedis, answering_process


def killed_and_back(server: LocalRedis) -> None:
    server.kill()
    time.sleep(2)
    server.start()


def killed_and_back_without_its_data(server: LocalRedis) -> None:
    server.kill()
    shutil.rmtree(server.directory)
    server.start()


def emptied(server: LocalRedis) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()


def stopped_for_a_while(server: LocalRedis) -> None:
    process = answering_process(server.port)
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    time.sleep(7)  # longer than our own commands wait for an answer
    os.kill(process, signal.SIGCONT)


@pytest.mark.parametrize(
    "fault", [killed_and_back, killed_and_back_without_its_data, emptied, stopped_for_a_while]
)
def test_a_study_ends_as_if_redis_had_never_been(
    instant: InstantSystem, own_redis: LocalRedis, fault: Callable[[LocalRedis], None]
) -> None:
    study = instant.submit()
    with instant.instant_launcher():
        instant.until_half_done()
        fault(own_redis)
        assert instant.wait()["state"] == "done"
    assert results(instant.database_url) == faultless(instant.folder, study)


def test_workers_wait_for_a_redis_that_is_full_until_there_is_room(
    instant: InstantSystem, own_redis: LocalRedis
) -> None:
    """Before: they ended, and their launcher gave up after some minutes."""
    study = instant.submit()
    with instant.instant_launcher() as launcher, redis.Redis.from_url(own_redis.url) as client:
        instant.until_half_done()
        client.config_set("maxmemory", 1)
        launcher.wait_for("command not allowed when used memory > 'maxmemory'")
        time.sleep(3)
        client.config_set("maxmemory", 0)
        assert instant.wait()["state"] == "done"
        assert "starting again" not in launcher.log.read_text()
    assert results(instant.database_url) == faultless(instant.folder, study)


def test_a_connection_that_falls_silent_is_left_for_a_new_one(
    instant: InstantSystem, own_redis: LocalRedis
) -> None:
    with Proxy(own_redis.port) as proxy:
        through = replace(instant, broker_url=f"redis://127.0.0.1:{proxy.port}/0")
        study = through.submit()
        with through.instant_launcher():
            instant.until_half_done()
            assert proxy.forget() > 2, "no worker was connected"
            assert through.wait(seconds=60)["state"] == "done"
    assert results(instant.database_url) == faultless(instant.folder, study)
