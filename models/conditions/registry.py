"""The ways of conditioning that there are, by the names that study files and tables use."""

from collections.abc import Callable

from anthology.models.conditions.base import Condition
from anthology.models.conditions.bio import Bio
from anthology.models.conditions.matched_story import MatchedStory
from anthology.models.conditions.none import NoContext
from anthology.models.conditions.qa import QA

WAYS: tuple[type[Condition], ...] = (NoContext, Bio, QA, MatchedStory)

BY_NAME = {name: way(name) for way in WAYS for name in way.names}


def named(name: str) -> Condition:
    """Raises ValueError, saying what there is, for another name."""
    if name not in BY_NAME:
        raise ValueError(f"{name!r} is not one of {', '.join(BY_NAME)}")
    return BY_NAME[name]


def names_where(holds: Callable[[Condition], object]) -> list[str]:
    """The names of the conditions of which something holds, as for a query."""
    return [name for name, condition in BY_NAME.items() if holds(condition)]
