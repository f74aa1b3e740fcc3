"""Studies that are cancelled or paused while several workers are at them."""

import time
from dataclasses import replace

from faults.instant import InstantSystem, faultless, results
from running import eventually

RUNNING = "kind = 'survey' AND state = 'running'"


def busy(system: InstantSystem, *workers: str) -> bool:
    return all(system.count("job", f"{RUNNING} AND worker = '{w}@test'") for w in workers)


def test_a_cancelled_study_stops_within_seconds_on_every_worker(instant: InstantSystem) -> None:
    slow = replace(instant, delay_s=15)  # so that nothing is answered before `cancel` has started
    slow.submit(conditions=["none"], pool=None)
    with slow.instant_worker("w0") as first, slow.instant_worker("w1") as second:
        eventually(lambda: busy(slow, "w0", "w1"), 90)
        assert slow.json("cancel", "small")["stopped"] >= 2
        cancelled = time.monotonic()
        for worker in (first, second):
            worker.wait_for("was cancelled or went to another worker; nothing was written", 1, 6)
        assert time.monotonic() - cancelled < 6
        assert slow.run("wait", "small").returncode == 1
    assert slow.count("answer", "1 = 1") == 0


def test_a_paused_study_ends_what_runs_and_goes_on_when_it_is_resumed(
    instant: InstantSystem,
) -> None:
    instant = replace(instant, delay_s=0.15)  # the study must last until the command has started
    study = instant.submit()
    with instant.instant_worker("w0"):
        instant.until_half_done()
        instant.json("pause", "small")
        eventually(lambda: not instant.count("job", "state = 'running'"), 60)
        done = instant.count("job", "state = 'done'")
        time.sleep(3)  # for sweeps, which enqueue what has no message
        assert instant.count("job", "state = 'done'") == done
        assert instant.json("status", "small")["state"] == "paused"
        instant.json("resume", "small")
        instant.wait()
    assert instant.count("job", "attempt <> 1") == 0
    assert results(instant.database_url) == faultless(instant.folder, study)
