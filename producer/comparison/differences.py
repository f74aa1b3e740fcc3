"""What differs between the settings of several studies, by the dotted places of a study file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from anthology.models.study.study import Study

ABSENT = "default"  # what a file leaves out
ADDED = ("measures.subgroups", "measures.contrasts", "measures.labelled")


def differences(studies: Sequence[Study]) -> dict[str, list[str]]:
    """By place, in the order of a study file, what each study has there, in words; only where they
    differ. Names of pools tell recipes apart, and some of `measures` add figures to those that are
    compared, so they count where nothing else differs."""
    flat = [_flat(study.identifying) for study in studies]
    places = list(dict.fromkeys(place for one in flat for place in one))
    found = {}
    for place in places:
        texts = [_text(one[place]) if place in one else ABSENT for one in flat]
        if len(set(texts)) > 1 and place != "study":
            found[place] = texts
    besides = {
        place: texts
        for place, texts in found.items()
        if not (_is_pools_name(place) or place in ADDED)
    }
    return besides or found


def _flat(part: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """Lists are one value: what stands where in them is no place."""
    found: dict[str, Any] = {}
    for key, value in part.items():
        if isinstance(value, dict) and value:
            found |= _flat(value, f"{within}{key}.")
        else:
            found[f"{within}{key}"] = value
    return found


def _is_pools_name(place: str) -> bool:
    return place.split(".")[0] in ("pool", "pools") and place.split(".")[-1] == "name"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if (
        isinstance(value, list)
        and value
        and all(isinstance(v, str) and "," not in v for v in value)
    ):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
