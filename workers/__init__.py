"""Does the jobs: Celery tasks around one loaded model, and the aggregator.

Knows nothing of the producer.
"""

__all__ = ["engine", "process", "runner", "tasks"]
