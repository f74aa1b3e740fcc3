"""What models are called: which names mean the same model, and what their queues are called.

Knows names only; where the files of both sides are known, their content decides (`model_files.py`).
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from anthology.models.language_model.model_files import Content, content_id, model_folder

ROOT = "/"  # the first part of a path from the root
LONGEST_TAIL = 3  # parts of a name that have a queue; a longer one is found by sweeps
READABLE = 50  # characters of a name in a queue's
_SNAPSHOT = re.compile(r"(?:^|/)models--([^/]+)/snapshots/([^/]+)/*$")

Parts = tuple[str, ...]


def served_names(model: str, more: Sequence[str] = ()) -> list[str]:
    """All that a worker's model is called: its path with and without links, its hub name, also
    where the path is a snapshot of the hub's cache, and what its user calls it."""
    folder = model_folder(model)
    paths = [] if folder is None else [os.path.abspath(folder), os.path.realpath(folder)]
    given = [] if os.path.exists(os.path.expanduser(model)) else [model]
    snapshots = [found for path in paths for found in _hub_names(path)]
    return list(dict.fromkeys([*given, *paths, *snapshots, *more]))


def meet(asked: str, served: Iterable[str]) -> bool:
    """Whether a study's name for its model is one of a worker's, or the end of one, part by part.

    `checkpoint-500` and `runA/checkpoint-500` meet `/scratch/runA/checkpoint-500`, which
    `runB/checkpoint-500` does not; `org1/Mistral-7B` does not meet `/models/Mistral-7B` either.
    """
    wanted = [parts(name) for name in _asked_names(asked)]
    known = [parts(name) for name in served]
    return any(w and k[-len(w) :] == w for w in wanted for k in known)


def alike(one: str, other: str) -> bool:
    """Whether two studies' names can mean one model."""
    return meet(one, _asked_names(other)) or meet(other, _asked_names(one))


def parts(name: str) -> Parts:
    """The parts of a path or hub name as they are compared: in one spelling, whatever the case."""
    text = unicodedata.normalize("NFC", os.path.expanduser(name.strip())).casefold()
    found: list[str] = []
    for part in unicodedata.normalize("NFC", text).split("/"):
        if part == ".." and found:
            found.pop()
        elif part not in ("", ".", ".."):
            found.append(part)
    return (ROOT, *found) if text.startswith("/") and found else tuple(found)


def short_name(model: str) -> str:
    """The hub name of a snapshot's folder; every other name as it is."""
    return next(iter(_hub_names(model)), model)


def queue_for(model: str, content: Content | None) -> str:
    """The queue of a study's jobs: that of its model's content, else that of the model's name."""
    return content_queue(content) if content else _name_queue(parts(_asked_names(model)[-1]))


def queues_for(contents: Mapping[str, Content | None]) -> set[str]:
    """The queues of a study's jobs, by the names that it has for its models."""
    return {queue_for(model, content) for model, content in contents.items()}


def content_queue(content: Content) -> str:
    return f"gpu.{_slug(content.get('kind') or '')}.{content_id(content)}"


def queues_of(model: str, names: Sequence[str]) -> list[str]:
    """The queues, besides its content's, in which a worker finds jobs that are meant for it."""
    tails = []
    for name in map(parts, names):
        longest = min(LONGEST_TAIL, len(name) - (name[:1] == (ROOT,)))
        tails += [name[-length:] for length in range(1, longest + 1)] + [name]
    return list(dict.fromkeys([model_queue(model), *map(_name_queue, tails)]))


def model_slug(model: str) -> str:
    """The last part of a path or hub name, in lower case: how recipes of pools call a model."""
    last = model.rstrip("/").rsplit("/", 1)[-1]
    return _slug(last)


def model_queue(model: str) -> str:
    """The queue of a model in versions that knew it by the last part of its name."""
    return f"gpu.{model_slug(model)}"


def _asked_names(model: str) -> list[str]:
    return [model, *_hub_names(model)[1:]]


def _hub_names(path: str) -> list[str]:
    """`org/name` and `org/name@revision` of a snapshot's folder."""
    found = _SNAPSHOT.search(path)
    if found is None:
        return []
    name = found[1].replace("--", "/")
    return [name, f"{name}@{found[2]}"]


def _name_queue(name: Parts) -> str:
    """A name of one part that can be read in it is the queue's; all others get their digest."""
    slug = _slug(name[-1] if name else "")
    if name == (slug,) and len(slug) <= READABLE:
        return f"gpu.{slug}"
    digest = hashlib.sha256("/".join(name).encode(errors="surrogatepass")).hexdigest()
    return f"gpu.{slug[:READABLE].rstrip('-.')}.{digest[:8]}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip("-.") or "model"
