"""Text of strangers in a CSV is no formula, and can be had as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.runtime.spreadsheets import FORMULA, NUMBER, harmless


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("-5", "-5"), ("+1.5e-3", "+1.5e-3"),
        ("\n=1", "'\n=1"), ("＝1", "'＝1"), ("'=1", "''=1"), ("'-5", "''-5"), ("''=1", "'''=1"),
        ("'tis", "'tis"), ("-٣", "'-٣"), ("0007", "0007"), ("+49 170", "'+49 170"),
        ("a=b", "a=b"), ("", ""), (-5, -5), (-0.5, -0.5), (None, None), ("-5\n=1", "'-5\n=1"),
    ],
)  # fmt: skip
def test_only_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell, written):
    assert harmless(cell) == written


@given(st.text(st.sampled_from("'=+-@\t\n\r＝1a5.e")))
def test_whoever_takes_one_apostrophe_away_has_every_text_as_it_was(text):
    written = harmless(text)
    marked = written.startswith("'") and FORMULA.match(written)
    assert (written[1:] if marked else written) == text
    assert not FORMULA.match(written) or marked or NUMBER.fullmatch(written)
