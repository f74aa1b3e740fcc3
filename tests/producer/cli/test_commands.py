"""The command line: exit codes, one sentence for every error, JSON that programs can read."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_model import write_study
from sqlalchemy import Engine

from anthology.models.database.sessions import open_database
from anthology.producer.cli import commands

pytestmark = pytest.mark.usefixtures("home")

ROOT = Path(__file__).parents[3]
COMMANDS = [
    "init", "submit", "worker", "status", "wait", "report", "compare", "export", "preview", "lock",
    "floor", "measure", "sweep", "doctor", "demo",
]  # fmt: skip


# --- help and wrong usage ------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(anthology: Any, command: str) -> None:
    found = anthology(command, "--help")
    assert found.code == 0
    assert f"anthology {command}" in found.out
    assert len(found.out.splitlines()) > 5


def test_help_names_every_command(anthology: Any) -> None:
    listed = anthology("--help").out
    assert [command for command in COMMANDS if f" {command} " not in listed] == []


def test_without_a_command_the_help_is_printed(anthology: Any) -> None:
    found, asked = anthology(), anthology("--help")
    assert (found.code, found.out, found.err) == (0, asked.out, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sumbit", "x"], "No such command 'sumbit'"),
        (["submit"], "Missing argument"),
        (["submit", "x.yaml", "--quickly"], "No such option: --quickly"),
        (["wait", "x", "--timeout", "soon"], "Invalid value for '--timeout'"),
        (["worker"], "give --model for a worker with a model, or --cpu-jobs"),
        (["worker", "--model", "m", "--cpu-jobs"], "give --model for a worker with a model"),
        (["worker", "--model", "/nowhere"], "there is no model at /nowhere"),
        (["worker", "--cpu-jobs", "--engine-arg", "dtype"], "--engine-arg takes NAME=VALUE"),
        (["worker", "--cpu-jobs", "--log-level", "blah"], "--log-level takes debug, info, warning"),
        (["worker", "--cpu-jobs", "--gpus", "foo"], "--gpus takes all, cpu or numbers like 0,1"),
        (["export", "small", "--out", "o", "--format", "xlsx"], "--format takes parquet"),
        (["export", "small", "--out", "o", "--format", "archive", "--wide"], "--wide is of tables"),
        (
            ["export", "small", "--out", "a/b.sav", "--format", "sav"],
            "--out names a folder, and a/b.sav a file; take --out a",
        ),
        (
            ["export", "small", "--out", "b.csv"],
            "--out names a folder, and b.csv a file; take --out",
        ),
        (["submit", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["preview", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["floor", "nowhere.csv", "--items", "a"], "nowhere.csv"),
        (["init", "nowhere.csv", "--items", "a"], "nowhere.csv"),
        (["init", "nowhere.csv"], "nowhere.csv"),
        (["init", "nowhere.csv", "--traits", "a"], "--items is missing; name the columns to ask"),
        (["init", "nowhere.csv", "--items", "a", "--find", "b"], "--find searches the list"),
        (["init", "nowhere.sav", "--like", "atp"], "no ready study 'atp'; there are atp-w110, "),
        (["init", "nowhere.sav", "--like", "atp-w34"], "nowhere.sav"),
        (["init", "nowhere.sav", "--like", "atp-w34", "--items", "a"], "--like brings items,"),
        (["status"], "no study has been submitted to"),
        (["status", "small"], "no study has been submitted to"),
        (["wait", "small"], "no study has been submitted to"),
        (["report", "small"], "no study has been submitted to"),
        (["export", "small", "--out", "o"], "no study has been submitted to"),
        (["preview", "small"], "no study has been submitted to"),
        (["compare", "a", "b"], "no study has been submitted to"),
        (["compare", "a", "b", "--json", "--csv"], "both print to stdout; choose one"),
        (["preview", "small", "--cell", "a"], "--cell chooses a study of a file"),
        (["sweep"], "no study has been submitted to"),
        (["measure", "small"], "no study has been submitted to"),
        (["measure", "small", "--unweighted"], "no study has been submitted to"),
        (["measure", "small", "--weight", "w"], "no study has been submitted to"),
        (["measure", "small", "--weight", "w", "--unweighted"], "by a column; choose one"),
        (["measure", "small", "--humans", "h.csv"], "--humans says where the file of --weight is"),
        (["measure", "small", "--bootstrap", "5"], "Invalid value for '--bootstrap'"),
        (["status", "small", "--watch", "--json"], "for a program call --json again and again"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    anthology: Any, home: Path, arguments: list[str], message: str
) -> None:
    assert message in anthology(*arguments).failed(2)
    assert not (home / "a.db").exists()


@pytest.mark.parametrize("command", ["status", "wait", "report", "preview", "measure"])
@pytest.mark.usefixtures("database")
def test_an_unknown_study_is_exit_2(anthology: Any, command: str) -> None:
    assert "there is no study 'small'" in anthology(command, "small").failed(2)


def test_a_database_without_studies_says_so(anthology: Any, database: Engine) -> None:
    assert "no study has been submitted yet" in anthology("status").failed(2)


def test_a_database_in_a_message_has_its_whole_path(
    anthology: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", "sqlite:///sub/b.db")
    place = f"sqlite:///{home / 'sub' / 'b.db'}"
    assert f"submitted to the database {place}; " in anthology("status").failed(2)
    with open_database("sqlite:///sub/b.db").connect():
        assert f"submitted yet to {place}; " in anthology("status").failed(2)
        assert anthology("status", "small").failed(2).endswith(f"(the database is {place})")


def test_an_unreachable_redis_is_exit_1_without_its_password(anthology: Any, home: Path) -> None:
    for arguments in (["submit", write_study(home)], ["worker", "--cpu-jobs"]):
        message = anthology(*arguments).failed(1)
        assert message.startswith("Redis at 127.0.0.1")
        assert "secret" not in message
    assert not (home / "a.db").exists()


@pytest.mark.parametrize(
    ("installed", "message"),
    [("0.25.1", "vLLM 0.25.1 is too old; install 0.26 or newer"), (None, "vLLM is not installed")],
)
def test_a_worker_without_a_vllm_that_will_do_is_refused_before_anything_starts(
    anthology: Any,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    installed: str | None,
    message: str,
) -> None:
    (home / "config.json").touch()
    found = installed and ("vllm", installed)
    monkeypatch.setattr("anthology.models.runtime.vllm_version.installed", lambda: found)
    assert message in anthology("worker", "--model", home).failed(1)
    assert not (home / "a.db").exists()


def test_a_study_file_with_many_mistakes_names_each_on_its_line(anthology: Any, home: Path) -> None:
    found = anthology("submit", write_study(home, seed=-1, chunk=0))
    assert found.code == 2
    assert [line.split(": ")[-2] for line in found.err.splitlines()] == ["seed", "chunk"]


def test_a_surprise_is_one_sentence_and_the_traceback_only_with_debug(
    anthology: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("anthology.producer.submission.submission.submit_all", surprise)
    file = str(write_study(home))
    message = anthology("submit", file).failed(1)
    assert message.startswith("unexpected ZeroDivisionError: division (run again with --debug")
    monkeypatch.setattr(sys, "argv", ["anthology", "--debug", "submit", file])
    with pytest.raises(ZeroDivisionError):
        commands.main()


@pytest.mark.parametrize("command", ["status", "wait small --timeout 0", "report small"])
def test_a_damaged_database_is_one_sentence(
    anthology: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    file = tmp_path / "damaged.db"
    open_database(f"sqlite:///{file}").dispose()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{file}")
    said = anthology(*command.split()).failed(1)
    assert "cannot be used: database disk image is malformed" in said


def test_a_setting_that_makes_no_sense_is_named(
    anthology: Any, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_LEASE_S", "soon")
    assert "ANTHOLOGY_LEASE_S" in anthology("status").failed(2)


# --- as a program --------------------------------------------------------------------------------


def test_it_runs_as_a_program() -> None:
    code = "from anthology.producer.cli.commands import main; main()"
    found = subprocess.run(
        [sys.executable, "-c", code, "submit", "nowhere.yaml"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "anthology: nowhere.yaml: no such file\n"


def test_a_reader_that_leaves_early_gets_no_traceback(home: Path) -> None:
    code = "from anthology.producer.cli.commands import main; main()"
    write_study(home, people=40)
    arguments = ["floor", str(home / "humans.csv"), "--items", "roads,parks", "--json"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=ROOT, text=True,
    ) as program:  # fmt: skip
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert "Traceback" not in program.stderr.read()
