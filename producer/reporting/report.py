"""Writes a study's report: one HTML page with everything in it, to be read without network.

Knows when a page may be replaced, and not what stands in it: that is `page.py`.
"""

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
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.layout.signing import SIGN, as_bytes, is_signed, signed
from anthology.producer.reporting.page import page


def write_report(
    database: Engine,
    study: str,
    directory: Path,
    *,
    force: bool = False,
    found: dict[str, Any] | None = None,
    personas: bool = False,
) -> Path:
    """Writes `index.html` into the directory, replacing an earlier report of the study in one step;
    `found` are its findings where they are known already. With `personas` a page to browse them is
    written before, and linked.

    Raises `InputError` for a study that is unknown or not measured yet, and, unless `force`, for
    another page in its place.
    """
    place_for(study, directory, force=force)
    found = found or findings(database, study)
    beside = None
    if personas:
        from anthology.producer.reporting.browser.files import write_browser

        beside = write_browser(database, study, directory, force=force).name
    return write_page(page(database, study, found, beside), study, directory, force=force)


def write_page(text: str, about: str, directory: Path, *, force: bool = False) -> Path:
    """Writes a page as `index.html`; raises `InputError` where one is that is not ours about the
    same, unless `force`."""
    target = place_for(about, directory, force=force)
    with explained(target, "folder"):
        make_folder(target.parent)
        with drafts_in(target.parent) as folder:
            draft = folder / target.name
            draft.write_bytes(signed(as_bytes(text), about))
            place_for(about, directory, force=force)
            publish({draft: target})
    return target


def place_for(study: str, directory: Path, *, force: bool = False) -> Path:
    """Where the report goes; raises `InputError` where a page is that is not our report of it."""
    target = Path(directory) / "index.html"
    with explained(target, "folder"):
        refuse_others([target], lambda file: _is_ours(file, study), force)
    return target


def _is_ours(file: Path, study: str) -> bool:
    found = file.read_bytes()
    if f"<!-- {SIGN}".encode() in found:
        return is_signed(file, study)
    # Versions before did not sign; a page with a sign in its head has lost the last line since.
    title = f"<h1>Anthology study <strong>{study}</strong></h1>"
    return title.encode() in found and b'<meta name="generator"' not in found
