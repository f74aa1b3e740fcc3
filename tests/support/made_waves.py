"""Made survey files with the columns of the ready studies: answers by chance, labels of our own.

Knows the ready studies' files, and nothing of how they are filled in.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import yaml

import anthology.producer
from anthology.models.study.reading.yaml_file import SurveyLoader

READY = Path(anthology.producer.__file__).parent / "examples" / "ready"
FILES = {
    path.stem: yaml.load(path.read_text(), SurveyLoader) for path in sorted(READY.glob("*.yaml"))
}
DEGREES = ["Not at all well", "Not too well", "Somewhat well", "Very well"]


def made(name: str, people: int = 40, seed: int = 0) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A file of that wave's columns: codes by chance, some refused (99), and labels of ours."""
    rng, ready = np.random.default_rng(seed), FILES[name]
    columns = {ready["humans"]["id"]: np.arange(people) + 1000.0,
               ready["humans"]["weight"]: rng.lognormal(0, 0.5, people)}  # fmt: skip
    labels, values = {}, {}
    for trait in ready["traits"].values():
        codes = [*trait["options"].values(), *trait.get("missing", [])]
        columns[trait["column"]] = rng.choice(np.array(codes, float), people)
        values[trait["column"]] = {float(code): f"made {code}" for code in codes}
    for number, (column, codes) in enumerate(ready["questionnaire"]["questions"].items()):
        codes = codes or [1, 2, 3, 4]
        columns[column] = rng.choice(np.array([*codes, 99], float), people)
        labels[column] = f"{column}. How would you answer made question {number}?"
        texts = [f"{word} {number}" for word in DEGREES] + [f"Beyond {number} [OR]"]
        values[column] = dict(zip(map(float, codes), texts, strict=False)) | {99.0: "Refused"}
    return pd.DataFrame(columns), {"column_labels": labels, "variable_value_labels": values}


def written(frame: pd.DataFrame, told: dict[str, Any], path: Path = Path("wave.sav")) -> Path:
    pyreadstat.write_sav(frame, path, **told)
    return path
