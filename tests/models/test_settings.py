"""Settings from the environment and `.env`."""

from pathlib import Path

import pytest

from anthology.models.errors import InputError
from anthology.models.settings import Settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without `.env`, and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ANTHOLOGY_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_setting_everything_is_in_one_folder_here() -> None:
    settings = Settings()
    assert settings.database == "sqlite:///anthology-data/anthology.db"
    assert settings.broker_url == "redis://127.0.0.1:6379/0"


def test_the_database_moves_with_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHOLOGY_HOME", "/srv/studies")
    assert Settings().database == "sqlite:////srv/studies/anthology.db"


def test_a_database_url_wins_over_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHOLOGY_HOME", "/srv/studies")
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", "sqlite:///other.db")
    assert Settings().database == "sqlite:///other.db"


@pytest.mark.parametrize(
    "scheme",
    ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg"],
)
def test_postgres_means_the_driver_that_is_installed(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"{scheme}://u:p@host/db")
    assert Settings().database == "postgresql+psycopg://u:p@host/db"


def test_a_dotenv_file_here_is_read_and_the_environment_wins(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere / ".env").write_text("ANTHOLOGY_LEASE_S=7\nANTHOLOGY_SWEEP_S=8\nOTHER=1\n")
    monkeypatch.setenv("ANTHOLOGY_SWEEP_S", "9")
    assert (Settings().lease_s, Settings().sweep_s) == (7, 9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASE_S", "0"),
        ("SWEEP_S", "-1"),
        ("MAX_DEATHS", "0"),
        ("GRACE_S", "-1"),
        ("LEASE_S", "x"),
        ("LEASE_S", "30s"),
        ("SWEEP_S", "inf"),
        ("HANG_S", "nan"),
        ("MAX_DEATHS", "2.5"),
    ],
)
def test_an_interval_that_makes_no_sense_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ANTHOLOGY_{name}", value)
    with pytest.raises(InputError, match=f"ANTHOLOGY_{name}: "):
        Settings()


# --- as people write them -------------------------------------------------------------------------


@pytest.fixture
def person(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody with a home folder."""
    monkeypatch.setenv("HOME", str(nowhere / "me"))
    monkeypatch.delenv("NOWHERE", raising=False)
    return nowhere / "me"


@pytest.mark.parametrize("text", ["~/data", "$HOME/data", "${HOME}/data", '"~/data"', "~/data\r"])
@pytest.mark.parametrize("in_file", [True, False])
def test_a_home_is_where_a_shell_would_look_for_it(
    text: str, in_file: bool, person: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_file:
        (nowhere / ".env").write_text(f"ANTHOLOGY_HOME={text}\n")
    else:  # where no shell was in between: systemd, Docker, Slurm's --export
        monkeypatch.setenv("ANTHOLOGY_HOME", text)
    assert Settings().home == person / "data"
    assert Settings().database == f"sqlite:///{person}/data/anthology.db"


@pytest.mark.parametrize("text", ["~/a.db", "$HOME/a.db", "${HOME}/a.db"])
def test_a_sqlite_file_is_where_a_shell_would_look_for_it(
    text: str, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{text}?timeout=1")
    assert Settings().database == f"sqlite:///{person}/a.db?timeout=1"


@pytest.mark.parametrize("text", ["$NOWHERE/x", "${NOWHERE}/x", "~nobody-of-this-name/x", "a\nb"])
def test_a_path_that_no_shell_could_find_is_refused(
    text: str, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HOME", text), ("DATABASE_URL", f"sqlite:///{text}")):
        monkeypatch.setenv(f"ANTHOLOGY_{name}", value)
        with pytest.raises(InputError, match=f"^ANTHOLOGY_{name}: "):
            Settings()
        monkeypatch.delenv(f"ANTHOLOGY_{name}")


@pytest.mark.parametrize("value", ["", "  ", "''"])
def test_an_empty_value_is_the_default_even_over_the_file(
    value: str, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere / ".env").write_text("ANTHOLOGY_LEASE_S=7\nANTHOLOGY_HOME=\nANTHOLOGY_SWEEP_S=\n")
    monkeypatch.setenv("ANTHOLOGY_LEASE_S", value)
    assert (Settings().lease_s, Settings().home) == (30.0, Path("anthology-data"))
    assert Settings().sweep_s == 10.0


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("ANTHOLOGY_DATABASE", "x", "DATABASE_URL"),
        ("ANTHOLOGY_BROKER", "x", "BROKER_URL"),
        ("ANTHOLOGY_DATABSE_URL", "x", "DATABASE_URL"),
        ("ANTHOLOGY_DB", "postgresql://u:hunter2@h/d", "DATABASE_URL"),
        ("ANTHOLOGY_REDIS", "redis://:hunter2@h/0", "BROKER_URL"),
        ("ANTHOLOGY_HOME_DIR", "/data", "HOME"),
        ("ANTHOLOGY_LEASE", "7", "LEASE_S"),
        ("ANTHOLOGY_HANG_SECONDS", "7", "HANG_S"),
        ("ANTHOLOGY-HOME", "/data", "HOME"),
        ("ANTOLOGY_HOME", "/data", "HOME"),
        ("anthology_hom", "/data", "HOME"),
    ],
)
@pytest.mark.parametrize("in_file", [True, False])
def test_a_name_that_is_nearly_a_settings_is_refused_with_a_guess(
    name: str, value: str, meant: str, in_file: bool, nowhere: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if in_file:
        (nowhere / ".env").write_text(f"{name}={value}\n")
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as raised:
        Settings()
    said = f"there is no setting {name.upper()}; did you mean ANTHOLOGY_{meant}?"
    assert str(raised.value) == said


def test_another_name_of_ours_is_ignored_with_a_word_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Kubernetes gives every program the address of a service called anthology."""
    monkeypatch.setenv("ANTHOLOGY_PORT", "tcp://10.0.0.1:5555")
    monkeypatch.setattr("anthology.models.settings._told", set())
    Settings(), Settings()
    said = "ANTHOLOGY_PORT is no setting of this version of Anthology and is ignored"
    assert caplog.messages == [said]


def test_names_that_others_read_or_refer_to_are_known(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("FLOWER_PORT", "FLOWER_BASIC_AUTH", "WORKER", "WORKER_MODEL", "FUZZ"):
        monkeypatch.setenv(f"ANTHOLOGY_{name}", "1")
    monkeypatch.setenv("ANTHROPIC_HOME", "1")
    (nowhere / ".env").write_text("ANTHOLOGY_DATA=/d\nANTHOLOGY_HOME=$ANTHOLOGY_DATA/a\n")
    assert Settings().home == Path("/d/a")
    assert caplog.messages == []


@pytest.mark.parametrize("url", ["localhost:6379", "redis:host", "http://host", "queue-host"])
def test_a_broker_that_is_no_redis_url_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", url)
    with pytest.raises(InputError, match=r"^ANTHOLOGY_BROKER_URL: should begin with redis://"):
        Settings()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+pysqlite://",
        "sqlite:",
        "sqlite:///?x=1",
    ],
)
def test_a_sqlite_database_without_a_file_would_lose_a_study_and_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    with pytest.raises(InputError, match="should name a file"):
        Settings()


@pytest.mark.parametrize("url", ["/data/a.db", "a.db", "mysql://u:hunter2@h/d", "host/db"])
def test_a_database_that_is_no_url_of_ours_is_refused_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", url)
    with pytest.raises(InputError, match=r"^ANTHOLOGY_DATABASE_URL: should begin") as raised:
        Settings()
    assert "hunter2" not in str(raised.value)
