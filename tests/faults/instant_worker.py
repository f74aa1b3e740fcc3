"""A worker process whose engine answers at once: the fake model in place of vLLM, all else real.

`python -m celery -A instant_worker worker --queues gpu.fake,cpu ...` is one worker, ready in three
seconds; `python -m instant_worker JSON` is the launcher, keeping such workers alive. For tests
only: this folder and `tests/support` have to be on PYTHONPATH. `instant.py` starts both; do not
import this file, it changes the process that does.

ANTHOLOGY_INSTANT_DELAY_S is what the engine takes to answer a prompt, 0 by default;
ANTHOLOGY_INSTANT_CLOCK a file with the seconds by which this machine's clock is wrong;
ANTHOLOGY_INSTANT_PATIENCE_MS what a locked SQLite file is waited for, the product's by default;
ANTHOLOGY_INSTANT_SPELL a file (it may come and go) with what the engine does to prompts that hold a
text: "kill" its process, "raise", "hang", "die", or "refuse" them; ANTHOLOGY_INSTANT_VLLM is its
version, ANTHOLOGY_INSTANT_WEIGHTS what its weights are;
ANTHOLOGY_INSTANT_GPUS how many GPUs a launcher finds, and ANTHOLOGY_INSTANT_DEATHS after
how many quick deaths it gives a worker up.
"""

import gc
import os
import signal
import sqlite3
import subprocess
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake_model
from forked import go_on_as
from sqlalchemy import Engine, event

import anthology.models.database.sessions
import anthology.models.language_model.tokenizer
import anthology.workers.engine.engine
import anthology.workers.engine.resolution
import anthology.workers.engine.soundness
import anthology.workers.engine.text_model
from anthology.models.errors import EngineDied
from anthology.models.language_model.engine_identity import identity_of

DELAY = "ANTHOLOGY_INSTANT_DELAY_S"
CLOCK = "ANTHOLOGY_INSTANT_CLOCK"
PATIENCE = "ANTHOLOGY_INSTANT_PATIENCE_MS"
SPELL = "ANTHOLOGY_INSTANT_SPELL"
VLLM = "ANTHOLOGY_INSTANT_VLLM"
WEIGHTS = "ANTHOLOGY_INSTANT_WEIGHTS"
GPUS = "ANTHOLOGY_INSTANT_GPUS"
DEATHS = "ANTHOLOGY_INSTANT_DEATHS"


class InstantEngine(fake_model.FakeEngine):
    """The fake model, started as `engine.Engine` is and with a fingerprint."""

    max_model_len = 1_000_000

    def __init__(self, model: str, options: dict[str, Any]) -> None:
        super().__init__(
            delay_s=float(os.environ.get(DELAY, "0")), fault=self._bewitched,
            hangs=lambda prompt: spell_on(prompt) == "hang",
        )  # fmt: skip
        self.model = model
        self.prompts = deque(maxlen=1)  # type: ignore[assignment]  # a soak asks millions

    @staticmethod
    def import_vllm() -> None:
        """It needs none."""

    def fingerprint(self, logit_step: float | None) -> dict[str, Any]:
        info = {"model": self.model, "vllm": os.environ.get(VLLM), "logit_step": logit_step}
        if weights := os.environ.get(WEIGHTS):
            info["content"] = {"kind": "fake", "weights": weights}
        # With an identity a worker does its own queue's jobs only; most tests' do `cpu`, too.
        return {**info, "identity": identity_of(info)} if info["vllm"] else info

    async def _receive(self, prompt: list[int]) -> str:
        """Owes an answer until it is given, as the real engine does."""
        self.owes += 1
        try:
            return await super()._receive(prompt)
        finally:
            self.owes -= 1
            self.steps += 1

    def _bewitched(self, prompt: str) -> Exception | None:
        match spell_on(prompt):
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raise":
                return RuntimeError("CUDA error: an illegal memory access was encountered")
            case "die":
                self.died = True
                return EngineDied("the engine process died")
            case "refuse":
                return anthology.workers.engine.text_model.PromptRefused("the prompt is refused")
        return None


def spell_on(prompt: str) -> str | None:
    """What is to be done to a prompt, mostly nothing."""
    try:
        does, _, where = Path(os.environ.get(SPELL, "")).read_text().partition(" ")
    except OSError:
        return None
    return does if where in prompt else None


async def _not_measured(*_: Any) -> None:
    """It has no logits."""


class _InstantPopen(subprocess.Popen[bytes]):
    """Starts our worker where the launcher starts the real one: its fork goes on as the worker,
    which need not import all of us again."""

    def __init__(self, command: list[str], *, preexec_fn: Callable[[], None], **options: Any):
        ours = [
            __spec__.name if word == "anthology.workers.process.app" else word for word in command
        ]

        def go_on() -> None:
            """What is left to do is what a new interpreter has done."""
            preexec_fn()
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # Popen waits for one of them to close
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            gc.enable()
            go_on_as(ours, options["env"])

        super().__init__(ours, preexec_fn=go_on, restore_signals=False, **options)


def wrong_time() -> float:
    """The time by this machine's clock, which a test may have stepped."""
    return time.clock_gettime(time.CLOCK_REALTIME) + float(Path(os.environ[CLOCK]).read_text() or 0)


def _wrong_julianday(connection: Any, _: Any) -> None:
    """SQLite reads the machine's clock, so it has to be wrong there, too."""
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("julianday", 1, lambda _: wrong_time() / 86400 + 2440587.5)


anthology.workers.engine.engine.Engine = InstantEngine  # type: ignore[assignment,misc]
anthology.workers.engine.resolution.measure = _not_measured  # type: ignore[assignment]
anthology.workers.engine.soundness.check_logprobs = _not_measured  # type: ignore[assignment]
anthology.workers.engine.soundness.check_tokenizer = lambda engine, tokenizer: None
anthology.models.language_model.tokenizer.load_tokenizer = lambda *_: fake_model.FakeTokenizer()  # type: ignore[assignment]
anthology.models.database.sessions.BUSY_TIMEOUT_MS = int(
    os.environ.get(PATIENCE, anthology.models.database.sessions.BUSY_TIMEOUT_MS)
)
if CLOCK in os.environ:
    time.time = wrong_time
    event.listen(Engine, "connect", _wrong_julianday)

if __name__ == "__main__":
    from anthology.workers.process import children, gpus, launcher

    ours = {**vars(subprocess), "Popen": _InstantPopen}
    children.subprocess = SimpleNamespace(**ours)  # type: ignore[assignment]
    gpus.detect = lambda: [
        gpus.Gpu(i, f"GPU-{i:08}", "none") for i in range(int(os.environ.get(GPUS, "0")))
    ]
    children.MAX_QUICK_DEATHS = int(os.environ.get(DEATHS, children.MAX_QUICK_DEATHS))
    launcher.main()
else:
    from anthology.workers.process.app import app  # noqa: F401  # what `celery -A` looks for
