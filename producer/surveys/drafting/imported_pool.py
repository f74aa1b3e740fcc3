"""Drafts a study whose stories come from a file, in the place of those that its model would write.

What a draft is else made of it does not know.
"""

import os
from pathlib import Path
from typing import Any

POOL = "stories"
NATURAL = "natural/"
KEPT = ("prompt", "seed")  # of the pool that would have been written


def with_stories(
    fields: dict[str, Any], stories: Path, out: Path, count: int | None = None
) -> dict[str, Any]:
    """The same fields with the file as the pool, and each matched story one of it; `out` is the
    study file."""
    written = fields["pool"]
    pool = {
        "file": os.path.relpath(stories, out.parent),
        **({} if count is None else {"count": count}),
        **{key: written[key] for key in KEPT if key in written},
    }
    found: dict[str, Any] = {}
    for key, value in fields.items():  # in its place
        found |= {"pools": {POOL: pool}} if key == "pool" else {key: value}
    return {**found, "conditions": [_of_pool(condition) for condition in fields["conditions"]]}


def _of_pool(condition: Any) -> Any:
    if isinstance(condition, str) and condition.startswith(NATURAL):
        return {"pool": POOL, "match": condition.removeprefix(NATURAL), "append": "none"}
    matches = isinstance(condition, dict) and "match" in condition
    return {**condition, "pool": POOL} if matches else condition
