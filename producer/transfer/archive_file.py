"""The file of a study's archive: a zip of JSON lines, with a manifest that says what is in it.

Nothing in a file is believed before it is checked, and names in it are never used as paths. Rows
stream both ways. Knows nothing of databases.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from anthology.models.database.migrations import HEAD
from anthology.models.errors import AnthologyError, InputError
from anthology.producer.transfer.archive_rows import MEMBERS, Count, Member, Row

VERSION = 1
MANIFEST = "manifest.json"
FILES = {f"{name}.jsonl" for name in MEMBERS} | {MANIFEST}
ALWAYS = FILES - {f"{member.name}.jsonl" for member in MEMBERS.values() if member.of}
PIECE = 1 << 16
LONGEST_MANIFEST = 1 << 20
LONGEST_LINE = 64 << 20
LONGEST_DIRECTORY = 1 << 16  # bytes; a zip can list millions of files, ours has a dozen
# Real archives are 5 to 30 times as large unpacked; what zip can do at most is a thousand times.
LARGEST_RATIO = 300
SMALL = 64 << 20  # bytes unpacked that are harmless at any ratio
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Listed(BaseModel):
    """What the manifest says of one file: its lines, and the digest of its bytes."""

    model_config = ConfigDict(strict=True, extra="forbid")
    rows: Count
    sha256: str


class Manifest(BaseModel):
    """The archive's own description; `revision` is that of the schema it was made from."""

    model_config = ConfigDict(strict=True, extra="forbid")
    anthology_archive: int
    revision: str
    study: str
    members: dict[str, Listed]


@dataclass(frozen=True)
class Archive:
    """An archive that is whole: every byte is as it was written."""

    path: Path
    manifest: Manifest
    _zip: ZipFile

    def rows(self, member: Member) -> Iterator[Row]:
        """Checked rows of one file, in the order of their keys, no key twice.

        Raises `InputError` naming the line and what is wrong with it.
        """
        if member.name not in self.manifest.members:
            return
        with self._zip.open(f"{member.name}.jsonl") as packed, io.BufferedReader(packed) as lines:  # type: ignore[type-var]
            before: tuple[Any, ...] = ()
            for number in range(1, self.manifest.members[member.name].rows + 1):
                row = _row(lines.readline(LONGEST_LINE), member)
                key = () if isinstance(row, str) else member.key_of(row)
                if not isinstance(row, str) and before and key <= before:
                    row = "the row is there twice, or in the wrong place"
                if isinstance(row, str):
                    raise self.refused(f"{member.name}.jsonl, line {number}: {row}")
                before = key
                yield row

    @property
    def is_of_this_version(self) -> bool:
        return self.manifest.revision == HEAD

    def refused(self, why: str) -> InputError:
        return refused(self.path, why)


def refused(path: Path, why: str) -> InputError:
    return InputError(f"{path} cannot be imported: {why}; nothing was written")


def write_archive(path: Path, study: str, members: Iterable[tuple[Member, Iterable[Row]]]) -> None:
    """Writes rows as they come, the manifest last. Equal rows make equal bytes."""
    listed = {}
    with ZipFile(path, "w") as archive:
        for member, rows in members:
            with archive.open(_info(f"{member.name}.jsonl"), "w", force_zip64=True) as file:
                listed[member.name] = _write_lines(file, rows)
        manifest = Manifest(anthology_archive=VERSION, revision=HEAD, study=study, members=listed)
        archive.writestr(_info(MANIFEST), manifest.model_dump_json(indent=1))


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name)  # dated 1980, so that the same study makes the same file
    info.compress_type = ZIP_DEFLATED
    return info


def _write_lines(file: IO[bytes], rows: Iterable[Row]) -> Listed:
    count, digest = 0, sha256()
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        line = text.encode() + b"\n"
        file.write(line)
        digest.update(line)
        count += 1
    return Listed(rows=count, sha256=digest.hexdigest())


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Opens an archive and reads it once, to see that it is whole.

    Raises `InputError` for a file that is none, is damaged, was made by a newer version, or would
    unpack to far more than it is.
    """
    with _explained(path):
        file = path.open("rb")
    with file:
        with _explained(path):
            _refuse_large_directory(path, file)
            archive = ZipFile(file)
            _refuse_bombs(path, archive.infolist())
            manifest = _manifest(path, archive)
            for name, listed in manifest.members.items():
                _refuse_damage(path, archive, name, listed)
        yield Archive(path, manifest, archive)


def archived_study(path: Path) -> str | None:
    """Whose archive a file is, if it is a whole one as we wrote it."""
    try:
        with open_archive(path) as archive:
            return archive.manifest.study
    except InputError:
        return None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except AnthologyError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    except Exception:  # zipfile raises whatever it stumbles over
        raise refused(path, "it is not an archive, or it is damaged") from None


def _refuse_large_directory(path: Path, file: IO[bytes]) -> None:
    """Looks at the end of the file before zipfile does, which would hold every name in memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 98))
    end = file.read()
    directory = int.from_bytes(end[-10:-6], "little")
    plain = end[-22:-18] == b"PK\5\6" and end[-2:] == b"\0\0"
    if end[-42:-38] == b"PK\6\7":  # the large form, for archives beyond 4 GB
        plain = plain and end[:4] == b"PK\6\6"
        plain = plain and int.from_bytes(end[-34:-26], "little") == size - 98
        directory = max(directory, int.from_bytes(end[40:48], "little"))
    if not plain or directory > LONGEST_DIRECTORY:
        raise refused(path, "it is not an archive of `anthology export`, or it is cut off")


def _refuse_bombs(path: Path, infos: list[ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if missing := sorted(ALWAYS - set(names)):
        raise refused(path, f"{missing[0]} is missing in it")
    if len(set(names)) < len(names) or set(names) - FILES:
        odd = next((name for name in names if name not in FILES), "a file twice")
        raise refused(path, f"it holds {ascii(odd)[:80]}, which does not belong there")
    if any(i.flag_bits & 1 or i.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for i in infos):
        raise refused(path, "it is encrypted, or packed by another method")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > max(SMALL, LARGEST_RATIO * path.stat().st_size):
        raise refused(path, f"it would unpack to {unpacked:,} bytes, which no study does")


def _manifest(path: Path, archive: ZipFile) -> Manifest:
    with archive.open(MANIFEST) as file:
        text = file.read(LONGEST_MANIFEST)
    try:
        data = from_json(text, allow_inf_nan=False)
        found = data if isinstance(data, dict) else {}
        version, revision = found.get("anthology_archive"), found.get("revision")
        if (isinstance(version, int) and version > VERSION) or (
            isinstance(revision, str) and revision > HEAD
        ):
            raise refused(path, "it was made by a newer Anthology; upgrade this one")
        manifest = Manifest.model_validate(data)
    except (ValidationError, ValueError):
        raise refused(path, f"its {MANIFEST} is not as it should be") from None
    files = {f"{name}.jsonl" for name in manifest.members} | {MANIFEST}
    if files != set(archive.namelist()) or manifest.anthology_archive != VERSION:
        raise refused(path, f"its {MANIFEST} does not name what is in it")
    return manifest


def _refuse_damage(path: Path, archive: ZipFile, name: str, listed: Listed) -> None:
    lines, digest, piece = 0, sha256(), b"\n"
    with archive.open(f"{name}.jsonl") as file:
        while more := file.read(PIECE):
            piece = more
            digest.update(piece)
            lines += piece.count(b"\n")
    whole = piece.endswith(b"\n") and lines == listed.rows
    if not whole or digest.hexdigest() != listed.sha256:
        raise refused(path, f"{name}.jsonl is not as it was written")


def _row(line: bytes, member: Member) -> Row | str:
    """A line's row, or what is wrong with it."""
    if b"\\u0000" in line and _NUL.search(line):
        return "a text holds NUL, which PostgreSQL cannot store"
    try:
        row = from_json(line, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        return f"is not JSON ({error})" if len(line) < LONGEST_LINE else "is too long"
    return member.wrong(row) or dict(row)
