"""What is stored of scales of items, as JSON: scores of humans and of every condition, and how
scales hang together.

Arranges stored figures; computes none.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from anthology.models.statistics.figures import ALL, FLOORS, HUMANS
from anthology.models.statistics.scale_scores.names import (
    COMPARED,
    FRO,
    OF_SCORES,
    correlation_name,
    deviation_name,
    figure_name,
    item_name,
)
from anthology.models.study.scales import named
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.stored import Figures, Stored, estimate

Row = dict[str, Any]


def scales(figures: Figures, study: Study, subgroups: Sequence[str]) -> dict[str, list[Row]]:
    """Of every subgroup with figures each scale, and the correlations between them where there are
    several; nothing of a study without scales, and empty lists before its scales are measured."""
    if not study.scales:
        return {}
    groups = [_Group(figures, study, subgroup) for subgroup in (ALL, *subgroups)]
    return {
        "scales": [row for scale in study.scales for group in groups for row in group.of(scale)],
        "scale_correlations": [row for group in groups for row in group.correlations()],
    }


class _Group:
    """What is stored of a subgroup: of its humans, and of every condition with enough people."""

    def __init__(self, figures: Figures, study: Study, subgroup: str) -> None:
        self.study, self.subgroup = study, subgroup
        self.humans: Stored = figures.get((HUMANS, subgroup), {})
        self.floors = {floor: figures.get((floor, subgroup), {}) for floor in FLOORS}
        self.conditions: dict[str, Stored] = {
            condition: figures.get((condition, subgroup), {}) for condition in study.condition_names
        }

    def of(self, scale: str) -> list[Row]:
        """Nothing, or one entry; `against` are the items that among its humans surely go against
        the rest of the scale: the whole interval of their correlation is below 0."""
        items = self.study.scales[scale]
        mean = figure_name(scale, "mean")
        rows = {name: stored for name, stored in self.conditions.items() if mean in stored}
        if mean not in self.humans and not rows:
            return []
        rest = {item: estimate(self.humans, item_name(scale, named(item))) for item in items}
        return [
            {
                "scale": scale,
                "subgroup": self.subgroup,
                "items": items,
                "against": [item for item, one in rest.items() if (one["high"] or 0) < 0],
                "humans": _people(self.humans, scale, items) if self.humans else None,
                "conditions": [
                    {"condition": name, **_people(stored, scale, items), **_beside(stored, scale)}
                    for name, stored in rows.items()
                ],
                **{floor: _floor(self.floors[floor], _both(scale)) for floor in FLOORS},
            }
        ]

    def correlations(self) -> list[Row]:
        pairs = list(combinations(self.study.scales, 2))
        first = next((correlation_name(*pair) for pair in pairs), "")
        rows = {name: stored for name, stored in self.conditions.items() if first in stored}
        if first not in self.humans and not rows:
            return []
        return [
            {
                "subgroup": self.subgroup,
                "humans": _correlations(self.humans, pairs) if self.humans else None,
                "conditions": [
                    {
                        "condition": name,
                        **_correlations(stored, pairs),
                        "fro": estimate(stored, FRO),
                    }
                    for name, stored in rows.items()
                ],
                **{floor: _floor(self.floors[floor], {"fro": FRO}) for floor in FLOORS},
            }
        ]


def _people(stored: Stored, scale: str, items: Sequence[str]) -> Row:
    """n: who has a score. `rest` are the correlations of items with the rest of the scale."""
    return {
        "n": stored[figure_name(scale, "mean")].n,
        **{figure: estimate(stored, figure_name(scale, figure)) for figure in OF_SCORES},
        "rest": {named(item): estimate(stored, item_name(scale, named(item))) for item in items},
    }


def _both(scale: str) -> dict[str, str]:
    return {figure: figure_name(scale, figure) for figure in COMPARED}


def _beside(stored: Stored, scale: str) -> Row:
    """What holds a condition to the humans, where there are any."""
    known = {figure: name for figure, name in _both(scale).items() if name in stored}
    return {figure: estimate(stored, name) for figure, name in known.items()}


def _correlations(stored: Stored, pairs: Sequence[tuple[str, str]]) -> Row:
    """n: who has a score on every scale."""
    return {
        "n": stored[correlation_name(*pairs[0])].n,
        "correlations": [
            {"scales": list(pair), **estimate(stored, correlation_name(*pair))} for pair in pairs
        ],
    }


def _floor(stored: Stored, known: Mapping[str, str]) -> Row | None:
    """Mean and standard deviation over splits, by figure."""
    if not all(name in stored for name in known.values()):
        return None
    found: Row = {"n": next(stored[name].n for name in known.values())}
    for figure, name in known.items():
        found[figure] = stored[name].value
        found[f"{figure}_sd"] = stored[deviation_name(name)].value
    return found
