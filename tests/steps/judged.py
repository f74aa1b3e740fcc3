"""Lives that one model tells and another one judges, each by a worker of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_model import FakeEngine, jobs, make_runner
from interviewed import Judged, told
from sqlalchemy import Engine

from anthology.models.database.tables import Job
from anthology.models.jobs import ready
from anthology.models.jobs.kinds import BY_NAME
from anthology.models.jobs.planning import Message
from anthology.models.study.study import Study
from anthology.workers.runner.job_runner import JobRunner

CRITIC = "large"


def judged(folder: Path, critic: Any = None, **changes: Any) -> Study:
    """As `told`, with a critic that is another model."""
    return told(folder, {"model": CRITIC, **(critic or {})}, **changes)


@dataclass
class Two:
    """Workers of both models, of which one does the critic's jobs and one all others, and an
    aggregator."""

    database: Engine
    writer: FakeEngine = field(default_factory=FakeEngine)
    critic: FakeEngine = field(default_factory=Judged)

    def __post_init__(self) -> None:
        self.writing = make_runner(self.database, self.writer)
        self.judging = make_runner(self.database, self.critic)
        self.aggregating = make_runner(self.database, None)

    def drain(self, until: Callable[[], bool] = lambda: False) -> list[str]:
        """Does what is due, job by job, until there is nothing or it is enough; says of what kind
        each was."""
        done: list[str] = []
        while due := ready.due(self.database):
            for message in due:
                if until():
                    return done
                self.do(message)
                done.append(message.kind)
        return done

    def take(self, kind: str) -> str:
        """Does the next job of a kind; what its runner says of it."""
        return self.do(next(job for job in jobs(self.database, kind) if job.state == "pending"))

    def do(self, job: Job | Message) -> str:
        runner: JobRunner = self.aggregating
        if BY_NAME[job.kind].on_model:
            runner = self.judging if job.kind == "critic" else self.writing
        return runner.do(job.kind, job.id or 0, lambda progress: None)
