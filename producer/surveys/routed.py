"""Humans' answers without those of people whom a question's `ask_if` leaves out.

So both sides are asked by one rule, whatever the survey did.
"""

from anthology.models.questionnaire.routing import is_asked
from anthology.models.study.study import Study

Columns = dict[str, list[int]]


def routed(study: Study, known: Columns, answers: Columns) -> Columns:
    """Positions by name, -1 where somebody has no answer; rules look at answers that are left."""
    found, routes = dict(answers), study.routes
    for question in study.questions:
        if question.ask_if:
            rule, given = routes[question.name], {**known, **found}
            found[question.name] = [
                position if is_asked(rule, {name: given[name][person] for name in rule}) else -1
                for person, position in enumerate(found[question.name])
            ]
    return found
