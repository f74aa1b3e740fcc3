"""The demo leaves alone what lies in the folder that it is given. It is run whole elsewhere."""

from pathlib import Path

import pytest

from anthology.models.errors import InputError
from anthology.models.runtime.file_writing import make_folder
from anthology.producer.local import demo


class Went(Exception):
    """The demo found the folder fit and went on to start its Redis."""


@pytest.fixture(autouse=True)
def stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def went(*_: object) -> None:
        raise Went

    monkeypatch.setattr(demo, "LocalRedis", went)
    monkeypatch.setattr(demo, "_sigterm_interrupts", lambda: None)


def test_a_folder_with_nothing_but_its_model_is_taken_for_its_own(tmp_path: Path) -> None:
    """`make methods` and `make bench` leave it there, and `make demo` may come after."""
    (tmp_path / "models" / demo.demo_model.NAME).mkdir(parents=True)
    with pytest.raises(Went):
        demo.run_demo(tmp_path)


@pytest.mark.parametrize("name", ["redis", "models", "worker.log", "gss2018-demo"])
def test_a_folder_with_something_of_that_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("the user's")
    with pytest.raises(InputError, match=f"{name} exists and is not the demo's"):
        demo.run_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(Went):
        demo.run_demo(tmp_path, force=True)


def test_a_page_of_the_users_is_refused_before_the_work_begins(tmp_path: Path) -> None:
    page = tmp_path / "gss2018-demo" / "report" / "index.html"
    make_folder(page.parent)
    page.write_text("my page")
    (tmp_path / "anthology.db").touch()
    with pytest.raises(InputError, match=r"index\.html exists and is not what"):
        demo.run_demo(tmp_path)


@pytest.mark.parametrize("sign", ["anthology.db", "redis/redis.log"])
def test_the_folder_of_an_earlier_demo_or_study_is_used_again(tmp_path: Path, sign: str) -> None:
    for name in ("redis", "models", "gss2018-demo"):
        (tmp_path / name).mkdir()
    (tmp_path / sign).touch()
    with pytest.raises(Went):
        demo.run_demo(tmp_path)


def test_a_folder_with_other_files_is_used_and_a_new_one_is_private(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    for home in (tmp_path, tmp_path / "new"):
        with pytest.raises(Went):
            demo.run_demo(home)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
