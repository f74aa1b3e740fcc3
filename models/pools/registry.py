"""The ways of making pools that there are, told apart by the keys that study files use."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from anthology.models.pools.base import Pool
from anthology.models.pools.critic import Critic
from anthology.models.pools.imported import Contents, ImportedPool
from anthology.models.pools.interview import Interview, InterviewPool
from anthology.models.pools.natural import NaturalPool
from anthology.models.pools.only import OnlyPool
from anthology.models.pools.primed import PrimedPool
from anthology.models.pools.screening import Screening
from anthology.models.pools.writing import Reject
from anthology.models.questionnaire.codes import BRANCH, Part
from anthology.models.questionnaire.misfit import STORED, Misfit

WAYS: tuple[type[Pool], ...] = (  # under `pools`
    NaturalPool, InterviewPool, ImportedPool, PrimedPool,
)  # fmt: skip
PARTS: tuple[type[Part], ...] = (  # of a study file
    OnlyPool, *WAYS, Reject, Screening, Interview, Critic, Contents,
)  # fmt: skip


def _way(keys: Any) -> type[Pool]:
    """The way whose mark the keys have; natural stories have none."""
    if isinstance(keys, Pool):
        return type(keys)
    marked = keys if isinstance(keys, Mapping) else ()
    return next((way for way in WAYS if way.mark in marked), NaturalPool)


if TYPE_CHECKING:
    AnyPool = Pool
else:  # a type checker reads no union that is made of a table
    AnyPool = Annotated[
        Union[tuple(Annotated[way, Tag(f"{BRANCH}{way.__name__}")] for way in WAYS)],  # noqa: UP007
        Discriminator(lambda keys: f"{BRANCH}{_way(keys).__name__}"),
    ]


def named_pools(pools: Mapping[str, Any]) -> dict[str, Any]:
    """Pools as a study file has them under their keys, which are their names, too, unless they have
    others."""
    return {
        name: {"name": name, **_one_way(name, keys)} if isinstance(keys, dict) else keys
        for name, keys in pools.items()
    }


def _one_way(name: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Raises `Misfit` for keys of a pool that would be made in two ways."""
    marks = [way.mark for way in WAYS if way.mark in keys]
    if len(marks) > 1:
        raise Misfit(
            f"has {' and '.join(map(str, marks))}, each of which is a way of making a pool by "
            "itself; leave one, and make two pools for both", "pools", name,
        )  # fmt: skip
    return keys


def of_recipe(name: str, count: int, recipe: Mapping[str, Any]) -> Pool:
    """The pool that a stored recipe is of; what else a recipe holds (speakers, model) is left."""
    way = OnlyPool if "min_tokens" in recipe else _way(recipe)
    known = {field: recipe[field] for field in way.model_fields if field in recipe}
    known.pop("model", None)  # its slug, no name by which it can be asked for
    return way.model_validate({**known, "name": name, "count": count}, context=STORED)
