"""Databases as older versions made them, with what a study was like then.

That of revision 0001 is written out here, with the digest and keys of its time.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, MetaData, func, insert, inspect, select, text
from sqlmodel import Session, SQLModel

from anthology.models.database import migrations
from anthology.models.database.migrations.versions import v0002_readouts
from anthology.models.study.study import Study

PARTY = (
    "Generally speaking, do you think of yourself as a Democrat, an independent or a Republican?"
)
SPENDING = "Is the country spending too little, too much, or about the right amount on"


# As version 0001 stored it: every key in its place, since digests are of the text.
OLD: dict[str, Any] = {
    "study": "gss2018", "seed": 2018, "model": "tiny",
    "humans": {"file": "respondents.csv", "id": "id", "weight": None, "sample": 8},
    "pool": {"name": "smollm2-natural", "count": 10, "prompt": "Tell me about yourself.",
             "max_tokens": 24, "min_tokens": 8, "temperature": 0.7, "top_p": 1.0, "seed": None},
    "traits": {
        "gender": {
            "name": "gender", "question": "What is your gender?", "column": "sex",
            "options": {"Male": 0, "Female": 1}, "missing": [], "ordered": False,
            "options_order": "fixed", "bio": "My gender is {}.",
        },
        "party": {
            "name": "party", "question": PARTY, "column": "partyid",
            "options": {"a Democrat": [0, 1], "an independent": [2, 3, 4], "a Republican": [5, 6]},
            "missing": [7], "ordered": True, "options_order": "fixed",
            "bio": "Politically, I think of myself as {}.",
        },
    },
    "questionnaire": {
        "order": "shuffled", "temperature": 1.0,
        "questions": {
            name: {
                "name": name, "question": f"{SPENDING} {what}?", "column": name,
                "options": {"Too little": 1, "About the right amount": 0, "Too much": -1},
                "missing": [], "ordered": True, "options_order": "reversed",
            }
            for name, what in {
                "natenvir": "improving and protecting the environment",
                "natheal": "improving and protecting the nation's health",
                "natcity": "solving the problems of the big cities",
            }.items()
        },
    },
    "style": {"labels": "upper", "brackets": "round", "asker": "Question", "answerer": "Answer"},
    "conditions": ["none", "bio", "qa", "natural/greedy"],
    "chunk": 4,
    "measures": {"splits": 100, "bootstrap": 200, "subgroups": ["gender"]},
}  # fmt: skip
OLD_DIGEST = "1c99d8e6cde8691d05f3b810f276de7ae4e0343eab50cbba62f173b868ea3534"
OLD_KEYS = {"gender": "4be8357e6a9e5c6a", "party": "61b54b3f404539ef"}
NEW_SETTINGS = {"polling", *v0002_readouts.READOUT, *v0002_readouts.SHOWN, "in_series",
                "readout_check", "debias", "turns", "system"}  # fmt: skip


def make(engine: Engine, revision: str, *, stamped: bool = False) -> None:
    """The tables of a revision; versions 0001 and 0002 did not write which one it was."""
    with engine.execution_options(write=True).begin() as connection:
        migrations.upgrade(connection, revision)
        if not stamped:
            connection.execute(text("DROP TABLE alembic_version"))


def as_of_0001(spec: Any) -> Any:
    """A study or a recipe without the settings that came later, all of them at their defaults."""
    if not isinstance(spec, dict):
        return spec
    return {key: as_of_0001(value) for key, value in spec.items() if key not in NEW_SETTINGS}


def age(new: Engine, old: Engine) -> None:
    """Copies everything into a database of revision 0001 as that version would have written it."""
    make(old, "0001")
    tables = MetaData()
    tables.reflect(old)
    with new.connect() as source:
        studies = source.execute(select(SQLModel.metadata.tables["study"])).all()
        keys = dict(pair for row in studies for pair in poll_keys(row.spec))
        with old.execution_options(write=True).begin() as target:
            for table in tables.sorted_tables:
                now = SQLModel.metadata.tables[table.name]
                found = source.execute(select(*[now.c[c.name] for c in table.c])).mappings()
                if rows := [as_written(table.name, dict(row), keys) for row in found]:
                    target.execute(insert(table), rows)
                if old.dialect.name == "postgresql" and table.name in ("pool", "study", "job"):
                    last = max([row["id"] for row in rows], default=1)
                    target.execute(select(func.setval(f"{table.name}_id_seq", last)))


def poll_keys(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Today's key of each trait's polls, and that of 0001."""
    study, style = Study.from_spec(spec), as_of_0001(spec["style"])
    for name, trait in study.traits.items():
        yield study.poll_key(trait), v0002_readouts.key_before(spec["traits"][name], style)


def as_written(table: str, row: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    if table == "study":
        spec = as_of_0001(row["spec"])
        spec["questionnaire"] = {
            key: spec["questionnaire"][key] for key in ("order", "temperature", "questions")
        }
        return {**row, "spec": spec, "digest": v0002_readouts.digest(spec)}
    if table == "pool":
        return {**row, "recipe": as_of_0001(row["recipe"])}
    return {**row, "trait_key": keys[row["trait_key"]]} if table == "poll" else row


def shape(engine: Engine) -> dict[str, Any]:
    """All that the database says of its tables, in no order."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column.get("default"))
                for column in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "references": sorted(
                (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(
                (found["name"] or "", found["column_names"])
                for found in inspector.get_unique_constraints(table)
            ),
            "indexes": sorted(
                (index["name"], index["column_names"], bool(index["unique"]))
                for index in inspector.get_indexes(table)
            ),
        }
        for table in inspector.get_table_names()
    }


def content(engine: Engine, *tables: type[SQLModel]) -> list[Any]:
    with Session(engine) as session:
        return [
            sorted((row.model_dump() for row in session.execute(select(table)).scalars()), key=str)
            for table in tables
        ]
