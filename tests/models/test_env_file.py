"""`.env` as people write it: read as a shell would, or refused in a sentence without its values."""

import os
from pathlib import Path

import pytest

from anthology.models import env_file
from anthology.models.errors import InputError

SECRET = "hunter2"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(env_file.PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA", "/data")
    monkeypatch.delenv("NOWHERE", raising=False)
    return tmp_path / ".env"


def values(file: Path, text: str | bytes) -> dict[str, str]:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return env_file.read(file)[0]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("ANTHOLOGY_HOME=/srv/a", "/srv/a"),
        ("export ANTHOLOGY_HOME=/srv/a", "/srv/a"),
        ("  ANTHOLOGY_HOME = /srv/a   ", "/srv/a"),
        ("ANTHOLOGY_HOME='/srv/a'", "/srv/a"),
        ('ANTHOLOGY_HOME="/srv/my data"', "/srv/my data"),
        ("ANTHOLOGY_HOME=/srv/my data", "/srv/my data"),
        ("ANTHOLOGY_HOME=/srv/a # where all is", "/srv/a"),
        ("ANTHOLOGY_HOME=/srv/a#1", "/srv/a#1"),
        ("ANTHOLOGY_HOME=", ""),
        ("ANTHOLOGY_HOME=''", ""),
        ("ANTHOLOGY_HOME=/srv/b\nANTHOLOGY_HOME=/srv/a", "/srv/a"),
        ("ANTHOLOGY_HOME=$DATA/a", "/data/a"),
        ("ANTHOLOGY_HOME=${DATA}/a", "/data/a"),
        ('ANTHOLOGY_HOME="$DATA/a"', "/data/a"),
        ("ANTHOLOGY_HOME='$DATA/a'", "$DATA/a"),
        ("ANTHOLOGY_HOME=${NOWHERE:-/srv}/a", "/srv/a"),
        ("DATA=/mine\nANTHOLOGY_HOME=$DATA/a", "/mine/a"),
        ("ANTHOLOGY_HOME=/srv/a\r", "/srv/a"),
        ("# ANTHOLOGY_HOME: /srv/b\n\nANTHOLOGY_HOME=/srv/a\n", "/srv/a"),
    ],
)
def test_a_value_is_what_a_shell_would_make_of_it(file: Path, line: str, value: str) -> None:
    assert values(file, line + "\n")["ANTHOLOGY_HOME"] == value
    assert values(file, line)["ANTHOLOGY_HOME"] == value


def test_a_dollar_in_a_password_stays_where_no_variable_has_its_name(file: Path) -> None:
    found = values(file, "ANTHOLOGY_BROKER_URL=redis://:pa$word$1$$@host/0\n")
    assert found["ANTHOLOGY_BROKER_URL"] == "redis://:pa$word$1$$@host/0"


def test_a_files_line_ends_and_its_byte_order_mark_are_no_part_of_it(file: Path) -> None:
    text = b"\xef\xbb\xbfANTHOLOGY_HOME=/srv/a\r\nANTHOLOGY_LEASE_S=7\r\n"
    assert values(file, text) == {"ANTHOLOGY_HOME": "/srv/a", "ANTHOLOGY_LEASE_S": "7"}


@pytest.mark.parametrize(
    "line",
    [
        f"ANTHOLOGY_BROKER_URL: {SECRET}",
        f"ANTHOLOGY_BROKER_URL:{SECRET}",
        f"ANTHOLOGY_BROKER_URL {SECRET}",
        "ANTHOLOGY_BROKER_URL",
        f'ANTHOLOGY_BROKER_URL="{SECRET}',
        f"ANTHOLOGY_BROKER_URL='{SECRET}' more",
        f"set ANTHOLOGY_BROKER_URL={SECRET}",
        f"- ANTHOLOGY_BROKER_URL={SECRET}",
        f"OTHER='{SECRET}\nANTHOLOGY_BROKER_URL={SECRET}\nMORE='x",
    ],
)
def test_a_line_of_ours_that_sets_nothing_is_named(file: Path, line: str) -> None:
    with pytest.raises(InputError) as raised:
        values(file, f"# a comment\n\n{line}\n")
    assert str(raised.value) == (
        ".env line 3 sets nothing; write ANTHOLOGY_BROKER_URL=value, with both its quotes if any"
    )


@pytest.mark.parametrize(
    "line", ["OTHER: 1", "OTHER", "{'json': 1}", "if [ -e x ]; then", "X=${Y}"]
)
def test_lines_of_other_programs_may_be_what_they_like(file: Path, line: str) -> None:
    assert values(file, f"{line}\nANTHOLOGY_HOME=/srv/a\n")["ANTHOLOGY_HOME"] == "/srv/a"


def test_a_variable_in_braces_that_is_not_set_is_named_with_its_line(file: Path) -> None:
    with pytest.raises(InputError, match=r"^\.env line 2: \$\{NOWHERE\} is not set; ") as raised:
        values(file, f"A=1\nANTHOLOGY_BROKER_URL=redis://:{SECRET}${{NOWHERE}}@host/0\n")
    assert SECRET not in str(raised.value)


def test_names_that_values_refer_to_are_told(file: Path) -> None:
    file.write_text("ANTHOLOGY_PASSWORD=x\nANTHOLOGY_BROKER_URL=redis://:${ANTHOLOGY_PASSWORD}@h\n")
    found, referred = env_file.read(file)
    assert found["ANTHOLOGY_BROKER_URL"] == "redis://:x@h"
    assert referred == {"ANTHOLOGY_PASSWORD"}


@pytest.mark.parametrize(
    "text", ["# bür\nANTHOLOGY_LEASE_S=7\n".encode("latin-1"), "A=1\n".encode("utf-16")]
)
def test_a_file_that_is_no_utf_8_is_refused_in_a_sentence(file: Path, text: bytes) -> None:
    with pytest.raises(InputError, match=r"/\.env is not UTF-8 text; save it as UTF-8$"):
        values(file, text)


def test_a_file_that_may_not_be_read_is_refused_in_a_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("A=1\n")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)  # as root may read all
    with pytest.raises(InputError, match=r"/\.env cannot be read \(permission denied\); make it"):
        env_file.read(file)


def test_a_link_to_a_file_that_is_gone_is_refused_in_a_sentence(file: Path) -> None:
    file.symlink_to(file.parent / "gone")
    with pytest.raises(InputError, match=r"/\.env cannot be read \(no such file or directory\)"):
        env_file.read(file)


def test_a_folder_of_that_name_is_somebodys_virtual_environment(file: Path) -> None:
    assert env_file.read(file) == ({}, set())
    file.mkdir()
    assert env_file.read(file) == ({}, set())
