"""What steers a terminal is written out: in text, in JSON and in logs."""

import io
import json
import logging
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.runtime import terminal

EVIL = "\x1b[2J\x1b]0;title\x07\x9b31m\x7f\r\u202e\u2066\u2028\ud800"


def steers(text: str) -> bool:
    kinds = {unicodedata.category(c) for c in text if c not in "\t\n"}
    return bool(kinds & {"Cc", "Cs", "Zl", "Zp"} or set(text) & set("\u202a\u202e\u2066\u2069"))


def test_what_steers_is_written_out_and_the_rest_stays() -> None:
    assert terminal.harmless("\x1b[31m") == r"\x1b[31m"
    assert terminal.harmless("a\u202eb") == r"a\u202eb"
    kept = "Zoë שלום 你好 \U0001f600\tx\ny\\x1b"
    assert terminal.harmless(kept) == kept
    assert terminal.one_line("ok\nWRONG\t") == r"ok\nWRONG\t"


@given(st.text(st.characters()))
def test_no_text_steers_a_terminal(text: str) -> None:
    assert not steers(terminal.harmless(text + EVIL))
    assert len(terminal.one_line(text + EVIL).splitlines()) == 1


@given(st.text(st.characters()))
def test_json_means_the_same_and_steers_nothing(text: str) -> None:
    value = {text + EVIL: [text, EVIL, {"a": "Zoë"}]}
    printed = terminal.as_json(value)
    assert not steers(printed)
    assert json.loads(printed) == value
    assert "Zoë" in printed


@pytest.fixture
def logged() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    factory = logging.getLogRecordFactory()
    out = io.StringIO()
    log = logging.getLogger("anyone.at.all")
    handler = logging.StreamHandler(out)
    log.addHandler(handler)
    terminal.guard_logs()
    terminal.guard_logs()  # Celery's app is imported more than once
    yield log, out
    log.removeHandler(handler)
    logging.setLogRecordFactory(factory)


def test_no_logged_line_steers_a_terminal(logged: tuple[logging.Logger, io.StringIO]) -> None:
    log, out = logged
    log.error("it says %s", EVIL)
    try:
        raise ValueError(EVIL)
    except ValueError as error:
        log.exception("failed: %s", error)
    log.error("%d people", 3)
    said = out.getvalue()
    assert not steers(said)
    assert said.count(r"\x1b[2J") == 3
    assert "Traceback" in said
    assert "3 people" in said
