"""What an engine is started with, and what no engine would take. Does not know vLLM itself."""

import logging
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from models.errors import AnthologyError, InputError, SetupError
from models.vllm_version import too_new, usable

log = logging.getLogger(__name__)


def engine_arguments(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """vLLM engine arguments: ours first, overridden by whatever the user passes through.

    The output layer runs in float32: a 16-bit one rounds logits to steps of 1/8 to 1/4, which
    moves label probabilities by up to a tenth of a nat.
    """
    overrides = {"head_dtype": "float32", **options.get("hf_overrides", {})}
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


def refusal(model: str, error: ValidationError) -> AnthologyError:
    """What vLLM has against a setting: `InputError` if that is of a kind it never takes.

    What its own checks raise (`value_error`) may come from files that cannot be read just now.
    """
    found = error.errors(include_url=False, include_context=False)
    name = ".".join(map(str, found[0]["loc"][:1]))
    reason = found[0]["msg"].removeprefix("Value error, ").strip().splitlines()[0]
    if any(one["type"] == "value_error" for one in found):
        return SetupError(f"vLLM cannot load {model}: {reason}")
    return InputError(f"vLLM does not take {name}={found[0]['input']!r}: {reason}")
