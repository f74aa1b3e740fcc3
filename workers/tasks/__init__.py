"""One file a kind of job: what is done, from stored rows to rows to store.

Knows nothing of Celery, leases or processes.
"""

__all__ = ["by_kind"]
