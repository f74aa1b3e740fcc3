"""What does a kind of jobs: the file here that bears its name.

One that a language model does has `items`, one for each person to be asked; the others `rows`. An
item yields what is to be stored, as soon as that is finished.
"""

from collections.abc import AsyncIterator, Callable
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Engine

from anthology.models.jobs.kinds import BY_NAME
from anthology.models.jobs.protocol import Claim, Rows
from anthology.workers.engine.asking import Interviewer

Item = Callable[[Interviewer], AsyncIterator[Rows]]


def items(kind: str, engine: Engine, held: Claim) -> list[Item]:
    """What is to be asked for a claimed job, as far as it is not stored already."""
    found: list[Item] = _file(kind).items(engine, held)
    return found


def rows(kind: str, engine: Engine, held: Claim) -> Rows:
    """What an aggregator's job has to store."""
    found: Rows = _file(kind).rows(engine, held)
    return found


def on_model(kind: str) -> bool:
    return BY_NAME[kind].on_model


@cache
def _file(kind: str) -> Any:
    return import_module(f"anthology.workers.tasks.{BY_NAME[kind].name}")
