"""A report as a file: replaced in one step, and only where it is ours."""

import re

import pytest
from finished_study import fill, small_study, some_humans
from spoilt_studies import change
from sqlalchemy import delete, update
from sqlmodel import col

from anthology.models.database.tables import Answer, Metric
from anthology.models.errors import InputError
from anthology.producer.reporting.report import write_report


def test_a_report_that_fails_leaves_the_old_one_whole(own, tmp_path, monkeypatch):
    page = write_report(own, "small", tmp_path / "out")
    old = page.read_bytes()
    change(own, delete(Metric))
    with pytest.raises(InputError):
        write_report(own, "small", tmp_path / "out")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("anthology.models.runtime.file_writing.os.replace", full)
    fill(own, small_study("second"), some_humans(small_study("second")))
    with pytest.raises(InputError, match=r"index\.html cannot be written: No space left"):
        write_report(own, "second", tmp_path / "out", force=True)
    assert page.read_bytes() == old
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]


def test_a_page_that_is_not_our_report_of_the_study_is_not_replaced(own, tmp_path):
    page = write_report(own, "small", tmp_path / "out")
    assert write_report(own, "small", tmp_path / "out") == page  # the same again needs no flag
    ours = page.read_bytes()
    signed = b"<!-- written by Anthology: "
    for other in (
        b"", b"<h1>my page</h1>", ours.replace(b"How close each", b"How far each"),
        ours + b"\n", ours[: ours.rindex(signed)], ours.replace(b">small<", b">Small<"),
    ):  # fmt: skip
        page.write_bytes(other)
        with pytest.raises(InputError, match=r"index\.html exists and is not what"):
            write_report(own, "small", tmp_path / "out")
        assert page.read_bytes() == other
    write_report(own, "small", tmp_path / "out", force=True)
    assert page.read_bytes() == ours


def test_another_studys_report_is_not_replaced(own, tmp_path):
    fill(own, small_study("second"), some_humans(small_study("second")))
    page = write_report(own, "second", tmp_path)
    before = page.read_bytes()
    with pytest.raises(InputError, match=r"index\.html exists"):
        write_report(own, "small", tmp_path)
    assert page.read_bytes() == before


def test_a_report_of_a_version_that_did_not_sign_is_replaced(own, html, tmp_path):
    older = html[: html.rindex("<!-- ")].replace('<meta name="generator" content="Anthology">', "")
    (tmp_path / "index.html").write_text(older)
    write_report(own, "small", tmp_path)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == html


def test_a_report_is_its_users_alone_and_one_that_was_opened_to_others_stays_so(own, tmp_path):
    page = write_report(own, "small", tmp_path / "web")
    assert [path.stat().st_mode & 0o777 for path in (page, page.parent)] == [0o600, 0o700]
    page.chmod(0o644)
    write_report(own, "small", tmp_path / "web")
    assert page.stat().st_mode & 0o777 == 0o644


def test_a_page_holds_no_control_characters(own, tmp_path):
    change(own, update(Answer).where(col(Answer.condition) == "none")
           .values(error="\x1b[2J\x07\x9b1m\x7f"))  # fmt: skip
    text = write_report(own, "small", tmp_path).read_text(encoding="utf-8")
    assert "\ufffd[2J\ufffd\ufffd1m\ufffd" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
