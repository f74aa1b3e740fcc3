"""What a database has already of a study that is submitted: the study itself, or its pool's people.

Only looks, and refuses what speaks against the study; `submission.py` writes.
"""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from anthology.models.database.sessions import explained, look_at, reading
from anthology.models.database.study_models import Contents, contents_of
from anthology.models.database.study_pools import sharing
from anthology.models.database.tables import Job, Poll, PoolRow, StudyRow
from anthology.models.errors import AnthologyError, InputError
from anthology.models.jobs.engines.engine_binding import fingerprints, other_model
from anthology.models.language_model.engine_identity import Info
from anthology.models.language_model.model_files import Content
from anthology.models.language_model.names import alike
from anthology.models.pools.base import Pool
from anthology.models.study import stages, study_file
from anthology.models.study.study import Study
from anthology.models.study.vary import grid
from anthology.producer.monitoring.lookup import refuse_cancelled, study_names
from anthology.producer.surveys.respondents import EncodedHumans, read_as_before


@dataclass(frozen=True)
class Existing:
    """What need not be done again; nothing of it for a study that is there already.

    By the name of the pool: the `personas` that it has or that are planned, its `stories` jobs
    among those that the study will poll, and by trait how many personas were `polled`. Of a study
    that is there, the `contents` of its models, as far as they are known, and which of the parts
    that may be told later (`LATER`) are `retold`: others than what is stored.
    """

    new: bool = True
    paused: bool = False
    personas: dict[str, int] = field(default_factory=dict)
    stories: dict[str, int] = field(default_factory=dict)
    polled: dict[str, dict[str, int]] = field(default_factory=dict)
    contents: Contents = field(default_factory=dict)
    retold: tuple[str, ...] = ()


Models = Mapping[str, Info]  # digests of those that are on this machine, by their names
UNKNOWN: Models = {}
LATER = ("published", "scales")  # all of a study that a resubmission may change
NOTHING = Existing()


def study_of(path: Path, database: str) -> Study:
    """The study of a file; raises `InputError` as `Study.load`, but not for what only this version
    refuses where a study of that name is stored: it may be the same, which is resumed."""
    return _read(lambda stored: [study_file.load(path, stored)], database)[0]


def studies_of(path: Path, database: str) -> list[Study]:
    """The same of a file with `vary`, as `Study.grid`."""
    return _read(lambda stored: grid.load(path, stored), database)


def _read(read: Callable[[bool], list[Study]], database: str) -> list[Study]:
    try:
        return read(False)
    except InputError:
        with suppress(AnthologyError):  # what was wrong first is what a person should hear of
            studies = read(True)
            if {study.study for study in studies} <= _names(database):
                return studies
        raise


def _names(database: str) -> set[str]:
    """Of all studies, by whichever version they were stored."""
    engine, revision = look_at(database)
    if revision is None:
        return set()
    with reading(engine) as session:
        found = set(study_names(session))
    engine.dispose()
    return found


def content_in(mine: Models, model: str) -> Content | None:
    content: Content | None = mine.get(model, {}).get("content")
    return content


def find_existing(
    session: Session, study: Study, humans: EncodedHumans, mine: Models = UNKNOWN
) -> Existing:
    """Raises `InputError` for another study or another pool of the same name.

    `mine` are the digests of the study's models that are on this machine.
    """
    found = find_same(session, study, humans)
    if found is not None:
        return Existing(
            new=False, paused=found.paused, contents=contents_of(session, found),
            retold=retold(found.spec, study),
        )  # fmt: skip
    known = Existing()
    for pool in study.pools_used:
        row = find_pool(session, study, pool, mine)
        if row is not None:
            known.personas[pool.name] = min(row.count, pool.count)
            known.stories[pool.name] = _stories(session, row, pool)
            known.polled[pool.name] = _polled(session, row, study, pool)
    return known


def with_planned(known: Existing, study: Study, before: Sequence[Study]) -> Existing:
    """What a study would find if those `before` had been submitted: they share its pools, which
    are the same by their names."""
    if not known.new:
        return known
    found = replace(
        known, personas={**known.personas}, stories={**known.stories},
        polled={name: {**traits} for name, traits in known.polled.items()},
    )  # fmt: skip
    keys = {study.poll_key(trait): name for name, trait in study.traits.items()}
    for other in before:
        for pool in (pool for pool in other.pools_used if pool.name in _sizes(study)):
            count = min(pool.count, _sizes(study)[pool.name])
            if count > (have := found.personas.get(pool.name, 0)):
                new = -(-(count - have) // other.chunk)
                found.personas[pool.name] = count
                found.stories[pool.name] = found.stories.get(pool.name, 0) + new
            polled = found.polled.setdefault(pool.name, {})
            for trait in other.traits.values() if "poll" in pool.jobs else ():
                if (name := keys.get(other.poll_key(trait))) is not None:
                    polled[name] = max(polled.get(name, 0), count)
    return found


def _sizes(study: Study) -> dict[str, int]:
    return {pool.name: pool.count for pool in study.pools_used}


def _stories(session: Session, row: PoolRow, pool: Pool) -> int:
    stories = select(func.count(col(Job.first).distinct())).where(  # a chunk may have many rounds
        col(Job.pool_id) == row.id,
        col(Job.study_id).is_(None),
        col(Job.first) < pool.count,
    )
    return int(session.execute(stories).scalar_one())


def _polled(session: Session, row: PoolRow, study: Study, pool: Pool) -> dict[str, int]:
    keys = {study.poll_key(trait): name for name, trait in study.traits.items()}
    polled = session.execute(
        select(col(Poll.trait_key), func.count())
        .where(
            col(Poll.pool_id) == row.id,
            col(Poll.number) < pool.count,
            col(Poll.trait_key).in_(keys),
        )
        .group_by(col(Poll.trait_key))
    )
    return {keys[key]: count for key, count in polled}


def find_same(session: Session, study: Study, humans: EncodedHumans) -> StudyRow | None:
    """The same study, submitted before; raises `InputError` if that of its name is not the same."""
    found: StudyRow | None = session.execute(
        select(StudyRow).where(col(StudyRow.name) == study.study)
    ).scalar_one_or_none()
    if found is not None:
        refuse_cancelled(found)
        _refuse_another(found, study, humans)
    return found


def with_later_parts(stored: dict[str, Any], study: Study) -> dict[str, Any]:
    """The stored study with what the submitted one has for what may be told later."""
    rest = {key: value for key, value in stored.items() if key not in LATER}
    return rest | {key: value for key, value in study.spec.items() if key in LATER}


def retold(stored: dict[str, Any], study: Study) -> tuple[str, ...]:
    """What of these is another than what is stored."""
    spec = study.spec
    return tuple(key for key in LATER if stored.get(key) != spec.get(key))


def read_as_stored(database: Engine, study: Study) -> EncodedHumans | None:
    """The people as an earlier version read them, if this study was stored so."""
    with explained(database), reading(database) as session:
        stored = session.execute(
            select(col(StudyRow.humans_digest)).where(col(StudyRow.name) == study.study)
        ).scalar_one_or_none()
    if stored is None:
        return None
    return next((humans for humans in read_as_before(study) if humans.digest == stored), None)


def find_pool(
    session: Session, study: Study, pool: Pool, mine: Models = UNKNOWN, *, lock: bool = False
) -> PoolRow | None:
    """A pool that the study shares; raises `InputError` if that of its name is another one, by its
    recipe or by the model that makes it."""
    query = select(PoolRow).where(col(PoolRow.name) == pool.name)
    found: PoolRow | None = session.execute(
        query.with_for_update() if lock else query
    ).scalar_one_or_none()
    if found is not None:
        author = stages.author(study, pool)
        _refuse_another_model(session, found, author, pool, mine.get(author, {}))
        old, new = found.recipe, study.recipe(pool)
        if content_in(mine, author) and found.content:  # then its name does not matter
            old, new = {**old, "model": ""}, {**new, "model": ""}
        if old != new:
            if {**old, "told": None} == {**new, "told": None}:
                raise InputError(
                    f"pool {pool.name!r} holds stories of other respondents, or of other words for "
                    "their traits; give this one another name"
                )
            raise InputError(
                f"pool {pool.name!r} was made by another recipe; give this one another name:"
                f"\n{_difference(found.recipe, study.recipe(pool))}"
            )
    return found


def _refuse_another_model(
    session: Session, found: PoolRow, author: str, pool: Pool, mine: Info
) -> None:
    """By its content, where it is known; else by the names that other studies have for it."""
    unlike = other_model(session, found.id, mine, fingerprints(session)) if mine else ""
    if not unlike and not (mine.get("content") and found.content):
        others = (other for other in _authors(session, found) if not alike(other[1], author))
        unlike = next((f"study {name!r} asks for {model}" for name, model in others), "")
    if unlike:
        held = "stories" if pool.written else "polls"
        raise InputError(
            f"pool {pool.name!r} holds {held} of another model than {author} ({unlike}); "
            "give this one another name"
        )


def _authors(session: Session, pool: PoolRow) -> Iterator[tuple[str, str]]:
    """What the studies that share a pool call the model that writes it."""
    users = select(StudyRow).where(col(StudyRow.id).in_(sharing(pool.id)))
    for row in session.execute(users).scalars():
        with suppress(ValidationError):  # a newer version's
            study = Study.from_spec(row.spec)
            yield row.name, stages.author(study, study.pool_named(pool.name))


def _refuse_another(found: StudyRow, study: Study, humans: EncodedHumans) -> None:
    stored = Study.from_spec(found.spec)
    if found.digest != study.digest and stored.digest_by_value != study.digest_by_value:
        old, new = stored.identifying, study.identifying
        other = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        anew = f"; `anthology measure {study.study}` has other figures of it"
        raise InputError(
            f"study {study.study!r} exists with other settings; give this one another name, or "
            f"submit the file as it was{anew if other == ['measures'] else ''}:\n"
            f"{_difference(old, new)}"
        )
    if study.humans and found.humans_digest not in {humans.digest, *humans.former}:
        raise InputError(
            f"study {study.study!r} exists with other survey data than {study.humans.file} has "
            "now; give this one another name"
        )


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """The lines that differ, old with -, new with +."""
    stored, submitted = (
        json.dumps(spec, indent=1, ensure_ascii=False).splitlines() for spec in (old, new)
    )
    lines = difflib.unified_diff(stored, submitted, "as stored", "as submitted", n=1, lineterm="")
    return "\n".join([line for line in lines if not line.startswith("@@")][:40])
