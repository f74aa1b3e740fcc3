"""Whether a study has whom it needs: respondents for what is about them, or personas alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Trait
from anthology.models.study.fit.places import QUESTIONS, pools_placed
from anthology.models.study.humans import Humans

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def whom(study: "Study") -> Misfit | None:
    """What is wrong with whom it is about, respondents or personas alone; None where all fits."""
    if study.humans is None:
        return _without_humans(study)
    return _with_humans(study) or _quotas(study.humans, study.traits)


def _with_humans(study: "Study") -> Misfit | None:
    for place, condition in enumerate(study.conditions):
        if said := _others_stories(study, condition):
            return Misfit(f"condition {condition.name!r} {said}", "conditions", place)
    for name, trait in study.traits.items():
        if trait.column is None:
            said = "needs a column: respondents are told of, or matched, by it"
            return Misfit(said, "traits", name)
    for name, question in study.earlier.items():
        if question.column is None:
            return Misfit("needs a column: it tells what respondents answered", "earlier", name)
    if not study.compared:
        said = "none has a column to compare humans by; leave humans out, or name one"
        return Misfit(said, *QUESTIONS)
    alone = {question.name for question in study.shown_alone}
    routes = study.routes
    for question in study.compared:
        if found := sorted(alone & routes[question.name].keys()):
            return Misfit(
                f"is about {found[0]!r}, which has no column, so nobody knows which humans it is "
                f"for; give {question.name!r} none either", *QUESTIONS, question.name, "ask_if",
            )  # fmt: skip
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


def _without_humans(study: "Study") -> Misfit | None:
    for place, pool in pools_placed(study):
        if pool.priming != "none":
            said = "is of respondents' traits, and humans is missing; leave primed_by out"
            return Misfit(said, *place, "primed_by")
    for number, condition in enumerate(study.conditions):
        if not condition.own_story:
            return Misfit(
                f"condition {condition.name!r} is about respondents, and humans is missing; "
                "without humans a pool's personas answer: {pool: NAME}", "conditions", number,
            )  # fmt: skip
        if condition.needs_traits:
            return Misfit(
                f"condition {condition.name!r} appends the traits of respondents, and humans is "
                "missing; leave append out", "conditions", number, "append",
            )  # fmt: skip
    if study.earlier:
        return Misfit("tells what respondents answered, and humans is missing", "earlier")
    if study.arms is not None and study.arms.column is not None:
        said = "is one of humans' file, and humans is missing; without it the seed assigns"
        return Misfit(said, "arms", "column")
    for name, route in study.routes.items():
        if found := [known for known in route if known in study.traits]:
            return Misfit(
                f"is about {found[0]!r}, a trait, which is known of respondents; without humans "
                "it can only look at answers", *QUESTIONS, name, "ask_if",
            )  # fmt: skip
    return None


def _quotas(humans: Humans, traits: Mapping[str, Trait]) -> Misfit | None:
    quotas = ("humans", "sample", "quotas")
    for name, shares in humans.quotas.items():
        if name not in traits:
            return Misfit(f"names {name!r}, which is not a trait", *quotas, name)
        options = traits[name].option_texts
        for option in shares:
            if option not in options:
                said = f"names {option!r}, which is no option of it"
                return Misfit(said, *quotas, name, option)
        for option in options:
            if option not in shares:
                return Misfit(f"has no share for {option!r}; 0 draws none", *quotas, name)
    return None
