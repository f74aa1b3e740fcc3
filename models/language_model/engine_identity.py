"""What of an engine answers depend on, and how two engines differ in it.

Knows nothing of vLLM: a fingerprint is a dictionary, made in `workers/engine/engine.py`.
Who may work for a study is in `models/jobs/engines/engine_binding.py`.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from anthology.models.language_model.model_files import Content

Info = Mapping[str, Any]

# What answers depend on and users confuse, with its name for people. A device, a host or a Python
# moves answers by rounding only, so a study may be spread over unlike machines.
# Digests are of the whole content; beside an engine whose version sampled the weights, of that.
DIGESTS = {
    "config": "another config.json of the model",
    "weights": "other weights",
    "tokenizer": "another tokenizer",
    "template": "another chat template",
    "generation": "another generation_config.json",
    "code": "other code of the model",
}
VALUES = {
    "vllm": "vLLM",
    "body_dtype": "a body in",
    "head_dtype": "an output layer in",
    "quantization": "quantization",
}
# What fingerprints of older versions lack: in the identity only where there is something to tell.
LATER = {"arguments": "engine arguments"}


def identity_of(info: Info) -> str:
    """16 hex digits of what answers depend on, of all that a fingerprint holds."""
    digests = info.get("content") or info
    chosen = {key: digests.get(key) for key in DIGESTS}
    chosen |= {key: info.get(key) for key in VALUES}
    chosen |= {key: info[key] for key in LATER if info.get(key)}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


def differences(first: Info, other: Info) -> str:
    """What `other` has that `first` has not: "other weights, vLLM 0.33 instead of 0.32"; empty
    where they are alike.

    What one of them does not tell, since its version did not know it, is not held against it.
    """
    found = [said for said in [model_differences(first, other)] if said]
    found += [
        f"{said} {other[key] or 'none'} instead of {first[key] or 'none'}"
        for key, said in (VALUES | LATER).items()
        if key in first and key in other and first[key] != other[key]
    ]
    return ", ".join(found)


def model_differences(first: Info, other: Info) -> str:
    """As `differences`, of the model's files alone."""
    return content_differences(*_comparable(first, other))


def content_differences(first: Content, other: Content) -> str:
    unlike = (key for key in DIGESTS if key in first and key in other and first[key] != other[key])
    return ", ".join(DIGESTS[key] for key in unlike)


def model_is_known(first: Info, other: Info) -> bool:
    """Whether both tell enough of their weights for `model_differences` to mean something."""
    return all(digests.get("weights") for digests in _comparable(first, other))


def _comparable(first: Info, other: Info) -> tuple[Content, Content]:
    """The contents, or where one of the two has none what older versions wrote in its place."""
    if first.get("content") and other.get("content"):
        return first["content"], other["content"]
    return first, other
