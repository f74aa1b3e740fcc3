"""What one virtual person is asked: the opening context and the order of questions and options.

Shared by the worker, which asks, and by `anthology preview`, which shows the exact prompt.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from anthology.models import seeds
from anthology.models.prompting.orders import option_orders, question_order
from anthology.models.prompting.prompts import bio_turns, qa_turns, story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import OpenQuestion, Question, Trait
from anthology.models.study.study import Study


@dataclass(frozen=True)
class Planned:
    """A question with the orders in which its choices are shown; the first of them is the one that
    goes on in the conversation, the others are read as well where the order is `averaged`."""

    question: Question | OpenQuestion
    orders: list[list[int]]

    @property
    def shown(self) -> list[int]:
        return self.orders[0]


def context_of(
    study: Study, condition: str, traits: Mapping[str, int | None], story: str | None
) -> list[Turn]:
    """The turns that condition the model before the first question."""
    known = list(study.traits.values())
    if condition == "bio":
        return bio_turns(known, traits)
    if condition == "qa":
        return qa_turns(known, traits, study.style, study.questionnaire.labelled)
    if condition.startswith("natural/"):
        assert study.pool is not None
        assert story is not None
        return [story_turn(study.pool.prompt, story)]
    return []


def plan_of(study: Study, condition: str, respondent: int) -> list[Planned]:
    """The questions in the order asked."""
    questions = list(study.questionnaire.questions.values())
    purpose = (condition, respondent)
    order = question_order(
        [(question.name, question.block) for question in questions],
        study.questionnaire.order, study.seed, *purpose,
    )  # fmt: skip
    return [
        Planned(questions[i], orders_of(questions[i], study.seed, *purpose, questions[i].name))
        for i in order
    ]


def poll_orders(trait: Trait, seed: int, persona: int) -> list[list[int]]:
    """The orders in which a persona of a pool with this seed is shown a trait's choices."""
    return orders_of(trait, seed, "poll", persona, trait.key)


def orders_of(
    question: Question | OpenQuestion, seed: int, *purpose: seeds.SeedPart
) -> list[list[int]]:
    """Nothing is displayed of free text and of numbers."""
    if isinstance(question, OpenQuestion):
        return [[]]
    count = len(question.choices)
    if question.number is not None:
        return [list(range(count))]
    return option_orders(
        question.options_order, count, question.held, question.permutations, seed, *purpose
    )
