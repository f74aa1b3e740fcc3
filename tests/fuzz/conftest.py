"""What fuzzing shares: the command line in this process, and whether it left anything behind."""

import contextlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
import redis
import typer

from anthology.producer.cli import commands
from anthology.producer.local.local_redis import LocalRedis


@dataclass(frozen=True)
class Ran:
    """A command's exit code and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class CommandLine:
    """`anthology` in a folder of its own, with a real Redis and a SQLite file still to be made."""

    folder: Path
    broker: redis.Redis

    @property
    def database(self) -> Path:
        return self.folder / "home" / "anthology.db"

    def run(self, *arguments: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.object(sys, "argv", ["anthology", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            commands.main()
        code = end.value.code
        return Ran(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())

    def wrote(self) -> bool:
        """Whether there is a database, or anything in Redis."""
        return self.database.exists() or bool(self.broker.dbsize())

    def refused(self, *arguments: str) -> Ran:
        """Runs what may be right or wrong: wrong is exit code 2, a sentence, and no write."""
        ran = self.run(*arguments)
        assert ran.code in (0, 2), ran.err
        assert "Traceback" not in ran.err
        if ran.code == 2:
            assert ran.err.startswith("anthology: ")
            assert ran.err.strip() != "anthology:"
            assert not self.wrote()
        return ran


@pytest.fixture(scope="module")
def anthology(
    tmp_path_factory: pytest.TempPathFactory, redis_server: LocalRedis
) -> Iterator[CommandLine]:
    folder = tmp_path_factory.mktemp("fuzz")
    with (
        redis.Redis.from_url(redis_server.url) as broker,
        pytest.MonkeyPatch.context() as patched,
    ):
        broker.flushall()
        patched.chdir(folder)
        patched.setenv("ANTHOLOGY_HOME", str(folder / "home"))
        patched.setenv("ANTHOLOGY_DATABASE_URL", "")
        patched.setenv("ANTHOLOGY_BROKER_URL", redis_server.url)
        # A process runs one command; here hundreds do, and Typer would build them all for each.
        patched.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield CommandLine(folder, broker)
