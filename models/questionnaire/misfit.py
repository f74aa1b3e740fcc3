"""What does not fit together in a study file, and at which field somebody has to change something.

Knows no study: whoever finds a misfit says where it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from pydantic import ValidationInfo

# In which a stored study is read: what an earlier version took in is not refused by a later one.
STORED: Mapping[str, Any] = MappingProxyType({"stored": True})


class Misfit(ValueError):
    """What is `said` of the field at `place`, from the part of the file that it is raised in."""

    def __init__(self, said: str, *place: str | int) -> None:
        super().__init__(f"{'.'.join(map(str, place))}: {said}" if place else said)
        self.said = said
        self.place = place

    def within(self, *place: str | int) -> Self:
        """The same as the part at `place` has it."""
        return type(self)(self.said, *place, *self.place)


def is_stored(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("stored"))
