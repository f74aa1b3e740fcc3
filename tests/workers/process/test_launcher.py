"""The launcher with a stub in the place of Celery: what it starts, restarts, gives up and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from anthology.models.errors import SetupError
from anthology.workers.process import children, gpus, launcher, locks
from anthology.workers.process.children import Child, hopeless
from anthology.workers.process.environments import CPU_OPTIONS, LOOPBACK
from anthology.workers.process.gpus import Gpu
from anthology.workers.process.vllm_plugin import WORKER_MARK
from anthology.workers.process.worker_plan import plan
from anthology.workers.runner.app_names import (
    ENGINE_OPTIONS,
    EXIT_DEAD_ENGINE,
    EXIT_NOT_STARTED,
    EXIT_SETUP,
    EXIT_SPENT_ENGINE,
    MODEL,
)

HOST = socket.gethostname()
HANG_S = 300.0


@pytest.fixture(autouse=True)
def own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(locks, "_runtime_folders", lambda: iter([]))
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    names = ("VLLM_CPU_KVCACHE_SPACE", "CUDA_VISIBLE_DEVICES", MODEL, ENGINE_OPTIONS, *LOOPBACK)
    for name in names:
        monkeypatch.delenv(name, raising=False)


def machine(count: int, first: int = 0) -> list[Gpu]:
    """So many GPUs; `first` tells the same numbers on another part of a machine apart."""
    return [Gpu(i, f"GPU-{first + i:08}-0000", "H200") for i in range(count)]


def close(children: list[Child]) -> None:
    for child in children:
        for lock in child.locks:
            lock.close()


# --- what is planned -----------------------------------------------------------------------------


def test_without_a_model_only_the_cpu_queue_is_served() -> None:
    (child,) = plan(None, "all", 1, None, {})
    assert (child.queue, child.concurrency, child.environment) == ("cpu", 1, {})
    assert child.name == f"cpu-jobs0@{HOST}"
    close([child])


def test_a_model_on_the_processor_has_one_worker_and_one_for_the_cpu_queue() -> None:
    children = plan("/models/Tiny", "cpu", 1, None, {"dtype": "bfloat16"})
    worker, aggregator = children
    assert (worker.name, worker.queue) == (f"cpu0@{HOST}", "gpu.tiny")
    assert aggregator.queue == "cpu"
    assert worker.environment[MODEL] == "/models/Tiny"
    assert json.loads(worker.environment[ENGINE_OPTIONS]) == {
        **CPU_OPTIONS,
        "dtype": "bfloat16",
    }
    assert worker.environment["VLLM_CPU_KVCACHE_SPACE"] == "4"
    assert "CUDA_VISIBLE_DEVICES" not in worker.environment
    close(children)


def test_an_engine_of_several_processes_on_the_processor_starts_them_as_vllm_does() -> None:
    children = plan("/models/Tiny", "cpu", 1, None, {"tensor_parallel_size": 2})
    told = json.loads(children[0].environment[ENGINE_OPTIONS])
    assert told == {
        **CPU_OPTIONS,
        "tensor_parallel_size": 2,
        "distributed_executor_backend": None,
    }
    close(children)


@pytest.mark.parametrize(("cores", "vllms"), [("0-15", True), ("auto", True), ("nobind", False)])
def test_an_engine_that_is_to_keep_to_some_cores_has_the_process_that_binds_its_threads(
    cores: str, vllms: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_CPU_OMP_THREADS_BIND", cores)
    children = plan("/models/Tiny", "cpu", 1, None, {})
    told = json.loads(children[0].environment[ENGINE_OPTIONS])
    assert (told["distributed_executor_backend"] is None) is vllms
    close(children)


def test_options_and_concurrency_given_win_over_the_defaults() -> None:
    children = plan("/models/Tiny", "cpu", 1, 7, {"block_size": 16})
    assert children[0].concurrency == 7
    assert json.loads(children[0].environment[ENGINE_OPTIONS])["block_size"] == 16
    close(children)


def test_an_engines_processes_listen_on_this_machine_only_unless_the_user_wants_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NCCL_SOCKET_IFNAME", "eth7")
    children = plan("/models/Tiny", "cpu", 1, None, {})
    set_ = {name: children[0].environment[name] for name in LOOPBACK}
    assert set_ == {**LOOPBACK, "NCCL_SOCKET_IFNAME": "eth7"}
    close(children)


def test_cpu_workers_of_one_machine_take_names_of_their_own() -> None:
    first = plan("/models/Tiny", "cpu", 1, None, {})
    second = plan("/models/Tiny", "cpu", 1, None, {})
    assert [first[0].name, second[0].name] == [f"cpu0@{HOST}", f"cpu1@{HOST}"]
    close(first)
    third = plan("/models/Tiny", "cpu", 1, None, {})
    assert third[0].name == f"cpu0@{HOST}"
    close([*second, *third])


def test_each_gpu_has_a_worker_that_sees_only_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "detect", lambda: machine(2))
    children = plan("/models/Tiny", "all", 1, None, {})
    assert [child.name for child in children[:-1]] == [f"gpu0@{HOST}", f"gpu1@{HOST}"]
    assert [child.environment["CUDA_VISIBLE_DEVICES"] for child in children[:-1]] == ["0", "1"]
    assert all(child.queue == "gpu.tiny" for child in children[:-1])
    assert children[-1].queue == "cpu"
    close(children)


def test_gpus_that_hold_a_model_together_have_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "detect", lambda: machine(4))
    children = plan("/models/Tiny", "all", 2, None, {})
    assert [c.environment["CUDA_VISIBLE_DEVICES"] for c in children[:-1]] == ["0,1", "2,3"]
    options = json.loads(children[0].environment[ENGINE_OPTIONS])
    assert options == {"tensor_parallel_size": 2}
    assert children[0].name == f"gpu0-1@{HOST}"
    close(children)


def test_a_gpu_that_is_served_already_is_refused_naming_who_serves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpus, "detect", lambda: machine(2))
    first = plan("/models/Tiny", "1", 1, None, {})
    with pytest.raises(SetupError, match=f"GPU 1 is already served.*process id {os.getpid()}"):
        plan("/models/Tiny", "all", 1, None, {})
    close(first)


def test_two_slurm_jobs_that_each_call_their_gpu_0_serve_both_under_names_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where Slurm hides the other GPUs, numbers begin at 0 for everybody."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(gpus, "detect", lambda: machine(1))
    one = plan("/models/Tiny", "all", 1, None, {})
    monkeypatch.setattr(gpus, "detect", lambda: machine(1, first=7))
    other = plan("/models/Tiny", "all", 1, None, {})
    assert [one[0].name, other[0].name] == [f"gpu0@{HOST}", f"gpu0-00000007@{HOST}"]
    close([*one, *other])


def test_a_part_of_a_gpu_has_a_worker_that_sees_only_it(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Gpu(0, "MIG-41b3c2d5-0000", "H200")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-41b3")
    monkeypatch.setattr(gpus, "detect", lambda: [*machine(1), part])
    children = plan("/models/Tiny", "all", 1, None, {})
    assert children[0].name == f"gpu0-mig-41b3c2d5@{HOST}"
    assert children[0].environment["CUDA_VISIBLE_DEVICES"] == "MIG-41b3c2d5-0000"
    close(children)


def test_a_launcher_that_is_refused_has_not_touched_the_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpus, "detect", lambda: [])
    with pytest.raises(SetupError, match="no NVIDIA GPU was found"):
        launcher.run("/models/Tiny", "all", 1, None, {}, "info")
    assert not (tmp_path / "a.db").exists()


# --- what is done with a worker ------------------------------------------------------------------


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a shell script in Python's place, so that "a worker" does what a test needs."""

    def put(script: str) -> Path:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(children.sys, "executable", str(path))
        return path

    return put


def wait_for_end(child: Child) -> None:
    assert child.process is not None
    child.process.wait(10)


def test_a_worker_is_started_with_its_name_queue_and_environment(stub: Any, tmp_path: Path) -> None:
    stub(f'echo "$@" > {tmp_path}/arguments; env > {tmp_path}/environment')
    child = Child("gpu0@host", "gpu.tiny", 8, {MODEL: "/models/Tiny"}, [])
    children.tend(child, "debug", HANG_S)
    wait_for_end(child)
    arguments = (tmp_path / "arguments").read_text()
    for words in (
        "-m anthology.workers -A anthology.workers.process.app worker",
        "--pool threads", "--concurrency 8",
        "--hostname gpu0@host", "--queues gpu.tiny", "--loglevel debug",
    ):  # fmt: skip
        assert words in arguments
    environment = (tmp_path / "environment").read_text()
    assert f"{MODEL}=/models/Tiny\n" in environment
    assert f"{WORKER_MARK}=1\n" in environment


def test_a_worker_lives_in_a_session_of_its_own_and_its_heirs_die_with_it(
    stub: Any, tmp_path: Path
) -> None:
    """vLLM's engine survives a kill of its worker; nothing may keep the GPU's memory."""
    stub(f"sleep 60 & echo $! > {tmp_path}/heir; exit 1")
    child = Child("w", "q", 1, {}, [])
    children.tend(child, "info", HANG_S)
    assert child.process is not None
    assert os.getpgid(child.process.pid) != os.getpgid(0)
    wait_for_end(child)
    heir = int((tmp_path / "heir").read_text())
    os.kill(heir, 0)
    children.tend(child, "info", HANG_S)
    assert child.process is None
    deadline = time.monotonic() + 5
    while is_running(heir):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_that_dies_is_started_again_ever_later_and_at_last_given_up(stub: Any) -> None:
    stub("exit 1")
    child = Child("w", "q", 1, {}, [])
    delays = []
    while not child.given_up:
        child.start_after = 0.0
        children.tend(child, "info", HANG_S)
        wait_for_end(child)
        children.tend(child, "info", HANG_S)
        delays.append(child.start_after - time.monotonic())
    assert [round(delay) for delay in delays[:-1]] == [1, 2, 4, 8, 16, 32, *[60] * 5]
    assert len(delays) == children.MAX_QUICK_DEATHS
    children.tend(child, "info", HANG_S)
    assert child.process is None


def test_a_worker_is_not_started_before_its_time(stub: Any) -> None:
    stub("exit 0")
    child = Child("w", "q", 1, {}, [], start_after=time.monotonic() + 60)
    children.tend(child, "info", HANG_S)
    assert child.process is None


def test_a_worker_that_lived_long_is_started_again_soon(stub: Any) -> None:
    stub("exit 1")
    child = Child("w", "q", 1, {}, [], quick_deaths=5)
    children.tend(child, "info", HANG_S)
    wait_for_end(child)
    child.started -= children.STABLE_S + 1
    children.tend(child, "info", HANG_S)
    assert not child.given_up
    assert child.quick_deaths == 1
    assert round(child.start_after - time.monotonic()) == 1


@pytest.mark.parametrize(
    ("code", "lived", "stable"),
    [
        (1, 299, False), (1, 301, True), (-9, 301, True),
        (EXIT_NOT_STARTED, 7200, False),
        (EXIT_DEAD_ENGINE, 599, False), (EXIT_DEAD_ENGINE, 601, True),
        (EXIT_SPENT_ENGINE, 20, True),
    ],
)  # fmt: skip
def test_a_death_is_no_part_of_a_loop_if_the_worker_served_for_long_or_did_jobs(
    code: int, lived: float, stable: bool
) -> None:
    child = Child("w", "q", 1, {}, [], started=time.monotonic() - lived)
    assert children._was_stable(child, code, HANG_S) is stable


@pytest.mark.parametrize(("code", "quick_deaths"), [(EXIT_SETUP, 0), (EXIT_NOT_STARTED, 11)])
def test_a_worker_that_has_served_is_tried_again_now_and_then_whatever_it_ends_with(
    stub: Any, code: int, quick_deaths: int
) -> None:
    """The folder of the models may be away, or the GPU taken, for an hour of the night."""
    stub(f"exit {code}")
    child = Child("w", "q", 1, {}, [], quick_deaths=quick_deaths, served=True)
    children.tend(child, "info", HANG_S)
    wait_for_end(child)
    children.tend(child, "info", HANG_S)
    assert not child.given_up
    assert round(child.start_after - time.monotonic()) == children.RARE_S


def test_a_worker_that_lived_long_has_served(stub: Any) -> None:
    stub("exit 1")
    child = Child("w", "q", 1, {}, [])
    children.tend(child, "info", HANG_S)
    wait_for_end(child)
    child.started -= children.STABLE_S + 1
    children.tend(child, "info", HANG_S)
    assert child.served


def test_a_worker_that_cannot_work_as_configured_is_not_started_again(stub: Any) -> None:
    stub(f"exit {EXIT_SETUP}")
    child = Child("w", "q", 1, {}, [])
    children.tend(child, "info", HANG_S)
    wait_for_end(child)
    children.tend(child, "info", HANG_S)
    assert child.given_up


def test_a_worker_that_does_not_stop_in_time_is_killed(stub: Any, tmp_path: Path) -> None:
    stub(f"trap '' TERM; echo on > {tmp_path}/on; while :; do sleep 0.05; done")
    child = Child("w", "q", 1, {}, [])
    children.tend(child, "info", HANG_S)
    assert child.process is not None
    while not (tmp_path / "on").exists():
        time.sleep(0.01)
    children.stop_all([child], 0.3)
    assert child.process.returncode == -signal.SIGKILL


def test_a_launcher_that_gave_everything_up_exits_with_an_error(
    stub: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stub(f"exit {EXIT_SETUP}")
    monkeypatch.setattr(launcher, "_on_stop_signals", lambda: [])
    assert launcher.run(None, "all", 1, None, {}, "info") == 1
    assert "no worker is left to serve the cpu queue" in caplog.text


def test_the_launcher_process_ends_its_worker_on_sigterm(tmp_path: Path) -> None:
    """As `anthology worker --cpu-jobs` starts it, with a stub for Python inside."""
    (tmp_path / "python").write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    (tmp_path / "python").chmod(0o755)
    code = (
        f"import sys; sys.executable = {str(tmp_path / 'python')!r}; "
        "from anthology.workers.process import launcher; launcher.main()"
    )
    arguments = {
        "model": None, "gpu_choice": "all", "tensor_parallel": 1, "concurrency": None,
        "options": {}, "log_level": "info",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(arguments)], cwd=Path(__file__).parents[3],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        assert process.poll() is None
        time.sleep(0.02)
    worker = int((tmp_path / "pid").read_text())
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0, told
    assert "starting cpu-jobs0@" in told
    assert not is_running(worker)


def test_a_launcher_whose_models_cannot_be_served_does_not_stay_for_the_cpu_queue() -> None:
    worker, aggregator = children = plan("/models/Tiny", "cpu", 1, None, {})
    assert not hopeless(children)
    aggregator.given_up = True
    assert not hopeless(children)
    worker.given_up, aggregator.given_up = True, False
    assert hopeless(children)
    close(children)
