"""The `backstory` job: a model writes the life stories of a chunk of a persona pool."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import col

from anthology.models import seeds
from anthology.models.database.sessions import reading
from anthology.models.database.tables import Persona, PoolRow
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.pools.base import Pool
from anthology.models.pools.registry import of_recipe
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.workers.engine.asking import Interviewer, spoken
from anthology.workers.engine.text_model import Sampling
from anthology.workers.tasks.by_kind import Item


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every persona of the chunk that has no backstory yet."""
    with reading(engine) as session:
        pool = session.get_one(PoolRow, held.pool_id)
        written = set(
            session.execute(
                select(col(Persona.number)).where(
                    col(Persona.pool_id) == held.pool_id,
                    col(Persona.number).between(held.first, held.first + held.count - 1),
                )
            ).scalars()
        )
        recipe = pool.recipe
        made = of_recipe(pool.name, pool.count, recipe)
    return [partial(_write, held, made, recipe, n) for n in held.numbers if n not in written]


async def _write(
    held: Claim, pool: Pool, recipe: dict[str, Any], number: int, interviewer: Interviewer
) -> AsyncIterator[Rows]:
    seed = seeds.derive(recipe["seed"], "backstory", number)
    row: dict[str, Any] = {
        "pool_id": held.pool_id, "number": number, "seed": seed, "job_id": held.id,
        "story": "", "tokens": 0, "finish_reason": "error", "error": None,
    }  # fmt: skip
    style = Style(**{part: recipe[part] for part in PLAIN.speakers})
    sampling = Sampling(
        max_tokens=recipe["max_tokens"],
        min_tokens=recipe["min_tokens"],
        temperature=recipe["temperature"],
        top_p=recipe["top_p"],
        seed=seed,
        stop=[],
    )
    try:
        written = await interviewer.write(pool.opening(number), style, sampling)
        story = spoken(written.text)
        row |= {"story": story, "tokens": written.tokens, "finish_reason": written.finish_reason}
        if not story:
            row["error"] = "the model wrote an empty story"
    except ItemError as error:
        row["error"] = str(error)
    yield [(Persona, [row])]
