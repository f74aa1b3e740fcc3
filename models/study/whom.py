"""Whether a study's parts agree on whom it is about: respondents, or personas alone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.questionnaire.questions import Trait
from anthology.models.study.humans import Humans

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def misfit(study: "Study") -> str | None:
    """What is wrong, naming the field; None where all fits."""
    traits = list(study.traits.values())
    for condition in study.conditions:
        if condition.needs_traits and not traits:
            return f"condition {condition.name!r} needs traits"
        if said := condition.misfit(traits):
            return f"condition {condition.name!r}: {said}"
    for name in study.measures.subgroups:
        if name not in study.traits:
            return f"measures.subgroups names {name!r}, which is not a trait"
    if study.humans is None:
        return _without_humans(study.conditions)
    return _with_humans(study) or _quotas(study.humans, study.traits)


def _with_humans(study: "Study") -> str | None:
    for condition in study.conditions:
        if not condition.needs_humans:
            return (
                f"condition {condition.name!r} lets personas answer for themselves; give it match, "
                "or leave humans out"
            )
    for name, trait in study.traits.items():
        if trait.column is None:
            return f"traits.{name} needs a column: respondents are told of, or matched, by it"
    if not study.compared:
        return "no question has a column to compare humans by; leave humans out, or name one"
    return None


def _without_humans(conditions: Sequence[Condition]) -> str | None:
    for condition in conditions:
        if condition.needs_humans:
            return (
                f"humans: is missing, and condition {condition.name!r} is about respondents; "
                "without humans a pool's personas answer: {pool: NAME}"
            )
    return None


def _quotas(humans: Humans, traits: Mapping[str, Trait]) -> str | None:
    for name, shares in humans.quotas.items():
        if name not in traits:
            return f"humans.sample.quotas names {name!r}, which is not a trait"
        options = traits[name].option_texts
        for option in shares:
            if option not in options:
                return f"humans.sample.quotas.{name} names {option!r}, which is no option of it"
        for option in options:
            if option not in shares:
                return f"humans.sample.quotas.{name} has no share for {option!r}; 0 draws none"
    return None
