"""Whether an error of the database passes, or the rows that were to be stored are wrong.

Judged by SQLSTATE, not by the driver's classes: behind a pooler a broken connection may show itself
as a `ProgrammingError` ("prepared statement already exists").
"""

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

# Data exception, constraint violated, program limit exceeded (a value too large for an index).
OF_THE_ROWS = ("22", "23", "54")


def passing(error: DBAPIError) -> bool:
    """Whether waiting may help: everything but what the rows themselves are refused for.

    A lost connection, too many clients, a deadlock, a full disk, a locked file, a right that an
    administrator took away: none is a job's fault, and its results are worth waiting for.
    """
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)  # SQLite has none, nor what a driver refuses
    if state:
        return not str(state).startswith(OF_THE_ROWS)
    return not isinstance(error, DataError | IntegrityError)
