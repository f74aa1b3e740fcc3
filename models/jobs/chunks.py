"""Cuts work into jobs: one for each chunk of personas or respondents, as rows of the table."""

from typing import Any

CPU_QUEUE = "cpu"


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
