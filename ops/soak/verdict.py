"""Compares what studies left in a database with what they leave when nothing goes wrong.

Rows of different databases are the same when they agree in all but ids, for which the names of
study and pool stand.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fake_model import FakeEngine, drain, make_runner, store
from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import (
    Answer,
    LabelPrior,
    Match,
    Metric,
    Persona,
    Poll,
    PoolRow,
    Respondent,
    StudyRow,
)
from anthology.models.study.study import Study

TABLES = (Respondent, Persona, Poll, Match, LabelPrior, Answer, Metric)
Key = tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """How many rows are missing, surplus, or hold something else than they should."""

    rows: int
    lost: list[Key]
    doubled: list[Key]
    different: list[Key]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.different)


def compare(found: list[tuple[Key, str]], expected: list[tuple[Key, str]]) -> Verdict:
    """Rows as (key, content); a key that stands twice, or that nobody expected, is doubled."""
    have, want = dict(found), dict(expected)
    counts = Counter(key for key, _ in found)
    return Verdict(
        rows=len(found),
        lost=[key for key in want if key not in have],
        doubled=[key for key, count in counts.items() if count > 1 or key not in want],
        different=[key for key in want if key in have and have[key] != want[key]],
    )


def rows(database: Engine) -> list[tuple[Key, str]]:
    """Every result in a database: its key with names for ids, and all that it holds as JSON."""
    with database.connect() as connection:
        studies = _names(connection, StudyRow)
        pools = _names(connection, PoolRow)
        return [
            _row(table, dict(row), studies, pools)
            for table in TABLES
            for row in connection.execute(select(_sql(table))).mappings()
        ]


def faultless(folder: Path, studies: list[Study]) -> list[tuple[Key, str]]:
    """The results that studies have when nothing goes wrong, worked out in this process."""
    database = open_database(f"sqlite:///{folder / 'faultless.db'}")
    for study in studies:
        store(database, study)
    drain(make_runner(database, FakeEngine()))
    found = rows(database)
    database.dispose()
    return found


def _row(
    table: type[SQLModel], row: dict[str, Any], studies: dict[int, str], pools: dict[int, str]
) -> tuple[Key, str]:
    row.pop("job_id", None)
    for column, names in (("study_id", studies), ("pool_id", pools)):
        if column in row:
            row[column] = names[row[column]]
    keys = [str(row[column.name]) for column in _sql(table).primary_key]
    return (str(table.__tablename__), *keys), json.dumps(row, sort_keys=True)


def _names(connection: Any, table: type[SQLModel]) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(select(_sql(table)))}


def _sql(table: type[SQLModel]) -> Any:
    return SQLModel.metadata.tables[str(table.__tablename__)]


def shown(keys: list[Key]) -> Iterator[str]:
    """The first of some keys, for a person who has to find out why."""
    return (" ".join(key) for key in keys[:5])
