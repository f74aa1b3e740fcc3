"""Transactions that wait for a database that is away, until the worker stops."""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from anthology.models.database.transient_errors import passing

log = logging.getLogger(__name__)

T = TypeVar("T")
TRIES_WHEN_STOPPING = 10
LONGEST_WAIT_S = 5.0  # a GPU idles for so long when the database is back


def with_retries(write: Callable[[], T], stopping: threading.Event) -> T:
    """Runs a transaction, again and again while the database cannot be reached.

    A stopping worker tries for some seconds more, so that a passing conflict costs nothing.
    """
    tries_left = TRIES_WHEN_STOPPING
    for attempt in itertools.count():
        try:
            return write()
        except DBAPIError as error:
            if not passing(error) or not tries_left:
                raise
            log.warning("the database cannot be written, trying again: %s", error.orig)
            if stopping.wait(min(LONGEST_WAIT_S, 0.5 * 2 ** min(attempt, 4))):
                tries_left -= 1
                time.sleep(0.3)
    raise AssertionError
