"""How our pages write numbers, times, and what an engine tells of itself; knows no page."""

import math
from pathlib import PurePosixPath
from typing import Any

from anthology.models.runtime import timestamps


def figure(value: float | None, digits: int = 3) -> str:
    """A number with a true minus sign, a dash where it is undefined."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:z.{digits}f}".replace("-", "−")  # no minus before what is rounded to 0


def signed(value: float | None, digits: int) -> str:
    """A difference, with its sign."""
    return "–" if value is None else f"{value:+z.{digits}f}".replace("-", "−")


def measure(value: float | None, digits: int) -> str:
    """A number with its thousands apart, without decimals or with."""
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def ends(low: float | None, high: float | None, digits: int) -> str:
    """An interval in small print: "to", since a dash beside a minus is read as one."""
    return f"{figure(low, digits)} to {figure(high, digits)}"


def chance(p: float | None) -> str:
    """A p value: none is 0."""
    return "<0.001" if p is not None and p < 0.001 else figure(p)


def subgroup(name: str) -> str:
    """A subgroup's stored name with room to breathe: `sex=man * party=left` has a true cross."""
    return name.replace(" * ", " × ").replace("=", " = ")


def condition(name: str) -> str:
    """A condition within a sentence, where `none` would be read as "not any"."""
    return "“none”" if name == "none" else name


def count(value: float) -> str:
    return f"{value:,.0f}"


def percent(share: float) -> str:
    return f"{100 * share:z.0f}%".replace("-", "−")


def part(share: float | None) -> str:
    """A share of which a tenth of a percent matters."""
    return "–" if share is None else f"{100 * share:.1f}%"


def when(seconds: float | None) -> str:
    return timestamps.shown(seconds) if seconds else "–"


def folderless(model: str) -> str:
    """A model as it is called where its page is passed on: of one that lies in a folder of this
    machine the folder's name alone."""
    return PurePosixPath(model).name if model.startswith("/") else model


def told(value: Any) -> str:
    """What an engine tells of itself: a text, a number, several, or some with names."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(told, value))
    return "none" if value is None else str(value)


FILTERS = {
    "figure": figure, "count": count, "percent": percent, "when": when, "told": told,
    "part": part, "measure": measure, "signed": signed, "ends": ends, "chance": chance,
    "subgroup": subgroup, "folderless": folderless,
}  # fmt: skip
