"""A SQLite file on a network file system, or served by another machine, is refused."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from anthology.models.database import sessions, single_host
from anthology.models.database.sessions import (
    now_s,
    open_database,
    open_existing,
    open_to_look,
    reading,
    writing,
)
from anthology.models.database.tables import WorkerRow
from anthology.models.errors import InputError
from anthology.models.runtime import file_systems
from anthology.models.runtime.file_systems import network_in

LINE = "36 35 98:0 /root {} rw,noatime master:1 - {} {} rw,errors=continue\n"
LOCAL = LINE.format("/", "ext4", "/dev/root")


@pytest.mark.parametrize(
    ("kind", "source"),
    [("nfs", "server:/home"), ("nfs4", "server:/home"), ("cifs", "//server/share"),
     ("smb3", "//server/share"), ("lustre", "10.0.0.1@tcp:/scratch"), ("beegfs", "beegfs_nodev"),
     ("gpfs", "gpfs0"), ("ceph", "1.2.3.4:6789:/"), ("fuse.sshfs", "me@host:/data"),
     ("fuse.glusterfs", "host:/vol"), ("glusterfs", "host:/vol"), ("9p", "share"), ("afs", "AFS"),
     ("fuse.s3fs", "s3fs"), ("pvfs2", "tcp://h:3334/fs"), ("fuse.newfs", "host:/volume")],
)  # fmt: skip
def test_a_file_on_a_network_file_system_is_known_by_the_table_of_mounts(
    kind: str, source: str
) -> None:
    mounts = LOCAL + LINE.format("/home", kind, source)
    assert network_in(mounts, Path("/home/me/data")) == kind
    assert network_in(mounts, Path("/homes/me")) is None
    assert network_in(mounts, Path("/")) is None


@pytest.mark.parametrize(
    ("kind", "source"),
    [("ext4", "/dev/sda1"), ("xfs", "/dev/mapper/a"), ("btrfs", "/dev/nvme0n1p2"), ("zfs", "a/b"),
     ("overlay", "overlay"), ("tmpfs", "tmpfs"), ("virtiofs", "myfs"), ("fuseblk", "/dev/sdb1"),
     ("fuse.mergerfs", "a:b"), ("fuse.bindfs", "/data")],
)  # fmt: skip
def test_a_machines_own_disk_and_a_containers_are_none(kind: str, source: str) -> None:
    assert network_in(LOCAL + LINE.format("/data", kind, source), Path("/data/x")) is None


def test_the_innermost_mount_counts_and_of_two_in_one_place_the_later() -> None:
    mounts = LINE.format("/", "nfs", "server:/root") + LINE.format("/tmp", "tmpfs", "tmpfs")
    assert network_in(mounts, Path("/tmp/a")) is None
    assert network_in(mounts, Path("/var/a")) == "nfs"
    mounted = LINE.format("/home", "autofs", "auto.home") + LINE.format("/home", "nfs4", "s:/h")
    assert network_in(LOCAL + mounted, Path("/home/me")) == "nfs4"


def test_a_sandboxs_own_disk_names_with_spaces_and_broken_lines() -> None:
    assert network_in(LINE.format("/", "9p", "none"), Path("/work")) is None
    spaced = LOCAL + LINE.format("/my\\040data", "nfs", "server:/d") + "junk\n - \n\n"
    assert network_in(spaced, Path("/my data/x")) == "nfs"


def test_a_link_into_a_network_file_system_leads_there_and_a_new_file_is_where_its_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "near").symlink_to(far)
    on_the_network(tmp_path, far, monkeypatch)
    assert file_systems.network_of(tmp_path / "near" / "new" / "a.db") == "nfs4"
    assert file_systems.network_of(tmp_path / "a.db") is None
    monkeypatch.setattr(file_systems, "MOUNTS", tmp_path / "none")
    assert file_systems.network_of(far / "a.db") is None


def on_the_network(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(LOCAL + LINE.format(os.path.realpath(folder), "nfs4", "server:/home"))
    monkeypatch.setattr(file_systems, "MOUNTS", mounts)


def test_who_writes_is_refused_on_a_network_file_system_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_the_network(tmp_path, tmp_path, monkeypatch)
    url = f"sqlite:///{tmp_path / 'home' / 'a.db'}"
    with pytest.raises(InputError, match=r"\(nfs4\).*PostgreSQL.*ANTHOLOGY_DATABASE_URL"):
        open_database(url)
    assert not (tmp_path / "home").exists()


def test_who_steers_is_refused_there_and_who_looks_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_database(url).dispose()
    on_the_network(tmp_path, tmp_path, monkeypatch)
    with pytest.raises(InputError, match="network file system"):
        open_existing(url)
    with reading(open_to_look(url)) as session:
        assert session.execute(select(WorkerRow.name)).all() == []


def sign(url: str, name: str, age_s: float = 0.0, **values: Any) -> None:
    engine = open_database(url)
    row = {
        "name": name, "queue": "cpu", "pid": 1, "started_at": 0.0, "seen_at": 0.0, "stopped": False,
    }  # fmt: skip
    with writing(engine) as session:
        session.execute(insert(WorkerRow).values(**{**row, **values}))
        session.execute(update(WorkerRow).values(seen_at=now_s() - age_s))
    engine.dispose()


@pytest.mark.parametrize("opened", [open_database, open_existing])
def test_a_second_machine_that_would_write_the_same_file_is_refused(
    opened: Callable[[str], Any], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    sign(url, "gpu0@node17")
    with pytest.raises(InputError, match=r"gpu0@node17 on another machine.*PostgreSQL"):
        opened(url)
    open_to_look(url).dispose()


@pytest.mark.parametrize(
    ("name", "values"),
    [(f"gpu0@{socket.gethostname()}", {}), ("gpu0@node17", {"stopped": True}),
     ("gpu0@node17", {"age_s": 90.0})],
)  # fmt: skip
def test_workers_of_this_machine_and_ended_ones_keep_nobody_away(
    name: str, values: dict[str, Any], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    sign(url, name, **values)
    open_database(url).dispose()
    open_existing(url).dispose()


def test_a_worker_whose_process_is_here_is_this_machines_whatever_its_host_is_called(
    tmp_path: Path,
) -> None:
    """A laptop that was renamed, a container."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    sign(url, "gpu0@before")
    code = "import sys; print(); sys.stdin.read()"
    command = [sys.executable, "-c", code, "--hostname", "gpu0@before", "--queues", "cpu"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        open_database(url).dispose()
        process.kill()
    with pytest.raises(InputError, match="another machine"):
        open_database(url)


def test_a_worker_of_another_container_of_this_machine_keeps_nobody_away(tmp_path: Path) -> None:
    """Also a dead one: who is started again in a new container would wait for a minute."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    sign(url, "gpu0@3f2a9c1e", machine=single_host.this_machine())
    open_database(url).dispose()
    sign(url, "gpu1@3f2a9c1e", machine="another")
    with pytest.raises(InputError, match="gpu1@3f2a9c1e on another machine"):
        open_database(url)


def test_postgresql_is_for_many_machines(postgres_url: str) -> None:
    sign(postgres_url, "gpu0@node17")
    open_database(postgres_url).dispose()
    open_existing(postgres_url).dispose()


def test_the_file_of_a_url_is_found_however_it_is_written() -> None:
    def found(url: str) -> Path | None:
        return single_host.file_of(sessions.connect(url).url)

    assert found("sqlite:////data/a.db") == Path("/data/a.db")
    assert found("sqlite:///file:/data/a%20b.db?mode=rwc&uri=true") == Path("/data/a b.db")
    assert found("sqlite://") is None
    assert found("sqlite:///:memory:") is None
    assert found("postgresql+psycopg://h/d") is None
