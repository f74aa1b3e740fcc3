"""Refusals, free and written answers, label priors; studies, pools and polls in the new words.

A study's digest, a pool's recipe and a poll's key are of all settings, also of those that came new
and stand at their defaults. Left as they were, the same study file would be refused as another one
and its personas would count as never polled.
"""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, String

revision = "0002"
down_revision = "0001"

Spec = dict[str, Any]

# The order counts: digests are of the JSON text.
READOUT: Spec = {"readout": "logprob", "length_normalization": "none", "samples": 1,
                 "attempts": 100, "answer_tokens": 64}  # fmt: skip
SHOWN: Spec = {"permutations": None, "anchored": [], "refusal": None, "asked_as": {},
               "number": None, "block": None}  # fmt: skip
SPEAKERS: Spec = {"turns": "plain", "system": None}
POLLING: Spec = {**READOUT, "temperature": 1.0}

STUDY = sa.table("study", *map(sa.column, ("id", "digest", "pool_id")), sa.column("spec", JSON))
POOL = sa.table("pool", sa.column("id"), sa.column("recipe", JSON))
POLL = sa.table("poll", *map(sa.column, ("pool_id", "trait_key")))


def upgrade() -> None:
    op.add_column("poll", Column("refusal", Float))
    op.add_column("poll", Column("samples", JSON))
    op.add_column("answer", Column("refusal", Float))
    op.add_column("answer", Column("text", String))
    op.add_column("answer", Column("samples", JSON))
    op.create_table(
        "label_prior",
        Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
        Column("condition", String, primary_key=True),
        Column("labels", Integer, primary_key=True),
        Column("logprobs", JSON, nullable=False),
        Column("n", Integer, nullable=False),
    )
    connection = op.get_bind()
    for pool in connection.execute(sa.select(POOL)).all():
        recipe = {**pool.recipe, **SPEAKERS}
        connection.execute(sa.update(POOL).where(POOL.c.id == pool.id).values(recipe=recipe))
    for study in connection.execute(sa.select(STUDY)).all():
        spec = restated(study.spec)
        connection.execute(
            sa.update(STUDY).where(STUDY.c.id == study.id).values(spec=spec, digest=digest(spec))
        )
        if study.pool_id is not None:
            _rename_polls(connection, study.pool_id, study.spec, spec)


def _rename_polls(connection: sa.Connection, pool_id: int, old: Spec, new: Spec) -> None:
    for name in old["traits"]:
        before = key_before(old["traits"][name], old["style"])
        connection.execute(
            sa.update(POLL)
            .where(POLL.c.pool_id == pool_id, POLL.c.trait_key == before)
            .values(trait_key=key_after(new["traits"][name], new["style"]))
        )


def restated(old: Spec) -> Spec:
    """The study with the settings that came new, at their defaults, in the order of the new ones.

    Whether a question is asked in series, checked or freed of its prior was not to be chosen.
    """
    new: Spec = {}
    for name, value in old.items():
        if name == "questionnaire":
            new["polling"] = POLLING
        new[name] = value
    asked = old["questionnaire"]
    new["traits"] = _asked(old["traits"])
    new["questionnaire"] = {
        **READOUT, "temperature": asked["temperature"], "order": asked["order"],
        "in_series": True, "readout_check": 0.0, "debias": "none",
        "questions": _asked(asked["questions"]),
    }  # fmt: skip
    new["style"] = {**old["style"], **SPEAKERS}
    return new


def _asked(questions: dict[str, Spec]) -> dict[str, Spec]:
    """A trait's `bio` stays last."""
    return {
        name: {key: value for key, value in old.items() if key != "bio"}
        | SHOWN
        | ({"bio": old["bio"]} if "bio" in old else {})
        for name, old in questions.items()
    }


def digest(spec: Spec) -> str:
    """Where the survey file lies does not count."""
    humans = {key: value for key, value in spec["humans"].items() if key != "file"}
    return _sha256({**spec, "humans": humans})


def key_before(trait: Spec, style: Spec) -> str:
    """A poll's key in revision 0001."""
    asked = [trait["question"], list(trait["options"]), trait["options_order"]]
    return _sha256([_sha256(asked)[:16], style])[:16]


def key_after(trait: Spec, style: Spec) -> str:
    """A poll's key in revision 0002: also of anchored options, refusals, numbers, and readouts."""
    options = list(trait["options"])
    asked = [options, list(range(len(options))), [], None, False]
    key = _sha256([trait["question"], asked, trait["options_order"], None])[:16]
    return _sha256([key, style, POLLING])[:16]


def _sha256(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
