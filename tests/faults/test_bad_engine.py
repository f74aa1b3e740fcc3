"""An engine that raises, hangs or dies under a launcher, and one that is another than before."""

from dataclasses import replace

from faults.instant import InstantSystem, faultless, results
from running import eventually

CURSES = {
    "raise": "RuntimeError: CUDA error: an illegal memory access was encountered",
    "hang": "the engine made no progress for 2 s",
    "die": "the engine process died",
}


def test_a_study_whose_engine_raises_hangs_and_dies_ends_as_if_it_had_always_been_well(
    instant: InstantSystem,
) -> None:
    system = replace(instant, more={"ANTHOLOGY_HANG_S": "2"})
    study = system.submit()
    with system.instant_launcher() as launcher:
        for does, said in CURSES.items():
            system.cast(does, "Are we spending")  # no worker asks that before its first job
            eventually(lambda said=said: system.count("job", f"error = '{said}'"), 90)
            system.lift()
        launcher.wait_for("ended with exit code 7", times=2)
        assert system.wait(seconds=120)["state"] == "done"
    assert results(system.database_url) == faultless(system.folder, study)


def test_another_engine_than_a_study_began_with_stays_away_until_it_is_allowed(
    instant: InstantSystem,
) -> None:
    instant = replace(instant, delay_s=0.3)  # the study must last until the first one has stopped
    first = replace(instant, more={"ANTHOLOGY_INSTANT_VLLM": "0.32.0"})
    second = replace(instant, more={"ANTHOLOGY_INSTANT_VLLM": "0.33.0"})
    study = instant.submit(conditions=["none"], pool=None)
    with first.instant_launcher(name="first"):
        eventually(lambda: instant.count("job", "kind = 'survey' AND state = 'done'"), 90, 0.01)
    done = instant.count("job", "state = 'done'")
    assert instant.count("job", "state = 'pending'") > 0, "the first one did it all"
    with second.instant_launcher(name="second") as launcher:
        launcher.wait_for("study 'small' was begun by another engine")
        (note,) = instant.json("status", "small")["notes"]
        assert note.endswith(
            "stays away: study 'small' was begun by another engine (vLLM 0.33.0 instead of "
            "0.32.0); `anthology resume small --any-engine` allows it"
        )
        assert instant.count("job", "state = 'done'") == done
        assert instant.run("resume", "small", "--any-engine").returncode == 0
        instant.wait()
    assert results(instant.database_url) == faultless(instant.folder, study)
