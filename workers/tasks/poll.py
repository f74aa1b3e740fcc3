"""The `poll` job: asks the personas of a chunk their traits, each alone after the story.

Where the study says `mention_first`, it is first asked whether the story states the trait.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Persona, Poll, PoolRow, StudyRow
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.pools.base import Pool
from anthology.models.prompting.conversation import poll_orders
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.polling import (
    BOTH_ORDERS,
    THRESHOLD,
    certain,
    mention_question,
)
from anthology.models.questionnaire.questions import Trait
from anthology.models.study.study import Study
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.written_answers import reading_of, written
from anthology.workers.tasks.by_kind import Item


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every persona of the chunk that lacks a poll of one of the study's traits."""
    with reading(engine) as session:
        study = Study.from_spec(session.get_one(StudyRow, held.study_id).spec)
        pool = study.pool_named(session.get_one(PoolRow, held.pool_id).name)
        span = (held.first, held.first + held.count - 1)
        written = session.execute(
            select(col(Persona.number), col(Persona.story)).where(
                col(Persona.pool_id) == held.pool_id,
                col(Persona.number).between(*span),
                col(Persona.error).is_(None),
            )
        )
        stories = {number: story for number, story in written}  # noqa: C416 - rows to a dict
        polled = {
            (number, key)
            for number, key in session.execute(
                select(col(Poll.number), col(Poll.trait_key)).where(
                    col(Poll.pool_id) == held.pool_id, col(Poll.number).between(*span)
                )
            )
        }
    wanted = {
        number: [t for t in study.traits.values() if (number, study.poll_key(t)) not in polled]
        for number in stories
    }
    return [
        partial(_poll, held, study, pool, number, stories[number], traits)
        for number, traits in wanted.items()
        if traits
    ]


async def _poll(
    held: Claim,
    study: Study,
    pool: Pool,
    number: int,
    story: str,
    traits: list[Trait],
    interviewer: Interviewer,
) -> AsyncIterator[Rows]:
    turns = pool.turns(number, story, study.style)
    # The first question puts the story into the prefix cache; the others then share it.
    first = await _ask(held, study, pool.seed or 0, number, turns, traits[0], interviewer)
    others = await asyncio.gather(
        *(_ask(held, study, pool.seed or 0, number, turns, t, interviewer) for t in traits[1:])
    )
    yield [(Poll, [first, *others])]


async def _ask(
    held: Claim,
    study: Study,
    seed: int,
    number: int,
    turns: list[Turn],
    trait: Trait,
    interviewer: Interviewer,
) -> dict[str, Any]:
    orders = poll_orders(trait, seed, number)
    row: dict[str, Any] = {
        "pool_id": held.pool_id, "number": number, "trait_key": study.poll_key(trait),
        "trait": trait.name, "shown": [] if trait.number else orders[0], "job_id": held.id,
        "mentioned": None, "probabilities": None, "label_mass": None, "refusal": None,
        "samples": None, "error": None,
    }  # fmt: skip
    how = study.polling
    stated = False
    try:
        if how.mention_first:
            closed = mention_question(trait)
            yes_no = await interviewer.ask(closed, BOTH_ORDERS, turns, study.style.of_polls)
            row["mentioned"] = yes_no.choices[0]
            stated = yes_no.choices[0] > THRESHOLD
        if how.readout == "sample":
            samples = await written(
                interviewer, trait, orders[0], turns, study.style.of_polls, how, how.samples,
                seed, "poll", number, trait.key,
            )  # fmt: skip
            row["samples"] = [sample.as_json() for sample in samples]
            reading_ = reading_of(trait, samples)
        else:
            reading_ = await interviewer.ask(trait, orders, turns, study.style.of_polls, how)
        shares, refusal = trait.collapsed(reading_.choices)
        row |= {"label_mass": reading_.label_mass, "refusal": refusal, "probabilities": shares}
        if shares is None:
            row["error"] = f"every answer was {trait.refusal!r}"
        elif stated:
            row["probabilities"] = certain(shares)
    except ItemError as error:
        row |= {"error": str(error), "label_mass": error.label_mass}
    return row
