"""Every way of conditioning (`ops/methods`), so small that a tiny model ends it soon."""

from pathlib import Path
from typing import Any

import yaml
from running import EXAMPLE

METHODS = Path(__file__).parents[2] / "ops" / "methods"
PEOPLE = 4


def every_condition(folder: Path, model: str) -> Path:
    study: dict[str, Any] = yaml.safe_load((METHODS / "every_condition.yaml").read_text())
    study |= {"model": model, "chunk": PEOPLE}
    study["humans"] |= {"file": str(EXAMPLE / "respondents.csv"), "sample": PEOPLE}
    study["traits"] = {name: study["traits"][name] for name in ("gender", "party")}
    questions = study["questionnaire"]["questions"]
    study["questionnaire"]["questions"] = dict(list(questions.items())[:2])
    pools = study["pools"]
    pools["natural"] |= {"count": PEOPLE, "reject": {"shorter_than": 4}}
    pools["interviews"] |= {"count": 2}
    pools["published"] |= {"file": str(METHODS / "stories.jsonl")}
    for pool in pools.values():
        if "max_tokens" in pool:
            pool["max_tokens"] = 24
    path = folder / "every_condition.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    return path
