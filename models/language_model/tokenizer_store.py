"""Keeps what `transformers` made of a tokenizer's files, for the next command to read at once.

In the user's cache folder, by the files' content and the versions that read them. Whatever cannot
be read or written there is as if it had not been kept.
"""

import hashlib
import json
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

# What is in a model's folder and no tokenizer reads.
WEIGHTS = {".safetensors", ".bin", ".pt", ".pth", ".gguf", ".onnx", ".h5", ".msgpack", ".index"}
FORMAT = 1  # of what `lean_tokenizer` writes


def file_of(folder: Path, mode: str, own_code: bool) -> Path | None:
    """Where the description of this folder's tokenizer is kept; None if that cannot be said."""
    try:
        name = hashlib.sha256(json.dumps(_content(folder, mode, own_code)).encode()).hexdigest()
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "anthology" / "tokenizers" / name
    except (OSError, RuntimeError):  # a file that is gone just now; a user without a home
        return None


def _content(folder: Path, mode: str, own_code: bool) -> list[object]:
    """All that the description follows from: small files' digests, versions, how it is read."""
    files = sorted([*folder.iterdir(), *folder.glob("additional_chat_templates/*")])
    digests = {
        file.relative_to(folder).as_posix(): _digest(file)
        for file in files
        if file.is_file() and file.suffix not in WEIGHTS
    }
    read_by = [version(package) for package in ("transformers", "tokenizers")]
    return [FORMAT, read_by, mode, own_code, digests]


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read(file: Path) -> bytes | None:
    """What was kept, b"" for a tokenizer that has no description; None without any."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def keep(file: Path, description: bytes) -> None:
    """Written whole or not at all, for the user alone to read."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as draft:
            draft.write(description)
        os.replace(draft.name, file)
    except OSError:
        return
