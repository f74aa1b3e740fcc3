"""Which files lie on another machine's disk: there SQLite's locks do not hold.

Knows Linux' table of mounts; where there is none, every disk counts as this machine's.
"""

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# What several machines can have mounted at once. Neither overlay nor virtiofs: containers and
# virtual machines have their own disks by them.
NETWORK = frozenset((
    "nfs", "nfs3", "nfs4", "cifs", "smb", "smbfs", "smb2", "smb3", "ncpfs", "afs",
    "auristorfs", "coda", "9p", "lustre", "beegfs", "fhgfs", "gpfs", "mmfs", "ceph",
    "glusterfs", "pvfs2", "orangefs", "gfs2", "ocfs2", "panfs", "wekafs", "vast", "dvs",
    "quobyte", "davfs", "davfs2", "acfs", "moosefs", "lizardfs", "juicefs",
))  # fmt: skip
NETWORK_FUSE = frozenset((
    "sshfs", "glusterfs", "ceph", "ceph-fuse", "beegfs", "mfs", "moosefs", "lizardfs",
    "juicefs", "quobyte", "rclone", "s3fs", "goofys", "mount-s3", "gcsfuse", "blobfuse",
    "blobfuse2", "davfs", "curlftpfs", "dfuse", "hdfs", "hdfs_fuse", "gvfsd-fuse", "afpfs",
    "smbnetfs", "seaweedfs", "cernvm", "eosxd", "oss", "alluxio-fuse",
))  # fmt: skip
_OF_A_SERVER = re.compile(r"//[^/]+/|[^/\s]+:/")  # what is mounted: //server/share, server:/folder


def network_of(path: Path) -> str | None:
    """The kind of network file system that a file is on, or will be; None on a local disk."""
    try:
        place = _existing(path)
        mounts = MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return None
    return network_in(mounts, place)


def network_in(mounts: str, place: Path) -> str | None:
    """As `network_of`, by a table of mounts: the innermost counts, and of two in one place the
    later, which hides the other (as a mount does what mounted it by itself)."""
    found, depth = None, -1
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        where, what = left.split(" ")[4:5], right.split(" ")[:2]
        if not where or len(what) < 2:
            continue
        root = Path(_unescaped(where[0]))
        if place.is_relative_to(root) and len(root.parts) >= depth:
            depth = len(root.parts)
            found = _network(what[0], _unescaped(what[1]), root)
    return found


def _network(kind: str, source: str, root: Path) -> str | None:
    if kind == "9p" and root == Path("/"):  # a sandbox's own disk
        return None
    name, _, by = kind.partition(".")
    if kind in NETWORK or (name == "fuse" and by in NETWORK_FUSE):
        return kind
    return kind if _OF_A_SERVER.match(source) else None


def _existing(path: Path) -> Path:
    """The path without links, or of its folders the first that is there (which mounts it)."""
    path = Path(os.path.realpath(path))
    for place in (path, *path.parents):
        if place.exists():
            return place
    return Path("/")


def _unescaped(text: str) -> str:
    """As the kernel writes spaces and the like: `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
