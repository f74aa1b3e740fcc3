"""Humans' answers without those of people whom a question's `ask_if` leaves out.

So both sides are asked by one rule, whatever the survey did; and so are the same people again, by
what they then said.
"""

from anthology.models.errors import InputError
from anthology.models.questionnaire.retest import again
from anthology.models.questionnaire.routing import Route, is_asked
from anthology.models.study.study import Study
from anthology.producer.surveys.formats.survey_file import SurveyFile

Columns = dict[str, list[int]]


def routed(study: Study, known: Columns, answers: Columns) -> Columns:
    """Positions by name, -1 where somebody has no answer; rules look at answers that are left."""
    found, routes = dict(answers), study.routes
    rules = {question.name: routes[question.name] for question in study.compared if question.ask_if}
    for name, rule in rules.items():
        found[name] = _of_those_asked(rule, {**known, **found}, found[name])
    # Of a question that nobody was asked again, the first answer goes on to hold.
    said = {**known, **{name: found.get(again(name), found[name]) for name in found}}
    for name, rule in rules.items():
        if (second := again(name)) in found:
            said[name] = found[second] = _of_those_asked(rule, said, found[second])
    return found


def _of_those_asked(rule: Route, given: Columns, positions: list[int]) -> list[int]:
    return [
        position if is_asked(rule, {name: given[name][person] for name in rule}) else -1
        for person, position in enumerate(positions)
    ]


def refuse_unasked(survey: SurveyFile, study: Study, answers: Columns) -> None:
    """Raises `InputError` for a question that nobody is compared by: whoever answered it is one
    whom its rule leaves out."""
    for question in study.compared:
        if question.ask_if and max(answers[question.name], default=-1) < 0:
            raise InputError(
                f"{survey.path}: questions.{question.name}.ask_if lets in nobody who answered "
                f"{question.column!r}; look at whom the survey asked it, or give it column: null"
            )


def told_again(study: Study, answers: Columns) -> list[str]:
    """A line on how many answers have a second one, where questions have a `retest`."""
    retested = [question.name for question in study.compared if question.retest is not None]
    if not retested:
        return []
    first = sum(position >= 0 for name in retested for position in answers[name])
    both = sum(
        min(pair) >= 0
        for name in retested
        for pair in zip(answers[name], answers[again(name)], strict=True)
    )
    questions = "1 question" if len(retested) == 1 else f"{len(retested):,} questions"
    return [f"asked again: {both:,} of {first:,} answers to {questions} have a second one (retest)"]
