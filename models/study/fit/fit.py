"""Whether the parts of a study file fit together, each of which is right by itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.conditions.registry import named
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Trait
from anthology.models.study import measures, published, scales
from anthology.models.study.contrasts import comparisons
from anthology.models.study.fit import columns, shown
from anthology.models.study.fit.whom import whom

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def check(study: "Study", *, stored: bool = False) -> None:
    """Raises `Misfit` naming the first field that does not fit, and what to do.

    stored: that an earlier version took it in, before all was refused that is today.
    """
    _conditions(study)
    _pools(study)
    columns.routes(study)
    if wrong := whom(study):
        raise wrong
    columns.earlier(study)
    columns.retest(study)
    if not stored:
        columns.second_answers(study)
        columns.names(study)
    shown.labels(study)
    averaged = [trait.name for trait in study.traits.values() if trait.options_order == "averaged"]
    if averaged and study.polling.readout == "sample":
        raise Misfit(
            "is averaged, which written answers cannot have; use random",
            "traits", averaged[0], "options_order",
        )  # fmt: skip
    _measures(study)
    questions = study.questionnaire.questions
    if wrong := scales.misfit(study.scales, questions, study.compared):
        raise wrong.within("scales")
    if wrong := published.misfit(study.published, study):
        raise wrong.within("published")
    if not stored:
        shown.speakers(study)


def _measures(study: "Study") -> None:
    if said := measures.misfit(study.measures.subgroups, study.traits):
        raise Misfit(said, "measures", "subgroups")
    if found := comparisons.misfit(study.measures.contrasts, study.traits, study.compared):
        field, said = found
        raise Misfit(said, "measures", "contrasts", *filter(None, field.split(".")))
    if study.measures.labelled is not None and study.humans is None:
        raise Misfit("is of humans, and the study has none; leave it out", "measures", "labelled")


def _conditions(study: "Study") -> None:
    traits, earlier = list(study.traits.values()), list(study.earlier.values())
    for place, condition in enumerate(study.conditions):
        if condition.needs_traits and not traits:
            raise Misfit(
                f"condition {condition.name!r} needs traits; list some under traits, or leave it "
                "out", "conditions", place,
            )  # fmt: skip
        if wrong := condition.misfit(traits, earlier):
            said = f"condition {condition.name!r} {wrong.said}"
            raise Misfit(said, *(wrong.place or ("conditions", place)))


def _pools(study: "Study") -> None:
    if study.pool is not None and study.pools:
        raise Misfit("stands beside pools; put all of them under pools", "pool")
    names = [pool.name for pool in study.pools.values()]
    for place, (key, pool) in enumerate(study.pools.items()):
        if pool.name in names[:place]:
            said = f"is called {pool.name!r}, as another pool is; give one another name"
            raise Misfit(said, "pools", key)
    traits = list(study.traits.values())
    for key, pool in study.pools.items():
        if wrong := pool.misfit(traits):
            raise wrong.within("pools", key)
        if wrong := _untold(named(pool.priming), traits):
            place_of = wrong.place or ("pools", key, "primed_by")
            raise Misfit(f"primed_by of pool {pool.name!r} {wrong.said}", *place_of)
    for place, condition in enumerate(study.conditions):
        if condition.needs_pool and not study.pools_by_name:
            raise Misfit(
                f"condition {condition.name!r} needs a pool; say under pools how its stories are "
                "made", "conditions", place,
            )  # fmt: skip
        if condition.pool_name is not None and condition.pool_name not in study.pools_by_name:
            raise Misfit(
                f"condition {condition.name!r} names the pool {condition.pool_name!r}, which "
                f"is none of the study's; it has {', '.join(study.pools_by_name)}",
                "conditions", place, "pool",
            )  # fmt: skip


def _untold(primer: Condition, traits: Sequence[Trait]) -> Misfit | None:
    if primer.needs_traits and not traits:
        return Misfit("tells respondents' own traits, and the study has none; name some")
    return primer.misfit(traits, [])
