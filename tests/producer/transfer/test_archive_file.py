"""An archive as a file: damaged, strange or hostile ones are refused in a sentence."""

import io
import json
import struct
import zipfile

import pytest
from forged_archives import complaint, forged, packed, refusal, rows_in, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError
from anthology.producer.reporting.findings import findings
from anthology.producer.transfer.archive import export_archive
from anthology.producer.transfer.archive_import import import_archive


def test_a_byte_changed_in_a_row_is_noticed_before_a_database_is_made(good, tmp_path):
    files = {**good, "metrics.jsonl": good["metrics.jsonl"].replace(b"0.", b"1.", 1)}
    path = packed(tmp_path / "a.zip", files)
    with pytest.raises(InputError, match=r"metrics\.jsonl is not as it was written"):
        import_archive(path, f"sqlite:///{tmp_path / 'none' / 'b.db'}")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("member", ["answers.jsonl", "manifest.json"])
def test_a_missing_file_is_named(good, url, tmp_path, member):
    files = {name: data for name, data in good.items() if name != member}
    assert f"{member} is missing" in refusal(packed(tmp_path / "a.zip", files), url)


@pytest.mark.parametrize("name", ["../../evil", "/etc/cron.d/evil", "a\\..\\b", "x" * 60_000])
def test_a_name_that_is_a_path_is_refused_and_nothing_is_unpacked(good, url, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    path = packed(tmp_path / "a.zip", {**good, name: b"boo"})
    assert "which does not belong there" in refusal(path, url)
    assert {file.name for file in set(tmp_path.rglob("*")) - set(before)} <= {
        "a.zip", "b.db", "b.db-wal", "b.db-shm",
    }  # fmt: skip


def test_a_file_that_is_there_twice_is_refused(good, url, tmp_path):
    path = packed(tmp_path / "a.zip", good)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("answers.jsonl", b"")
    assert "which does not belong there" in refusal(path, url)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"anthology_archive": 2}, "a newer Anthology; upgrade this one"),
        ({"anthology_archive": 2, "members": []}, "a newer Anthology; upgrade this one"),
        ({"revision": "9999"}, "a newer Anthology; upgrade this one"),
        ({"anthology_archive": "1"}, "is not as it should be"),
        ({"members": {}}, "does not name what is in it"),
        ({"study": "other"}, "are not about the same"),
        ({"more": 1}, "is not as it should be"),
    ],
)
def test_a_manifest_that_is_newer_or_wrong_is_refused(good, url, tmp_path, change, said):
    manifest = json.dumps({**json.loads(good["manifest.json"]), **change})
    path = packed(tmp_path / "a.zip", {**good, "manifest.json": manifest})
    assert said in refusal(path, url)


def test_an_archive_of_an_older_version_gets_the_columns_that_it_lacks(good, url, tmp_path):
    def older(row):
        return {k: v for k, v in row.items() if k not in ("paused", "identity", "any_engine")}

    files = forged(good, "study", older)
    manifest = {**json.loads(files["manifest.json"]), "revision": "0002"}
    path = packed(tmp_path / "a.zip", {**files, "manifest.json": json.dumps(manifest)})
    import_archive(path, url)
    assert findings(open_database(url), "full")["study"] == "full"


def test_a_zip_bomb_is_refused_by_what_it_says(good, url, tmp_path):
    files = {**good, "answers.jsonl": b"0" * (80 << 20) + b"\n"}
    path = packed(tmp_path / "a.zip", signed(files))
    assert path.stat().st_size < 1 << 20
    assert "it would unpack to 8" in refusal(path, url)


def test_a_zip_bomb_that_lies_about_its_size_is_refused(good, url, tmp_path):
    path = packed(tmp_path / "a.zip", signed({**good, "answers.jsonl": b"0" * (80 << 20) + b"\n"}))
    data = path.read_bytes()
    size = struct.pack("<I", (80 << 20) + 1)
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, struct.pack("<I", 1000)))
    assert "damaged" in refusal(path, url)


def test_a_line_without_end_is_refused(good, url, tmp_path, monkeypatch):
    monkeypatch.setattr("anthology.producer.transfer.archive_file.LONGEST_LINE", 4096)
    files = forged(good, "personas", lambda row: {**row, "story": "a" * 10_000})
    assert "personas.jsonl, line 1: is too long" in refusal(packed(tmp_path / "a.zip", files), url)


def test_a_zip_that_lists_ten_thousand_files_is_not_opened(good, url, tmp_path, monkeypatch):
    path = packed(tmp_path / "a.zip", {**good, **{f"{n:05}": b"" for n in range(10_000)}})
    monkeypatch.setattr(
        "anthology.producer.transfer.archive_file.ZipFile", lambda *_: pytest.fail("it was opened")
    )
    assert "not an archive of `anthology export`" in refusal(path, url)


def test_an_encrypted_or_strangely_packed_archive_is_refused(good, url, tmp_path):
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as archive:
        for name, data in good.items():
            archive.writestr(name, data)
    assert "packed by another method" in refusal(tmp_path / "lzma.zip", url)
    path = packed(tmp_path / "a.zip", good)
    data = bytearray(path.read_bytes())
    for start in (i for i in range(len(data)) if data[i : i + 4] == b"PK\1\2"):
        data[start + 8] |= 1
    path.write_bytes(bytes(data))
    assert "encrypted" in refusal(path, url)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(18), b"%PDF" * 100])
def test_a_file_that_is_no_archive_is_refused(url, tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    refusal(path, url)


def test_a_missing_file_and_a_folder_are_refused(url, tmp_path):
    assert "cannot be read: No such file" in refusal(tmp_path / "nowhere.zip", url)
    assert "cannot be read: Is a directory" in refusal(tmp_path, url)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_bytes_changed_anywhere_are_refused_or_change_nothing(good, tmp_path_factory, data):
    """In a zip some bytes mean nothing (dates, padding); what gets in is what was archived."""
    whole = io.BytesIO()
    packed(whole, good)
    changed = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([0, 0, 1, 50, len(changed) // 2]))
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "a.zip"
    path.write_bytes(bytes(changed[: len(changed) - cut]))
    url = f"sqlite:///{folder / 'b.db'}"
    if said := complaint(path, url):
        assert "\n" not in said
    else:
        again = export_archive(open_database(url), "full", path)
        with zipfile.ZipFile(again) as archive:
            assert all(archive.read(name) == data for name, data in good.items())


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_place_is_taken_or_refused_in_a_sentence(good, tmp_path_factory, data):
    names = sorted(name for name in good if name.endswith(".jsonl"))
    member = data.draw(st.sampled_from(names)).removesuffix(".jsonl")
    count = good[f"{member}.jsonl"].count(b"\n")
    line = data.draw(st.integers(0, count - 1))
    row = json.loads(good[f"{member}.jsonl"].splitlines()[line])
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JUNK)
    files = forged(good, member, lambda _: json.dumps(row).encode() + b"\n", line)
    folder = tmp_path_factory.mktemp("fuzz")
    url = f"sqlite:///{folder / 'b.db'}"
    path = packed(folder / "a.zip", files)
    said = complaint(path, url)
    assert "\n" not in said
    assert bool(said) == (not (folder / "b.db").exists() or rows_in(url) == 0)
