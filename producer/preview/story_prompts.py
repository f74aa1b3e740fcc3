"""What a model is given when it writes a persona's story: the conversation that the story goes on
with, and the questions of yes and no that are asked on the way.

What is still to be written stands as a ⟨placeholder⟩. Knows nothing of databases.
"""

from collections.abc import Mapping

from anthology.models.errors import InputError
from anthology.models.pools.base import Pool
from anthology.models.pools.interview import InterviewPool
from anthology.models.pools.natural import NaturalPool
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import Style
from anthology.models.study.study import Study
from anthology.producer.preview.rendered_question import RenderedQuestion, refuse_beyond

STORY = "story"
WRITTEN = "⟨the answer written here⟩"


def written_pools(study: Study) -> dict[str, Pool]:
    """The pools whose stories a model writes for a study, by their names in the database."""
    return {pool.name: pool for pool in study.pools_used if pool.written}


def pool_meant(study: Study, condition: str | None, question: str | None) -> Pool | None:
    """The pool whose stories are meant: one named without a condition, or with `story` for it,
    where that is no condition of the study; with `story` alone the first."""
    pools = written_pools(study)
    if condition == STORY and condition not in study.condition_names:
        if not pools:
            raise InputError(f"study {study.study!r} has no persona pool whose stories are written")
        if question not in (None, *pools):
            raise InputError(
                f"study {study.study!r} has no pool {question!r} whose stories are written; it has "
                f"{', '.join(pools)}"
            )
        return pools[question or next(iter(pools))]
    named_otherwise = question in study.questionnaire.questions or question in study.traits
    return None if condition is not None or named_otherwise else pools.get(question or "")


def style_of(study: Study, pool: Pool) -> Style:
    """As far as the stories depend on it: nothing is called to mind while a story is told."""
    return Style(**pool.of_style(study.style), reminder="never")


def in_story(
    study: Study, pool: Pool, number: int, traits: Mapping[str, int | None]
) -> RenderedQuestion:
    """The last that a persona is asked to tell, after all before it; of one that respondents prime,
    after these traits."""
    refuse_beyond(number, pool.count)
    *_, (turns, _) = pool.requests(number, WRITTEN, style_of(study, pool))
    *before, last = [*study.primer(pool, number, traits), *turns]
    place = len(pool.interview.questions) - 1 if isinstance(pool, InterviewPool) else 0
    question = OpenQuestion.model_construct(name=pool.name, text=last.asked, free_text=True)
    return RenderedQuestion(STORY, number, question, [[]], place, before)


def asked_beside(study: Study, pool: Pool, number: int) -> list[RenderedQuestion]:
    """The screening before a story, or what a critic is asked about the last answer of an
    interview; nothing of a critic of another model, whose tokens are others."""

    def closed(question: Question, shown: list[int], before: list[Turn]) -> RenderedQuestion:
        return RenderedQuestion(STORY, number, question, [shown], 0, before)

    if isinstance(pool, NaturalPool) and pool.screening is not None:
        return [closed(pool.screening.asked, pool.screening.shown, [])]
    if isinstance(pool, InterviewPool) and pool.interview.judge and pool.judged_by is None:
        told = pool.turns(number, pool.repeated(WRITTEN), study.style)
        judge = pool.interview.judge
        return [closed(judge.question(fault), [0, 1], told) for fault in judge.criteria]
    return []


def notes(study: Study, pool: Pool) -> list[str]:
    """Which stories else there are to look at."""
    said = []
    prompts = len(pool.prompts or ()) if isinstance(pool, NaturalPool) else 0
    if prompts > 1:
        said.append(
            f"pool {pool.name} has {prompts} prompts; --persona 0 to {prompts - 1} have each once"
        )
    others = [name for name in written_pools(study) if name != pool.name]
    if others:
        said.append(f"--question shows the stories of another pool: {', '.join(others)}")
    return said
