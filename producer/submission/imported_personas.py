"""Stores imported stories as personas, and as polls what their file says of them.

They are data like the respondents: no job makes them.
"""

from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from anthology.models.database.tables import Persona, Poll
from anthology.models.jobs.planning import insert_ignoring
from anthology.models.study.study import Study
from anthology.producer.surveys.stories.imported_stories import Imported, ImportedStories

BATCH = 500  # a story may have megabytes
NO_JOB = 0  # no job has that id


def write_personas(
    session: Session, study: Study, pool_id: int, have: int, stories: ImportedStories
) -> None:
    """Those from number `have` on, and of all of them what this study asks and the file says.

    Raises `InputError` for a file that has changed since it was looked through.
    """
    if have >= stories.pool.count and not stories.pool.traits:
        return
    people = stories.people()
    while batch := list(islice(people, BATCH)):
        if new := [_persona(one, pool_id) for one in batch if one.number >= have]:
            session.execute(insert(Persona), new)
        if known := [row for one in batch for row in _polls(one, pool_id, study)]:
            # Another study may have asked the same.
            session.execute(insert_ignoring(session)(Poll).on_conflict_do_nothing(), known)


def _persona(one: Imported, pool_id: int) -> dict[str, Any]:
    return {
        "pool_id": pool_id, "number": one.number, "story": one.story, "source_id": one.source_id,
        "tokens": 0, "finish_reason": "imported", "seed": 0, "job_id": NO_JOB, "error": None,
    }  # fmt: skip


def _polls(one: Imported, pool_id: int, study: Study) -> list[dict[str, Any]]:
    rows = []
    for name, shares in one.traits.items():
        trait = study.traits[name]
        rows.append({
            "pool_id": pool_id, "number": one.number, "trait_key": study.poll_key(trait),
            "trait": name, "probabilities": shares, "label_mass": None,
            "refusal": None if trait.refusal is None else 0.0, "samples": None,
            "shown": [] if trait.number else list(range(len(trait.choices))),
            "job_id": NO_JOB, "error": None,
        })  # fmt: skip
    return rows
