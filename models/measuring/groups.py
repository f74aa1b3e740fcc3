"""Who is in a subgroup: bins of traits, crossings of them, and arms."""

from collections.abc import Iterator
from dataclasses import dataclass

from anthology.models.database.arrays import Bools, People
from anthology.models.statistics.figures import ALL
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study

FEWEST = 2  # people on a side, below which nothing is compared


@dataclass(frozen=True)
class Group:
    """A subgroup: its humans `members` (N,), and those `doubles` (N,) whose simulated people are
    compared with them."""

    name: str
    members: Bools
    doubles: Bools

    def enough(self, simulated: Bools) -> bool:
        """Whether there are people on both sides, of the simulated ones these."""
        return bool(simulated.sum() >= FEWEST and self.members.sum() >= FEWEST)


def groups(study: Study, people: People) -> Iterator[Group]:
    """All respondents first; people of weight 0 are in no group."""
    yield Group(ALL, people.counted, people.counted)
    places = {name: place for place, name in enumerate(study.traits)}
    for subgroup in study.measures.groups(study.traits):
        members = people.counted
        for trait, position in subgroup.options.items():
            members = members & (people.traits[:, places[trait]] == position)
        yield Group(subgroup.name, members, members)
    for position, arm in enumerate(study.arms.names if study.arms else ()):
        doubles = people.counted & (people.arms == position)
        # Humans who were assigned to none are compared with every arm.
        members = doubles if study.arms and study.arms.column else people.counted
        yield Group(f"{ARM}={arm}", members, doubles)
