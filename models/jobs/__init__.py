"""The job protocol: kinds, planning, claims, leases, sweep, splits; who may work for whom.

The database is the truth, a message only says that a job may be worth claiming. Knows nothing of
language models.
"""

__all__ = [
    "broker",
    "chunks",
    "claims",
    "engine_binding",
    "kinds",
    "messages",
    "orphaned_jobs",
    "planning",
    "protocol",
    "ready",
]
