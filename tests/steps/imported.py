"""A study whose stories come from a file that says who their personas are."""

import json
from pathlib import Path
from typing import Any

from fake_model import write_study

from anthology.models.study.study import Study

CONDITIONS = ["none", {"pool": "told", "match": "greedy", "append": "none"}]
ALL_KNOWN = {"age": "years", "sex": "gender"}


def write_imported(
    folder: Path, pool: dict[str, Any] | None = None, stories: int = 9, **more: Any
) -> Path:
    """Its file, beside that of the stories; nothing is known of them unless `pool` says so."""
    folder.mkdir(exist_ok=True)
    rows = [
        {"text": f"I am number {n}.", "uuid": f"u{n}", "years": 20 + 10 * (n % 5),
         "gender": n % 2 + 1}
        for n in range(stories)
    ]  # fmt: skip
    (folder / "s.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    pools = {"told": {"file": "s.jsonl", "id": "uuid", **(pool or {})}}
    return write_study(folder, **{"pool": None, "pools": pools, "conditions": CONDITIONS, **more})


def imported_study(
    folder: Path, pool: dict[str, Any] | None = None, stories: int = 9, **more: Any
) -> Study:
    return Study.load(write_imported(folder, pool, stories, **more))
