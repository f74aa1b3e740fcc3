"""Which workers have a study's model: by its content where both sides know it, else by its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.sessions import now_s
from anthology.models.database.study_models import Contents
from anthology.models.database.tables import FAILURE, EngineRow, WorkerRow
from anthology.models.jobs.engines.orphaned_jobs import ALIVE_S
from anthology.models.language_model import names
from anthology.models.language_model.engine_identity import content_differences
from anthology.models.language_model.model_files import Content, content_id


@dataclass(frozen=True)
class Server:
    """A worker with a model, alive or not; `info` is empty while its engine loads, and of one that
    could not, for the reason that `failure` says."""

    name: str
    model: str
    called: list[str]
    queues: list[str]
    seen_at: float
    seen_s: float
    alive: bool
    engine_id: str | None
    info: dict[str, Any]
    failure: str | None

    @property
    def content(self) -> Content | None:
        return self.info.get("content")

    def named(self, model: str) -> bool:
        """Whether a study's name for its model is one of this worker's."""
        return names.meet(model, self.called)

    def unlike(self, content: Content | None) -> str:
        """What of a study's content the worker's differs in; empty where either is unknown."""
        return content_differences(content or {}, self.content or {})

    def has(self, model: str, content: Content | None) -> bool:
        """Whether it serves this very model."""
        if content and self.content:
            return not self.unlike(content)
        return self.named(model) and self._listens(model, content)

    def concerns(self, model: str, content: Content | None) -> bool:
        """As `has`, or it is one of the same name."""
        same = bool(content and self.content) and not self.unlike(content)
        return same or (self.named(model) and self._listens(model, content))

    def has_any(self, contents: Contents) -> bool:
        return any(self.has(model, content) for model, content in contents.items())

    def concerns_any(self, contents: Contents) -> bool:
        return any(self.concerns(model, content) for model, content in contents.items())

    def _listens(self, model: str, content: Content | None) -> bool:
        """A worker of an older version has one queue and finds no jobs in others."""
        return len(self.queues) > 1 or names.queue_for(model, content) in self.queues


def servers(session: Session) -> list[Server]:
    """All workers with a model that ever were, the last seen first."""
    silent = now_s() - col(WorkerRow.seen_at)
    rows = session.execute(
        select(WorkerRow, silent, col(EngineRow.info))
        .outerjoin(EngineRow, col(EngineRow.id) == col(WorkerRow.engine_id))
        .where(col(WorkerRow.model).is_not(None))
        .order_by(col(WorkerRow.seen_at).desc())
    )
    return [
        Server(
            row.name, row.model, row.names or [row.model], row.queues or [row.queue], row.seen_at,
            float(seen), not row.stopped and seen < ALIVE_S, row.engine_id,
            *_told(info or {}),
        )
        for row, seen, info in rows
    ]  # fmt: skip


def _told(info: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    failure = info.get(FAILURE)
    return (info, None) if failure is None else ({}, failure)


def living(session: Session) -> list[Server]:
    return [server for server in servers(session) if server.alive]


def shared_queues(session: Session, contents: Contents) -> set[str]:
    """The queues of a study's jobs, and all others that workers of its models take jobs from."""
    found = [server for server in living(session) if server.has_any(contents)]
    return names.queues_for(contents) | {name for server in found for name in server.queues}


def near_misses(found: Sequence[Server], model: str, content: Content | None) -> list[str]:
    """What speaks against living workers that seem to have a study's model."""
    said = []
    for server in found:
        if server.has(model, content):
            continue
        if server.named(model) and (unlike := server.unlike(content)):
            said.append(f"{server.name} serves {server.model}, which is another model ({unlike})")
        elif _last(server.model) == _last(model) and not (content and server.content):
            said.append(
                f"{server.name} serves {server.model}; if that is the same model, start it with "
                f"--served-model-name {model}"
            )
    return said


def ambiguity(found: Sequence[Server], model: str) -> str:
    """Which living workers of unlike models a study's name for its model fits; mostly nothing."""
    named = [server for server in found if server.content and server.named(model)]
    first: dict[str, Server] = {}
    for server in named:
        first.setdefault(content_id(server.content or {}), server)
    if len(first) < 2:
        return ""
    one, *others = first.values()
    unlike = " and ".join(
        f"{server.model} on {server.name} ({server.unlike(one.content)})" for server in others
    )
    return (
        f"model: {model!r} is what unlike models are called: {one.model} on {one.name} and "
        f"{unlike}; write more of the path, or start one with another --served-model-name"
    )


def _last(model: str) -> str:
    found = names.parts(names.short_name(model))
    return found[-1] if found else ""
