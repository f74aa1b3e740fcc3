"""Sets of settings under one name: what a published study did, where it differs from what is done
here unless said otherwise. `ops/METHOD.md` has the reasons.

A preset fills what a study file leaves open; what is stored are the settings, not the name.
"""

from collections.abc import Mapping
from typing import Any

from anthology.models.questionnaire.misfit import Misfit

PRESETS: dict[str, dict[str, Any]] = {
    "method-2024": {
        "traits_order": "shuffled",
        "style": {"reminder": "in_surveys"},
        "polling": {"readout": "sample", "samples": 40},
        "questionnaire": {"readout": "sample", "attempts": 100, "options_order": "reversed"},
        "measures": {"splits": 20, "weight_simulated": False},
    },
}
REJECT = {"shorter_than": 41}
_READOUT = {"readout", "samples", "attempts"}


def applied(data: Mapping[str, Any]) -> dict[str, Any]:
    """A study file's fields with those of its `preset`, which it may set otherwise.

    Raises `Misfit`, saying what there is, for another name.
    """
    fields = dict(data)
    name = fields.pop("preset")
    if not isinstance(name, str) or name not in PRESETS:
        raise Misfit(f"{name!r} is not one of {', '.join(PRESETS)}", "preset")
    return _filled({**fields, **_in_lists(fields)}, PRESETS[name])


def _in_lists(given: Mapping[str, Any]) -> dict[str, Any]:
    """What it sets of each condition and each pool: of equally good personas the first; no story of
    40 tokens or fewer, where others are written anew."""
    found: dict[str, Any] = {}
    if isinstance(conditions := given.get("conditions"), list):
        found["conditions"] = [
            {"ties": "first", **way} if isinstance(way, dict) and way.get("match") == "greedy"
            else way for way in conditions
        ]  # fmt: skip
    if isinstance(pools := given.get("pools"), dict):
        found["pools"] = {
            name: {"reject": REJECT, **pool} if isinstance(pool, dict) and _written(pool) else pool
            for name, pool in pools.items()
        }
    return found


def _written(pool: Mapping[str, Any]) -> bool:
    """Whether its stories are written, and may be longer than what is thrown away."""
    longest = pool.get("max_tokens", REJECT["shorter_than"])
    short = isinstance(longest, int) and longest < REJECT["shorter_than"]
    return not short and not pool.keys() & {"file", "interview"}


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
