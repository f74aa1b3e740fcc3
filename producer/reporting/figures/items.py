"""What is stored of single questions, of everybody together and of subgroups, as JSON.

Arranges stored figures; computes none, but which are beyond the floor. Tables are in
`item_tables.py`.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.retest import RETEST
from anthology.models.statistics.by_item.beyond import chances
from anthology.models.statistics.by_item.names import (
    OF_ITEMS,
    applying,
    of_floors,
    stored_name,
)
from anthology.models.statistics.figures import ALL, FLOORS, deviation, leading
from anthology.models.statistics.kinds import OfDistributions
from anthology.models.statistics.metrics import HOMOGENISED, Floats
from anthology.models.statistics.paired.holm import holm
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.paired import LEVEL
from anthology.producer.reporting.figures.stored import Figures, Stored, estimate, settings_of

Row = dict[str, Any]

SPREAD = "variance_ratio"  # by which an item is called homogenised


def items(figures: Figures, study: Study) -> dict[str, list[Row]]:
    """Of everybody together every compared question, beside both floors; nothing of studies that
    were measured before such was."""
    found = _of_group(figures, study, ALL)
    return {"items": found} if found else {}


def items_in(figures: Figures, study: Study, subgroups: Sequence[str]) -> dict[str, list[Row]]:
    """The same of every subgroup that it is known of, beside the floors of its own humans."""
    found = [
        {"subgroup": subgroup, **row}
        for subgroup in subgroups
        for row in _of_group(figures, study, subgroup)
    ]
    return {"items_in_subgroups": found} if found else {}


def _of_group(figures: Figures, study: Study, subgroup: str) -> list[Row]:
    found = [_question(figures, study, question, subgroup) for question in study.compared]
    if not any(row["conditions"] for row in found):
        return []
    splits = settings_of(figures, study)["splits"]
    for name in study.condition_names:
        _beyond_floor(found, name, study, splits)
    return found


def _question(figures: Figures, study: Study, question: Question, subgroup: str) -> Row:
    stored = {name: figures.get((name, subgroup), {}) for name in (*study.condition_names, RETEST)}
    rows = {name: _answered(one, question) for name, one in stored.items()}
    conditions = [{"condition": c, **row} for c in study.condition_names if (row := rows[c])]
    again = rows[RETEST]
    return {
        "question": question.name,
        "conditions": conditions,
        **({"retest": again} if again else {}),
        **{floor: _floor(figures.get((floor, subgroup), {}), question) for floor in FLOORS},
    }


def _beyond_floor(found: Sequence[Row], condition: str, study: Study, splits: int) -> None:
    """Says of every question whether the drawn answers are farther from the humans than those of as
    many other real people, on the figure that tells how close it is, and how sure that is among
    all of the condition's questions; null where it is not known."""
    answered = [
        (row, whole, leading(question.ordered))
        for question, whole in zip(study.compared, found, strict=True)
        if (row := answers_of(whole, condition)) is not None
    ]
    sizes = [whole[floor]["n"] for _, whole, _ in answered for floor in FLOORS if whole[floor]]
    sized = [whole["floor_at_n"] or {} for _, whole, _ in answered]
    figures = [figure for _, _, figure in answered]
    p_values = chances(
        _floats(row[figure.name]["drawn"] for row, _, figure in answered),
        _floats(floor.get(figure.name) for floor, figure in zip(sized, figures, strict=True)),
        _floats(floor.get(deviation(figure)) for floor, figure in zip(sized, figures, strict=True)),
        people=min(sizes, default=0),
        splits=splits,
    )
    for (row, _, _), p in zip(answered, holm(p_values).tolist(), strict=True):
        known = not math.isnan(p)
        row["floor_at_n_p_holm"] = p if known else None
        row["beyond_floor_at_n"] = p < LEVEL if known else None


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _answered(stored: Stored, question: Question) -> Row:
    """n: simulated people with an answer. homogenised_surely: less than 0.8 of the humans'
    variance, and the whole interval of the ratio is below 1; null where there is no ratio."""
    applies = applying(OF_ITEMS, question.ordered)
    if stored_name(question.name, applies[0].name) not in stored:
        return {}
    found: Row = {"n": stored[stored_name(question.name, applies[0].name)].n}
    for figure in applies:
        found[figure.name] = dict(estimate(stored, stored_name(question.name, figure.name)))
        if isinstance(figure, OfDistributions):
            drawn = stored.get(stored_name(question.name, figure.drawn_name))
            found[figure.name]["drawn"] = drawn and drawn.value
    return {**found, "homogenised_surely": _homogenised(found.get(SPREAD))}


def _homogenised(ratio: Row | None) -> bool | None:
    if ratio is None or ratio["value"] is None:
        return None
    return bool(ratio["value"] < HOMOGENISED and ratio["high"] is not None and ratio["high"] < 1)


def _floor(stored: Stored, question: Question) -> Row | None:
    """Mean and standard deviation over splits, by figure; n as of the floor of all questions."""
    names = of_floors(question.ordered)
    known = {name: stored.get(stored_name(question.name, name)) for name in names}
    metrics = [one for one in known.values() if one is not None]
    if not metrics:
        return None
    return {"n": metrics[0].n, **{name: one and one.value for name, one in known.items()}}


def answers_of(row: Row, condition: str) -> Row | None:
    """A question's figures in a condition; None where nobody answered it."""
    rows: list[Row] = row["conditions"]
    return next((one for one in rows if one["condition"] == condition), None)
