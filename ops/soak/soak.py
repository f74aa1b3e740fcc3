"""Studies on several workers while faults strike; then: is every answer there, once, and the same?

`python ops/soak/soak.py --minutes 5 --database sqlite --seed 1`. Real workers, Redis and database;
the engine is the tests' fake one, which answers at once. Leases are 3 s, and a job may die often:
here a worker dies every few seconds. Exits 1 if anything was lost, doubled or came out different.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parents[2] / "tests"
sys.path[:0] = [
    str(TESTS.parent / "producer" / "public"),
    str(TESTS),
    str(TESTS / "support"),
    str(TESTS / "faults"),
]

from chaos import Chaos, Fault  # noqa: E402
from fake_model import write_study  # noqa: E402
from instant import InstantSystem  # noqa: E402
from local_postgres import LocalPostgres  # noqa: E402
from sqlalchemy import Engine, func, select  # noqa: E402
from sqlmodel import col  # noqa: E402
from verdict import Verdict, compare, faultless, rows, shown  # noqa: E402

from anthology.models.database.sessions import open_database  # noqa: E402
from anthology.models.database.tables import Answer, Job, StudyRow  # noqa: E402
from anthology.models.errors import AnthologyError  # noqa: E402
from anthology.models.jobs.planning import TERMINAL  # noqa: E402
from anthology.models.study.study import Study  # noqa: E402
from anthology.producer.local.local_redis import LocalRedis  # noqa: E402
from anthology.producer.submission.submission import submit  # noqa: E402

WORKERS = 3
OPEN_STUDIES = 4  # unfinished at a time, so that there is always work
ENGINE_DELAY_S = 0.02  # a job takes a moment, or no fault would find it
DRAIN_S = 480.0  # above the longest delay of a job that met many faults


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="anthology-soak-") as name, _database(
        options.database, Path(name)
    ) as url:  # fmt: skip
        folder = Path(name)
        with LocalRedis(folder / "redis") as server:
            os.environ.update(_environment(folder, server, url))
            database = open_database(url)
            chaos = Chaos(_system(folder, server, url), server, database, options.seed)
            studies = _soak(chaos, folder, options.minutes * 60, options.faults_per_minute)
        verdict = compare(rows(database), faultless(folder, studies))
        _say(chaos.faults, studies, database, verdict)
        database.dispose()
        sys.exit(0 if verdict.clean else 1)


def _soak(chaos: Chaos, folder: Path, seconds: float, faults_per_minute: float) -> list[Study]:
    """Chaos for some seconds, then calm until all is done; returns the studies submitted."""
    chaos.start(WORKERS)
    submitter = Submitter(folder, chaos.database, chaos.seed)
    submitter.start()
    try:
        _rage(chaos, seconds, 60 / faults_per_minute)
        chaos.calm()
        submitter.enough.set()
        _drain(chaos, submitter)
    finally:
        chaos.calm()
        chaos.stop()
    print(", ".join(f"{count} {kind}" for kind, count in chaos.counts.most_common()))
    return submitter.studies


def _rage(chaos: Chaos, seconds: float, gap_s: float) -> None:
    """A late fault does not put the next ones off, so that their number holds."""
    end = time.monotonic() + seconds
    due = time.monotonic() + gap_s
    while time.monotonic() < end:
        chaos.tend()
        if time.monotonic() >= due:
            chaos.inject()
            due += chaos.rng.uniform(0.5, 1.5) * gap_s
        time.sleep(0.05)


def _drain(chaos: Chaos, submitter: "Submitter") -> None:
    started = time.monotonic()
    while submitter.is_alive() or unfinished(chaos.database):
        chaos.tend()
        time.sleep(0.2)
        if time.monotonic() - started > DRAIN_S:
            print(f"not done {DRAIN_S:.0f} s after the last fault")
            return
    print(f"all done {time.monotonic() - started:.1f} s after the last fault")


class Submitter(threading.Thread):
    """Submits one study after another, so that some are always unfinished.

    Two in a row share a pool. A submission that meets a fault is made again.
    """

    def __init__(self, folder: Path, database: Engine, seed: int) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.database = database
        self.seed = seed
        self.enough = threading.Event()
        self.studies: list[Study] = []

    def run(self) -> None:
        while not self.enough.wait(0.2):
            if unfinished(self.database) < OPEN_STUDIES:
                self._submit(len(self.studies))

    def _submit(self, number: int) -> None:
        pool = number // 2
        path = write_study(
            self.folder,
            study=f"soak{number}",
            seed=self.seed + number,
            pool={"name": f"pool{pool}", "count": 9, "max_tokens": 64, "seed": self.seed + pool},
        )
        study = Study.load(path)
        while True:
            try:
                submit(study)
                self.studies.append(study)
                return
            except AnthologyError:
                time.sleep(0.3)


def unfinished(database: Engine) -> int:
    """Studies that are not measured yet; as many as can be while the database cannot say."""
    measured = select(func.count()).where(col(Job.kind) == "measure", col(Job.state).in_(TERMINAL))
    try:
        with database.connect() as connection:
            all_studies = connection.execute(select(func.count(col(StudyRow.id)))).scalar_one()
            return int(all_studies - connection.execute(measured).scalar_one())
    except Exception:
        return OPEN_STUDIES


def recoveries(database: Engine, faults: list[Fault]) -> list[float]:
    """For every fault that undid attempts at jobs: seconds until the last of these was done."""
    jobs = select(col(Job.id), col(Job.attempt), col(Job.finished_at))
    with database.connect() as connection:
        ended = {job: (attempt, end) for job, attempt, end in connection.execute(jobs)}
    times = [
        [end - fault.at for job, attempt in fault.hit.items()
         for last, end in [ended[job]] if last > attempt and end]
        for fault in faults
    ]  # fmt: skip
    return [max(found) for found in times if found]


def _say(faults: list[Fault], studies: list[Study], database: Engine, verdict: Verdict) -> None:
    for word in ("lost", "doubled", "different"):
        for key in shown(getattr(verdict, word)):
            print(f"{word}: {key}")
    with database.connect() as connection:
        answers = connection.execute(select(func.count()).select_from(Answer)).scalar_one()
    times = recoveries(database, faults) or [0.0]
    print(
        f"{len(faults)} faults, {len(studies)} studies, {verdict.rows} rows, {answers} answers, "
        f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled, "
        f"{len(verdict.different)} different, seconds to recover: "
        f"median {statistics.median(times):.1f}, worst {max(times):.1f}"
    )


def _system(folder: Path, server: LocalRedis, url: str) -> InstantSystem:
    return InstantSystem(folder, server.url, url, delay_s=ENGINE_DELAY_S)


def _environment(folder: Path, server: LocalRedis, url: str) -> dict[str, str]:
    """For this process's submissions, and inherited by the workers."""
    return {
        "ANTHOLOGY_HOME": str(folder / "home"),
        "ANTHOLOGY_BROKER_URL": server.url,
        "ANTHOLOGY_DATABASE_URL": url,
        "ANTHOLOGY_MAX_DEATHS": "1000",
        "ANTHOLOGY_STALL_S": "10",
    }


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'soak.db'}"
        return
    with LocalPostgres() as server:
        yield server.create_database("soak")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults-per-minute", type=float, default=48.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
