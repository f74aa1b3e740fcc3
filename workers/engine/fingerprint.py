"""Short names for what did the work: the engine's fingerprint, and the digests of its model.

Knows nothing of vLLM; what a model's files are is in `models/language_model/model_files.py`.
"""

import hashlib
import json
from typing import Any

from anthology.models.language_model.model_files import model_digests, model_folder

__all__ = ["fingerprint_id", "model_digests", "model_folder"]


def fingerprint_id(info: dict[str, Any]) -> str:
    """16 hex digits of the canonical JSON of an engine's fingerprint."""
    return hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()[:16]
