"""Whether the parts of a study file fit together, each of which is right by itself."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.conditions.registry import named
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import MAX_OPTIONS, Question, Trait
from anthology.models.questionnaire.retest import RETEST
from anthology.models.questionnaire.wording import begins_with
from anthology.models.study import measures, published, scales
from anthology.models.study.arms import NAME
from anthology.models.study.contrasts import comparisons
from anthology.models.study.humans import Humans

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def check(study: "Study") -> None:
    """Raises ValueError naming the first part that does not fit, and what to do."""
    _conditions(study)
    _pools(study)
    if said := _whom(study):
        raise ValueError(said)
    _earlier(study)
    _retest(study)
    _routes(study)
    _labels(study)
    averaged = [trait.name for trait in study.traits.values() if trait.options_order == "averaged"]
    if averaged and study.polling.readout == "sample":
        raise ValueError(
            f"traits.{averaged[0]} has options_order averaged, which written answers cannot "
            "have; use random"
        )
    if said := measures.misfit(study.measures.subgroups, study.traits):
        raise ValueError(f"measures.subgroups {said}")
    if wrong := comparisons.misfit(study.measures.contrasts, study.traits, study.compared):
        raise ValueError(f"measures.contrasts{' '.join(wrong)}")
    if study.measures.labelled is not None and study.humans is None:
        raise ValueError("measures.labelled is of humans, and the study has none; leave it out")
    questions = study.questionnaire.questions
    if said := scales.misfit(study.scales, questions, study.compared):
        raise ValueError(f"scales.{said}")
    if said := published.misfit(study.published, study):
        raise ValueError(f"published.{said}")
    _speakers(study)


def _conditions(study: "Study") -> None:
    traits, earlier = list(study.traits.values()), list(study.earlier.values())
    for condition in study.conditions:
        if condition.needs_traits and not traits:
            raise ValueError(
                f"condition {condition.name!r} needs traits; list some under traits, or leave it "
                "out"
            )
        if said := condition.misfit(traits, earlier):
            raise ValueError(f"condition {condition.name!r}: {said}")


def _pools(study: "Study") -> None:
    if study.pool is not None and study.pools:
        raise ValueError("has both pool and pools; put all of them under pools")
    names = [pool.name for pool in study.pools.values()]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"pools: two are called {twice!r}; give one another name")
    traits = list(study.traits.values())
    for pool in study.pools.values():
        if said := pool.misfit(traits) or _untold(named(pool.priming), traits):
            raise ValueError(f"pools.{pool.name}: {said}")
    for condition in study.conditions:
        if condition.needs_pool and not study.pools_by_name:
            raise ValueError(
                f"condition {condition.name!r} needs a pool; say under pools how its stories are "
                "made"
            )
        if condition.pool_name is not None and condition.pool_name not in study.pools_by_name:
            raise ValueError(
                f"condition {condition.name!r} names the pool {condition.pool_name!r}, which "
                f"is none of the study's; it has {', '.join(study.pools_by_name)}"
            )


def _untold(primer: Condition, traits: Sequence[Trait]) -> str | None:
    if primer.needs_traits and not traits:
        return "primed_by tells respondents' own traits, and the study has none; name some"
    return primer.misfit(traits, [])


def _whom(study: "Study") -> str | None:
    """What is wrong with whom it is about, respondents or personas alone; None where all fits."""
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


def _earlier(study: "Study") -> None:
    """What is told must not be asked."""
    asked = {question.column: question.name for question in study.questions}
    asked |= {question.retest: question.name for question in study.questions if question.retest}
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


def _retest(study: "Study") -> None:
    """Second answers are the humans' own, to questions that are asked."""
    for name, known in study.known.items():
        if known.retest is not None:
            raise ValueError(f"{name!r} has retest, which only questions of the survey can have")
    columns: dict[str, str] = {}
    for question in study.questions:
        if question.retest is None:
            continue
        if study.humans is None:
            raise ValueError(
                f"question {question.name!r} has retest, but there are no humans who answered; "
                "leave it out"
            )
        if question.retest in columns:
            raise ValueError(
                f"retest: column {question.retest!r} cannot have the second answers to both "
                f"{columns[question.retest]!r} and {question.name!r}"
            )
        columns[question.retest] = question.name
    if columns and RETEST in study.condition_names:
        raise ValueError(
            f"condition {RETEST!r} is called as the row of second answers is; give it another name"
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
