"""What an engine is started with, and what no engine would take. Does not know vLLM itself."""

import logging
import os
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from anthology.models.errors import AnthologyError, InputError, SetupError
from anthology.models.language_model import engine_options
from anthology.models.language_model.engine_options import Options
from anthology.models.runtime.vllm_version import too_new, usable

log = logging.getLogger(__name__)


def engine_arguments(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """vLLM engine arguments: ours first, overridden by whatever the user passes through.

    The output layer runs in float32: a 16-bit one rounds logits to steps of 1/8 to 1/4, which
    moves label probabilities by up to a tenth of a nat.
    """
    overrides = {"head_dtype": "float32", **(options.get("hf_overrides") or {})}
    return {
        "enable_prefix_caching": True,
        "disable_log_stats": True,
        **options,
        "model": model,
        "hf_overrides": overrides,
    }


def check_version() -> None:
    found = usable()
    if too_new(found):
        log.warning("vLLM %s is newer than any that this release was made for", found)


def check_names(options: dict[str, Any], known: Collection[str]) -> None:
    """Raises `InputError` for an `--engine-arg` that vLLM does not have: no retry would help."""
    for name in options.keys() - set(known):
        near = get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"--engine-arg {name}: vLLM {usable()} has no such argument{hint}")


def that_count(config: Any, options: Options, defaults: Options) -> dict[str, Any]:
    """What was asked of an engine that answers may depend on, as vLLM understood it.

    config: vLLM's of the loaded engine. Precisions and files stand in the fingerprint beside it.
    """
    overrides = {**(options.get("hf_overrides") or {})}
    overrides.pop("head_dtype", None)
    found = engine_options.that_count({**options, "hf_overrides": overrides}, defaults)
    if "kv_cache_dtype" in found:  # which has several names for one thing
        found["kv_cache_dtype"] = str(config.cache_config.cache_dtype)
    if "trust_remote_code" in found and not _has_code(config.model_config):
        del found["trust_remote_code"]
    set_here = {name: os.environ.get(name) for name in engine_options.VARIABLES}
    return {
        **found,
        **_by_length(config.model_config),
        **{name: value for name, value in set_here.items() if value not in (None, "", "0")},
    }


def _has_code(model_config: Any) -> bool:
    """Whether the model brings code of its own, which alone makes trust in it matter."""
    return bool(getattr(model_config.hf_config, "auto_map", None))


def _by_length(model_config: Any) -> dict[str, Any]:
    """What `max_model_len` decides beside the length: some models turn positions otherwise in a
    context that is longer than they were first trained on, in short prompts, too."""
    text = model_config.hf_text_config
    rope = getattr(text, "rope_parameters", None) or getattr(text, "rope_scaling", None) or {}
    trained = getattr(text, "original_max_position_embeddings", None)
    trained = trained or rope.get("original_max_position_embeddings")
    kind = rope.get("rope_type") or rope.get("type")
    if kind in ("longrope", "su") and trained and model_config.max_model_len > trained:
        return {"max_model_len": f"beyond {trained}, so positions are long ones"}
    if text.model_type == "llama4_text" and model_config.max_model_len <= 32768:
        return {"max_model_len": "up to 32768, so attention is not tempered"}
    return {}


def not_loaded(model: str, error: Exception) -> AnthologyError:
    """Why vLLM could not load a model, which may be so just now, or until the user trusts it."""
    said = str(error).strip()
    if "trust_remote_code" in said or "trust-remote-code" in said:
        return InputError(
            f"the model {model} comes with code of its own, which is not run unasked; if you trust "
            "it, give --engine-arg trust_remote_code=true"
        )
    reason = said.splitlines()[0] if said else repr(error)
    return SetupError(f"vLLM cannot load {model}: {reason}")


def refusal(model: str, error: ValidationError) -> AnthologyError:
    """What vLLM has against a setting: `InputError` if that is of a kind it never takes.

    What its own checks raise (`value_error`) may come from files that cannot be read just now.
    """
    found = error.errors(include_url=False, include_context=False)
    if isinstance(trust := not_loaded(model, error), InputError):
        return trust
    name = ".".join(map(str, found[0]["loc"][:1]))
    reason = found[0]["msg"].removeprefix("Value error, ").strip().splitlines()[0]
    if any(one["type"] == "value_error" for one in found):
        return SetupError(f"vLLM cannot load {model}: {reason}")
    return InputError(f"vLLM does not take {name}={found[0]['input']!r}: {reason}")
