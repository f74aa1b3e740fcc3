"""The ways of conditioning that there are, by the words and keys that study files use."""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import BeforeValidator, Discriminator, Tag

from anthology.models.conditions.base import Condition
from anthology.models.conditions.bio import Bio
from anthology.models.conditions.matched_story import MatchedStory
from anthology.models.conditions.none import NoContext
from anthology.models.conditions.own_story import OwnStory
from anthology.models.conditions.portray import Portray
from anthology.models.conditions.qa import QA
from anthology.models.conditions.twin import Twin
from anthology.models.questionnaire.codes import BRANCH

WAYS: tuple[type[Condition], ...] = (
    NoContext, Bio, QA, Portray, Twin, MatchedStory, OwnStory,
)  # fmt: skip
BY_WORD = {word: way for way in WAYS for word in way.words}
_TOLD = {way.way for way in WAYS if not way.needs_pool}  # what `condition` may say


def named(word: str) -> Condition:
    """What one word stands for. Raises ValueError, saying what there is, for another word."""
    if word not in BY_WORD:
        raise ValueError(f"{word!r} is not one of {', '.join(BY_WORD)}")
    return BY_WORD[word].model_validate(word)


def _checked(entry: Any) -> Any:
    """Refuses what no way of conditioning could be."""
    if isinstance(entry, str):
        named(entry)
    if isinstance(entry, dict) and "condition" in entry and entry.keys() & {"pool", "match"}:
        other = "match" if "match" in entry else "pool"
        raise ValueError(
            f"has both condition and {other}, which are two conditions: leave condition out for a "
            "pool's stories (append tells traits after them), or list them apart"
        )
    if isinstance(entry, dict) and _way(entry) is None:
        known = ", ".join(way.way for way in WAYS if not way.needs_pool)
        raise ValueError(f"needs condition (one of {known}), or a pool and match for its stories")
    return entry


def _way(entry: Any) -> str | None:
    if isinstance(entry, Condition):
        return f"{BRANCH}{entry.way}"
    if isinstance(entry, str):
        return f"{BRANCH}{BY_WORD[entry].way}"
    if not isinstance(entry, dict):
        return f"{BRANCH}{NoContext.way}"
    if "match" in entry:
        return f"{BRANCH}{MatchedStory.way}"
    if "pool" in entry:
        return f"{BRANCH}{OwnStory.way}"
    word = entry.get("condition")
    return f"{BRANCH}{word}" if word in _TOLD else None


if TYPE_CHECKING:
    AnyCondition = Condition
else:  # a type checker reads no union that is made of a table
    AnyCondition = Annotated[
        Union[tuple(Annotated[way, Tag(f"{BRANCH}{way.way}")] for way in WAYS)],  # noqa: UP007
        Discriminator(_way),
        BeforeValidator(_checked),
    ]
