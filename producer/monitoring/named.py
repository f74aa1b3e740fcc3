"""Which studies are meant: by a name, by a pattern of names, or by the file of one or several."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.errors import InputError
from anthology.producer.monitoring.lookup import place, study_names

FILES = (".yaml", ".yml")
SIGNS = "*?["


def is_name(text: str) -> bool:
    """Whether it can be nothing but the name of one study."""
    return not text.endswith(FILES) and not any(sign in text for sign in SIGNS)


def studies_meant(database: Engine, texts: Sequence[str]) -> list[str]:
    """The names, each once, of a pattern's studies in the order of their submission; whether there
    are such studies is not looked at, but for patterns.

    Raises `InputError` for a pattern that fits no study, and for a file that is no study file.
    """
    found: list[str] = []
    for text in texts:
        if is_name(text):
            found.append(text)
        elif text.endswith(FILES):
            found += _of_file(Path(text))
        else:
            found += _fitting(database, text)
    return list(dict.fromkeys(found))


def _of_file(path: Path) -> list[str]:
    from anthology.models.study.study import Study

    return [study.study for study in Study.grid(path)]


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
