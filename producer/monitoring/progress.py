"""Where a study is: jobs by kind and state, answers, rate, remaining time, workers.

Reads the database only; works on any machine that reaches it.
"""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.study_models import contents_of
from anthology.models.database.study_pools import used_by
from anthology.models.database.tables import Answer, Job, Persona, Poll, StudyRow
from anthology.models.jobs.kinds import DIVISIBLE, KINDS
from anthology.models.study.study import Study
from anthology.producer.monitoring.heartbeats import Heartbeat, alive
from anthology.producer.monitoring.lookup import find_study, of_study
from anthology.producer.monitoring.notes import failures, notes
from anthology.producer.monitoring.pace import rate, remaining_s
from anthology.producer.monitoring.remaining import unplanned

STATES = ("pending", "running", "done", "failed")


@dataclass(frozen=True)
class Progress:
    """A study's progress at one moment; times in seconds, `eta_s` None when unknown.

    `eta_s` is what workers still need, of which `others_s` for other studies that come first.
    """

    study: str
    state: str
    jobs: dict[str, dict[str, int]]
    answers: dict[str, int]
    tokens_per_s: float
    cached_share: float
    eta_s: float | None
    others_s: float
    workers: list[Heartbeat]
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.state.startswith("done") or self.state == "cancelled"

    @property
    def clean(self) -> bool:
        return self.state == "done"

    @property
    def unfinished(self) -> str:
        """The kinds of which not all jobs are done: "survey 3 of 12, measure 0 of 1"."""
        counts = {
            k: (states.get("done", 0), sum(states.values())) for k, states in self.jobs.items()
        }
        lacking = (f"{k} {done} of {all_}" for k, (done, all_) in counts.items() if done < all_)
        return ", ".join(lacking) or "all"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def progress(database: Engine, name: str) -> Progress:
    """Raises `InputError` for an unknown study."""
    with reading(database) as session:
        row = find_study(session, name)
        study = Study.from_spec(row.spec)
        jobs = _jobs(session, row, study)
        stored, errors = _answers(session, row)
        errors += _errors_of_pools(session, row, study)
        tokens_per_s, cached = rate(session, row)
        contents = contents_of(session, row)
        state = _state(row, jobs, errors)
        eta_s, others_s = remaining_s(session, row, study, state)
        return Progress(
            study=name,
            state=state,
            jobs=jobs,
            answers={"stored": stored, "errors": errors},
            tokens_per_s=tokens_per_s,
            cached_share=cached,
            eta_s=eta_s,
            others_s=others_s,
            workers=alive(session, contents),
            failures=failures(session, row),
            notes=notes(session, row, study, contents, state),
        )


def _jobs(session: Session, row: StudyRow, study: Study) -> dict[str, dict[str, int]]:
    """Counts by kind and state; jobs that are not planned yet count as pending."""
    counts = {kind: dict.fromkeys(STATES, 0) for kind in KINDS}
    for kind, state, count in session.execute(
        select(col(Job.kind), col(Job.state), func.count())
        .where(of_study(row))
        .group_by(col(Job.kind), col(Job.state))
    ):
        if kind not in counts:  # was retried, and planned anew since
            continue
        if row.cancelled and state in ("pending", "running"):  # its pool's, for other studies
            state = "cancelled"
        counts[kind][state] = counts[kind].get(state, 0) + count
    if row.cancelled:
        return counts
    for (kind, _), people in unplanned(session, row, study).items():
        chunk = study.chunk if kind in DIVISIBLE else 1
        counts[kind]["pending"] += math.ceil(people / chunk)
    return counts


def _answers(session: Session, row: StudyRow) -> tuple[int, int]:
    """How many are stored, without an error and with one."""
    counting = select(func.count(), func.count(col(Answer.error))).where(
        col(Answer.study_id) == row.id
    )
    total, errors = session.execute(counting).one()
    return total - errors, errors


def _errors_of_pools(session: Session, row: StudyRow, study: Study) -> int:
    """Backstories and polls stored with an error."""
    if not study.pools_used:
        return 0
    stories = select(func.count()).where(used_by(row.id, Persona), col(Persona.error).is_not(None))
    polls = select(func.count()).where(
        used_by(row.id, Poll),
        col(Poll.trait_key).in_([study.poll_key(trait) for trait in study.traits.values()]),
        col(Poll.error).is_not(None),
    )
    return sum(int(session.execute(query).scalar_one()) for query in (stories, polls))


def _state(row: StudyRow, jobs: dict[str, dict[str, int]], errors: int) -> str:
    if row.cancelled:
        return "cancelled"
    failed = sum(states["failed"] for states in jobs.values())
    measured = jobs["measure"]["done"] + jobs["measure"]["failed"]
    if not measured and row.paused:
        return "paused"
    if not measured:
        started = any(states["running"] or states["done"] for states in jobs.values())
        return "running" if started else "waiting"
    wrong = errors + failed
    return f"done with {wrong} error{'s' if wrong > 1 else ''}" if wrong else "done"
