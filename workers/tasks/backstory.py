"""The `backstory` job: a model writes the life stories of a chunk of a persona pool."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import sharing
from anthology.models.database.tables import Persona, PoolRow, Respondent, StudyRow
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.pools.base import Pool
from anthology.models.pools.natural import NaturalPool
from anthology.models.pools.only import OnlyPool
from anthology.models.pools.registry import of_recipe
from anthology.models.pools.screening import Screening
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.style import Style
from anthology.models.readout.distribution import draw
from anthology.models.study.study import Study
from anthology.workers.engine.asking import Interviewer, spoken
from anthology.workers.engine.text_model import Sampling
from anthology.workers.tasks.by_kind import Item


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every persona of the chunk that has no backstory yet."""
    with reading(engine) as session:
        row = session.get_one(PoolRow, held.pool_id)
        written = set(
            session.execute(
                select(col(Persona.number)).where(
                    col(Persona.pool_id) == held.pool_id,
                    col(Persona.number).between(held.first, held.first + held.count - 1),
                )
            ).scalars()
        )
        pool = of_recipe(row.name, row.count, row.recipe)
        known = {part: row.recipe[part] for part in Style.model_fields if part in row.recipe}
        primers = _primers(session, held, pool)
    style = Style(**known)
    assert isinstance(pool, NaturalPool | OnlyPool)
    return [
        _Telling(held, pool, style, number, primers.get(number, [])).tell
        for number in held.numbers
        if number not in written
    ]


def _primers(session: Session, held: Claim, pool: Pool) -> dict[int, list[Turn]]:
    """What respondents are told before their stories, by number; nothing in most pools. All studies
    that share the pool tell the same, so the first one is asked."""
    if pool.priming == "none":
        return {}
    sharers = select(StudyRow).where(col(StudyRow.id).in_(sharing(held.pool_id)))
    row = session.execute(sharers.order_by(col(StudyRow.id)).limit(1)).scalar_one()
    study = Study.from_spec(row.spec)
    people = select(col(Respondent.number), col(Respondent.traits)).where(
        col(Respondent.study_id) == row.id,
        col(Respondent.number).between(held.first, held.first + held.count - 1),
    )
    return {n: study.primer(pool, n, traits) for n, traits in session.execute(people)}


@dataclass(frozen=True)
class _Telling:
    """One persona's screening and story, after the `primer`; `tell` is the job's item."""

    held: Claim
    pool: NaturalPool | OnlyPool
    style: Style
    number: int
    primer: list[Turn]

    async def tell(self, interviewer: Interviewer) -> AsyncIterator[Rows]:
        row: dict[str, Any] = {
            "pool_id": self.held.pool_id, "number": self.number, "seed": self._seed(0),
            "job_id": self.held.id, "story": "", "tokens": 0, "finish_reason": "error",
            "error": None, "attempts": 0, "screening_draws": None, "log_likelihood": None,
        }  # fmt: skip
        try:
            if (screening := self.pool.writing.screening) is not None:
                await self._screen(interviewer, screening, row)
            await self._write(interviewer, row)
        except ItemError as error:
            row["error"] = str(error)
        yield [(Persona, [row])]

    async def _screen(
        self, interviewer: Interviewer, screening: Screening, row: dict[str, Any]
    ) -> None:
        """The question has the same answers however often it is asked: it is read once and drawn
        from again."""
        found = await interviewer.ask(screening.asked, [screening.shown], [], self.style)
        for draws in range(1, screening.attempts + 1):
            row["screening_draws"] = draws
            luck = seeds.uniform(self.pool.seed or 0, "screening", self.number, draws)
            if draw(found.choices, luck) == screening.wanted_choice:
                return
        raise ItemError(
            f"the screening question was not answered {screening.wanted!r} in "
            f"{screening.attempts} draws"
        )

    async def _write(self, interviewer: Interviewer, row: dict[str, Any]) -> None:
        """Until nothing speaks against the story; what is stored is the last one."""
        how = self.pool.writing
        opening = [*self.primer, *self.pool.opening(self.number, self.style)]
        for attempt in range(how.attempts):
            row["seed"] = self._seed(attempt)
            sampling = Sampling(
                how.max_tokens, how.min_tokens, how.temperature, how.top_p, row["seed"],
                [*how.stop], how.log_likelihood,
            )  # fmt: skip
            said = await interviewer.write(opening, self.style, sampling)
            story = spoken(said.text)
            row |= {
                "story": story, "tokens": said.tokens, "finish_reason": said.finish_reason,
                "log_likelihood": said.log_likelihood, "attempts": attempt + 1,
                "error": how.against(story, said.tokens),
            }  # fmt: skip
            if row["error"] is None:
                return

    def _seed(self, attempt: int) -> int:
        """The first attempt's is what it was before there were others."""
        again = (attempt,) if attempt else ()
        return seeds.derive(self.pool.seed or 0, "backstory", self.number, *again)
