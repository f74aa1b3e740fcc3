"""What somebody is told who waits for a study: what changed, why nothing moves, that it goes on.

Never a flood: a few changes are told at once, then at most one a minute.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from anthology.models.jobs.kinds import ALL, KINDS
from anthology.models.runtime import timestamps
from anthology.producer.monitoring.progress import Progress
from anthology.producer.monitoring.status_lines import left

EVERY_S = 180.0
ASK_S = 5.0
AT_ONCE = 5
CALM_S = 60.0
MOST_REASONS = 5
CPU_KINDS = tuple(kind.name for kind in ALL if not kind.on_model)


@dataclass
class News:
    """The lines about one study. Without a `bar` there is one every `every_s` seconds, too.

    `asked` says what is wrong with Redis, if anything: it is asked now and then while nothing
    moves, but not at the first look, which may be the only one and would pay for importing redis.
    """

    bar: bool
    every_s: float = EVERY_S
    asked: Callable[[], str] = str
    clock: Callable[[], float] = time.monotonic
    _redis: str = ""
    _redis_at: float | None = None
    _told: tuple[str, ...] = ()
    _told_at: float | None = None
    _credit: float = AT_ONCE
    _ended: set[str] = field(default_factory=set)

    def lines(self, found: Progress, away: str = "") -> list[str]:
        """What is to be said now; `away` is why the progress is an older one, if it is."""
        ended = [] if self.bar else self._newly_ended(found)
        if found.ended:
            return ended
        reasons = [away] if away else [*self._of_redis(found), *why(found)]
        news = (found.state, *reasons)
        since = None if self._told_at is None else self.clock() - self._told_at
        overdue = not self.bar and since is not None and since >= self.every_s
        if not overdue and (news == self._told or not self._may_speak(since)):
            return ended
        self._told, self._told_at = news, self.clock()
        return [*ended, *([] if self.bar else [_summary(found)]), *reasons[:MOST_REASONS]]

    def _of_redis(self, found: Progress) -> list[str]:
        now = self.clock()
        if not stands_still(found):
            return []
        if self._redis_at is None:
            self._redis_at = now
        elif now - self._redis_at >= ASK_S:
            self._redis, self._redis_at = self.asked(), now
        return [self._redis] if self._redis else []

    def _may_speak(self, since: float | None) -> bool:
        credit = min(AT_ONCE, self._credit + (since or 0.0) / CALM_S)
        if credit < 1:
            return False
        self._credit = credit - 1
        return True

    def _newly_ended(self, found: Progress) -> list[str]:
        totals = {kind: sum(found.jobs[kind].values()) for kind in KINDS}
        new = [
            kind for kind in KINDS
            if totals[kind] and _over(found, kind) == totals[kind] and kind not in self._ended
        ]  # fmt: skip
        self._ended |= set(new)
        return [f"{kind}: {totals[kind]} jobs ended" for kind in new]


def why(found: Progress) -> list[str]:
    """What a study waits for, where that is known."""
    reasons = list(found.notes)
    if not stands_still(found):
        return reasons
    reasons += [f"{w.name} is loading {w.model}" for w in found.workers if w.loading]
    waiting = [kind for kind in KINDS if found.jobs[kind]["pending"]]
    if set(waiting) <= set(CPU_KINDS) and all(worker.model for worker in found.workers):
        reasons.append(
            f"no worker does {' and '.join(waiting)}; start one with: anthology worker --cpu-jobs"
        )
    elif found.others_s:
        reasons.append("the jobs of other studies come first")
    return reasons


def stands_still(found: Progress) -> bool:
    """Whether nothing of a study runs, though nobody paused it."""
    running = any(states["running"] for states in found.jobs.values())
    return not (running or found.ended or found.state == "paused")


def _summary(found: Progress) -> str:
    total = sum(sum(found.jobs[kind].values()) for kind in KINDS)
    over = sum(_over(found, kind) for kind in KINDS)
    return (
        f"{timestamps.shown(time.time())}, {found.study}: {found.state}, {over} of {total} jobs "
        f"ended, left {left(found)}"
    )


def _over(found: Progress, kind: str) -> int:
    return found.jobs[kind]["done"] + found.jobs[kind]["failed"]
