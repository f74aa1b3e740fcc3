"""Takes a study's archive into this database: the whole study, or nothing.

Rows are checked and stored in short transactions, between which workers write, and seen by nobody
before the last one (`archive_draft.py`, `archive_publish.py`). Jobs are not enqueued; workers'
sweeps do that.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import SQLModel, col

from anthology.models.database.sessions import explained, open_database, reading
from anthology.models.database.study_models import Contents
from anthology.models.database.tables import Job
from anthology.models.jobs.chunks import CPU_QUEUE, span_jobs
from anthology.models.jobs.kinds import BY_NAME, MAKING, RETIRED, maker
from anthology.models.jobs.planning import insert_ignoring
from anthology.models.language_model.names import queue_for
from anthology.models.pools.base import Pool
from anthology.models.pools.primed import PrimedPool
from anthology.models.statistics.figures import FLOORS
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.surveys.stories.primed_stories import told
from anthology.producer.transfer.archive_belonging import IDENTITY, Belonging
from anthology.producer.transfer.archive_draft import BATCH, Draft, begin
from anthology.producer.transfer.archive_file import Archive, open_archive
from anthology.producer.transfer.archive_publish import Arrival, Chunks, publish
from anthology.producer.transfer.archive_rows import MEMBERS, POOL, Member, Row

OF_THE_POOLS = ("personas", "interview_answers", "polls")
OF_THE_STUDY = ("study_models", "respondents", "matches", "label_priors", "answers", "metrics")


def import_archive(path: Path, database_url: str) -> tuple[str, dict[str, int]]:
    """The study's name and how many rows its archive has of each kind.

    The database is opened, and made where there is none, only for a file that is whole. Raises
    `InputError` for anything else, for a study that is here already, and for a pool of the same
    name that is another.
    """
    with open_archive(path) as archive:
        database = open_database(database_url)
        with explained(database):
            try:
                _import(database, archive)
            except (IntegrityError, DataError):
                raise archive.refused("its rows do not fit together") from None
        rows = {name: listed.rows for name, listed in archive.manifest.members.items()}
        return archive.manifest.study, rows


def _import(database: Engine, archive: Archive) -> None:
    row, study = _study(archive)
    pools = _pools(archive, study)
    personas = {pool["name"]: pool["count"] for pool in pools}
    belonging = Belonging(study, row["humans"], row["respondents"], personas)
    for _ in _checked(archive, "engines", belonging):
        pass
    contents = _contents(archive, study, row, belonging)
    if study.humans:
        _refuse_without_floor(archive)
    _refuse_other_respondents(archive, study, row)
    made = {pool.name for pool in study.pools_used if maker(pool)}
    chunks: list[Chunks] = [{} if pool["name"] in made else None for pool in pools]
    for job in _checked(archive, "jobs", belonging):
        if pools and job["kind"] in MAKING and (mine := chunks[job[POOL]]) is not None:
            mine[job["first"]] = job["count"]  # of several rounds the last: one may have been split
    uses = {pool.name: pool.count for pool in study.pools_used}
    arrival = Arrival(archive, row, pools, chunks, uses)
    with reading(database) as session:
        arrival.refuse_misfits(session)
    draft = begin(database, row, pools)
    try:
        ids, engines = _store_jobs(draft, archive, study, belonging, contents)
        for name in OF_THE_POOLS if pools else ():
            _store(draft, archive, name, belonging, ids, {})
        for name in OF_THE_STUDY:
            _store(draft, archive, name, belonging, ids, {"study_id": draft.study_id})
        publish(draft, arrival, engines)
    finally:
        draft.drop()  # all of it, or what a pool had already


def _study(archive: Archive) -> tuple[Row, Study]:
    rows = list(islice(archive.rows(MEMBERS["study"]), 2))
    if len(rows) != 1:
        raise archive.refused("it holds no study, or several")
    row = {**MEMBERS["study"].defaults, **rows[0]}
    try:
        study = Study.from_spec(row["spec"])
    except ValidationError:
        raise archive.refused("its study is not one that this version knows") from None
    people = archive.manifest.members["respondents"].rows
    if not study.study == row["name"] == archive.manifest.study or people != row["humans"]:
        raise archive.refused("its study and its manifest are not about the same")
    most = row["humans"] if study.humans else max(study.people_in(c, 0) for c in study.conditions)
    if not 1 <= row["respondents"] <= most:
        raise archive.refused("its study simulates more people than it has, or none")
    if row["identity"] is not None and not IDENTITY.fullmatch(row["identity"]):
        raise archive.refused("study.jsonl, line 1: identity is none")
    if row["digest"] != study.digest and archive.is_of_this_version:
        raise archive.refused("study.jsonl, line 1: digest is not that of spec")
    # A version that knew fewer settings left out those that stand at their defaults.
    return {**row, "spec": study.spec, "digest": study.digest}, study


def _contents(archive: Archive, study: Study, row: Row, belonging: Belonging) -> Contents:
    """Of all models of the study."""
    others = {other["model"]: other for other in _checked(archive, "study_models", belonging)}
    if others.keys() != set(stages.others_of(study)):
        raise archive.refused("study_models.jsonl lacks a model of its study")
    return {study.model: row["content"]} | {m: other["content"] for m, other in others.items()}


def _refuse_without_floor(archive: Archive) -> None:
    """Where anything was measured, the humans were."""
    measured = {row["condition"] for row in archive.rows(MEMBERS["metrics"])}
    if measured and not measured.issuperset(FLOORS):
        raise archive.refused("metrics.jsonl holds figures, but not those of the humans")


def _refuse_other_respondents(archive: Archive, study: Study, row: Row) -> None:
    """Whoever shares a primed pool here takes its stories for those of the same respondents."""
    primed = [pool for pool in study.pools_used if isinstance(pool, PrimedPool)]
    if not primed:
        return
    people = (found["traits"] for found in archive.rows(MEMBERS["respondents"]))
    found = (row["respondents"], told(study, islice(people, row["respondents"])))
    if any((pool.count, pool.told) != found for pool in primed):
        raise archive.refused("its stories were primed by other respondents than its own")


def _pools(archive: Archive, study: Study) -> list[Row]:
    """By their names, as they stand in the archive."""
    used = {pool.name: pool for pool in study.pools_used}
    rows = list(islice(archive.rows(MEMBERS["pool"]), len(used) + 1))
    if len(rows) != len(used):
        raise archive.refused("its pool is missing, or superfluous")
    return [
        _pool(archive, study, used.get(row["name"]), {**MEMBERS["pool"].defaults, **row}, line)
        for line, row in enumerate(rows, start=1)
    ]


def _pool(archive: Archive, study: Study, pool: Pool | None, row: Row, line: int) -> Row:
    if pool is None or row["count"] < pool.count:
        raise archive.refused("its pool is not the one that its study uses")
    recipe, mine = row["recipe"], study.recipe(pool)
    for part, value in mine.items():
        known = part in recipe or archive.is_of_this_version
        if part != "model" and known and recipe.get(part) != value:
            raise archive.refused(f"pool.jsonl, line {line}: recipe.{part} is not its study's")
    if not isinstance(recipe.get("model"), str) or len(recipe) > len(mine):
        raise archive.refused(f"pool.jsonl, line {line}: recipe is not its study's")
    return {**row, "recipe": {**mine, **recipe}}


def _store_jobs(
    draft: Draft, archive: Archive, study: Study, belonging: Belonging, contents: Contents
) -> tuple[list[int], dict[int, str]]:
    """The ids of the jobs here, by their places in the archive, and the engines that did them.

    Engines are stored at the end, since those of an import that broke off could not be told from
    others.
    """
    ids: list[int] = []
    engines: dict[int, str] = {}
    for batch in _batches(_checked(archive, "jobs", belonging)):
        rows = [
            {**_job(study, draft, row, number, contents, belonging.pools), "engine_id": None}
            for number, row in enumerate(batch, start=len(ids))
        ]
        keys = [row["key"] for row in rows]
        with draft.writing() as session:
            ignoring = insert_ignoring(session)(Job).on_conflict_do_nothing(index_elements=["key"])
            session.execute(ignoring, rows)  # a job that is there twice is noticed below
            found = select(col(Job.key), col(Job.id)).where(col(Job.key).in_(keys))
            here = {row.key: row.id for row in session.execute(found)}
        ids += [here[key] for key in keys]
        done = ((here[key], row.get("engine_id")) for key, row in zip(keys, batch, strict=True))
        engines |= {job_id: engine for job_id, engine in done if engine is not None}
    if len(set(ids)) < len(ids):
        raise archive.refused("it holds a job twice")
    return ids, engines


def _job(
    study: Study, draft: Draft, row: Row, number: int, contents: Contents, pools: Mapping[str, int]
) -> Row:
    """A job as it would be planned here, with what the archive knows of it; `pools` has the
    conditions that are about one."""
    kind, place = row["kind"], row.pop(POOL)
    known = BY_NAME.get(kind)
    of_pool = kind in MAKING
    if known is None or known.on_model:
        pool = study.pool_named(draft.pools[place]) if draft.pools else None
        model = known.model(study, row["condition"], pool) if known else study.model
        queue = queue_for(model, contents[model])
    else:
        queue = CPU_QUEUE
    about = known is not None and (known.each == "chunk" or row["condition"] in pools)
    [planned] = span_jobs(
        kind,
        None if of_pool else draft.study_id,
        draft.pools[place] if of_pool else study.study,
        row["first"],
        row["count"],
        row["count"],
        queue,
        condition=row["condition"],
        pool_id=draft.pool_ids[place] if about else None,
    )
    if kind == RETIRED:  # the same work may have been planned anew several times
        planned["key"] += f"#{number}"
    return {**_defaults(MEMBERS["jobs"]), **planned, **row}


def _store(
    draft: Draft, archive: Archive, name: str, belonging: Belonging, jobs: list[int], owner: Row
) -> None:
    member = MEMBERS[name]
    # The table and not its class, for which rows with nulls would be sent one by one.
    statement: Any = insert(SQLModel.metadata.tables[str(member.table.__tablename__)])
    fixed = {**_defaults(member), **owner}
    for batch in _batches(_checked(archive, name, belonging)):
        for row in batch:
            if member.of_pools:
                row["pool_id"] = draft.pool_ids[row.pop(POOL)]
            if "job_id" in member.columns:
                row["job_id"] = _job_id(archive, row.get("job_id"), jobs)
        with draft.writing() as session:
            session.execute(statement, [{**fixed, **row} for row in batch])


def _defaults(member: Member) -> Row:
    return {name: value for name, value in member.defaults.items() if name != POOL}


def _job_id(archive: Archive, place: int | None, jobs: list[int]) -> int:
    """0 where the job was another study's: no job has that id."""
    if place is None:
        return 0
    if place >= len(jobs):
        raise archive.refused("a row names a job that is not in it")
    return jobs[place]


def _checked(archive: Archive, name: str, belonging: Belonging) -> Iterator[Row]:
    member = MEMBERS[name]
    for number, found in enumerate(archive.rows(member), start=1):
        row = {**member.defaults, **found}
        if why := belonging.stranger(name, row):
            raise archive.refused(f"{name}.jsonl, line {number}: it cannot be this study's: {why}")
        yield row


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
