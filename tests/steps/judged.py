"""Lives that one model tells and another one judges, each by a worker of its own queue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_model import FakeEngine, jobs, make_runner
from interviewed import Judged, told
from sqlalchemy import Engine

from anthology.models.jobs import ready
from anthology.models.jobs.chunks import CPU_QUEUE
from anthology.models.language_model.names import queue_for
from anthology.models.study.study import Study
from anthology.workers.runner.job_runner import JobRunner

CRITIC = "large"


def judged(folder: Path, critic: Any = None, **changes: Any) -> Study:
    """As `told`, with a critic that is another model."""
    return told(folder, {"model": CRITIC, **(critic or {})}, **changes)


@dataclass
class Two:
    """Workers of both models and an aggregator, which do what is due in their queues."""

    database: Engine
    writer: FakeEngine = field(default_factory=FakeEngine)
    critic: FakeEngine = field(default_factory=Judged)

    def __post_init__(self) -> None:
        self.runners = {
            queue_for("fake", None): make_runner(self.database, self.writer),
            queue_for(CRITIC, None): make_runner(self.database, self.critic),
            CPU_QUEUE: make_runner(self.database, None),
        }

    def drain(self, until: Callable[[], bool] = lambda: False) -> list[str]:
        """Does what is due, job by job, until there is nothing or it is enough; says of what kind
        each was."""
        done: list[str] = []
        while due := ready.due(self.database):
            for message in due:
                if until():
                    return done
                runner: JobRunner = self.runners[message.queue]
                runner.do(message.kind, message.id, lambda progress: None)
                done.append(message.kind)
        return done

    def take(self, kind: str) -> str:
        """Does the next job of a kind; what its runner says of it."""
        found = next(job for job in jobs(self.database, kind) if job.state == "pending")
        runner: JobRunner = self.runners[found.queue]
        return runner.do(kind, found.id or 0, lambda progress: None)
