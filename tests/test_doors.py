"""The doors between the rooms stay shut: who may import whom, and what a submit host can lack."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import anthology

ROOT = Path(__file__).parents[1]
TOP = ("models", "producer", "workers")
FILES = [
    path
    for room in TOP
    for path in sorted((ROOT / room).rglob("*.py"))
    if "public" not in path.parts
]
HEAVY = {"vllm", "torch"}

# What each room may import besides `models`' own floor and `models.runtime`, which all may.
MODELS = {
    "language_model": set(),
    "questionnaire": set(),
    "statistics": set(),
    "prompting": {"language_model", "questionnaire"},
    "conditions": {"prompting", "questionnaire"},
    "pools": {"prompting", "questionnaire"},
    "study": {
        "conditions",
        "language_model",
        "pools",
        "prompting",
        "questionnaire",
        "statistics",
    },
    "readout": {"prompting", "questionnaire"},
    "database": {"pools", "questionnaire", "statistics", "study"},
    "measuring": {"database", "questionnaire", "statistics", "study"},
    "jobs": {"conditions", "database", "language_model", "pools", "study"},
}
PRODUCER = ["surveys", "monitoring", "submission", "control", "preview", "lock", "reporting",
            "transfer", "comparison", "local", "cli"]  # fmt: skip
WORKERS = ["engine", "tasks", "runner", "process"]  # each may import those before it
MOST_FILES = 12
MOST_LINES = {"models": 300, "producer": 300, "workers": 300, "ops": 300, "tests": 400}


@cache
def imports(path: Path, *, anywhere: bool) -> tuple[str, ...]:
    """Names that a file imports, with all their dots, at module level or anywhere."""
    return tuple(read_imports(path, anywhere=anywhere))


def read_imports(path: Path, *, anywhere: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if anywhere else outside_functions(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            constants = [a.value for a in node.args if isinstance(a, ast.Constant)]
            yield from (str(value) for value in constants)


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported: also in `if`, `try` and classes."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from outside_functions(child)


def packages(path: Path, *, anywhere: bool) -> set[str]:
    return {found.split(".")[0] for found in imports(path, anywhere=anywhere)}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(dotted: str) -> tuple[str, str, str] | None:
    """("models", "jobs", "protocol") of what lies in a room; None on a floor or elsewhere."""
    parts = dotted.removeprefix("anthology.").split(".")
    if not dotted.startswith("anthology.") or len(parts) < 2 or parts[0] not in TOP:
        return None
    if not (ROOT / parts[0] / parts[1]).is_dir():
        return None
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""


def may(top: str, room: str) -> set[tuple[str, str]]:
    """The rooms whose files a file of this room may import."""
    if top == "models":
        inner = MODELS.get(room, set()) | ({"runtime"} if room != "runtime" else set())
        return {("models", other) for other in inner}
    own = PRODUCER if top == "producer" else WORKERS
    before = own[: own.index(room)]
    return {("models", other) for other in (*MODELS, "runtime")} | {
        (top, other) for other in before
    }


@cache
def arrows() -> list[tuple[tuple[str, ...], tuple[str, str], str]]:
    """Which room imports which, and in what file."""
    return sorted({
        (path.parent.relative_to(ROOT).parts[:2], (found[0], found[1]), name(path))
        for path in FILES
        if len(path.relative_to(ROOT).parts) > 2
        for dotted in imports(path, anywhere=True)
        if (found := room_of(dotted)) and path.parent.relative_to(ROOT).parts[:2] != found[:2]
    })  # fmt: skip


def test_every_room_imports_only_the_rooms_it_may_know() -> None:
    assert len(arrows()) > 100
    assert [arrow for arrow in arrows() if arrow[1] not in may(*arrow[0])] == []


def test_no_two_rooms_know_each_other() -> None:
    known: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for room, other, _ in arrows():
        known.setdefault(room, set()).add(other)

    def reached(room: tuple[str, ...], seen: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
        for other in known.get(room, set()) - seen:
            seen.add(other)
            reached(other, seen)
        return seen

    assert [room for room in known if room in reached(room, set())] == []


def test_every_arrow_that_is_allowed_to_models_is_there() -> None:
    """Or it could be shut."""
    drawn = {(room[1], other[1]) for room, other, _ in arrows() if room[0] == "models"}
    allowed = {(room, other) for room, others in MODELS.items() for other in others}
    assert allowed - drawn == set()


def test_what_lies_on_a_floor_knows_no_room() -> None:
    floors = [path for path in FILES if path.parent.parent == ROOT]
    assert {path.name for path in floors if path.parent.name == "models"} == {
        "__init__.py", "env_file.py", "errors.py", "seeds.py", "settings.py",
    }  # fmt: skip
    knowing = {name(path) for path in floors if any(map(room_of, imports(path, anywhere=True)))}
    assert knowing == {"producer/__init__.py"}  # the old import name, in a checkout


def rooms() -> list[Path]:
    """Every folder of code but the migrations', whose files are Alembic's."""
    return sorted({path.parent for path in FILES if "migrations" not in path.parts})


@pytest.mark.parametrize("room", rooms(), ids=name)
def test_a_room_has_a_door_that_lists_what_others_may_import(room: Path) -> None:
    door = room / "__init__.py"
    tree = ast.parse(door.read_text())
    assert ast.get_docstring(tree)
    assert len(door.read_text().splitlines()) < 30
    [listed] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    here = {path.stem for path in room.glob("*.py")} | {
        path.name for path in room.iterdir() if (path / "__init__.py").exists()
    }
    assert set(listed) <= here
    inside = room.relative_to(ROOT).parts
    if len(inside) == 2:
        used = {
            found[2]
            for path in FILES
            if path.relative_to(ROOT).parts[:2] != inside
            for dotted in imports(path, anywhere=True)
            if (found := room_of(dotted)) and found[:2] == inside
        }
        assert used - set(listed) == set()


def test_no_room_has_more_files_than_one_can_see_at_once() -> None:
    counts = {name(room): len(list(room.glob("*.py"))) - 1 for room in rooms()}
    assert {room: count for room, count in counts.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("top", MOST_LINES)
def test_no_file_is_longer_than_one_can_keep_in_mind(top: str) -> None:
    files = [
        path for ending in ("py", "html", "js", "css") for path in (ROOT / top).rglob(f"*.{ending}")
    ]
    lengths = {name(path): len(path.read_text().splitlines()) for path in files}
    assert len(lengths) > 10
    assert {file: lines for file, lines in lengths.items() if lines > MOST_LINES[top]} == {}


def test_the_package_has_every_room() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packaged = set(project["tool"]["setuptools"]["packages"])
    here = {f"anthology.{name(path.parent).replace('/', '.')}" for path in FILES}
    assert packaged == here | {"anthology", "producer"}


def test_no_module_imports_vllm_or_torch_when_it_is_imported() -> None:
    assert {name(path): found for path in FILES
            if (found := HEAVY & packages(path, anywhere=False))} == {}  # fmt: skip


def test_only_the_engine_knows_vllm() -> None:
    users = [name(path) for path in FILES if "vllm" in packages(path, anywhere=True)]
    assert users == ["workers/engine/engine.py"]


def test_only_the_engine_and_the_demo_know_torch() -> None:
    users = {name(path) for path in FILES if "torch" in packages(path, anywhere=True)}
    assert users <= {"workers/engine/engine.py", "producer/local/demo_model.py"}


def test_tests_are_no_part_of_the_house() -> None:
    for path in FILES:
        found = packages(path, anywhere=True)
        assert not found & {"tests", "conftest", "fake_model", "tiny_model", "local_postgres"}
        assert not found & set(TOP) or path == ROOT / "producer" / "__init__.py"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "ops/DESIGN.md"])
def test_every_file_and_room_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text()
    named = set(re.findall(r"`((?:models|producer|workers|tests|ops)/\w[\w./-]*)`", text))
    assert [place for place in named if not (ROOT / place).exists()] == []


BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.startswith({blocked!r}):
            raise ImportError(f"{{name}} is not installed here")

sys.meta_path.insert(0, Blocker())
{code}
print("fine")
"""


def run_without(blocked: set[str], code: str) -> "subprocess.CompletedProcess[str]":
    program = BLOCKED.format(blocked=tuple(sorted(blocked)), code=code)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_a_submit_host_needs_neither_vllm_nor_torch() -> None:
    modules = [
        "cli.commands", "submission.submission", "preview.preview", "monitoring.progress",
        "reporting.report", "transfer.archive_import",
    ]  # fmt: skip
    code = "import " + ", ".join(f"anthology.producer.{module}" for module in modules)
    found = run_without(HEAVY | {"anthology.workers"}, code)
    assert found.stdout == "fine\n", found.stderr


def test_a_worker_without_a_model_needs_neither_vllm_nor_torch() -> None:
    code = "import anthology.workers.process.app, anthology.workers.process.launcher"
    found = run_without(HEAVY | {"anthology.producer"}, code)
    assert found.stdout == "fine\n", found.stderr


def test_the_blocker_of_these_tests_blocks() -> None:
    assert "torch is not installed here" in run_without(HEAVY, "import torch").stderr
    blocked = run_without({"anthology.workers"}, "import anthology.workers.process.app")
    assert "anthology.workers is not installed here" in blocked.stderr


def test_the_public_surface_is_what_it_says() -> None:
    assert sorted(anthology.__all__) == ["Study", "Submission", "submit"]
    for exported in anthology.__all__:
        assert getattr(anthology, exported).__doc__


@pytest.mark.parametrize("folder", [ROOT, ROOT / "ops"], ids=["checkout", "elsewhere"])
def test_the_old_import_works_with_a_warning_that_names_the_new_one(folder: Path) -> None:
    code = "from producer import Study, submit; import anthology; assert submit is anthology.submit"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "write `from anthology import submit`" in done.stderr
