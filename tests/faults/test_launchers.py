"""Launchers that cannot win, that meet on one GPU, or that are stopped themselves."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from faults.instant import InstantSystem, faultless, results
from running import eventually


@pytest.fixture
def two_gpus(instant: InstantSystem, tmp_path: Path) -> InstantSystem:
    """A machine that seems to have two GPUs, with its locks in a folder of the test's own."""
    return replace(instant, more={"ANTHOLOGY_INSTANT_GPUS": "2", "TMPDIR": str(tmp_path)})


def test_a_crash_loop_ends_and_the_status_says_that_nobody_serves_the_model_and_since_when(
    instant: InstantSystem,
) -> None:
    system = replace(instant, more={"ANTHOLOGY_INSTANT_DEATHS": "3"})
    system.submit(conditions=["none"], pool=None)
    system.cast("raise", "Hello")  # which a worker asks before its first job
    with system.instant_launcher() as launcher:
        assert launcher.child.wait(90) == 1
    log = launcher.log.read_text()
    assert log.count("CUDA error: an illegal memory access") >= 3
    assert "starting again in 1 s" in log
    assert "starting again in 2 s" in log
    assert "is not started again (exit code 75, ended quickly 3 times)" in log
    assert "no worker is left to serve fake, so the launcher ends" in log
    (note,) = system.json("status", "small")["notes"]
    assert note.startswith("no worker serves fake since 20")
    assert "was the last, which ended: CUDA error: an illegal memory access" in note
    assert "start one with: anthology worker" in note


def test_a_second_launcher_of_a_gpu_is_refused_until_the_first_one_is_dead(
    two_gpus: InstantSystem,
) -> None:
    with two_gpus.instant_launcher(gpus="all", name="first") as first:
        first.wait_for("starting gpu1")
        with two_gpus.instant_launcher(gpus="1", name="second") as second:
            assert second.child.wait(60) == 1
            assert (
                f"GPU 1 is already served by the launcher with process id {first.child.pid}; "
                "stop it or choose another GPU with --gpus"
            ) in second.log.read_text()
        first.child.kill()
        first.child.wait()
        with two_gpus.instant_launcher(gpus="1", name="third") as third:
            third.wait_for("starting gpu1")


def test_workers_go_on_while_their_launcher_is_stopped_and_are_restarted_when_it_goes_on(
    instant: InstantSystem,
) -> None:
    study = instant.submit()
    with instant.instant_launcher() as launcher:
        instant.until_half_done()
        workers = psutil.Process(launcher.child.pid).children()
        os.kill(launcher.child.pid, signal.SIGSTOP)
        before = instant.count("job", "state = 'done'")
        eventually(lambda: instant.count("job", "state = 'done'") > before + 2, 60)
        for worker in workers:
            os.killpg(worker.pid, signal.SIGKILL)
        os.kill(launcher.child.pid, signal.SIGCONT)
        launcher.wait_for("ended with exit code -9; starting again", times=2)
        assert instant.wait()["state"] == "done"
    assert results(instant.database_url) == faultless(instant.folder, study)


def test_the_person_who_kills_workers_costs_itself_alone_and_is_named_in_the_status(
    instant: InstantSystem,
) -> None:
    """Killed for real, by SIGKILL in the middle of a poll; five times by default, here two."""
    # A busy machine must not take a lease from the jobs beside it: that would be a death of theirs.
    system = replace(instant, lease_s=8, more={"ANTHOLOGY_MAX_DEATHS": "2"})
    study = system.submit(
        people=8, conditions=["natural/greedy"], pool={"name": "people", "count": 8}
    )
    healthy = faultless(system.folder, study)
    (story,) = {json.loads(row)["story"] for row in healthy["persona"] if '"number": 5,' in row}
    system.cast("kill", story)
    with system.instant_launcher():
        ended = system.run("wait", "small", "--json", "--timeout", "120", timeout=150)
        assert ended.returncode == 1, ended.stdout + system.logs()
        status = json.loads(ended.stdout)
        assert status["failures"] == [
            "poll: small, personas 5-5: the worker died 2 times on this job"
        ]
        assert status["state"] == "done with 1 error"
        attempts = "kind = 'poll' AND first = 5 AND attempt"
        assert system.json("sweep")["rung"] == 0
        assert system.count("job", f"{attempts} <= 4") == 1
    others = [row for row in healthy["poll"] if '"number": 5,' not in row]
    assert results(system.database_url)["poll"] == others
    assert results(system.database_url)["persona"] == healthy["persona"]
    assert system.count("answer", "error IS NULL") == system.count("answer", "1 = 1") == 24
