"""The processes: a launcher, and a Celery worker for each GPU (group) that it starts again."""

__all__ = []
