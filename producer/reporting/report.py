"""Writes a study's report: one HTML page with everything in it, to be read without network.

Knows when a page may be replaced, and not what stands in it: that is `page.py`.
"""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.producer.reporting.page import page

SIGN = "written by Anthology:"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def write_report(
    database: Engine,
    study: str,
    directory: Path,
    *,
    force: bool = False,
    found: dict[str, Any] | None = None,
) -> Path:
    """Writes `index.html` into the directory, replacing an earlier report of the study in one step;
    `found` are its findings where they are known already.

    Raises `InputError` for a study that is unknown or not measured yet, and, unless `force`, for
    another page in its place.
    """
    place_for(study, directory, force=force)
    return write_page(page(database, study, found), study, directory, force=force)


def write_page(text: str, about: str, directory: Path, *, force: bool = False) -> Path:
    """Writes a page as `index.html`; raises `InputError` where one is that is not ours about the
    same, unless `force`."""
    target = place_for(about, directory, force=force)
    # A lone surrogate, which JSON can hold, has no UTF-8; control characters no page.
    whole = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text).encode("utf-8", errors="replace")
    with explained(target, "folder"):
        make_folder(target.parent)
        with drafts_in(target.parent) as folder:
            draft = folder / target.name
            draft.write_bytes(_signed(whole, about))
            place_for(about, directory, force=force)
            publish({draft: target})
    return target


def place_for(study: str, directory: Path, *, force: bool = False) -> Path:
    """Where the report goes; raises `InputError` where a page is that is not our report of it."""
    target = Path(directory) / "index.html"
    with explained(target, "folder"):
        refuse_others([target], lambda file: _is_ours(file.read_bytes(), study), force)
    return target


def _signed(page: bytes, study: str) -> bytes:
    """With a last line that tells our page from one that somebody has changed since."""
    return page + f"<!-- {SIGN} {study} {sha256(page).hexdigest()} -->\n".encode()


def _is_ours(found: bytes, study: str) -> bool:
    page, sign, _ = found.rpartition(b"<!-- " + SIGN.encode())
    if sign:
        return _signed(page, study) == found
    # Versions before did not sign; a page with a sign in its head has lost the last line since.
    title = f"<h1>Anthology study <strong>{study}</strong></h1>"
    return title.encode() in found and b'<meta name="generator"' not in found
