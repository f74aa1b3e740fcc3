"""Which model does what in a study: the study's own, unless a pool, its critic, the polls or a
condition name another one."""

from typing import TYPE_CHECKING

from anthology.models.conditions.base import Condition
from anthology.models.pools.base import Pool

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def author(study: "Study", pool: Pool) -> str:
    """The model that writes a pool's stories, or asks about those that none of the study's wrote:
    by it pools are told apart."""
    if not pool.written:
        return pollster(study)
    return pool.model or study.model


def critic(study: "Study", pool: Pool) -> str:
    """The model that judges what is written of a pool's stories."""
    return pool.judged_by or author(study, pool)


def pollster(study: "Study") -> str:
    """The model that is asked who a persona is."""
    return study.polling.model or study.model


def answerer(study: "Study", condition: Condition) -> str:
    """The model that takes the survey in a condition."""
    return condition.model or study.model


def models_of(study: "Study") -> list[str]:
    """Every model that has something to do, the study's own first."""
    found = [who(study, pool) for pool in study.pools_used for who in (author, critic)]
    if study.traits and any("poll" in pool.jobs for pool in study.pools_used):
        found.append(pollster(study))
    found += [answerer(study, condition) for condition in study.conditions]
    found.sort(key=lambda model: model != study.model)
    return list(dict.fromkeys(found))


def others_of(study: "Study") -> list[str]:
    """Those of them besides the study's own."""
    return [model for model in models_of(study) if model != study.model]
