"""Moments are written in UTC, wherever somebody is."""

import logging
import time
from collections.abc import Iterator

import pytest

from anthology.models.runtime import timestamps


@pytest.fixture(params=["America/New_York", "Asia/Kolkata", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine that keeps another zone's time."""
    with monkeypatch.context() as patched:
        patched.setattr(logging.Formatter, "converter", time.localtime)
        patched.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_a_moment_is_the_same_text_everywhere(zone: str) -> None:
    assert timestamps.shown(1_795_749_120.9) == "2026-11-27 03:12 UTC"


def test_a_line_of_a_log_has_the_same_time_everywhere(zone: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "ready", (), None)
    record.created, record.msecs = 1_795_749_120.9, 900.0
    timestamps.log_in_utc()
    assert (
        logging.Formatter("[%(asctime)s UTC] %(message)s").format(record)
        == "[2026-11-27 03:12:00,900 UTC] ready"
    )
