"""`anthology doctor`: looks at this machine and says what is wrong and what to do about it."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from anthology.models.database import migrations, single_host
from anthology.models.database.sessions import connect_to_look, explained, refuse_others
from anthology.models.errors import AnthologyError
from anthology.models.jobs import broker
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.questionnaire.style import PLAIN
from anthology.models.readout.labels import label_trie
from anthology.models.runtime import address, vllm_version
from anthology.models.runtime.file_writing import others_read
from anthology.models.settings import Settings
from anthology.producer.local import connections
from anthology.producer.local.serving import check_model
from anthology.producer.submission.engine_args import parsed

LOW_DISK = 5e9


@dataclass(frozen=True)
class Check:
    """One thing looked at; `advice` is what to do, empty when all is well."""

    name: str
    ok: bool
    found: str
    advice: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings, model: str | None, engine_args: Sequence[str] = ()) -> list[Check]:
    """All checks; a check that fails does not stop the others.

    Of `engine_args` those are heeded that say where the tokenizer is and how it is read.
    """
    options = parsed(engine_args)
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("Python", _python),
        ("vLLM", _vllm),
        ("GPUs", _gpus),
        ("Redis", lambda: _redis(settings)),
        ("database", lambda: _database(settings)),
        ("disk", lambda: _disk(settings)),
        ("files", lambda: _files(settings)),
    ]
    if model is not None:
        checks.append(("model", lambda: _model(model, options)))
    return [_guarded(name, check) for name, check in checks]


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except AnthologyError as error:
        return Check(name, False, str(error))


def _python() -> Check:
    ok = sys.version_info >= (3, 11)
    return Check("Python", ok, platform.python_version(), "" if ok else "use Python 3.11 or newer")


def _vllm() -> Check:
    if found := vllm_version.installed():
        package, version = found
        ok = vllm_version.new_enough(version)
        advice = "" if ok else "install vLLM 0.26 or newer"
        if vllm_version.too_new(version):
            advice = "newer than any that this release was made for"
        return Check("vLLM", ok, f"{package} {version}", advice)
    return Check(
        "vLLM", True, "not installed",
        "needed on worker machines only; in the folder of Anthology: pip install '.[gpu]' with "
        "CUDA, else make .venv",
    )  # fmt: skip


def _gpus() -> Check:
    if shutil.which("nvidia-smi") is None:
        return Check("GPUs", True, "none", "workers here need --gpus cpu")
    names = "; ".join(_gpu_names())
    if not names:
        return Check("GPUs", False, "nvidia-smi fails", "check the driver: run nvidia-smi")
    return Check("GPUs", True, names)


def _gpu_names() -> list[str]:
    """None where there is no GPU, or its driver does not answer."""
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(
        ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    return [] if listed.returncode else listed.stdout.strip().splitlines()


def _redis(settings: Settings) -> Check:
    broker.check(settings.broker_url)
    client = broker.connect(settings.broker_url)
    try:
        info: dict[str, Any] = client.info()
    finally:
        client.close()
    policy = str(info.get("maxmemory_policy", "noeviction"))
    advice = []
    if not info.get("aof_enabled"):
        advice.append("turn on persistence: CONFIG SET appendonly yes")
    if policy != "noeviction":
        advice.append("messages may be evicted: CONFIG SET maxmemory-policy noeviction")
    persistence = "append-only file" if info.get("aof_enabled") else "no append-only file"
    found = f"{info.get('redis_version')}, {persistence}, {policy}"
    return Check("Redis", not advice, found, "; ".join(advice))


def _database(settings: Settings) -> Check:
    database = connect_to_look(settings.database)
    file = single_host.file_of(database.url)
    if file is not None:
        single_host.refuse_network(file)
    with explained(database):
        if file is not None and not file.exists():
            return Check("database", True, f"{file} does not exist yet; the first submit makes it")
        refuse_others(database)
        with database.connect() as connection:
            migrations.revision_of(connection)
            found = f"{database.dialect.name} {_version(database)}"
            found += f" at {address.of_database(database.url)}"
            if file is not None:
                return Check("database", True, found)
            return _room(found, connections.places(database, connection),
                         connections.wanted(connection, _workers_here()))  # fmt: skip


def _version(database: Engine) -> str:
    return ".".join(map(str, database.dialect.server_version_info or ()))


def _room(found: str, places: connections.Places, wanted: int) -> Check:
    found += f"; {places}"
    if wanted > places.all:
        limit = "PgBouncer's max_client_conn" if "PgBouncer" in places.pooler else "max_connections"
        advice = f"the workers here and elsewhere want up to {wanted} connections: raise {limit}"
    elif places.free < connections.A_WORKER:
        advice = "no worker more finds a connection: raise max_connections, or end who holds them"
    else:
        advice = ""
    return Check("database", not advice, found, advice)


def _workers_here() -> int:
    """One a GPU, and one for the `cpu` queue."""
    return 1 + max(1, len(_gpu_names()))


def _disk(settings: Settings) -> Check:
    place = settings.home if settings.home.exists() else Path()
    free = shutil.disk_usage(place).free
    advice = "" if free > LOW_DISK else "make room: a full disk makes jobs wait"
    return Check("disk", not advice, f"{free / 1e9:.0f} GB free", advice)


def _files(settings: Settings) -> Check:
    """What of the user's survey and passwords others on this machine can read: a warning."""
    url = connect_to_look(settings.database).url
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    beside = [file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm")] if file else []
    places = [Path(".env"), settings.home, *beside]
    shown = [place for place in places if place.exists() and others_read(place, settings.mask)]
    if not shown:
        return Check("files", True, "nobody else reads .env, home and database")
    modes = ", ".join(f"{place} ({place.stat().st_mode & 0o777:o})" for place in shown)
    return Check(
        "files", True, f"others can read {modes}",
        f"run: chmod go-rwx {' '.join(map(str, shown))}; or say who may with ANTHOLOGY_UMASK",
    )  # fmt: skip


def _model(model: str, options: dict[str, Any]) -> Check:
    check_model(model)
    rendering = rendering_of(PLAIN, load_tokenizer(model, options))
    nodes = len(label_trie(rendering, 26, PLAIN).nodes)
    return Check("model", True, f"{model}: an answer of 26 labels takes {nodes} readings")
