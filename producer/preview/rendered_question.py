"""One question as a virtual person is asked it, with all that was said before it.

What is not known yet (stories, earlier answers) stands as a ⟨placeholder⟩. Knows nothing of
databases and of models' tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anthology.models.database.tables import Answer
from anthology.models.errors import InputError
from anthology.models.pools.base import Pool
from anthology.models.prompting.conversation import Planned, poll_orders
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.labels import in_words
from anthology.models.study import stages
from anthology.models.study.study import Study


@dataclass(frozen=True)
class RenderedQuestion:
    """One question to one virtual person, with all that was said before it."""

    condition: str
    person: int
    question: Question | OpenQuestion
    orders: list[list[int]]
    place: int
    turns: list[Turn]


def in_survey(
    study: Study,
    condition: str,
    person: int,
    wanted: str | None,
    traits: dict[str, int | None],
    story: Sequence[Turn],
    stored: dict[str, Answer],
) -> RenderedQuestion:
    """The question with what was answered before it, as far as that is stored."""
    way = study.condition(condition)
    known = traits if study.humans else study.known_of_personas(way)[person]
    turns = study.opening(condition, person, known, story)
    plan = study.plan(condition, person)
    wanted = wanted or plan[0].question.name
    _refuse_unknown(study, wanted)
    place = next(i for i, planned in enumerate(plan) if planned.question.name == wanted)
    for planned in plan[:place] if study.questionnaire.in_series else []:
        turn = question_turn(
            planned.question, planned.shown, study.style, study.questionnaire.labelled,
            after=turns,
        )  # fmt: skip
        said = _said(study, planned, stored.get(planned.question.name))
        turns = [*turns, turn.replied(said)] if said else turns
    last = plan[place]
    return RenderedQuestion(condition, person, last.question, last.orders, place, turns)


def _refuse_unknown(study: Study, wanted: str) -> None:
    if wanted in study.questionnaire.questions:
        return
    if wanted in study.traits:
        then = (
            "leave --condition out to see its poll" if _polled(study) else "only a pool is asked it"
        )
        raise InputError(f"{wanted!r} is a trait of study {study.study!r}, no question; {then}")
    known = ", ".join([*study.questionnaire.questions, *study.traits])
    raise InputError(f"study {study.study!r} has no question {wanted!r}; it has {known}")


def _said(study: Study, planned: Planned, answer: Answer | None) -> str | None:
    """What stays in the conversation of an earlier question; None where it had no answer."""
    if answer is None:
        return "⟨the answer drawn here⟩"
    if answer.error is not None:
        return None
    if isinstance(planned.question, OpenQuestion):
        return answer.text
    if answer.drawn is None:  # who was not asked
        return None
    question = planned.question
    drawn = answer.text if answer.text is not None else question.outcomes[answer.drawn]
    choice = question.choices.index(drawn)
    return reply(question, planned.shown, choice, study.style, study.questionnaire.labelled)


def polled_trait(study: Study, condition: str | None, question: str | None) -> str | None:
    """The trait whose poll is meant: one named without a condition, or with `poll` for it."""
    if condition == "poll":
        trait = question or next(iter(study.traits), None)
        if trait not in study.traits:
            known = ", ".join(study.traits) or "none"
            raise InputError(
                f"study {study.study!r} has no trait {trait!r} to poll; it has {known}"
            )
        return trait
    return question if condition is None and question in study.traits else None


def asked_model(study: Study, condition: str | None) -> str:
    """The model that is asked in a condition; without one, in polls."""
    if condition is None:
        return stages.pollster(study)
    return stages.answerer(study, study.condition(condition))


def story_to_come(study: Study, condition: str, respondent: int) -> list[Turn]:
    """What stands for the story of a persona that is not known yet."""
    found = study.condition(condition)
    if not found.needs_pool:
        return []
    pool = study.pool_of(found)
    whose = f"the persona matched to respondent {respondent}"
    if found.own_story:
        whose = f"{'respondent' if study.humans else 'persona'} {respondent}"
    text = f"⟨the story of {whose}⟩"
    return pool.turns(respondent, pool.repeated(text), study.style)


def polled_pool(study: Study) -> Pool:
    """The first pool that may be polled, of which persona numbers are."""
    if not _polled(study):
        raise InputError(f"study {study.study!r} has no persona pool to poll")
    return _polled(study)[0]


def _polled(study: Study) -> list[Pool]:
    """Of primed stories it is known whose they are."""
    return [pool for pool in study.pools_declared if pool.priming == "none"]


def in_poll(study: Study, number: int, name: str, told: str) -> RenderedQuestion:
    """`told` is empty where the story is not known."""
    pool = polled_pool(study)
    refuse_beyond(number, pool.count)
    story = told or pool.repeated(f"⟨the story of persona {number}⟩")
    trait = study.traits[name]
    orders = poll_orders(trait, pool.seed or 0, number)
    turns = pool.turns(number, story, study.style)
    return RenderedQuestion("poll", number, trait, orders, 0, turns)


def known_condition(study: Study, condition: str | None) -> str:
    if condition is None:
        return study.condition_names[0]
    if condition not in study.condition_names:
        polls = ["poll"] if study.traits and _polled(study) else []
        stories = ["story"] if any(pool.written for pool in study.pools_used) else []
        known = ", ".join([*study.condition_names, *polls, *stories])
        raise InputError(f"study {study.study!r} has no condition {condition!r}; it has {known}")
    return condition


def refuse_beyond(number: int, count: int) -> None:
    if not 0 <= number < count:
        raise InputError(f"--persona {number}: give a number from 0 to {count - 1}")


def shown_labels(
    question: Question, shown: list[int], style: Style, readout: Readout
) -> list[dict[str, Any]]:
    """Per choice its words, the label it is shown under and the option it counts as."""
    named = not in_words(question, readout)
    return [
        {
            "option": text,
            "label": style.label(shown.index(choice)) if named else None,
            "counts_as": question.outcomes[position],
            "token_ids": None,
        }
        for choice, (text, position) in enumerate(zip(question.choices, question.bins, strict=True))
    ]
