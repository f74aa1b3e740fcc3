"""Who answers in a condition, and which stories they told before: respondents, each with what is
known of it and its match's story, or personas with their own.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Match, Persona, Respondent
from anthology.models.jobs.protocol import Claim
from anthology.models.pools.base import Pool
from anthology.models.prompting.rendering import Turn
from anthology.models.study.study import Study

Storytellers = dict[int, tuple[int, list[Turn]]]


def asked(
    session: Session, held: Claim, study: Study, span: tuple[int, int], personas: Storytellers
) -> list[tuple[int, dict[str, int | None]]]:
    """The numbers of those who answer, with what is known of them: respondents, or personas. Who
    answers after its own story must have one."""
    condition = study.condition(held.condition)
    if study.humans is None:
        known = study.known_of_personas(condition)
        return [(number, known[number]) for number in sorted(personas)]
    found = session.execute(
        select(col(Respondent.number), col(Respondent.traits)).where(
            col(Respondent.study_id) == held.study_id, col(Respondent.number).between(*span)
        )
    )
    return [(n, traits) for n, traits in found if n in personas or not condition.own_story]


def storytellers(
    session: Session, held: Claim, study: Study, span: tuple[int, int]
) -> Storytellers:
    """Persona number, and the turns of its story, by the number of who answers: of a respondent its
    match, else the one of its number; empty for conditions without stories."""
    condition = study.condition(held.condition)
    if not condition.needs_pool:
        return {}
    pool = study.pool_of(condition)
    if condition.own_story:
        own = select(col(Persona.number), col(Persona.number), col(Persona.story)).where(
            col(Persona.pool_id) == pool_id_of(session, held.study_id, pool),
            col(Persona.number).between(*span),
            col(Persona.error).is_(None),
        )
        return _told(study, pool, session.execute(own))
    found = session.execute(
        select(col(Match.respondent), col(Match.persona), col(Persona.story))
        .join(Persona, col(Persona.number) == col(Match.persona))
        .where(
            col(Persona.pool_id) == pool_id_of(session, held.study_id, pool),
            col(Match.study_id) == held.study_id,
            col(Match.method) == condition.matching,
            col(Match.respondent).between(*span),
        )
    )
    return _told(study, pool, found)


def _told(study: Study, pool: Pool, found: Iterable[Any]) -> Storytellers:
    return {
        number: (persona, pool.turns(persona, story, study.style))
        for number, persona, story in found
    }
