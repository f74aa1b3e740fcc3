"""What commands import before they do anything: a person who looks ten times an hour pays for it.

Modules are counted, not seconds: a machine that is busy has as many of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_model import small_study, store, write_study

from anthology.models.database.sessions import open_database
from anthology.producer.cli.commands import COMMANDS

ROOT = Path(__file__).parents[3]
PUBLIC = str(ROOT / "producer" / "public")
HUMANS = ROOT / "producer" / "examples" / "gss2018" / "respondents.csv"

# Runs commands one after the other; what one imports is there for the next, so the order is from
# the lightest to the heaviest.
PROGRAM = """
import contextlib, io, json, sys
from anthology.producer.cli import commands
for arguments in json.loads(sys.argv[1]):
    sys.argv[1:] = arguments
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            commands.main()
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, said.getvalue(), sorted(sys.modules)]))
"""

NEVER = {"torch", "vllm", "transformers", "scipy", "pydantic_settings", "alembic", "IPython"}
NUMBERS = {"numpy", "pandas", "pyarrow", "pyreadstat"}
PAGES = {"matplotlib", "jinja2"}
RINGING = {"celery", "kombu", "redis"}
DATABASES = {"sqlalchemy", "sqlmodel", "sqlite3", "psycopg"}

Stage = tuple[list[list[str]], set[str], int]


def check(folder: Path, stages: list[Stage]) -> None:
    """Each stage's commands import none of what is forbidden, and no more modules than that."""
    commands = [command for stage in stages for command in stage[0]]
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, json.dumps(commands)], cwd=folder, text=True,
        capture_output=True, check=False, env=environment(folder),
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(commands), done.stderr
    allowed = [(forbidden, most) for commands, forbidden, most in stages for _ in commands]
    for command, (_, said, modules), (forbidden, most) in zip(
        commands, lines, allowed, strict=True
    ):
        assert "unexpected" not in said, (command, said)
        assert not forbidden & set(modules), (command, said)
        assert len(modules) <= most, (command, len(modules))


def environment(folder: Path) -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ANTHOLOGY_")}
    return plain | {
        "PYTHONPATH": PUBLIC,
        "ANTHOLOGY_HOME": str(folder / "home"),
        "ANTHOLOGY_DATABASE_URL": f"sqlite:///{folder / 'a.db'}",
        "ANTHOLOGY_BROKER_URL": "redis://127.0.0.1:1/0",  # nobody is there
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a study has been submitted."""
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    store(engine, small_study(tmp_path))
    engine.dispose()
    return tmp_path


def test_help_wrong_usage_looking_and_steering_import_what_they_need(folder: Path) -> None:
    heavy = NEVER | NUMBERS | PAGES
    helps = [[name, "--help"] for name in COMMANDS]  # Typer reads a command's options by pydantic
    wrong = [
        ["nonsense"], ["status", "--nonsense"], ["wait"], ["submit"],
        ["status", "--watch", "--json"],
    ]  # fmt: skip
    looking = [
        ["status"], ["status", "small"], ["status", "small", "--json"], ["status", "nobody"],
        ["status", "s*"], ["wait", "small", "--timeout", "0"], ["pause", "small"],
        ["measure", "small"], ["measure", "small", "--unweighted"],
        ["measure", "small", "--weight", "w"],
    ]  # fmt: skip
    enqueueing = [["resume", "small"], ["retry", "small"], ["sweep"], ["doctor"]]
    check(
        folder,
        [
            ([["--help"]], heavy | RINGING | DATABASES | {"pydantic", "rich", "yaml"}, 175),
            (helps, heavy | RINGING | DATABASES | {"rich", "yaml"}, 300),
            (wrong, heavy | RINGING | DATABASES | {"rich", "yaml"}, 300),
            (looking, heavy | RINGING | {"rich", "yaml", "psycopg", "dotenv"}, 590),
            ([["cancel", "small"]], heavy | RINGING | {"rich", "yaml"}, 590),
            (enqueueing, heavy | {"rich"}, 980),
        ],
    )


def test_a_study_is_planned_shown_and_exported_without_what_workers_need(folder: Path) -> None:
    write_study(folder)
    file = str(folder / "small.yaml")
    planning = [
        ["preview", file], ["lock", file], ["lock", "small"], ["submit", file, "--dry-run"],
        ["submit", "none.yaml"],
    ]  # fmt: skip
    exporting = [["export", "small", "--format", "csv", "--out", "exported"]]
    labelling = [["export", "small", "--format", "sav", "--out", "exported"]]
    light = NEVER | PAGES | RINGING
    check(
        folder,
        [
            ([["floor", str(HUMANS), "--items", "natenvir"]], light | DATABASES, 835),
            ([["init", str(HUMANS), "--items", "natenvir"]], light | DATABASES, 915),
            (planning, light, 1200),
            (exporting, light, 1200),
            ([["import", "none.zip"]], light, 1200),
            ([["report", "small"]], NEVER | RINGING, 1465),
            ([["compare", "small", "small"]], NEVER | RINGING, 1465),
            (labelling, NEVER | RINGING, 1560),
        ],
    )


def test_the_program_of_these_tests_sees_what_is_imported(folder: Path) -> None:
    with pytest.raises(AssertionError, match="'status'"):
        check(folder, [([["status"]], {"sqlalchemy"}, 10_000)])
    with pytest.raises(AssertionError, match="'--help'"):
        check(folder, [([["--help"]], set(), 10)])


def test_a_script_that_submits_imports_no_page_and_no_numbers_before_it_reads() -> None:
    code = (
        "import sys; from anthology import Study, submit; "
        f"sys.exit(str(sorted({(NEVER | NUMBERS | PAGES | RINGING)!r} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env={**os.environ, "PYTHONPATH": PUBLIC},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.strip() == "[]"
