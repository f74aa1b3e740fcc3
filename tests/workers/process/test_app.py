"""The worker's process: what its log looks like."""

import logging
import time


def test_every_line_of_a_workers_log_names_its_zone() -> None:
    from anthology.workers.process.app import app

    for text in (app.conf.worker_log_format, app.conf.worker_task_log_format):
        assert text.startswith("[%(asctime)s UTC: ")
        assert text.endswith("%(message)s")
    assert logging.Formatter.converter is time.gmtime
