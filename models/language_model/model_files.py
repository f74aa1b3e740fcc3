"""Where a model's files are on this machine, and which model they are: the digest of its content.

Reads files only; knows nothing of vLLM, and imports neither torch nor transformers.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from anthology.models.language_model import file_sums

# Digests of 16 hex digits by the part of the model that they are of, and `kind`, the architecture.
Content = Mapping[str, str | None]

# As vLLM chooses: what is further behind is not loaded where a kind before it is there.
WEIGHTS = (("*.safetensors",), ("*.bin",), ("*.pt", "*.pth"), ("*.gguf",))
# What training leaves beside the weights.
TRAINING = ("training_args", "optimizer", "scheduler", "scaler", "rng_state")
INDEX = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
CONFIG = ("config.json", "adapter_config.json", "params.json")
TOKENIZER = (
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "tekken.json",
)  # fmt: skip
MORE_TOKENIZER = ("*.model", "*.tiktoken")
TEMPLATES = ("chat_template.jinja", "chat_template.json")
# What differs between two copies of one model: who saved it where.
INCIDENTAL = ("_name_or_path", "transformers_version", "name_or_path", "chat_template")
SAMPLES = 16
SAMPLE_BYTES = 4096


def model_folder(model: str, revision: str | None = None) -> Path | None:
    """The folder of a model, also of a hub name in the local cache; None where there is none."""
    folder = os.path.expanduser(model)
    if os.path.isdir(folder):
        return Path(folder)
    from huggingface_hub.constants import HF_HUB_CACHE  # slow import

    repository = Path(HF_HUB_CACHE) / f"models--{model.replace('/', '--')}"
    if model.count("/") > 1 or not os.path.isdir(repository):
        return None
    from huggingface_hub import try_to_load_from_cache  # slower

    try:
        found = try_to_load_from_cache(model, "config.json", revision=revision)
    except ValueError:  # neither a folder nor a hub name
        return None
    return Path(found).parent if isinstance(found, str) else None


def content_of(folder: Path | None, *, keep: bool = True) -> Content | None:
    """What the model in a folder is: two copies have the same, whatever they are called.

    Every byte of the weights counts, of JSON all that says something of the model. None without a
    folder and where weights are missing: a submit host may have the tokenizer only.
    """
    try:
        weights = [] if folder is None else _weights(folder)
        return None if folder is None or not weights else _parts(folder, weights, keep)
    except OSError:  # somebody else's, and not to be read
        return None


def _parts(folder: Path, weights: list[Path], keep: bool) -> Content:
    more = {file.name for pattern in MORE_TOKENIZER for file in folder.glob(pattern)}
    tokenizer = [*TOKENIZER, *sorted(more.difference(TOKENIZER))]
    return {
        "kind": _kind(folder),
        "config": _digest(_content(folder / name) for name in CONFIG),
        "weights": _digest(found.encode() for found in sorted(file_sums.sums(weights, keep=keep))),
        "tokenizer": _digest(_content(folder / name) for name in tokenizer),
        "template": _digest([_template(folder), *(_content(folder / name) for name in TEMPLATES)]),
        "generation": _digest([_content(folder / "generation_config.json")]),
        "code": _digest(_content(file) for file in sorted(folder.glob("*.py"))),
    }


def content_id(content: Content) -> str:
    """8 hex digits by which queues call a content."""
    return hashlib.sha256(json.dumps(dict(content), sort_keys=True).encode()).hexdigest()[:8]


def model_digests(folder: Path | None, *, keep: bool = True) -> dict[str, Any]:
    """The model's `content`, and the digests that older versions wrote in place of it."""
    content = content_of(folder, keep=keep)
    return {**_sampled_digests(folder), "content": None if content is None else dict(content)}


def _sampled_digests(folder: Path | None) -> dict[str, str | None]:
    """Digests as versions wrote them that did not read whole files; stored studies are held to
    them. Of the weights, their names, sizes and 16 samples a file."""
    if folder is None:
        return dict.fromkeys(("config", "weights", "tokenizer", "template"))
    patterns = [pattern for kind in WEIGHTS for pattern in kind]
    weights = sorted({file for pattern in patterns for file in folder.glob(pattern)})
    return {
        "config": _digest([_content(folder / "config.json")]),
        "weights": _digest(_sampled(file) for file in weights),
        "tokenizer": _digest(_content(folder / name) for name in TOKENIZER),
        "template": _digest([_template(folder), *(_content(folder / name) for name in TEMPLATES)]),
    }


def _weights(folder: Path) -> list[Path]:
    """The files that hold the weights; none where one that belongs to them is missing."""
    if any(not (folder / name).is_file() for name in _listed(folder)):
        return []
    for patterns in WEIGHTS:
        found = {file for pattern in patterns for file in folder.glob(pattern) if file.is_file()}
        found = {file for file in found if not file.name.startswith(TRAINING)}
        if found:
            return sorted(found)
    return []


def _listed(folder: Path) -> set[str]:
    """The files that the index of the weights names."""
    for name in INDEX:
        index = _json(folder / name)
        if isinstance(index, dict) and isinstance(index.get("weight_map"), dict):
            return set(map(str, index["weight_map"].values()))
    return set()


def _kind(folder: Path) -> str | None:
    config = _json(folder / "config.json")
    kind = config.get("model_type") if isinstance(config, dict) else None
    return kind if isinstance(kind, str) else None


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def _content(file: Path) -> bytes:
    """The file's content with its name, or nothing; JSON without what says nothing of the model."""
    if not file.is_file():
        return b""
    loaded = _json(file) if file.suffix == ".json" else None
    if loaded is None:
        return file.name.encode() + b"\0" + file.read_bytes()
    if isinstance(loaded, dict) and file.name not in TEMPLATES:
        loaded = {key: value for key, value in loaded.items() if key not in INCIDENTAL}
    return file.name.encode() + b"\0" + json.dumps(loaded, sort_keys=True).encode()


def _template(folder: Path) -> bytes:
    """The chat template that stands in `tokenizer_config.json`."""
    config = _json(folder / "tokenizer_config.json")
    found = config.get("chat_template") if isinstance(config, dict) else None
    return json.dumps(found).encode() if found else b""


def _sampled(file: Path) -> bytes:
    """Name, size and evenly spaced pieces of a file."""
    size = file.stat().st_size
    found = [file.name.encode(), str(size).encode()]
    with file.open("rb") as stream:
        for sample in range(SAMPLES):
            stream.seek(max(0, size - SAMPLE_BYTES) * sample // (SAMPLES - 1))
            found.append(stream.read(SAMPLE_BYTES))
    return b"\0".join(found)


def _digest(parts: Iterable[bytes]) -> str | None:
    found = [part for part in parts if part]
    if not found:
        return None
    return hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in found)).hexdigest()[:16]
