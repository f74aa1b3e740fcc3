"""What an engine is started with, and what no engine would take. Does not know vLLM itself."""

import logging
import os
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from anthology.models.errors import AnthologyError, InputError, SetupError
from anthology.models.language_model import engine_options
from anthology.models.language_model.engine_options import Options
from anthology.models.runtime.vllm_version import too_new, usable
from anthology.workers.engine.load_errors import LoadError

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


def check_numbers(options: Options, types: Mapping[str, Any]) -> None:
    """Raises `InputError` for words where vLLM takes nothing but a number, or true and false: it
    would stumble over them somewhere and not say of what.

    types: of all arguments, as vLLM's dataclass declares them; those of other shapes are left to
    vLLM, and words that are numbers, too.
    """
    for name in options.keys() & types.keys():
        declared = types[name]
        text = declared.__name__ if isinstance(declared, type) else str(declared)
        kinds = set(text.split(" | ")) - {"None"}
        if not kinds or not kinds <= {"bool", "int", "float"}:
            continue
        value = options[name]
        if isinstance(value, list | dict) or (isinstance(value, str) and not _is_number(value)):
            takes = "true or false" if kinds == {"bool"} else "a number"
            given = engine_options.shown({name: value})
            raise InputError(f"--engine-arg {given} is not taken: vLLM takes {takes} there")


def _is_number(text: str) -> bool:
    """As 1e-3, which YAML takes for a word."""
    try:
        float(text)
    except ValueError:
        return False
    return True


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


def not_loaded(model: str, options: Options, error: LoadError) -> AnthologyError:
    """Why vLLM could not load a model: `InputError` where another try would end alike, since it
    names one of the arguments, or wants to be told that the model's code is trusted."""
    if _untrusted(error.said):
        return InputError(
            f"the model {model} comes with code of its own, which is not run unasked; if you trust "
            "it, give --engine-arg trust_remote_code=true"
        )
    name = None if error.may_pass else _named(error.said, options)
    if name is None:
        return SetupError(f"vLLM cannot load {model}: {error.said}")
    given = engine_options.shown({name: options[name]})
    return InputError(
        f"vLLM cannot load {model} with {given}: {error.said.rstrip('.')}; give --engine-arg "
        f"{name} another value, or leave it out"
    )


def _untrusted(said: str) -> bool:
    return "trust_remote_code" in said or "trust-remote-code" in said


def _named(said: str, options: Options) -> str | None:
    """The first argument of which vLLM speaks, as `block_size` or as block size. Where files are
    says nothing, nor what a path is made of: they may be away."""
    without_paths = re.sub(r"\S*/\S*", " ", said)
    words = " ".join(re.findall(r"\w+", without_paths.lower().replace("_", " ")))
    places = {
        name: f" {words} ".find(f" {name.replace('_', ' ')} ")
        for name in options
        if name not in engine_options.OF_THE_TOKENIZER
    }
    found = [name for name, place in places.items() if place >= 0]
    return min(found, key=lambda name: (places[name], -len(name)), default=None)


def refusal(model: str, options: Options, error: ValidationError) -> AnthologyError:
    """What vLLM has against a setting: `InputError` if that is of a kind it never takes.

    What its own checks raise (`value_error`) may come from files that cannot be read just now.
    """
    found = error.errors(include_url=False, include_context=False)
    name = ".".join(map(str, found[0]["loc"][:1]))
    reason = found[0]["msg"].removeprefix("Value error, ").strip().splitlines()[0]
    of_values = any(one["type"] == "value_error" for one in found)
    if of_values or _untrusted(str(error)):
        said = str(error) if _untrusted(str(error)) else reason
        return not_loaded(model, options, LoadError(said, ()))
    value = found[0]["input"]
    meant = name if name in options else next((n for n in options if options[n] == value), None)
    follows = "" if meant else f"; it was given {engine_options.shown(options)}"
    return InputError(f"vLLM does not take {meant or name}={value!r}: {reason}{follows}")
