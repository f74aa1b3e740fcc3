"""What of a model's files tells it from another model, and what does not."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from anthology.models.language_model import file_sums
from anthology.models.language_model.engine_identity import content_differences
from anthology.models.language_model.model_files import (
    content_id,
    content_of,
    model_digests,
    model_folder,
)
from anthology.models.language_model.names import served_names


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANTHOLOGY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(file_sums, "_known", {})
    return tmp_path / "home"


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def unlike(model: Path, copy: Path) -> str:
    one, other = content_of(model), content_of(copy)
    assert one is not None
    assert other is not None
    assert (one == other) is (content_id(one) == content_id(other))
    return content_differences(one, other)


def change(file: Path, place: int = -100) -> None:
    """One byte, as of one tensor; names, sizes and what 16 samples see stay."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def rewrite(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes, indent=7))


def test_a_copy_that_was_saved_elsewhere_is_the_same_model(tiny_model: Path, copy: Path) -> None:
    rewrite(copy / "config.json", _name_or_path="/elsewhere", transformers_version="9.9")
    (copy / "README.md").write_text("mine")
    (copy / "optimizer.pt").write_bytes(b"training")
    assert unlike(tiny_model, copy) == ""


def test_one_byte_of_the_weights_makes_another_model(tiny_model: Path, copy: Path) -> None:
    """A LoRA that was merged into one tensor lies between any samples."""
    file = next(copy.glob("*.safetensors"))
    size = file.stat().st_size
    change(file, 4096 + (size - 4096) // 30)
    assert model_digests(copy)["weights"] == model_digests(tiny_model)["weights"], "16 samples"
    assert unlike(tiny_model, copy) == "other weights"


def test_weights_replaced_with_the_same_name_size_and_times_are_another_model(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(file_sums, "SETTLED_NS", -1)
    file = next(copy.glob("*.safetensors"))
    before, times = content_of(copy), file.stat()
    while file.stat().st_ctime_ns == times.st_ctime_ns:  # the file system's clock has steps
        change(file)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    if content_of(copy) == before:  # an even number of changes
        change(file)
    assert file.stat().st_size == times.st_size
    assert content_of(copy) != before


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("config.json", "another config.json of the model"),
        ("tokenizer.json", "another tokenizer"),
        ("generation_config.json", "another generation_config.json"),
    ],
)
def test_what_else_answers_depend_on_makes_another_model(
    tiny_model: Path, copy: Path, file: str, said: str
) -> None:
    if not (copy / file).exists():
        (copy / file).write_text("{}")
    rewrite(copy / file, eos_token_id=3, version="2")
    assert unlike(tiny_model, copy) == said


def test_a_template_an_adapter_and_code_count(tiny_model: Path, copy: Path) -> None:
    (copy / "chat_template.jinja").write_text("{{ messages }}")
    assert unlike(tiny_model, copy) == "another chat template"
    (copy / "adapter_model.safetensors").write_bytes(b"lora")
    (copy / "modeling_mine.py").write_text("x = 1")
    found = unlike(tiny_model, copy)
    assert found == "other weights, another chat template, other code of the model"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "consolidated.00.pth", "m-q4.gguf"])
def test_weights_of_every_format_count(copy: Path, name: str) -> None:
    for file in copy.glob("*.safetensors"):
        file.unlink()
    assert content_of(copy) is None
    (copy / name).write_bytes(b"weights")
    before = content_of(copy)
    (copy / name).write_bytes(b"others")
    assert before is not None
    assert content_of(copy) not in (None, before)


def test_formats_that_are_not_loaded_do_not_count(tiny_model: Path, copy: Path) -> None:
    """Who downloads all of a repository has the same model as who has the safetensors alone."""
    (copy / "pytorch_model.bin").write_bytes(b"the same, otherwise")
    assert unlike(tiny_model, copy) == ""


def test_a_model_that_is_only_here_in_part_is_not_known(copy: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002.safetensors"}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    assert content_of(copy) is None
    assert content_of(None) is None


def test_files_that_are_no_json_are_no_reason_to_fail(copy: Path) -> None:
    (copy / "generation_config.json").write_text("{")
    assert content_of(copy) is not None


def hub(folder: Path, model: Path, revision: str) -> Path:
    """A snapshot as the hub's own cache keeps it."""
    blobs, snapshot = folder / "blobs", folder / "snapshots" / revision
    blobs.mkdir(parents=True, exist_ok=True)
    snapshot.mkdir(parents=True)
    for file in model.iterdir():
        blob = blobs / hashlib.sha256(file.read_bytes()).hexdigest()
        shutil.copyfile(file, blob)
        (snapshot / file.name).symlink_to(f"../../blobs/{blob.name}")
    return snapshot


def test_a_snapshot_is_the_model_that_a_plain_folder_is_and_need_not_be_read(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = hub(tmp_path / "models--org--tiny", tiny_model, "aaaa")
    plain = content_of(tiny_model)
    monkeypatch.setattr(file_sums.hashlib, "file_digest", None)
    assert content_of(snapshot) == plain


def test_who_saves_into_a_snapshot_has_made_another_model(tiny_model: Path, tmp_path: Path) -> None:
    snapshot = hub(tmp_path / "models--org--tiny", tiny_model, "aaaa")
    change(next(snapshot.glob("*.safetensors")).resolve())
    assert unlike(tiny_model, snapshot) == "other weights"


def test_two_revisions_of_one_hub_model_are_two_models(
    tiny_model: Path, copy: Path, tmp_path: Path
) -> None:
    change(next(copy.glob("*.safetensors")))
    one = hub(tmp_path / "models--org--tiny", tiny_model, "aaaa")
    two = hub(tmp_path / "models--org--tiny", copy, "bbbb")
    assert unlike(one, two) == "other weights"


def test_a_hub_name_is_found_in_the_local_cache(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants
    import huggingface_hub.file_download

    for module in (huggingface_hub.constants, huggingface_hub.file_download.constants):
        monkeypatch.setattr(module, "HF_HUB_CACHE", str(tmp_path))
    snapshot = hub(tmp_path / "models--org--tiny", tiny_model, "a" * 40)
    refs = tmp_path / "models--org--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text("a" * 40)
    assert model_folder("org/tiny") == snapshot
    assert f"org/tiny@{'a' * 40}" in served_names("org/tiny")
    assert model_folder("org/other") is None


@pytest.mark.parametrize("model", ["/nowhere/at/all", "nobody/has-this", "a b c", "x" * 400, "~y"])
def test_a_model_that_is_not_here_has_no_folder_and_no_digests(model: str) -> None:
    assert model_folder(model) is None
    assert set(model_digests(model_folder(model)).values()) == {None}
