"""What did the work: all that answers depend on of an engine, and a short name for it.

Knows nothing of vLLM but the names in its configuration; what a model's files are is in
`models/language_model/model_files.py`.
"""

import hashlib
import json
import platform
from importlib.metadata import version
from typing import Any

from anthology.models.language_model.engine_identity import identity_of
from anthology.models.language_model.engine_options import Options, of_the_tokenizer, shown
from anthology.models.language_model.model_files import model_digests, model_folder
from anthology.models.language_model.tokenizer import place_of
from anthology.models.runtime.vllm_version import usable

__all__ = ["fingerprint", "fingerprint_id", "model_digests", "model_folder"]


def fingerprint(
    model: str,
    options: Options,
    config: Any,
    counting: Options,
    device: str,
    logit_step: float | None,
) -> dict[str, Any]:
    """Model, files, versions, precisions, device, and the `identity` that engines share.

    config: vLLM's of the model; counting: the options of the user's that answers may depend on.
    """
    info = {
        "model": model,
        **_digests(model, options, getattr(config, "revision", None)),
        "arguments": shown(counting) or None,
        "tokenizer_arguments": of_the_tokenizer(options) or None,
        "vllm": usable(),
        "torch": version("torch"),
        "transformers": version("transformers"),
        "body_dtype": str(config.dtype).removeprefix("torch."),
        "head_dtype": str(config.head_dtype).removeprefix("torch."),
        "logit_step": logit_step,
        "quantization": config.quantization,
        "max_model_len": int(config.max_model_len),
        "device": device,
        "python": platform.python_version(),
    }
    return {**info, "identity": identity_of(info)}


def _digests(model: str, options: Options, revision: str | None) -> dict[str, str | None]:
    """Of the model's files, and of the tokenizer's where those are."""
    digests = model_digests(model_folder(model, revision))
    place = place_of(model, options)
    if (place.name, place.revision) != (model, options.get("revision")):
        elsewhere = model_digests(model_folder(place.name, place.revision))
        digests |= {name: elsewhere[name] for name in ("tokenizer", "template")}
    return digests


def fingerprint_id(info: dict[str, Any]) -> str:
    """16 hex digits of the canonical JSON of an engine's fingerprint."""
    return hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()[:16]
