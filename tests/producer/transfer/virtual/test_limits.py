"""Names and labels that SPSS and Stata take, whatever a study file calls things."""

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.producer.transfer.virtual.limits import PLAIN, SPSS, STATA

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=70)
odd = st.sampled_from(["by", "ALL", "all", "int", "a b", "1", "_x", "v."])
wanted = st.lists(texts | odd, max_size=9)
FORMATS = pytest.mark.parametrize(("limits", "kind"), [(SPSS, "sav"), (STATA, "dta")])


@FORMATS
@settings(max_examples=40)
@given(wanted=wanted)
def test_every_name_is_one_only_and_can_be_written(tmp_path_factory, limits, kind, wanted):
    names = limits.names(wanted)
    assert len(names) == len(wanted)
    if names:
        frame = pd.DataFrame([[1.0] * len(names)], columns=names)
        file = tmp_path_factory.getbasetemp() / f"names.{kind}"
        getattr(pyreadstat, f"write_{kind}")(frame, file)
        _, meta = getattr(pyreadstat, f"read_{kind}")(file)
        assert meta.column_names == names
    folded = [name.casefold() for name in names] if kind == "sav" else names
    assert len(set(folded)) == len(names)


@FORMATS
@pytest.mark.parametrize("name", ["Q1", "trust_in_press", "Überzeugung", "a" * 32])
def test_a_name_that_the_format_takes_stays_as_it_is(limits, kind, name):
    assert limits.names([name]) == [name]


def test_what_a_format_does_not_take_is_cut_and_told_apart():
    long = ["a" * 70, "a" * 80, "A" * 64]
    assert SPSS.names(long) == ["a" * 64, "a" * 62 + "_2", "A" * 62 + "_3"]
    assert STATA.names(long) == ["a" * 32, "a" * 30 + "_2", "A" * 32]
    assert SPSS.names(["ü" * 40, "by", "Q1.", "1 b"]) == ["ü" * 32, "by_2", "Q1", "v1_b"]
    assert STATA.names(["int", "Q.1"]) == ["int_2", "Q_1"]
    assert PLAIN.names(["a b", "a b", "x" * 99]) == ["a b", "a b_2", "x" * 99]


@given(text=texts.map(lambda text: text * 9))
def test_labels_are_as_long_as_a_format_has_room_for(text):
    spss, stata = SPSS.label_of(text), STATA.label_of(text)
    assert len(spss.encode()) <= 256
    assert len(stata) <= 80
    assert len(SPSS.value_label_of(text).encode()) <= 120
    line = " ".join(text.split())
    assert spss == line or (spss.endswith("…") and line.startswith(spss[:-1]))
    assert PLAIN.value_label_of(text) == text
