"""Survey files with anything in them: read, or refused in a sentence, before any write."""

import contextlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake_model
import forked
import pandas as pd
import pyreadstat
import pytest
from fuzz.inputs import inputs
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.labelled import sav_records

FIELDS = st.text(max_size=12) | st.sampled_from(
    ["", "NA", "nan", "inf", "-inf", "1e999", "TRUE", '"', "\x00", "9" * 400, "1.0", "٣", "0x1",
     "1_0", "=1+1", "None"]
)  # fmt: skip


def damaged(data: st.DataObject, whole: bytes) -> bytes:
    """With some pieces replaced, or cut off."""
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(at, min(len(whole), at + 30)))
        whole = whole[:at] + data.draw(st.binary(max_size=12)) + whole[end:]
    return whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole


@inputs(150)
@given(st.data())
def test_a_damaged_csv_is_refused_in_a_sentence(anthology: Any, data: st.DataObject) -> None:
    study = fake_model.write_study(anthology.folder)
    humans = anthology.folder / "humans.csv"
    humans.write_bytes(damaged(data, humans.read_bytes()))
    anthology.refused("submit", str(study), "--dry-run")
    anthology.refused("floor", str(humans), "--items", "roads,parks", "--splits", "2")
    assert not anthology.wrote()


@inputs(150)
@given(st.data())
def test_a_csv_of_strange_fields_is_refused_in_a_sentence(
    anthology: Any, data: st.DataObject
) -> None:
    study = fake_model.write_study(anthology.folder)
    humans = anthology.folder / "humans.csv"
    lines = [line.split(",") for line in humans.read_text().splitlines()]
    for _ in range(data.draw(st.integers(1, 5))):
        row = data.draw(st.integers(0, len(lines) - 1))
        lines[row][data.draw(st.integers(0, 6))] = data.draw(FIELDS)
    text = "\n".join(",".join(line) for line in lines)
    humans.write_bytes(text.encode("utf-8", "surrogatepass"))
    anthology.refused("submit", str(study), "--dry-run")
    anthology.refused("floor", str(humans), "--items", "roads,parks", "--splits", "2")
    assert not anthology.wrote()


@pytest.fixture(autouse=True)
def tried_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The process in which a damaged .sav is tried comes from the fork server: hundreds of them
    would import pandas otherwise."""
    folder = tmp_path_factory.mktemp("tried")

    def run(command: list[str], **_: Any) -> Any:
        return forked.run(command, os.environ, folder, 60)

    monkeypatch.setattr(sav_records, "subprocess", SimpleNamespace(run=run, DEVNULL=None))


@pytest.fixture(scope="module")
def whole_sav(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sav") / "whole.sav"
    people = 12
    frame = pd.DataFrame({
        "id": [f"r{n}" for n in range(people)], "weight": [1.0] * people,
        "age": [20.0 + n for n in range(people)], "sex": [1.0 + n % 2 for n in range(people)],
        "roads": [1.0 + n % 3 for n in range(people)],
        "parks": [1.0 + n % 3 for n in range(people)],
        "vote": [1.0 + n % 3 for n in range(people)],
    })  # fmt: skip
    pyreadstat.write_sav(frame, path, variable_value_labels={"sex": {1: "man", 2: "woman"}})
    return path.read_bytes()


@inputs(150)
@given(st.data())
def test_a_damaged_sav_is_refused_in_a_sentence(
    anthology: Any, whole_sav: bytes, data: st.DataObject
) -> None:
    humans = {"file": "humans.sav", "id": "id", "weight": "weight"}
    study = fake_model.write_study(anthology.folder, humans=humans)
    file: Path = anthology.folder / "humans.sav"
    file.write_bytes(damaged(data, whole_sav))
    try:
        anthology.refused("submit", str(study), "--dry-run")
        anthology.refused("floor", str(file), "--items", "roads,parks", "--splits", "2")
    finally:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
    assert not anthology.wrote()
