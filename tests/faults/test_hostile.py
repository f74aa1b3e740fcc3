"""Strangers: who writes junk into Redis, and who looks for a password wherever it might show."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from faults.instant import InstantSystem
from faults.tls import tls_door
from running import eventually
from typer.main import get_command

from anthology.models.errors import SetupError
from anthology.models.jobs import broker, messages
from anthology.models.jobs.planning import Message
from anthology.producer.cli import commands
from anthology.producer.local.local_redis import LocalRedis, free_port

SECRET = "geheim-4711"
FLOWER = Path(__file__).parents[2] / "ops" / "flower.sh"
MESSAGE = Message(1, "survey", "gpu.fake", "survey: s none", "none", 0, 4)
ARGUMENTS = {
    "submit": ["STUDY_FILE"], "worker": ["--cpu-jobs", "--log-level", "nonsense"],
    "export": ["small", "--out", "out"], "floor": ["humans.csv", "--items", "roads"],
    "preview": ["small"], "import": ["nothing.zip"], "status": [], "sweep": [], "doctor": [],
}  # fmt: skip


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[LocalRedis]:
    """A Redis that asks for a password."""
    with LocalRedis(tmp_path / "redis") as server:
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", SECRET)
        yield server


def with_password(server: LocalRedis) -> str:
    return f"redis://:{SECRET}@127.0.0.1:{server.port}/0"


def test_junk_in_the_queue_is_dropped_and_the_worker_goes_on(
    tmp_path: Path, redis_url: str
) -> None:
    """What is no JSON ended the worker (Kombu 5.7)."""
    system = InstantSystem(tmp_path, redis_url, f"sqlite:///{tmp_path / 'a.db'}")
    junk = [b"", b"\xff\xfe", b"not json", b"[]", b"5", b"null", b"{}", b"[" * 100_000,
            b'{"headers": {"task": "survey"}, "properties": {}, "body": "!"}']  # fmt: skip
    with system.instant_worker() as worker, redis.Redis.from_url(redis_url) as client:
        worker.wait_for("ready.")
        client.lpush(system.queue("gpu.fake"), *junk, *[b"x"] * 3000)
        system.submit()
        system.wait()
        eventually(lambda: client.llen(system.queue("gpu.fake")) == 0, 60)
        assert worker.child.poll() is None
    log = worker.log.read_text()
    assert log.count("is dropped") == len(junk) + 3000
    assert "Traceback" not in log


def test_junk_and_orders_on_the_remote_control_are_dropped_and_looks_answered(
    tmp_path: Path, redis_url: str
) -> None:
    """`[]` ended every worker ("Unrecoverable error: TypeError", Celery 5.7)."""
    system = InstantSystem(tmp_path, redis_url, f"sqlite:///{tmp_path / 'a.db'}")
    junk = [b"[]", b"5", b"null", b"{}", b"\xff", b"not json", b"[" * 100_000, b"9" * 5000,
            b'{"__type__": "uuid", "__value__": "x"}',
            b'{"headers": {}, "properties": {"delivery_tag": 1}, "body": "!"}']  # fmt: skip
    app = messages.make_app(redis_url, system.namespace)
    control = app.control
    with app.connection() as connection:
        through = connection.default_channel
        channel = through.global_keyprefix + through._get_publish_topic("celery.pidbox", "")
    with system.instant_worker() as worker, redis.Redis.from_url(redis_url) as client:
        worker.wait_for("ready.")
        eventually(client.pubsub_numpat, 60)
        for one in junk:
            client.publish(channel, one)
        for order in ("shutdown", "pool_shrink", "cancel_consumer", "revoke", "no_such_order"):
            control.broadcast(order, arguments={"n": 2, "queue": "gpu.fake", "task_id": "x"})
        worker.wait_for("does more than look is dropped", times=len(junk) + 5)
        assert control.ping(timeout=5, limit=1) == [{"w0@test": {"ok": "pong"}}]
        queues = control.inspect(timeout=5, limit=1).active_queues()
        names = {one["name"] for one in queues["w0@test"]}
        assert names == {system.queue("gpu.fake"), system.queue("cpu")}
        assert worker.child.poll() is None
    assert "Traceback" not in worker.log.read_text()


def test_forged_messages_do_not_fail_jobs_or_do_them_in_the_wrong_place(
    tmp_path: Path, redis_url: str
) -> None:
    system = InstantSystem(tmp_path, redis_url, f"sqlite:///{tmp_path / 'a.db'}")
    system.submit(conditions=["none"])
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    forged = [
        Message(n, kind, "gpu.fake", kind, "none", 0, 4)
        for n in (1, 2, 999, 2**31 - 1)
        for kind in ("match", "measure", "backstory")
    ]
    system.enqueue(forged)
    with system.instant_worker() as worker:
        system.wait()
    assert system.count("job", "state = 'failed' OR deaths > 0 OR attempt > 1") == 0
    assert "Traceback" not in worker.log.read_text()


def test_a_worker_and_flower_never_show_the_password(tmp_path: Path, locked: LocalRedis) -> None:
    system = InstantSystem(tmp_path, with_password(locked), f"sqlite:///{tmp_path / 'a.db'}")
    port = free_port()
    environment = {**system.environment, "ANTHOLOGY_FLOWER_PORT": str(port)}
    shown = {}
    with system.instant_worker() as worker, (tmp_path / "flower.log").open("w") as log:
        worker.wait_for("ready.")
        flower = subprocess.Popen([FLOWER], env=environment, stdout=log, stderr=log)
        try:
            for page in ("/", "/broker", "/workers", "/tasks", "/metrics"):
                shown[page] = eventually(lambda page=page: fetched(port, page), 90)  # type: ignore[misc]
            command = Path(f"/proc/{flower.pid}/cmdline").read_text()
        finally:
            flower.terminate()
            flower.wait(20)
        system.submit()
        system.wait()
        with redis.Redis.from_url(with_password(locked)) as client:
            client.config_set("requirepass", "another")
            client.client_kill_filter(_type="normal", skipme=True)
        worker.wait_for("ERROR", seconds=60)
    assert "127.0.0.1" in shown["/broker"]
    for text in (*shown.values(), command, system.logs()):
        assert SECRET not in text


def fetched(port: int, page: str) -> str | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return None


@pytest.mark.parametrize("reachable", [True, False])
def test_no_command_ever_shows_a_password(
    reachable: bool,
    tmp_path: Path,
    locked: LocalRedis,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from fake_model import write_study

    study = write_study(tmp_path)
    monkeypatch.chdir(tmp_path)
    database = postgres_url.replace("@", f":{SECRET}@")
    broker = with_password(locked)
    if not reachable:
        port = str(free_port())
        broker = broker.replace(str(locked.port), port)
        database = database.replace(database.rpartition(":")[2].partition("/")[0], port)
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", broker)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", database)
    names = sorted(set(get_command(commands.app).commands) - {"demo", "worker"})  # type: ignore[attr-defined]
    names.remove("submit")
    said = ""
    for command in ("submit", *names):
        arguments = [a.replace("STUDY_FILE", str(study)) for a in ARGUMENTS.get(command, ["small"])]
        more = ["--timeout", "0"] if command == "wait" else []
        monkeypatch.setattr(sys, "argv", ["anthology", command, *arguments, *more])
        with pytest.raises(SystemExit):
            commands.main()
        captured = capsys.readouterr()
        assert "unexpected" not in captured.err, (command, captured.err)
        said += captured.out + captured.err
    assert "127.0.0.1" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "url",
    [f"redis://:{SECRET[:3]}/{SECRET}@127.0.0.1:1/0", f"redis://127.0.0.1:1/0?password={SECRET}",
     f"redis://:{SECRET}@127.0.0.1:x/0", f"nothing://:{SECRET}@host", f"redis://:[{SECRET}@host"],
)  # fmt: skip
@pytest.mark.parametrize("work", ["check", "enqueue", "enqueue_if_silent"])
def test_a_url_that_cannot_be_read_is_refused_without_its_password(url: str, work: str) -> None:
    arguments = (url,) if work == "check" else (messages.make_app(url, "t"), [MESSAGE])
    with pytest.raises(SetupError) as raised:
        getattr(broker if work == "check" else messages, work)(*arguments)
    assert SECRET not in str(raised.value)
    assert SECRET[:3] not in str(raised.value)


def test_redis_behind_tls_serves_a_whole_study(tmp_path: Path, locked: LocalRedis) -> None:
    with tls_door(tmp_path, locked.port) as (port, certificate):
        url = f"rediss://:{SECRET}@127.0.0.1:{port}/0?ssl_ca_certs={certificate}"
        system = InstantSystem(tmp_path, url, f"sqlite:///{tmp_path / 'a.db'}")
        with system.instant_worker() as worker:
            worker.wait_for("ready.")
            system.submit(conditions=["none"])
            system.wait()
    assert SECRET not in system.logs()


@pytest.mark.parametrize("work", ["check", "enqueue", "enqueue_if_silent"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    work: str, tmp_path: Path, locked: LocalRedis
) -> None:
    """Kombu 5.7 believes any certificate unless told otherwise."""
    with tls_door(tmp_path, locked.port) as (port, _):
        url = f"rediss://:{SECRET}@127.0.0.1:{port}/0"
        arguments = (url,) if work == "check" else (messages.make_app(url, "t"), [MESSAGE])
        with pytest.raises(SetupError, match="CERTIFICATE_VERIFY_FAILED"):
            getattr(broker if work == "check" else messages, work)(*arguments)


@pytest.mark.parametrize("address", ["0.0.0.0", "*", "127.0.0.1,0.0.0.0", "::"])
def test_flower_refuses_an_address_that_is_not_this_machines_own(address: str) -> None:
    environment = {**os.environ, "ANTHOLOGY_FLOWER_ADDRESS": address}
    done = subprocess.run([FLOWER], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "anybody could look in" in done.stderr
