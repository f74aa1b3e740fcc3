"""Sets of settings under one name: what a published study did, where it differs from what is done
here unless said otherwise. `ops/METHOD.md` has the reasons.

A preset fills what a study file leaves open; what is stored are the settings, not the name.
"""

from collections.abc import Mapping
from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "method-2024": {
        "traits_order": "shuffled",
        "style": {"reminder": "in_surveys"},
        "polling": {"readout": "sample", "samples": 40},
        "questionnaire": {"readout": "sample", "attempts": 100},
        "measures": {"splits": 20},
    },
}
_READOUT = {"readout", "samples", "attempts"}


def applied(data: Mapping[str, Any]) -> dict[str, Any]:
    """A study file's fields with those of its `preset`, which it may set otherwise.

    Raises ValueError, saying what there is, for another name.
    """
    fields = dict(data)
    name = fields.pop("preset")
    if name not in PRESETS:
        raise ValueError(f"preset {name!r} is not one of {', '.join(PRESETS)}")
    return _filled(fields, PRESETS[name])


def _filled(given: Mapping[str, Any], preset: Mapping[str, Any]) -> dict[str, Any]:
    filled = dict(given)
    for key, value in preset.items():
        if key not in filled:
            filled[key] = value
        elif isinstance(value, dict) and isinstance(filled[key], dict):
            # Who takes answers otherwise leaves all of how the preset takes them.
            other = "readout" in filled[key]
            part = {k: v for k, v in value.items() if not (other and k in _READOUT)}
            filled[key] = _filled(filled[key], part)
    return filled
