"""`ask_if`: questions that only those are asked who answered others so, humans and personas."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import OpenQuestion, Question

T = TypeVar("T")
# By name the positions of the options one of which has to be the answer; all names have to hold.
Route = Mapping[str, frozenset[int]]


def route(question: Question | OpenQuestion, known: Mapping[str, Question]) -> Route:
    """A question's rule in positions. Raises `Misfit` for a name or an option there is not.

    known: the traits and questions that a rule may be about, by their names.
    """
    found: dict[str, frozenset[int]] = {}
    for name, options in question.ask_if.items():
        if name not in known:
            raise Misfit(
                f"names {name!r}, which is no trait and no closed question listed before it",
                question.name, "ask_if",
            )  # fmt: skip
        texts = known[name].option_texts
        for option in options:
            if option not in texts:
                said = f"{option!r} is not an option of {name!r}"
                raise Misfit(said, question.name, "ask_if", name)
        found[name] = frozenset(texts.index(option) for option in options)
    return found


def is_asked(route: Route, answers: Mapping[str, int | None]) -> bool:
    """Whether somebody who answered so is asked; who did not answer is not."""
    return all(answers.get(name) in positions for name, positions in route.items())


def after_what_they_follow(
    order: Sequence[T], names: Sequence[str], routes: Mapping[str, Route]
) -> list[T]:
    """The order, with every question moved behind those that its rule is about, no further.

    `names` are those of the questions in this order; rules are about earlier ones of the file, so
    there is always one that waits for nothing.
    """
    left = list(zip(order, names, strict=True))
    placed: list[T] = []
    waiting = set(names)
    while left:
        at = next(i for i, (_, name) in enumerate(left) if not waiting & routes[name].keys())
        item, name = left.pop(at)
        placed.append(item)
        waiting.discard(name)
    return placed
