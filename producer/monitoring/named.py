"""Which studies are meant: by a name, by a pattern of names, or by the file of one or several."""

import os
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.errors import AnthologyError, InputError
from anthology.producer.monitoring.lookup import find_study, place, study_names

FILES = (".yaml", ".yml")
SIGNS = "*?["


def file_meant(text: str, database: Callable[[], Engine]) -> Path | None:
    """The file, where a command takes a file or a name; None where it is a name. What ends as a
    study file does is a file before it is a study, anything else a study before it is a file.

    database: opened only where a look at the file does not settle it. Raises `InputError` where
    what ends as a study file is neither.
    """
    path, ends = Path(text), text.endswith(FILES)
    there = os.path.isfile(path)  # also False, and no error, of what can be no file
    if there == ends:
        return path if there else None
    try:
        with reading(database()) as session:
            find_study(session, text)
    except AnthologyError as error:
        if there:
            return path
        raise InputError(f"{text}: no such file, and {error}") from None
    return None


def studies_meant(database: Engine, texts: Sequence[str]) -> list[str]:
    """The names, each once, of a pattern's studies in the order of their submission; whether there
    are such studies is not looked at, but for patterns and what seems to be a file.

    Raises `InputError` for a pattern that fits no study, and for a file that is no study file.
    """
    found: list[str] = []
    for text in texts:
        if path := file_meant(text, lambda: database):
            found += _of_file(path)
        elif any(sign in text for sign in SIGNS):
            found += _fitting(database, text)
        else:
            found.append(text)
    return list(dict.fromkeys(found))


def _of_file(path: Path) -> list[str]:
    from anthology.models.study.vary import grid

    return [study.study for study in grid.load(path, stored=True)]


def _fitting(database: Engine, pattern: str) -> list[str]:
    with reading(database) as session:
        known = study_names(session)
        found = [name for name in reversed(known) if fnmatchcase(name, pattern)]
        if not found:
            hint = f"known: {', '.join(known[:5])}" if known else "none has been submitted yet"
            raise InputError(
                f"no study is called like {pattern!r}; {hint} (the database is {place(session)})"
            )
    return found
