"""Pools of personas: where life stories come from, one file a way, beside one base.

A new one is a file here and a line in `registry.py`. Knows nothing of jobs, databases or engines,
nor of whole studies.
"""

__all__ = [
    "base", "critic", "imported", "interview", "natural", "only", "primed", "registry",
    "screening", "writing",
]  # fmt: skip
