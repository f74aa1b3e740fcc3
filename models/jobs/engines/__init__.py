"""Which engines may do which jobs: those of the model that a study names for it, and like the first
that did some; and how jobs are found that lie in nobody's queue.
"""

__all__ = ["concerned", "engine_binding", "orphaned_jobs"]
