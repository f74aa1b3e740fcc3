"""The job protocol: kinds, planning, claims, leases, sweep, splits.

The database is the truth, a message only says that a job may be worth claiming. Knows nothing of
language models.
"""

__all__ = [
    "broker",
    "chunks",
    "claims",
    "engines",
    "kinds",
    "messages",
    "planning",
    "protocol",
    "ready",
    "rounds",
]
