"""What a worker does around its jobs: takes messages, claims, renews, stores, hands back."""

__all__ = [
    "app_names",
    "celery_tasks",
    "database_retries",
    "housekeeping",
    "job_runner",
    "watchdog",
]
