"""Archives that somebody has forged, and what is said of them."""

import json
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import func, select, union_all
from sqlmodel import SQLModel

from anthology.models.database.sessions import open_database, reading
from anthology.models.errors import InputError
from anthology.producer.transfer.archive_import import import_archive


def packed(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def signed(files):
    """The same files with a manifest that is right about them: the work of a careful forger."""
    manifest = json.loads(files["manifest.json"])
    for name in manifest["members"]:
        data = files[f"{name}.jsonl"]
        listed = {"rows": data.count(b"\n"), "sha256": sha256(data).hexdigest()}
        manifest["members"][name] = listed
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def forged(files, member, change, line=0):
    """`change` of one row of a member, as a dictionary, or its bytes if it returns some."""
    lines = files[f"{member}.jsonl"].splitlines(keepends=True)
    row = json.loads(lines[line])
    found = change(row)
    if not isinstance(found, bytes):
        found = json.dumps(found or row, ensure_ascii=False).encode() + b"\n"
    lines[line] = found
    return signed({**files, f"{member}.jsonl": b"".join(lines)})


def refusal(path, url):
    """The one sentence, with nothing in the database."""
    with pytest.raises(InputError) as caught:
        import_archive(path, url)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert len(said) < 500 + len(str(path))
    assert rows_in(url) == 0
    return said.removeprefix(str(path))


def complaint(path, url):
    """What is said of an archive, nothing if it is taken; any other error is the test's own."""
    try:
        import_archive(path, url)
    except InputError as error:
        return str(error)
    return ""


def rows_in(url):
    """All rows but the one that every database has."""
    database = open_database(url)
    with reading(database) as session:
        tables = SQLModel.metadata.tables.values()
        each = (select(func.count()).select_from(table) for table in tables)
        found = sum(session.execute(union_all(*each)).scalars()) - 1
    database.dispose()
    return found
