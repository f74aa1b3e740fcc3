"""The comparison as one flat table, a row for each study and condition, for spreadsheets."""

from collections.abc import Iterator
from typing import Any

from anthology.models.statistics.figures import BY_NAME, FLOORS
from anthology.producer.comparison import by_contrast, by_scale


def header(found: dict[str, Any]) -> list[str]:
    columns = ["study", *found["differ"], "condition", "n"]
    for name in found["figures"]:
        columns += [f"{name}{end}" for end in _ends(name)]
        columns += [f"{name}_{floor}" for floor in FLOORS if BY_NAME[name].floor]
    return [*columns, *by_scale.header(found), *by_contrast.header(found)]


def rows(found: dict[str, Any]) -> Iterator[list[Any]]:
    """Cells as `header` names them; empty where a figure is undefined."""
    studies = {study["study"]: study for study in found["studies"]}
    for row in found["rows"]:
        study = studies[row["study"]]
        cells = [row["study"], *study["settings"].values(), row["condition"], row["n"]]
        for name in found["figures"]:
            cells += [row[f"{name}{end}"] for end in _ends(name)]
            if BY_NAME[name].floor:
                cells += [(study[floor] or {}).get(name) for floor in FLOORS]
        place = row["study"], row["condition"]
        yield [*cells, *by_scale.cells(found, *place), *by_contrast.cells(found, *place)]


def _ends(name: str) -> tuple[str, ...]:
    return ("", "_low", "_high") if BY_NAME[name].interval else ("",)
