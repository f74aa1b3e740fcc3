"""The ways of making pools that there are."""

from collections.abc import Mapping
from typing import Any

from anthology.models.pools.base import Pool
from anthology.models.pools.natural import NaturalPool

WAYS: tuple[type[Pool], ...] = (NaturalPool,)
AnyPool = NaturalPool


def of_recipe(name: str, count: int, recipe: Mapping[str, Any]) -> Pool:
    """The pool that a stored recipe is of; what else a recipe holds (speakers, model) is left."""
    way = NaturalPool
    known = {field: recipe[field] for field in way.model_fields if field in recipe}
    return way(**{**known, "name": name, "count": count})
