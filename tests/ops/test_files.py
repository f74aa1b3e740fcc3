"""The ops room and the documents: they parse, keep to their promises, and match the code."""

import ast
import os
import re
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import anthology
from anthology.models.questionnaire.codes import CodeRange, Part
from anthology.models.settings import Settings
from anthology.models.study import study_file
from anthology.producer.cli.commands import app
from anthology.workers.process.vllm_plugin import WORKER_MARK
from anthology.workers.runner.app_names import ENGINE_OPTIONS, MODEL

ROOT = Path(__file__).parents[2]
PUBLIC = str(ROOT / "producer" / "public")
OPS = ROOT / "ops"
DOCUMENTS = [*ROOT.glob("*.md"), *OPS.rglob("*.md")]
UNITS = sorted((OPS / "systemd").glob("*.service"))
OPERATED = [
    *UNITS, OPS / "compose.yaml", OPS / "Dockerfile", OPS / "prometheus.yml", OPS / "flower.sh",
    OPS / "slurm" / "worker.sbatch",
]  # fmt: skip
PARTS: list[type[Part]] = [*study_file.PARTS, CodeRange]


def design() -> str:
    return (OPS / "DESIGN.md").read_text()


def section(document: str, heading: str) -> str:
    """The text under a `## ` heading up to the next one."""
    return re.split(r"^## ", document.split(f"\n## {heading}\n")[1], flags=re.M)[0]


# --- how it is run -------------------------------------------------------------------------------


def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((OPS / "compose.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_compose_has_the_five_roles() -> None:
    assert set(compose()["services"]) == {"redis", "postgres", "cpu-jobs", "gpu-worker", "flower"}


def test_compose_publishes_ports_on_loopback_only() -> None:
    services = compose()["services"].values()
    published = [port for service in services for port in service.get("ports", [])]
    assert published
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in published)
    assert not any(service.get("network_mode") == "host" for service in services)


def test_compose_keeps_messages_when_redis_restarts_or_fills() -> None:
    redis = compose()["services"]["redis"]
    command = " ".join(redis["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert redis["volumes"]


def test_compose_refuses_to_start_without_its_passwords() -> None:
    services = compose()["services"]
    assert ":?" in services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert ":?" in services["flower"]["environment"]["ANTHOLOGY_FLOWER_BASIC_AUTH"]


def test_compose_reserves_the_gpus_and_gives_workers_time_to_stop() -> None:
    worker = compose()["services"]["gpu-worker"]
    (device,) = worker["deploy"]["resources"]["reservations"]["devices"]
    assert "gpu" in device["capabilities"]
    assert int(worker["stop_grace_period"].removesuffix("s")) > Settings().grace_s + 15


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", (OPS / "Dockerfile").read_text(), re.M)
    assert users
    assert users[-1] not in ("root", "0")


@pytest.mark.parametrize("script", ["flower.sh", "slurm/worker.sbatch"])
def test_scripts_are_valid_bash(script: str) -> None:
    subprocess.run(["bash", "-n", str(OPS / script)], check=True)


def test_the_slurm_script_becomes_the_launcher_and_is_told_before_the_end() -> None:
    text = (OPS / "slurm" / "worker.sbatch").read_text()
    assert re.search(r"^#SBATCH --signal=B:TERM@\d+$", text, re.M)
    assert re.search(r"^#SBATCH --requeue$", text, re.M)
    last = text.rstrip().splitlines()[-1]
    assert last.startswith("exec ")
    assert last.endswith(" --gpus all")  # the launcher reads what Slurm allows


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_stop_gently_and_start_again(unit: Path) -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    service = parser["Service"]
    assert service["KillMode"] == "mixed"
    assert service["Restart"] == "on-failure"
    assert int(service["TimeoutStopSec"]) > Settings().grace_s + 15
    assert service["EnvironmentFile"]
    assert service["User"] != "root"


def test_the_worker_unit_shares_the_folder_of_the_gpu_locks() -> None:
    assert "PrivateTmp=no" in (OPS / "systemd" / "anthology-worker.service").read_text()


@pytest.mark.parametrize(
    "settings",
    [
        {"ANTHOLOGY_FLOWER_ADDRESS": "0.0.0.0"},
        {"ANTHOLOGY_FLOWER_ADDRESS": "10.0.0.1", "ANTHOLOGY_FLOWER_BASIC_AUTH": "user"},
        {"ANTHOLOGY_FLOWER_ADDRESS": "::", "ANTHOLOGY_FLOWER_BASIC_AUTH": "user:"},
    ],
)
def test_flower_refuses_a_public_address_without_a_password(settings: dict[str, str]) -> None:
    done = subprocess.run(
        [OPS / "flower.sh"], env={**os.environ, **settings, "PYTHONPATH": PUBLIC},
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert done.returncode == 2
    assert "ANTHOLOGY_FLOWER_BASIC_AUTH" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ANTHOLOGY_FLOWER_ADDRESS=0.0.0.0\r\n", "on 0.0.0.0 anybody could look in"),
        ("ANTHOLOGY_BROKER=redis://host\n", "did you mean ANTHOLOGY_BROKER_URL?"),
        ("ANTHOLOGY_HOME: /data\n", ".env line 1 sets nothing"),
    ],
)
def test_flower_reads_env_as_every_command_does(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / ".env").write_bytes(text.encode())
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ANTHOLOGY_")}
    done = subprocess.run(
        [OPS / "flower.sh"], cwd=tmp_path, env={**plain, "PYTHONPATH": PUBLIC},
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("flower.sh: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_flower_is_started_in_a_folder_that_holds_files_of_our_rooms_names(tmp_path: Path) -> None:
    """With a stub in Celery's place, which says what it is given."""
    (tmp_path / "models.py").write_text("raise RuntimeError('not ours')\n")
    script, celery = tmp_path / "ops" / "flower.sh", tmp_path / "bin" / "celery"
    for file, text in (
        (script, (OPS / "flower.sh").read_text()),
        (celery, '#!/bin/sh\necho "$CELERY_BROKER_URL"\n'),
    ):
        file.parent.mkdir()
        file.write_text(text)
        file.chmod(0o755)
    path = [str(celery.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {
        **os.environ, "PATH": os.pathsep.join(path), "PYTHONPATH": PUBLIC,
        "ANTHOLOGY_BROKER_URL": "redis://queue-host/7",
    }  # fmt: skip
    done = subprocess.run(
        [script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20
    )
    assert done.stdout == "redis://queue-host/7\n", done.stderr


# --- the documents -------------------------------------------------------------------------------


def python_block() -> str:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    return str(block)


def test_the_readme_script_uses_only_public_names() -> None:
    imports = [
        node for node in ast.walk(ast.parse(python_block())) if "Import" in type(node).__name__
    ]
    for node in imports:
        assert isinstance(node, ast.ImportFrom)
        assert node.module == "anthology"
        assert {alias.name for alias in node.names} <= set(anthology.__all__)
    assert len(python_block().splitlines()) < 15


def test_the_readme_script_runs(tmp_path: Path, redis_url: str) -> None:
    environment = {
        **os.environ,
        "ANTHOLOGY_HOME": str(tmp_path),
        "ANTHOLOGY_BROKER_URL": redis_url,
        "ANTHOLOGY_DATABASE_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", python_block()], cwd=ROOT, env=environment, check=True,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == 3


def test_documents_name_only_commands_that_exist() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    for document in DOCUMENTS:
        named = re.findall(r"(?:^ {4}|`|/bin/)anthology ([a-z]\S*)", document.read_text(), re.M)
        assert {name.strip("`.,;:") for name in named} <= commands, document


def test_documents_link_to_files_that_exist() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document}: {target}"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_of_a_study_file_is_described(part: type[Part]) -> None:
    described = section(design(), "Study file")
    for name, field in part.model_fields.items():
        for key in {name, field.alias or name}:
            assert f"`{key}`" in described, f"{part.__name__}.{key} is not in ops/DESIGN.md"


def test_every_setting_is_described_with_its_default() -> None:
    described = section(design(), "Settings")
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `ANTHOLOGY_{name.upper()}` \| (.*?) \|", described, re.M)
        assert row, f"ANTHOLOGY_{name.upper()} is not in ops/DESIGN.md"
        default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        assert default in row[1]


def test_every_variable_that_passes_from_the_launcher_to_its_workers_is_named() -> None:
    described = section(design(), "Settings")
    for name in (MODEL, ENGINE_OPTIONS, WORKER_MARK):
        assert f"`{name}`" in described, f"{name} is not in ops/DESIGN.md"


def test_nobody_is_told_to_install_a_strangers_package_of_our_name() -> None:
    """This one is on no index; `pip install anthology` would fetch another project's."""
    told = re.compile(r"pip install\b[^\n]*\banthology\b")
    sources = [
        path for room in ("models", "producer", "workers") for path in (ROOT / room).rglob("*.py")
    ]
    for file in [*DOCUMENTS, *OPERATED, *sources]:
        assert not told.search(file.read_text()), file


@pytest.mark.parametrize(
    "file", [*DOCUMENTS, *OPERATED], ids=lambda file: str(file.relative_to(ROOT))
)
def test_no_file_names_a_path_of_somebodys_machine(file: Path) -> None:
    assert not re.search(r"/(?:work|tmp|root|home)/[a-z]", file.read_text()), file


def test_pools_that_two_of_the_methods_studies_name_alike_are_the_same() -> None:
    """They share a database, so `make methods` could not submit the second."""
    recipes: dict[str, list[Any]] = {}
    for path in sorted((OPS / "methods").glob("*.yaml")):
        study = study_file.load(path)
        for name, pool in study.pools_by_name.items():
            recipes.setdefault(name, []).append(study.recipe(pool))
    shared = [made for made in recipes.values() if len(made) > 1]
    assert shared
    assert all(recipe == made[0] for made in shared for recipe in made)
