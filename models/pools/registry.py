"""The ways of making pools that there are, told apart by the keys that study files use."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from anthology.models.pools.base import Pool
from anthology.models.pools.imported import ImportedPool
from anthology.models.pools.natural import NaturalPool
from anthology.models.questionnaire.codes import BRANCH

WAYS: tuple[type[Pool], ...] = (NaturalPool, ImportedPool)
_IMPORTED = {"file", "story", "id", "traits"}


def _way(pool: Any) -> str:
    imported = isinstance(pool, ImportedPool) or (isinstance(pool, dict) and _IMPORTED & set(pool))
    return f"{BRANCH}imported" if imported else f"{BRANCH}natural"


AnyPool = Annotated[
    Annotated[NaturalPool, Tag(f"{BRANCH}natural")]
    | Annotated[ImportedPool, Tag(f"{BRANCH}imported")],
    Discriminator(_way),
]


def named_pools(pools: Mapping[str, Any]) -> dict[str, Any]:
    """Pools as a study file has them under their names, with their names in them."""
    return {
        name: {**keys, "name": name} if isinstance(keys, dict) else keys
        for name, keys in pools.items()
    }


def of_recipe(name: str, count: int, recipe: Mapping[str, Any]) -> Pool:
    """The pool that a stored recipe is of; what else a recipe holds (speakers, model) is left."""
    way = NaturalPool
    known = {field: recipe[field] for field in way.model_fields if field in recipe}
    return way(**{**known, "name": name, "count": count})
