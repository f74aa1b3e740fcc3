"""Tells files that we wrote from those that somebody has changed since, by their last line.

Knows no formats but for how each writes a comment.
"""

import re
from hashlib import sha256
from pathlib import Path

SIGN = "written by Anthology:"
COMMENTS = {".html": (b"<!-- ", b" -->\n"), ".js": (b"// ", b"\n")}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def as_bytes(page: str) -> bytes:
    """A page as UTF-8, without the lone surrogates that JSON can hold and control characters."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", page).encode("utf-8", errors="replace")


def signed(content: bytes, about: str, kind: str = ".html") -> bytes:
    """With a last line that has the digest of the rest; `kind` is the file's ending."""
    start, end = COMMENTS[kind]
    return content + start + f"{SIGN} {about} {sha256(content).hexdigest()}".encode() + end


def is_signed(file: Path, about: str) -> bool:
    """Whether a file is as we wrote it about the same."""
    found = file.read_bytes()
    start, _ = COMMENTS[file.suffix]
    content, sign, _ = found.rpartition(start + SIGN.encode())
    return bool(sign) and signed(content, about, file.suffix) == found
