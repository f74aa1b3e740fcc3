"""Cuts work into jobs: which job a chunk of personas or respondents is, and how people read it."""

from typing import Any

CPU_QUEUE = "cpu"
# In the order of the pipeline; to calibrate is for studies that remove the label prior.
KINDS = ("backstory", "poll", "match", "calibrate", "survey", "measure")
RETIRED = "retired"  # the kind of jobs that a retry had planned anew: over, and kept for their cost
CALIBRATION_PEOPLE = 32  # respondents whose conversations the label prior is estimated in

NOUNS = {
    "backstory": "personas", "poll": "personas", "calibrate": "respondents", "survey": "respondents"
}  # fmt: skip


def priority(kind: str, condition: str = "") -> int:
    """Celery priority on Redis, 0 first: later stages first, and baselines fill what is left.

    Baseline surveys depend on nothing, so they keep the GPU busy while a barrier is waited for.
    0 itself is kept for urgent jobs.
    """
    if kind in ("survey", "calibrate"):
        return 1 if condition.startswith("natural/") else 9
    return {"poll": 3, "backstory": 6}.get(kind, 1)


def span_jobs(
    kind: str,
    study_id: int | None,
    owner: str,
    first: int,
    count: int,
    chunk: int,
    queue: str,
    *,
    condition: str = "",
    pool_id: int | None = None,
) -> list[dict[str, Any]]:
    """The jobs that cover numbers `first` to `first + count - 1` in chunks, as table rows."""
    scope = f"study:{study_id}" if study_id is not None else f"pool:{pool_id}"
    return [
        {
            "key": f"{scope}/{kind}/{condition}/{start}",
            "kind": kind,
            "study_id": study_id,
            "pool_id": pool_id,
            "condition": condition,
            "first": start,
            "count": min(chunk, first + count - start),
            "queue": queue,
            "title": " ".join(part for part in (f"{kind}: {owner}", condition) if part),
            "state": "pending",
            "attempt": 0,
            "deaths": 0,
            "not_before": 0.0,
            "prompt_tokens": 0,
            "cached_tokens": 0,
            "output_tokens": 0,
        }
        for start in range(first, first + count, chunk)
    ]


def who(kind: str, first: int, count: int) -> str:
    """Which people a job is about, for Flower: "personas 32-63"."""
    noun = NOUNS.get(kind)
    return f"{noun} {first}-{first + count - 1}" if noun else "whole study"
