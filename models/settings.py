"""Where things are: settings from the environment (`ANTHOLOGY_*`) or a `.env` file here.

A name that is nearly a setting's is refused: what it was meant to say would be ignored in silence.
"""

import difflib
import logging
import os
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from anthology.models import env_file
from anthology.models.env_file import PREFIX
from anthology.models.errors import InputError

log = logging.getLogger(__name__)

# Read by ops/flower.sh, passed from the launcher to its workers, or read by tests.
_OTHERS = re.compile(r"FLOWER_(ADDRESS|PORT|BASIC_AUTH)|WORKER(_\w+)?|FUZZ|INSTANT_\w+")
_POSTGRES = re.compile(r"postgres(ql)?(\+\w+)?://")
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^?]*)")
_told: set[str] = set()


class Settings(BaseModel):
    """Addresses and intervals shared by every process of a study; times in seconds."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**(_given() | values))
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name = f"{PREFIX}{problem['loc'][0]}".upper()
            reason = problem["msg"].removeprefix("Value error, ")
            raise InputError(f"{name}: {reason}, found {problem['input']!r}") from None

    home: Path = Path("anthology-data")
    broker_url: str = "redis://127.0.0.1:6379/0"
    database_url: str = ""
    lease_s: float = Field(default=30.0, gt=0)
    sweep_s: float = Field(default=10.0, gt=0)
    grace_s: float = Field(default=5.0, ge=0)
    max_deaths: int = Field(default=5, ge=1)
    hang_s: float = Field(default=300.0, gt=0)
    stall_s: float = Field(default=90.0, gt=0)
    umask: str = "077"

    @field_validator("umask")
    @classmethod
    def _leaves_the_user(cls, mask: str) -> str:
        """As the shell's `umask` takes it; the user's own rights are never taken away."""
        if not re.fullmatch(r"0{0,2}[0-7]{2}", mask):
            raise ValueError("should be 077 (only you), 027, 007 (your group) or 022 (all read)")
        return mask

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        """The one that is installed: `postgresql://` alone would ask SQLAlchemy for psycopg2."""
        return _POSTGRES.sub("postgresql+psycopg://", url, count=1)

    @property
    def mask(self) -> int:
        """What others may not do with the files that we make."""
        return int(self.umask, 8)

    @property
    def database(self) -> str:
        """The database URL; by default a SQLite file under `home`."""
        return self.database_url or f"sqlite:///{self.home / 'anthology.db'}"


def texts() -> dict[str, str]:
    """What is set, by name without the prefix, in capitals. The environment wins over `.env`.

    An empty value is as good as none, but wins over `.env`, too. Raises `InputError` for a name
    that is nearly a setting's.
    """
    in_file, referred = env_file.read(Path(env_file.FILE))
    found = {
        name.upper(): _bare(value)
        for source in (in_file, os.environ)
        for name, value in source.items()
    }
    for name, value in found.items():
        if name.startswith("A") and name not in referred:
            _check_name(name, value)
    ours = {name: value for name, value in found.items() if name.startswith(PREFIX) and value}
    return {name.removeprefix(PREFIX): value for name, value in ours.items()}


def _bare(value: str) -> str:
    """Without what a file with Windows' line ends leaves, and Docker's `--env-file`: quotes."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1].strip()
    return value


def _given() -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in texts().items():
        if (field := name.lower()) in Settings.model_fields:
            try:
                given[field] = _READERS.get(field, str)(value)
            except ValueError as error:
                raise InputError(f"{PREFIX}{name}: {error}") from None
    return given


def _path(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        raise ValueError("a line end or another control character is in it")
    return env_file.expanded(text)


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://")):
        raise ValueError("should begin with redis:// or rediss://, as redis://host:6379/0 does")
    return text


def _database_url(text: str) -> str:
    if re.fullmatch(r"sqlite(\+\w+)?:(//)?(/|/?:memory:)?(\?.*)?", text):
        raise ValueError("should name a file, as sqlite:////data/anthology.db does")
    if found := _SQLITE.match(text):
        file = found[2] and _path(found[2])
        return found[1] + file + text[found.end() :]
    if not text.startswith("sqlite:") and not _POSTGRES.match(text):
        raise ValueError(
            "should begin with postgresql://, or with sqlite:/// before a file's path, as "
            "sqlite:////data/anthology.db does"
        )
    return text


_READERS = {"home": _path, "broker_url": _redis_url, "database_url": _database_url}


def _check_name(name: str, value: str) -> None:
    """Raises `InputError` for what was meant as a setting; of other names of ours it warns once."""
    known = [field.upper() for field in Settings.model_fields]
    own = name.removeprefix(PREFIX)
    if own in known or (name != own and _OTHERS.fullmatch(own)):
        return
    meant = _meant(own, value, known) if name != own else _nearly(name, known)
    if meant:
        raise InputError(f"there is no setting {name}; did you mean {PREFIX}{meant}?")
    if name != own and name not in _told:
        _told.add(name)
        log.warning("%s is no setting of this version of Anthology and is ignored", name)


def _meant(own: str, value: str, known: list[str]) -> str | None:
    """Which setting a name stands for: one nearly like it, or what its value can only be."""
    if value.startswith(("redis://", "rediss://")):
        return "BROKER_URL"
    if value.startswith("sqlite:") or _POSTGRES.match(value):
        return "DATABASE_URL"
    begun = [setting for setting in known if setting.startswith(own) or own.startswith(setting)]
    return next(iter(begun or difflib.get_close_matches(own, known, n=1, cutoff=0.7)), None)


def _nearly(name: str, known: list[str]) -> str | None:
    """A setting whose prefix is misspelt, as in ANTOLOGY_HOME or ANTHOLOGY-HOME."""
    whole = [PREFIX + setting for setting in known]
    near = difflib.get_close_matches(name, whole, n=1, cutoff=0.9)
    return near[0].removeprefix(PREFIX) if near else None
