"""What scripts imported until version 0.1: `from producer import Study, submit`, with a warning."""

import warnings
from typing import Any

import anthology


def __getattr__(name: str) -> Any:
    if name not in anthology.__all__:
        raise AttributeError(f"module 'producer' has no attribute {name!r}")
    warnings.warn(
        f"write `from anthology import {name}`: the next version has no package `producer`",
        FutureWarning,
        stacklevel=2,
    )
    return getattr(anthology, name)
