"""Figures of a whole study: how they are computed."""

from contextlib import nullcontext

from fake_model import small_study
from threadpoolctl import threadpool_info, threadpool_limits

from anthology.models.measuring import measuring
from anthology.models.measuring.stored import Stored


def threads():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_a_study_is_measured_in_one_thread_and_others_get_theirs_back(tmp_path, monkeypatch):
    """Many small products: threads that wait for the next one would keep all cores busy."""
    seen = []
    monkeypatch.setattr(measuring, "WITH_HUMANS", [lambda stored: seen.append(threads()) or ()])
    monkeypatch.setattr(measuring, "reading", nullcontext)
    nothing = Stored(None, 0, None, {}, {}, [])
    monkeypatch.setattr(measuring.stored, "load", lambda *_, **__: nothing)
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        measuring.measured(None, 1, small_study(tmp_path))
        assert threads() == before
    assert seen == [{1}]
