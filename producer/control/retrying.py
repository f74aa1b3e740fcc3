"""`anthology retry`: takes back what failed, jobs and single items, so that it is done again.

Knows what depends on what: new stories are polled anew, and figures are measured anew. What is done
and right stays. Jobs that are to be planned again are not deleted but kept under another kind:
what they cost still counts, and no worker that sleeps on one can mistake a new job for it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, String, and_, cast, delete, or_, select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from anthology.models.database.lives import forget_drafts
from anthology.models.database.sessions import explained, open_existing, writing
from anthology.models.database.study_pools import pools_of
from anthology.models.database.tables import (
    Answer,
    InterviewAnswer,
    Job,
    Metric,
    Persona,
    Poll,
    StudyRow,
)
from anthology.models.errors import InputError
from anthology.models.jobs.kinds import KINDS, MAKING, RETIRED, together
from anthology.models.jobs.planning import plan
from anthology.models.jobs.rounds import latest
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.control.steering import enqueue_due
from anthology.producer.monitoring.lookup import find_study, of_study, refuse_cancelled

Table = type[Persona] | type[Poll] | type[Answer]
TABLES: dict[str, Table] = {**dict.fromkeys(MAKING, Persona), "poll": Poll, "survey": Answer}
NAMES = {**dict.fromkeys(MAKING, "stories"), "poll": "polls", "survey": "answers"}
FRESH = {
    "state": "pending", "deaths": 0, "not_before": 0.0, "error": None, "worker": None,
    "lease_until": None,
}  # fmt: skip


@dataclass
class Retried:
    """What was taken back: failed jobs, and items stored with an error.

    `busy` are chunks of stories left as they are while a worker polls them, or asks who answers
    after them without a match; `matches_kept` are matches that were made without what is now done
    again.
    """

    jobs: int = 0
    stories: int = 0
    polls: int = 0
    answers: int = 0
    busy: int = 0
    matches_kept: int = 0
    enqueued: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.jobs or self.stories or self.polls or self.answers)

    def as_json(self) -> dict[str, int]:
        """`enqueued` is what was enqueued, by the name that programs know."""
        found = asdict(self)
        found["rung"] = found.pop("enqueued")
        return found


def retry(
    settings: Settings, name: str, kind: str | None = None, error: str | None = None
) -> Retried:
    """Reopens failed jobs and erroneous items, of one kind or whose error contains a text.

    Raises `InputError` for an unknown kind, and for a study that is unknown, cancelled or being
    measured; `SetupError` when a server is unreachable.
    """
    if kind is not None and kind not in KINDS:
        raise InputError(f"--kind takes one of {', '.join(KINDS)}, not {kind!r}")
    from anthology.models.jobs import broker

    broker.check(settings.broker_url)
    database = open_existing(settings.database)
    with explained(database):
        with writing(database) as session:
            row = find_study(session, name)
            refuse_cancelled(row)
            found = _Retry(session, row, kind, error or "").run()
        if not found.nothing:
            found.enqueued = enqueue_due(database, settings, name)
    return found


class _Retry:
    """One retry in its transaction. It locks rows of jobs first and the study's last, in
    `plan`, as workers do: in another order PostgreSQL sees a deadlock."""

    def __init__(self, session: Session, row: StudyRow, kind: str | None, text: str) -> None:
        self.session = session
        self.row = row
        self.study = Study.from_spec(row.spec)
        self.kinds = KINDS if kind is None else [found.name for found in together(kind)]
        self.text = text
        self.found = Retried()

    def run(self) -> Retried:
        for kind in ("survey", "calibrate"):
            self._reopen(self._chosen(kind))
        polls = self._chosen("poll")
        stories = self._ask_anew([job for kind in MAKING for job in self._chosen(kind)])
        self._reopen(polls)
        self._poll_anew(stories)
        self._match_anew(again=bool(polls or stories))
        failed = self._chosen("measure")
        self.found.jobs += len(failed)
        if not self.found.nothing:
            self._measure_anew()
            plan(self.session, self.row.id or 0)
        return self.found

    def _chosen(self, kind: str) -> "Sequence[Row[Any]]":
        """Jobs of a kind that failed, or that ended with erroneous items; their rows are locked."""
        if kind not in self.kinds:
            return []
        wanted = and_(col(Job.state) == "failed", self._meant(col(Job.error)))
        if table := TABLES.get(kind):
            inside = _number(table).between(col(Job.first), col(Job.first) + col(Job.count) - 1)
            wrong = select(_number(table)).where(
                self._mine(table, col(Job.condition), col(Job.pool_id)),
                inside,
                self._meant(col(table.error)),
            )
            ended = col(Job.state).in_(("done", "failed"))
            wanted = or_(wanted, and_(ended, wrong.exists()))
        chosen = select(  # type: ignore[call-overload]
            Job.id, Job.kind, Job.state, Job.condition, Job.first, Job.count, Job.pool_id
        )
        chosen = chosen.where(of_study(self.row), col(Job.kind) == kind, wanted)
        if kind in MAKING:  # of several rounds of a chunk the last: with it the chunk goes on
            pools = [pool.id for pool in pools_of(self.session, self.row.id)]
            chosen = chosen.where(col(Job.id).in_(latest(pools)))
        found: Sequence[Row[Any]] = self.session.execute(
            chosen.order_by(col(Job.id)).with_for_update()
        ).all()
        return found

    def _reopen(self, jobs: "Sequence[Row[Any]]") -> None:
        """Makes jobs pending and forgets their erroneous items."""
        for job in jobs:
            self.session.execute(update(Job).where(col(Job.id) == job.id).values(**FRESH))
            self.found.jobs += job.state == "failed"
            if job.kind in TABLES:
                name = NAMES[job.kind]
                setattr(self.found, name, getattr(self.found, name) + self._forget(job))

    def _forget(self, job: "Row[Any]") -> int:
        """Deletes a job's erroneous items; of an interview with an error all of its answers, since
        it is asked again from its beginning. Returns the number of errors."""
        table = TABLES[job.kind]
        last = job.first + job.count - 1
        here = and_(
            self._mine(table, job.condition, job.pool_id), _number(table).between(job.first, last)
        )
        wrong = and_(here, self._meant(col(table.error)))
        people = self.session.execute(select(_number(table)).where(wrong)).scalars().all()
        if table is Answer:
            asked = select(col(Answer.respondent)).where(wrong)
            wrong = and_(here, col(Answer.respondent).in_(asked))
        self.session.execute(delete(table).where(wrong))
        if table is Persona:  # a life goes on behind the answers that stand
            forget_drafts(self.session, job.pool_id, people)
            self.session.execute(
                delete(InterviewAnswer).where(
                    col(InterviewAnswer.pool_id) == job.pool_id,
                    col(InterviewAnswer.number).in_(people),
                    col(InterviewAnswer.error).is_not(None),
                )
            )
        return len(people)

    def _poll_anew(self, stories: "Sequence[Row[Any]]") -> None:
        """Reopens chunks of stories. Their polls are planned anew when the stories are there; a
        chunk that is being polled now is left alone."""
        for pool_id in sorted({job.pool_id for job in stories}):
            self._poll_pool_anew(pool_id, [job for job in stories if job.pool_id == pool_id])

    def _poll_pool_anew(self, pool_id: int, stories: "Sequence[Row[Any]]") -> None:
        polls = self.session.execute(
            select(col(Job.id), col(Job.state), col(Job.first))
            .where(
                col(Job.study_id) == self.row.id,
                col(Job.kind) == "poll",
                col(Job.pool_id) == pool_id,
            )
            .order_by(col(Job.id))
            .with_for_update()
        ).all()
        chunks = sorted(stories, key=lambda job: job.first)
        firsts = [job.first for job in chunks]
        over: list[list[Row[Any]]] = [[] for _ in chunks]
        for poll in polls:
            place = bisect_right(firsts, poll.first) - 1
            if place >= 0 and poll.first < firsts[place] + chunks[place].count:
                over[place].append(poll)
        for chunk, its_polls in zip(chunks, over, strict=True):
            if any(poll.state == "running" for poll in its_polls):
                self.found.busy += 1
                continue
            self._reopen([chunk])
            for poll in its_polls:
                self._retire(poll.id)

    def _match_anew(self, *, again: bool) -> None:
        """Failed matches are planned anew: after the polls, where some are made again."""
        jobs = self.session.execute(
            select(col(Job.id), col(Job.state), col(Job.error)).where(
                col(Job.study_id) == self.row.id, col(Job.kind) == "match"
            )
        ).all()
        meant = {job.id for job in self._chosen("match")}
        for job in jobs:
            if job.state == "failed" and (again or job.id in meant):
                self._retire(job.id)
                self.found.jobs += 1
        if again:
            self.found.matches_kept = sum(job.state == "done" for job in jobs)

    def _ask_anew(self, stories: "Sequence[Row[Any]]") -> "Sequence[Row[Any]]":
        """Surveys that follow these stories without a match are planned anew: who has none yet is
        asked then. Returns the stories without those after which somebody is asked now."""
        own = [way.name for way in self.study.conditions if way.own_story]
        left: set[int] = set()
        for pool_id in sorted({job.pool_id for job in stories}):
            surveys = self.session.execute(
                select(col(Job.id), col(Job.state))
                .where(
                    col(Job.study_id) == self.row.id,
                    col(Job.kind) == "survey",
                    col(Job.condition).in_(own),
                    col(Job.pool_id) == pool_id,
                )
                .order_by(col(Job.id))
                .with_for_update()
            ).all()
            if any(job.state == "running" for job in surveys):
                left.add(pool_id)
                continue
            for job in surveys:
                self._retire(job.id)
        self.found.busy += sum(job.pool_id in left for job in stories)
        return [job for job in stories if job.pool_id not in left]

    def _measure_anew(self) -> None:
        measure = self.session.execute(
            select(col(Job.id), col(Job.state))
            .where(col(Job.study_id) == self.row.id, col(Job.kind) == "measure")
            .with_for_update()
        ).all()
        for job in measure:
            if job.state == "running":
                raise InputError(
                    f"study {self.row.name!r} is being measured right now; retry when it has ended"
                )
            self._retire(job.id)
        self.session.execute(delete(Metric).where(col(Metric.study_id) == self.row.id))

    def _retire(self, job_id: int) -> None:
        """Makes room for a new job of the same work."""
        self.session.execute(
            update(Job)
            .where(col(Job.id) == job_id)
            .values(
                kind=RETIRED, state="cancelled", key=col(Job.key) + "#" + cast(col(Job.id), String)
            )
        )

    def _mine(self, table: Table, condition: Any, pool_id: Any) -> ColumnElement[bool]:
        """The study's items: of a pool, or of a condition."""
        if table is Answer:
            return and_(col(Answer.study_id) == self.row.id, col(Answer.condition) == condition)
        mine: ColumnElement[bool] = col(table.pool_id) == pool_id  # type: ignore[union-attr]
        if table is Poll:
            keys = [self.study.poll_key(trait) for trait in self.study.traits.values()]
            mine = and_(mine, col(Poll.trait_key).in_(keys))
        return mine

    def _meant(self, error: Any) -> ColumnElement[bool]:
        """Whether there is an error that contains the text."""
        there: ColumnElement[bool] = error.is_not(None)
        return and_(there, error.icontains(self.text, autoescape=True)) if self.text else there


def _number(table: Table) -> Any:
    """The person that an item is about."""
    return col(Answer.respondent) if table is Answer else col(table.number)  # type: ignore[union-attr]
