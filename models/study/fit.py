"""Whether the parts of a study file fit together, each of which is right by itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.conditions.registry import named
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import MAX_OPTIONS, Question, Trait
from anthology.models.questionnaire.wording import begins_with
from anthology.models.study import whom
from anthology.models.study.arms import NAME

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def check(study: "Study") -> None:
    """Raises ValueError naming the first part that does not fit, and what to do."""
    _conditions(study)
    _pools(study)
    if said := whom.misfit(study):
        raise ValueError(said)
    _earlier(study)
    _routes(study)
    _labels(study)
    averaged = [trait.name for trait in study.traits.values() if trait.options_order == "averaged"]
    if averaged and study.polling.readout == "sample":
        raise ValueError(
            f"traits.{averaged[0]} has options_order averaged, which written answers cannot "
            "have; use random"
        )
    for name in study.measures.subgroups:
        if name not in study.traits:
            raise ValueError(f"measures.subgroups names {name!r}, which is not a trait")
    _speakers(study)


def _conditions(study: "Study") -> None:
    traits, earlier = list(study.traits.values()), list(study.earlier.values())
    for condition in study.conditions:
        if condition.needs_traits and not traits:
            raise ValueError(f"condition {condition.name!r} needs traits")
        if said := condition.misfit(traits, earlier):
            raise ValueError(f"condition {condition.name!r}: {said}")


def _pools(study: "Study") -> None:
    if study.pool is not None and study.pools:
        raise ValueError("has both pool and pools; put all of them under pools")
    traits = list(study.traits.values())
    for pool in study.pools.values():
        if said := pool.misfit(traits) or _untold(named(pool.priming), traits):
            raise ValueError(f"pools.{pool.name}: {said}")
    for condition in study.conditions:
        if condition.needs_pool and not study.pools_by_name:
            raise ValueError(f"condition {condition.name!r} needs a pool")
        if condition.pool_name is not None and condition.pool_name not in study.pools_by_name:
            raise ValueError(
                f"condition {condition.name!r} names the pool {condition.pool_name!r}, which "
                f"is none of the study's; it has {', '.join(study.pools_by_name)}"
            )


def _untold(primer: Condition, traits: Sequence[Trait]) -> str | None:
    if primer.needs_traits and not traits:
        return "primed_by tells respondents' own traits, and the study has none; name some"
    return primer.misfit(traits, [])


def _earlier(study: "Study") -> None:
    """What is told must not be asked."""
    asked = {question.column: question.name for question in study.questions}
    if study.arms is not None and NAME in (*study.traits, *study.earlier):
        raise ValueError(f"with arms, {NAME!r} is the arm; give what is called so another name")
    for name, question in study.earlier.items():
        if name in study.traits:
            raise ValueError(f"earlier.{name} is a trait, too; give it another name")
        if question.column in asked:
            raise ValueError(
                f"earlier.{name} tells column {question.column!r}, which question "
                f"{asked[question.column]!r} asks; leave one of them out"
            )


def _routes(study: "Study") -> None:
    """Only questions are routed; their rules are read here for the first time."""
    routed = [name for name, asked in study.known.items() if asked.ask_if]
    if routed:
        raise ValueError(f"{routed[0]!r} has ask_if, which only questions of the survey can have")
    _ = study.routes


def _labels(study: "Study") -> None:
    traits = list(study.traits.values())
    for pool in study.pools_declared:
        _enough(study, pool.asked, Readout())
    _enough(study, traits, study.polling)
    _enough(study, study.questions, study.questionnaire)
    if any(way.asks_traits for way in study.told_as):
        _enough(study, [trait.plain for trait in traits], study.questionnaire)
    if any(condition.tells_earlier for condition in study.conditions):
        _enough(study, list(study.earlier.values()), study.questionnaire)


def _enough(study: "Study", questions: Sequence[Question], readout: Readout) -> None:
    style = study.style
    for question in questions if readout.labelled else ():
        if question.number is None and len(question.choices) > style.most:
            raise ValueError(
                f"{question.name!r} has {len(question.choices)} options, but "
                f"{style.labels} labels with brackets {style.brackets!r} end at "
                f"{style.most}; style.labels: digits with brackets go to {MAX_OPTIONS}"
            )


def _speakers(study: "Study") -> None:
    """A text of several lines must not look like a turn, or like options, of the prompt."""
    style = study.style
    names = [style.asker, style.answerer] if style.turns == "plain" else []
    speakers = [f"{name}:" for name in names]
    marks = [style.mark(n) for n in range(26)] if style.brackets != "none" else []
    asked = [*study.known.values(), *study.questionnaire.questions.values()]
    texts = {question.name: question.text for question in asked}
    if study.arms is not None:
        texts |= {f"arms.texts.{name}": text for name, text in study.arms.texts.items()}
    for pool in study.pools_declared:
        place = "pool" if study.pool is not None else f"pools.{pool.name}"
        texts |= {f"{place}.{field}": text for field, text in pool.texts.items()}
    for name, text in texts.items():
        if found := begins_with(text, [*speakers, *marks]):
            raise ValueError(
                f"{name!r} has a line that begins with {found!r}, which would be taken for "
                "what comes after it in the prompt; word it otherwise, or change style"
            )
