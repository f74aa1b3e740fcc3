"""Where things are: settings from the environment (`ANTHOLOGY_*`) or a `.env` file here."""

import re
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import InputError


class Settings(BaseSettings):
    """Addresses and intervals shared by every process of a study; times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="ANTHOLOGY_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name = f"ANTHOLOGY_{problem['loc'][0]}".upper()
            said = problem["msg"].removeprefix("Value error, ")
            raise InputError(f"{name}: {said}, found {problem['input']!r}") from None

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
        """`postgresql://` alone would ask SQLAlchemy for psycopg2, which is not installed."""
        for plain in ("postgresql://", "postgres://"):
            if url.startswith(plain):
                return "postgresql+psycopg://" + url.removeprefix(plain)
        return url

    @property
    def mask(self) -> int:
        """What others may not do with the files that we make."""
        return int(self.umask, 8)

    @property
    def database(self) -> str:
        """The database URL; by default a SQLite file under `home`."""
        return self.database_url or f"sqlite:///{self.home / 'anthology.db'}"
