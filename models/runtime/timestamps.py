"""How a moment is written for people: in UTC wherever they are, and saying so.

Machines of one site may keep different zones; what status, report and logs say of one night must
be comparable.
"""

import logging
import time
from datetime import UTC, datetime


def shown(seconds: float) -> str:
    """Seconds since the epoch as 2026-11-20 03:12 UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def day(seconds: float) -> str:
    """Seconds since the epoch as 2026-11-20, the day in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def log_in_utc() -> None:
    """From now on, in this process; a format says " UTC" after its `asctime`."""
    logging.Formatter.converter = time.gmtime
