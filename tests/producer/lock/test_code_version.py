"""Which code this is: every source byte counts, and nothing else."""

import shutil
from pathlib import Path

from anthology.producer.lock.code_version import ROOMS, ROOT, code_digest, version


def house(folder: Path) -> Path:
    """A small copy of the rooms."""
    for room in ROOMS:
        (folder / room / "inner").mkdir(parents=True)
        (folder / room / "inner" / "a.py").write_text(f"# {room}\n")
    return folder


def test_every_source_counts_by_name_and_content(tmp_path: Path) -> None:
    root = house(tmp_path / "one")
    before = code_digest(root)
    assert code_digest(house(tmp_path / "two")) == before
    seen = {before}
    for room in ROOMS:
        file = root / room / "inner" / "a.py"
        file.write_text("changed\n")
        seen.add(code_digest(root))
        file.rename(file.with_name("b.py"))
        seen.add(code_digest(root))
    (root / "producer" / "words.txt").write_text("keine Angabe\n")
    seen.add(code_digest(root))
    assert len(seen) == 2 + 2 * len(ROOMS)


def test_what_is_compiled_shown_or_only_in_a_checkout_does_not_count(tmp_path: Path) -> None:
    root = house(tmp_path)
    before = code_digest(root)
    for name in (
        "models/__pycache__/a.cpython-311.pyc", "producer/templates/report.html",
        "producer/examples/study.yaml", "producer/public/anthology/__init__.py", "tests/a.py",
    ):  # fmt: skip
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    assert code_digest(root) == before


def test_it_is_of_the_rooms_that_run(tmp_path: Path) -> None:
    for room in ROOMS:
        kept = shutil.ignore_patterns("__pycache__", "examples")
        shutil.copytree(ROOT / room, tmp_path / room, ignore=kept)
    assert code_digest(tmp_path) == code_digest()
    assert version() is not None
