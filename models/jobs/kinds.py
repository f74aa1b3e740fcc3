"""The kinds of jobs: what each is about, what it waits for, and who does it.

The planner, the queues, Flower and the workers follow these declarations; what a job does is the
file of its name in `workers/tasks/`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from anthology.models.conditions.base import Condition
from anthology.models.pools.base import Pool
from anthology.models.study import stages
from anthology.models.study.study import Study

CALIBRATION_PEOPLE = 32  # respondents whose conversations the label prior is estimated in


@dataclass(frozen=True)
class Wait:
    """That jobs of another kind come first: those of the same chunk of the pool, of the whole pool,
    of each whole pool that is told without a match, of the same condition, or of all conditions of
    the study."""

    kind: str
    of: Literal["chunk", "pool", "own_pool", "condition", "study"]


@dataclass(frozen=True)
class Kind:
    """One kind of jobs.

    each: what there are jobs for: the chunks of a pool, a condition, or the whole study.
    waits: what must be over before; what a study, condition or pool has not is not waited for.
    people: whom the job's numbers count; None where it is about a whole study at once.
    most: the greatest number of people that one is about, where there is one.
    own: only conditions that name it in their `before_survey` have it.
    on_model: a worker's language model does it, else the aggregator's queue.
    divisible: cut into the study's chunks, and into single people to find whom workers die on.
    kept: what is finished is stored while the job goes on, as each of its people takes long.
    judges: it asks about what another kind wrote, with the pool's critic.
    turns: the kind with which it takes turns at a chunk, in the pools that have both, until all of
    it is made (`rounds.py`); who waits for one of the two waits for that.
    priority: Celery's on Redis, 0 first; `idle_priority` where it is about no pool.
    """

    name: str
    each: Literal["chunk", "condition", "study"]
    waits: tuple[Wait, ...] = ()
    people: Literal["personas", "respondents"] | None = None
    most: int | None = None
    own: bool = False
    on_model: bool = True
    divisible: bool = False
    kept: bool = False
    judges: bool = False
    turns: str | None = None
    priority: int = 1
    idle_priority: int | None = None
    wanted: Callable[[Study], bool] = lambda study: True

    def applies(self, study: Study, condition: Condition | None = None) -> bool:
        """Whether a study, or one of its conditions, has jobs of this kind; those of a condition
        that another one's serve are the other's."""
        if self.own:
            if condition is None or self.name not in condition.before_survey:
                return False
            return self.owner(study, condition) is condition
        return self.wanted(study)

    def owner(self, study: Study, condition: Condition) -> Condition:
        """The condition whose jobs of this kind serve a condition: of matches those of the first
        with the same matching."""
        return study.matcher(condition) if self.own and condition.matching else condition

    def in_pool(self, pool: Pool) -> bool:
        """Whether the chunks of a pool have jobs of this kind."""
        return self.each == "chunk" and self.name in pool.jobs

    def model(self, study: Study, condition: str, pool: Pool | None) -> str:
        """The model that does its jobs for a condition, or with the stories of a pool."""
        if self.each != "chunk":
            return stages.answerer(study, study.condition(condition))
        if pool is None or self.waits:
            return stages.pollster(study)
        return stages.critic(study, pool) if self.judges else stages.author(study, pool)

    def span(
        self, study: Study, respondents: int, condition: Condition | None = None
    ) -> tuple[int, int]:
        """How many people the jobs of a condition, or of a study, are about, and how many each."""
        people = study.people_in(condition, respondents) if condition else 1
        count = 1 if self.each == "study" else min(people, self.most or people)
        return count, study.chunk if self.divisible else count


# In the order of the pipeline. Later stages go first, and baselines fill what is left: they wait
# for nothing, so they keep the GPU busy while others wait. Priority 0 is kept for urgent jobs.
ALL = (
    Kind("backstory", "chunk", people="personas", divisible=True, priority=6),
    Kind(
        "interview", "chunk", people="personas", divisible=True, kept=True, turns="critic",
        priority=6,
    ),
    Kind(
        "critic", "chunk", people="personas", divisible=True, judges=True, turns="interview",
        priority=3,
    ),
    Kind(
        "poll", "chunk", (Wait("backstory", "chunk"), Wait("interview", "chunk")),
        people="personas", divisible=True, priority=3,
    ),
    Kind("match", "condition", (Wait("poll", "pool"),), own=True, on_model=False),
    Kind(
        "calibrate", "condition",
        (Wait("match", "condition"), Wait("poll", "own_pool"), Wait("backstory", "own_pool")),
        people="respondents", most=CALIBRATION_PEOPLE, idle_priority=9,
        wanted=lambda study: study.calibrated,
    ),
    Kind(
        "survey", "condition",
        (
            Wait("match", "condition"), Wait("poll", "own_pool"), Wait("backstory", "own_pool"),
            Wait("calibrate", "condition"),
        ),
        people="respondents", divisible=True, idle_priority=9,
    ),
    Kind("measure", "study", (Wait("survey", "study"), Wait("poll", "own_pool")), on_model=False),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in ALL}
KINDS = tuple(BY_NAME)
# What makes the personas of a pool, which is nobody's study's.
MAKING = tuple(kind.name for kind in ALL if kind.each == "chunk" and not kind.waits)
# Those of them by the model whose stories they are.
WRITING = tuple(kind for kind in MAKING if not BY_NAME[kind].judges)
RETIRED = "retired"  # the kind of jobs that a retry had planned anew: over, and kept for their cost
# The others are not about single people: a calibration's prior is a mean over all of its people.
DIVISIBLE = tuple(kind.name for kind in ALL if kind.divisible)


def priority(kind: str, of_pool: bool = False, begun: bool = False) -> int:
    """Celery priority on Redis, 0 first. What is about a pool waits longest for others' jobs. Lives
    that are `begun`, and judged by another model, go on before others begin."""
    found = BY_NAME.get(kind)
    if found is None:
        return 1
    if found.turns is not None and begun:
        return min(other.priority for other in together(kind))
    if found.idle_priority is not None and not of_pool:
        return found.idle_priority
    return found.priority


def who(kind: str, first: int, count: int) -> str:
    """Which people a job is about, for Flower: "personas 32-63"."""
    people = BY_NAME[kind].people if kind in BY_NAME else None
    return f"{people} {first}-{first + count - 1}" if people else "whole study"


def together(kind: str) -> list[Kind]:
    """A kind, and the one with which it takes turns."""
    return [BY_NAME[name] for name in (kind, BY_NAME[kind].turns) if name is not None]


def maker(pool: Pool) -> Kind | None:
    """The kind of jobs that makes a pool's personas, of two that take turns the first; none where
    they are there already."""
    return next((kind for kind in ALL if kind.in_pool(pool) and not kind.waits), None)
