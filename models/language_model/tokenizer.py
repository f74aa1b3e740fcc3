"""Loads a model's tokenizer, without torch, and keeps its control tokens out of people's words.

Works with any Hugging Face tokenizer.
"""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from anthology.models.errors import InputError

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


class Tokenizer(Protocol):
    def __hash__(self) -> int: ...
    def encode(self, text: str) -> list[int]: ...


@dataclass(frozen=True)
class Place:
    """Where a tokenizer is and how it is read; the last two are vLLM's arguments of these names."""

    name: str
    revision: str | None = None
    tokenizer_mode: str = "auto"
    trust_remote_code: bool = False

    @property
    def folder(self) -> Path | None:
        """The folder of its files; of a hub name the one in the local cache, None without."""
        if Path(self.name).is_dir():
            return Path(self.name)
        from huggingface_hub import try_to_load_from_cache  # slow import

        for file in ("tokenizer_config.json", "tokenizer.json", "config.json"):
            found = try_to_load_from_cache(self.name, file, revision=self.revision)
            if isinstance(found, str):
                return Path(found).parent
        return None


def place_of(model: str, options: Mapping[str, Any]) -> Place:
    """Where vLLM with these engine arguments looks for the tokenizer of a model."""
    return Place(
        name=str(options.get("tokenizer") or model),
        revision=options.get("tokenizer_revision") or options.get("revision"),
        tokenizer_mode=str(options.get("tokenizer_mode") or "auto"),
        trust_remote_code=options.get("trust_remote_code") is True,
    )


def load_tokenizer(model: str, options: Mapping[str, Any] = NO_OPTIONS) -> Tokenizer:
    """The tokenizer of a model folder (or of a hub name already in the local cache), as an engine
    with these arguments has it. Raises `InputError` if there is none; never asks anybody.
    """
    return _load(place_of(model, options))


@lru_cache(maxsize=4)
def _load(place: Place) -> Tokenizer:
    name = place.name
    if not Path(name).exists() and (name.startswith((".", "/")) or name.count("/") != 1):
        raise InputError(f"there is no model at {name}; give the folder that holds its config.json")
    if "transformers" in sys.modules:  # as in an engine's process: what is slow has been paid for
        return from_transformers(place)
    return _lean(place) or from_transformers(place)


def _lean(place: Place) -> Tokenizer | None:
    """The tokenizer without `transformers`, but read by it once; None if that would not do."""
    from anthology.models.language_model import tokenizer_reader, tokenizer_store
    from anthology.models.language_model.lean_tokenizer import LeanTokenizer

    folder = place.folder
    mode, own_code = place.tokenizer_mode, place.trust_remote_code
    file = tokenizer_store.file_of(folder, mode, own_code) if folder else None
    description = tokenizer_store.read(file) if file else None
    if description is None:
        description = tokenizer_reader.read(place)
        if file and description is not None:
            tokenizer_store.keep(file, description)
    return LeanTokenizer(description, place.name) if description else None


def from_transformers(place: Place) -> Tokenizer:
    """As the engine itself reads it. Raises `InputError`."""
    AutoTokenizer = _transformers().AutoTokenizer
    exactly = {"mistral_format": False} if place.tokenizer_mode == "hf" else {}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(
            place.name, revision=place.revision, trust_remote_code=place.trust_remote_code,
            **exactly,
        )  # fmt: skip
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if not place.trust_remote_code and "trust_remote_code" in str(error):
            raise InputError(
                f"the tokenizer of {place.name} comes with code of its own, which is not run "
                "unasked; if you trust it, give --engine-arg trust_remote_code=true"
            ) from None
        raise InputError(f"no tokenizer can be loaded from {place.name}: {reason}") from None
    return tokenizer  # type: ignore[no-any-return]


def _transformers() -> Any:
    """`transformers` without torch, which it takes along if it can: 4 s, 330 MB and no use here.

    In an engine's process vLLM has imported both before.
    """
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    hidden = not sys.modules.keys() & {"torch", "transformers"}
    if hidden:
        sys.modules["torch"] = None  # type: ignore[assignment]  # found by nobody
    try:
        import transformers

        transformers.AutoTokenizer  # noqa: B018  # imported now, while torch is hidden
    finally:
        if hidden:
            del sys.modules["torch"]
    return transformers


def harmless(text: str, tokenizer: Tokenizer) -> str:
    """`text` without a string that this tokenizer reads as a control token.

    Stories are written by a model and survey wording comes from anywhere; in both `<|im_end|>` or
    `</s>` may stand, which every tokenizer would read as the end of a turn. A space after the first
    character makes plain letters of it: `< |im_end|>`. The words stay readable and the person stays
    in the study; a reader sees what was written.
    """
    return taken_apart(text, _control(tokenizer))


def control_strings(tokenizer: Tokenizer) -> set[str]:
    """The strings that become control tokens wherever they stand in a text.

    Special tokens, and added tokens in brackets: `<think>` is often added as an ordinary token. A
    word or a run of spaces that was added to a vocabulary controls nothing and is left alone.
    """
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    strings = {str(token) for token in added if token.special or _BRACKETED.fullmatch(str(token))}
    strings |= set(getattr(tokenizer, "all_special_tokens", []))
    return {string.strip() for string in strings if len(string.strip()) > 1}


def any_of(strings: Iterable[str]) -> re.Pattern[str]:
    """Matches each of the strings, in the same order in every process, or nothing without any."""
    return re.compile("|".join(map(re.escape, sorted(strings))) or r"(?!)")


def taken_apart(text: str, pattern: re.Pattern[str]) -> str:
    """`text` with a space after the first character of every match, until nothing matches."""
    while pattern.search(text):  # what is left of one match may be another
        text = pattern.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)
    return text


_BRACKETED = re.compile(r"<\S+>|\[\S+\]|◁\S+▷")


@lru_cache(maxsize=4)
def _control(tokenizer: Tokenizer) -> re.Pattern[str]:
    return any_of(control_strings(tokenizer))
