"""Two items that have nothing to do with each other have no alpha, whoever skipped both."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.producer.surveys.floor import human_floor

PEOPLE = 600
MARKS: dict[str, list[str | float]] = {
    "csv": ["", " ", ".", ".a", "NA", "#NULL!", "N/A", "-"],
    "semicolons.csv": ["", ".b", "#N/D"],
    "tsv": ["", "NaN"],
}
KINDS = [(kind, mark) for kind, marks in MARKS.items() for mark in marks]
KINDS += [("sav", -9.0), ("sav", 99.0), ("sav", np.nan), ("dta", np.nan), ("parquet", np.nan)]


def write(path: Path, kind: str, answers: pd.DataFrame, mark: str | float) -> Path:
    path = path / f"s.{kind}"
    if kind in MARKS:
        separator = {"csv": ",", "semicolons.csv": ";", "tsv": "\t"}[kind]
        cells = answers.astype("Int64").astype(object).fillna(mark)
        cells.to_csv(path, index=False, sep=separator)
        return path
    table = answers.fillna(mark)
    if kind == "sav":
        declared = {"missing_ranges": {name: [mark] for name in "ab"}} if mark == mark else {}
        pyreadstat.write_sav(table, path, **declared)
    elif kind == "dta":
        pyreadstat.write_dta(table, path)
    else:
        table.to_parquet(path)
    return path


@pytest.mark.parametrize(("kind", "mark"), KINDS)
@settings(deadline=None, max_examples=4)
@given(
    seed=st.integers(0, 9999), skipped=st.floats(0, 0.8), alone=st.floats(0, 0.2),
    points=st.integers(2, 11),
)  # fmt: skip
def test_unrelated_items_have_an_alpha_within_sampling_error_of_0(
    tmp_path_factory, kind, mark, seed, skipped, alone, points
):
    rng = np.random.default_rng(seed)
    answers = pd.DataFrame({name: rng.integers(1, points + 1, PEOPLE) * 1.0 for name in "ab"})
    answers.loc[rng.random(PEOPLE) < skipped] = np.nan
    answers = answers.mask(rng.random(answers.shape) < alone)
    answers["person"] = np.arange(PEOPLE) * 1.0
    path = write(tmp_path_factory.mktemp("any"), kind, answers, mark)
    found = human_floor(path, ["a", "b"], splits=1, ordered=["a", "b"])
    both = int(answers[["a", "b"]].notna().all(axis=1).sum())
    assert abs(found.figures["alpha"]) < 2 * 4.5 / np.sqrt(both)  # alpha is 2r / (1 + r)
    assert found.n == int(answers[["a", "b"]].notna().any(axis=1).sum())
