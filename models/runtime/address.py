"""Names a server for people: its URL without whatever may be secret in it.

A password may stand before the @, or in the query, which libpq and redis-py read, too.
"""

from pathlib import Path

from sqlalchemy import URL


def of_database(url: URL) -> str:
    """A SQLite file with its whole path: who looks from another folder has another database."""
    file = url.database
    if url.get_backend_name() == "sqlite" and file and not file.startswith((":", "file:")):
        url = url.set(database=str(Path(file).absolute()))
    return url.set(query={}).render_as_string(hide_password=True)


def of_redis(url: str) -> str:
    """Also of what is no URL at all."""
    return url.rpartition("://")[2].rpartition("@")[2].partition("?")[0]
