"""The ways of making pools that there are."""

from collections.abc import Mapping
from typing import Any

from anthology.models.pools.base import Pool
from anthology.models.pools.natural import NaturalPool
from anthology.models.pools.only import OnlyPool
from anthology.models.pools.screening import Screening
from anthology.models.pools.writing import Reject
from anthology.models.questionnaire.codes import Part

PARTS: tuple[type[Part], ...] = (OnlyPool, NaturalPool, Reject, Screening)  # of a study file
AnyPool = NaturalPool  # under `pools`


def named_pools(pools: Mapping[str, Any]) -> dict[str, Any]:
    """Pools as a study file has them under their names, with their names in them."""
    return {
        name: {**keys, "name": name} if isinstance(keys, dict) else keys
        for name, keys in pools.items()
    }


def of_recipe(name: str, count: int, recipe: Mapping[str, Any]) -> Pool:
    """The pool that a stored recipe is of; what else a recipe holds (speakers, model) is left."""
    way = OnlyPool if "min_tokens" in recipe else NaturalPool
    known = {field: recipe[field] for field in way.model_fields if field in recipe}
    return way(**{**known, "name": name, "count": count})
