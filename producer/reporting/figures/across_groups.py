"""What is stored of the groups of a trait side by side, as JSON: the spread within them, and how
much nearer the simulation is to one than to another.

Arranges stored figures; computes none.
"""

from collections.abc import Mapping
from typing import Any

from anthology.models.statistics.across_groups import (
    GAP,
    OF_FLOORS,
    WITHIN,
    drawn_name,
    stored_name,
    told,
)
from anthology.models.statistics.figures import ALL, FLOORS, leading
from anthology.models.study.measures import crossed, groups_of
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.stored import Figures, Stored, estimate

Row = dict[str, Any]


def across_groups(figures: Figures, study: Study) -> dict[str, list[Row]]:
    """Every trait and crossing of which there is any; nothing of studies without subgroups or
    measured before such was."""
    conditions = {name: figures.get((name, ALL), {}) for name in study.condition_names}
    figure = leading(any(question.ordered for question in study.compared)).name
    known = {told(name)[0] for stored in conditions.values() for name in stored} - {""}
    own = [crossing for crossing in study.measures.subgroups if crossing in known]
    found = [
        {
            "traits": crossing,
            "figure": figure,
            "conditions": [
                {
                    "condition": name,
                    "n": stored[stored_name(crossing, GAP)].n,
                    WITHIN: _figure(stored, crossing, WITHIN),
                    GAP: _figure(stored, crossing, GAP)
                    | _ends(_by_group(figures, study, name, crossing, figure)),
                }
                for name, stored in conditions.items()
                if stored_name(crossing, GAP) in stored
            ],
            **{floor: _floor(figures.get((floor, ALL), {}), crossing) for floor in FLOORS},
        }
        for crossing in [*own, *sorted(known - set(own))]
    ]  # fmt: skip
    return {"across_groups": found} if found else {}


def _figure(stored: Stored, crossing: str, name: str) -> Row:
    drawn = stored.get(stored_name(crossing, drawn_name(name)))
    return {**estimate(stored, stored_name(crossing, name)), "drawn": drawn and drawn.value}


def _by_group(
    figures: Figures, study: Study, condition: str, crossing: str, figure: str
) -> dict[str, float]:
    groups = groups_of(crossed(crossing), study.traits)
    metrics = {one.name: figures.get((condition, one.name), {}).get(figure) for one in groups}
    return {name: one.value for name, one in metrics.items() if one and one.value is not None}


def _ends(values: Mapping[str, float]) -> Row:
    """The groups that the simulation is nearest to and farthest from."""
    return {
        "nearest": min(values, key=lambda name: values[name], default=None),
        "farthest": max(values, key=lambda name: values[name], default=None),
    }


def _floor(stored: Stored, crossing: str) -> Row | None:
    """Mean and standard deviation over splits."""
    known = {name: stored.get(stored_name(crossing, name)) for name in OF_FLOORS}
    first = known[GAP]
    if first is None:
        return None
    return {"n": first.n, **{name: metric and metric.value for name, metric in known.items()}}
