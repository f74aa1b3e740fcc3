"""What conditions say of somebody of whom these two traits may be known."""

from anthology.models.conditions.base import Background
from anthology.models.conditions.registry import named
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questions import Trait
from anthology.models.questionnaire.style import PLAIN

AGE = Trait(
    name="age", question="How old are you?", column="age", bio="I am {}.",
    options={"young": 1, "old": 2},
)  # fmt: skip
JOB = Trait(
    name="job", question="Do you work?", column="job", bio="Work: {}",
    options={"yes, {} of it": 1, "no": 2},
)  # fmt: skip


def turns(
    condition: str, answers: dict[str, int | None], *traits: Trait, labelled: bool = True
) -> list[Turn]:
    known = traits or (AGE, JOB)
    return named(condition).turns(Background(known, answers, [], PLAIN, labelled))


def said(condition: str, answers: dict[str, int | None]) -> str:
    """All that stands before the first question."""
    next_one = f"{PLAIN.asker}: next\n{PLAIN.answerer}:"
    prompt = PlainRendering(PLAIN).prompt([*turns(condition, answers), Turn("next")])
    return prompt.removesuffix(next_one)
