"""What one virtual person is asked: the order of questions and options.

Shared by the worker, which asks, and by `anthology preview`, which shows the exact prompt.
"""

from dataclasses import dataclass

from anthology.models import seeds
from anthology.models.prompting.orders import option_orders, question_order
from anthology.models.questionnaire.questionnaire import Questionnaire
from anthology.models.questionnaire.questions import OpenQuestion, Question, Trait


@dataclass(frozen=True)
class Planned:
    """A question with the orders in which its choices are shown; the first of them is the one that
    goes on in the conversation, the others are read as well where the order is `averaged`."""

    question: Question | OpenQuestion
    orders: list[list[int]]

    @property
    def shown(self) -> list[int]:
        return self.orders[0]


def plan_of(
    questionnaire: Questionnaire, seed: int, condition: str, respondent: int
) -> list[Planned]:
    """The questions in the order asked; `seed` is the study's."""
    questions = list(questionnaire.questions.values())
    purpose = (condition, respondent)
    order = question_order(
        [(question.name, question.block) for question in questions],
        questionnaire.order, seed, *purpose,
    )  # fmt: skip
    return [
        Planned(questions[i], orders_of(questions[i], seed, *purpose, questions[i].name))
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
