"""Whether a study's parts agree on whom it is about: respondents, or personas alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.questionnaire.questions import Trait
from anthology.models.study.humans import Humans

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def misfit(study: "Study") -> str | None:
    """What is wrong, naming the field; None where all fits."""
    if study.humans is None:
        return _without_humans(study)
    return _with_humans(study) or _quotas(study.humans, study.traits)


def _with_humans(study: "Study") -> str | None:
    for condition in study.conditions:
        if said := _others_stories(study, condition):
            return f"condition {condition.name!r} {said}"
    for name, trait in study.traits.items():
        if trait.column is None:
            return f"traits.{name} needs a column: respondents are told of, or matched, by it"
    for name, question in study.earlier.items():
        if question.column is None:
            return f"earlier.{name} needs a column: it tells what respondents answered"
    if not study.compared:
        return "no question has a column to compare humans by; leave humans out, or name one"
    alone = {question.name for question in study.shown_alone}
    routes = study.routes
    for question in study.compared:
        if found := sorted(alone & routes[question.name].keys()):
            return (
                f"question {question.name!r} has ask_if {found[0]!r}, which has no column, so "
                f"nobody knows which humans it is for; give {question.name!r} none either"
            )
    return None


def _others_stories(study: "Study", condition: Condition) -> str | None:
    """Why a condition's stories are not those that respondents get so."""
    primed = condition.needs_pool and study.pool_of(condition).priming != "none"
    if condition.own_story and not primed:
        return "lets personas answer for themselves; give it match, or leave humans out"
    if condition.matching and primed:
        return (
            f"matches respondents with pool {condition.pool_name!r}, which has a story for each, "
            "primed by its own traits; leave match out"
        )
    return None


def _without_humans(study: "Study") -> str | None:
    for pool in study.pools_declared:
        if pool.priming != "none":
            return (
                f"humans: is missing, and pools.{pool.name} is primed by respondents' traits; "
                "leave primed_by out"
            )
    for condition in study.conditions:
        if not condition.own_story:
            return (
                f"humans: is missing, and condition {condition.name!r} is about respondents; "
                "without humans a pool's personas answer: {pool: NAME}"
            )
        if condition.needs_traits:
            return (
                f"humans: is missing, and condition {condition.name!r} appends the traits of "
                "respondents; leave append out"
            )
    if study.earlier:
        return "humans: is missing, and earlier tells what respondents answered"
    if study.arms is not None and study.arms.column is not None:
        return "humans: is missing, and arms.column is one of its file; without it the seed assigns"
    for name, route in study.routes.items():
        if found := [known for known in route if known in study.traits]:
            return (
                f"question {name!r} has ask_if {found[0]!r}, a trait, which is known of "
                "respondents; without humans it can only look at answers"
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
