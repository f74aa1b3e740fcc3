"""SPSS' multiple-response sets are asked as "choose all that apply", however they are coded."""

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.study.reading.yaml_file import SurveyLoader
from anthology.producer.surveys.drafting.study_drafts import draft
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.scales.scale import scales_of

ASKED = "Which do you use?"
MEDIA = {1.0: "Television", 2.0: "Radio", 3.0: "Internet", 98.0: "Don't know", -1.0: "Inapplicable"}


def saved(path: Path, frame: pd.DataFrame, sets: str, **labels) -> Path:
    """An .sav with a record of multiple-response sets, which pyreadstat reads and cannot write."""
    pyreadstat.write_sav(frame, path, **labels)
    raw, told = path.read_bytes(), sets.encode()
    end = raw.index(struct.pack("<2i", 999, 0))  # of all that stands above the data
    path.write_bytes(raw[:end] + struct.pack("<4i", 7, 7, 1, len(told)) + told + raw[end:])
    return path


def mentions(path: Path, rows: list[list[float]], label: str = ASKED, **how) -> Path:
    frame = pd.DataFrame(rows, columns=["m1", "m2"], dtype="float64")
    return saved(
        path, frame, f"$m=C {len(label)} {label} m1 m2\n",
        variable_value_labels={"m1": MEDIA, "m2": MEDIA}, **how,
    )  # fmt: skip


def question(path: Path, asked: str, traits: list[str] | None = None) -> dict:
    out = path.with_suffix(".yaml")
    draft(path, [asked], traits or [], None, None, out, force=True)
    [found] = yaml.safe_load(out.read_text())["questionnaire"]["questions"].values()
    return found


def test_a_dichotomy_set_is_asked_for_by_its_name_and_drafted_as_select_all(tmp_path):
    names = ["use_tv", "Use_Radio_Often", "use_web"]  # SPSS writes them in small, or shortened
    frame = pd.DataFrame({name: [1.0, 0.0, 1.0, 0.0, float(n)] for n, name in enumerate(names)})
    path = saved(
        tmp_path / "s.sav", frame.clip(0, 1),
        f"$use=D1 1 {len(ASKED)} {ASKED} use_tv use_radio_often use_web gone\n",
        column_labels={n: f"Which do you use? {n.split('_')[1].title()}" for n in names},
        variable_value_labels={name: {0: "Not used", 1: "Used"} for name in names},
    )  # fmt: skip
    assert read_survey(path).multiple == {ASKED: names, "$use": names}
    for name in (ASKED, "$use"):
        found = question(path, name)
        assert found["select_all"] == ASKED
        assert set(found["items"].values()) == {"Tv", "Radio", "Web"}


@pytest.mark.parametrize(("counted", "other", "codes"), [
    (1, 2, {"Yes": 1, "No": 2}), (1, 0, {"Yes": 1, "No": 0}),
    (3, np.nan, {"Yes": 3, "No": {"blank": True}}),
])  # fmt: skip
def test_the_code_that_counts_is_yes_though_it_has_no_label(tmp_path, counted, other, codes):
    frame = pd.DataFrame({"a": [counted, other, other], "b": [other, counted, other]}, dtype=float)
    path = saved(tmp_path / "s.sav", frame, f"$own=D1 {counted} 4 Owns a b\n",
                 column_labels={"a": "A house", "b": "A car"})  # fmt: skip
    survey = read_survey(path)
    found = {option.text: option.codes for option in scales_of(survey, ["a"])["a"].options}
    assert found == {"Yes": [counted], "No": [None if np.isnan(other) else other]}
    draft(path, ["$own"], [], None, None, tmp_path / "s.yaml")
    drafted = yaml.load((tmp_path / "s.yaml").read_text(), SurveyLoader)["questionnaire"]
    assert drafted["options"] == codes


def test_a_label_of_the_code_that_counts_is_the_answer(tmp_path):
    frame = pd.DataFrame({"a": [1, np.nan, 1], "b": [np.nan, 1, 1]})
    path = saved(
        tmp_path / "s.sav", frame, f"$use=D1 1 {len(ASKED)} {ASKED} a b\n",
        column_labels=dict.fromkeys("ab", ASKED),
        variable_value_labels={"a": {1: "Television"}, "b": {1: "Radio"}},
    )  # fmt: skip
    found = question(path, "$use")
    assert (found["select_all"], found["items"]) == (ASKED, {"a": "Television", "b": "Radio"})


def test_mentions_become_a_column_for_each_answer(tmp_path):
    rows = [[1, 2], [3, -1], [2, 1], [98, -1], [-1, -1], [98, 3], [np.nan, np.nan]]
    survey = read_survey(mentions(tmp_path / "s.sav", rows))
    columns = [f"{ASKED} [{answer}]" for answer in ("Television", "Radio", "Internet")]
    assert survey.multiple == {ASKED: columns, "$m": columns}
    nan = np.nan
    right = [[1, 0, 1, nan, nan, 0, nan], [1, 0, 1, nan, nan, 0, nan], [0, 1, 0, nan, nan, 1, nan]]
    for column, cells in zip(columns, right, strict=True):
        np.testing.assert_array_equal(survey.column(column), cells)
    assert survey.notes == [
        f"s.sav: taken for no mention: {ASKED!r} -1 (Inapplicable), 98 (Don't know)"
    ]
    np.testing.assert_array_equal(survey.column("m1"), [row[0] for row in rows])


@pytest.mark.parametrize("traits", [[], ["m1"]])  # with traits only some columns are read
def test_mentions_are_drafted_as_select_all(tmp_path, traits):
    path = mentions(tmp_path / "s.sav", [[1, 2], [3, -1], [2, 1]] * 5)
    found = question(path, ASKED, traits)
    assert found["select_all"] == ASKED
    items = [item["item"] for item in found["items"].values()]
    assert items == ["Television", "Radio", "Internet"]


def test_a_set_without_a_label_is_called_by_what_its_columns_labels_begin_with(tmp_path):
    labels = {"m1": "Media used - first mention", "m2": "Media used - second mention"}
    survey = read_survey(mentions(tmp_path / "s.sav", [[1, 2], [3, 1]], "", column_labels=labels))
    assert set(survey.multiple) == {"Media used", "$m"}


def test_a_set_of_one_answer_or_of_very_many_stays_as_it_is(tmp_path):
    few = read_survey(mentions(tmp_path / "few.sav", [[98, -1], [-1, -1]]))
    many = pd.DataFrame({"m1": np.arange(60.0), "m2": np.arange(60.0)[::-1]})
    survey = read_survey(saved(tmp_path / "many.sav", many, "$m=C 4 Jobs m1 m2\n"))
    assert few.multiple[ASKED] != ["m1", "m2"]
    assert survey.multiple == {"Jobs": ["m1", "m2"], "$m": ["m1", "m2"]}
    assert list(survey.frame) == ["m1", "m2"]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sets(st.sampled_from([1.0, 2.0, 3.0]), max_size=2), min_size=3, max_size=20))
def test_what_was_chosen_is_what_was_mentioned_in_any_order(tmp_path_factory, chosen):
    down = len(chosen) % 2 == 0
    rows = [[*sorted(one, reverse=down), np.nan, np.nan][:2] for one in chosen]
    survey = read_survey(mentions(tmp_path_factory.mktemp("any") / "s.sav", rows))
    for code, answer in list(MEDIA.items())[:3]:
        cells = survey.column(f"{ASKED} [{answer}]").tolist()
        assert [None if cell != cell else bool(cell) for cell in cells] == [
            code in one if one else None for one in chosen
        ]
