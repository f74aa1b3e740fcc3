"""`--engine-arg NAME=VALUE` of several commands: vLLM's words, read the same by all of them."""

from collections.abc import Sequence
from typing import Any

import yaml

from anthology.models.errors import InputError


def parsed(engine_args: Sequence[str]) -> dict[str, Any]:
    """`dtype=float32` and the like, values read as YAML, dashes in names as underscores."""
    options = {}
    for argument in engine_args:
        name, separator, value = argument.partition("=")
        if not separator or not name:
            raise InputError(f"--engine-arg takes NAME=VALUE, not {argument!r}")
        try:
            options[name.strip().replace("-", "_")] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise InputError(f"--engine-arg {name}: {value!r} is not a value") from None
    return options
