"""The columns of virtual people: who somebody is, what is known of them, what they answered.

Knows a study; nothing of databases, and of file formats only what they can name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from anthology.models.questionnaire.questions import Question
from anthology.models.study.study import Study
from anthology.producer.transfer.virtual.codes import Coding
from anthology.producer.transfer.virtual.limits import Limits

Kind = Literal["person", "trait", "earlier", "arm", "answer"]


@dataclass(frozen=True)
class Variable:
    """One column: `name` in the study, `column` as the humans' file calls it, or we do, `variable`
    what the file that we write calls it. type: of its cells; coding: None where cells are none of a
    question's codes."""

    kind: Kind
    name: str
    column: str
    variable: str
    wording: str
    type: type
    coding: Coding | None = None


def variables(study: Study, limits: Limits, *, numeric_ids: bool) -> list[Variable]:
    """All columns, in order. Those of the humans' file keep their names, if they can be had; ours
    give way."""
    found = [*_person(study, numeric_ids), *_asked(study, limits)]
    theirs_first = sorted(range(len(found)), key=lambda n: not _is_theirs(found[n], study))
    names = limits.names([found[n].column for n in theirs_first])
    for n, name in zip(theirs_first, names, strict=True):
        found[n] = replace(found[n], variable=name)
    return found


def of_kind(variables: Sequence[Variable], *kinds: Kind) -> list[Variable]:
    return [variable for variable in variables if variable.kind in kinds]


def _person(study: Study, numeric_ids: bool) -> list[Variable]:
    humans = study.humans
    told: dict[str, tuple[str, type]] = {
        "condition": ("Condition of the simulation", str),
        "respondent": ("Number of the respondent, as in the other tables", int),
        "source_id": (
            "Id of the respondent in the humans' file, or row",
            int if numeric_ids else str,
        ),
        "persona": ("Number of the persona, as in the other tables", int),
        "weight": ("Survey weight of the respondent", float),
        "match_weight": ("Weight of the match of respondent and persona", float),
    }
    theirs: dict[str, str | None] = {}
    if humans is None:
        del told["source_id"], told["weight"]
    else:
        theirs = {"source_id": humans.id, "weight": humans.weight}
    if not any(condition.needs_pool for condition in study.conditions):
        del told["persona"]
    if not study.matchings:
        del told["match_weight"]
    return [
        Variable("person", name, column, column, wording, kind)
        for name, (wording, kind) in told.items()
        for column in [theirs.get(name) or name]
    ]


def _asked(study: Study, limits: Limits) -> list[Variable]:
    """Without humans nothing is known of anybody but the arm: traits of personas are polled, as
    distributions."""
    kinds: list[tuple[Kind, list[Question]]] = [("answer", study.questions)]
    if study.arms is not None:
        kinds.insert(0, ("arm", [study.arms.question]))
    if study.humans is not None:
        kinds.insert(0, ("earlier", list(study.earlier.values())))
        kinds.insert(0, ("trait", list(study.traits.values())))
    return [
        Variable(kind, question.name, column, column, question.text, coding.kind, coding)
        for kind, questions in kinds
        for question in questions
        for column in [question.column or question.name]
        # Humans' own answers are options, however finely personas are asked.
        for one in [question if kind == "answer" else question.plain]
        for coding in [Coding(one, limits.declares_missing, limits.letters)]
    ]


def _is_theirs(variable: Variable, study: Study) -> bool:
    """Whether the humans' file has a column of this name."""
    humans = study.humans
    if humans is None:
        return False
    if variable.coding is None:
        return variable.column in (humans.id, humans.weight)
    drawn = variable.kind == "arm" and study.arms is not None and study.arms.column is None
    return variable.coding.question.column is not None and not drawn
