"""What a simulation is worth to whoever asks few humans: as findings, and in words.

Reads the stored figures; knows nothing of pages and computes none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from anthology.models.database.tables import Metric
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.inference import names
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.stored import Figures, estimate
from anthology.producer.reporting.layout import numbers

Row = dict[str, Any]


def prediction_powered(figures: Figures, study: Study) -> dict[str, Row]:
    """`prediction_powered`: by condition how many humans alone the labelled ones are worth with it,
    over all questions; by question and condition the same, and what the labelled say of all, of the
    mean of positions (`option` null) and of shares. Nothing where nothing of it is stored: of few
    people, without humans, or measured before there was such.
    """
    questions = [
        {"condition": condition, "question": question.name, "option": option, **found}
        for question in study.compared
        for quantity, option in zip(
            names.quantities(question.name, len(question.options), question.ordered),
            [*([None] if question.ordered else []), *question.option_texts],
            strict=True,
        )
        for condition in study.condition_names
        if (found := _quantity(figures.get((condition, ALL), {}), quantity))
    ]
    conditions = [
        _condition(name, figures[name, ALL], questions)
        for name in study.condition_names
        if names.EFFECTIVE in figures.get((name, ALL), {})
    ]
    if not conditions:
        return {}
    return {"prediction_powered": {"conditions": conditions, "questions": questions}}


def in_words(condition: str, labelled: int, effective: Row) -> str:
    """What a condition is worth: an honest answer may be none."""
    by = numbers.condition(condition)
    if effective["value"] is None:
        return f"What the simulation by {by} is worth is unknown: people answered too alike."
    value, low, high = (round(effective[end]) for end in ("value", "low", "high"))
    worth = (
        f"{labelled:,} humans and the simulation by {by} are worth {value:,} humans alone "
        f"[{low:,}, {high:,}]"
    )
    if value == labelled:
        return f"{worth}: it saves none."
    if effective["low"] <= labelled:
        return f"{worth}: whether it saves any is not settled."
    return f"{worth}: it saves {value - labelled:,}."


def _condition(name: str, stored: dict[str, Metric], questions: Sequence[Row]) -> Row:
    """`intervals` of its means, or shares if there are none, have a truth beside them, which so
    many `hold`."""
    metric, effective = stored[names.EFFECTIVE], estimate(stored, names.EFFECTIVE)
    own = [row for row in questions if row["condition"] == name]
    known = [row for row in own if row["option"] is None] or own
    return {
        "condition": name, "labelled": metric.n, "effective_humans": effective,
        "saved": None if metric.value is None else metric.value - metric.n, **held(known),
        "in_words": in_words(name, metric.n, effective),
    }  # fmt: skip


def held(rows: Sequence[Row]) -> Row:
    """Of how many `intervals` with the simulation's help it is known what all humans say, and how
    many `hold` it."""
    tested = [
        row["powered"]["low"] <= row[names.TRUTH] <= row["powered"]["high"]
        for row in rows
        if row[names.TRUTH] is not None and row["powered"]["low"] is not None
    ]
    return {"intervals": len(tested), "hold": sum(tested)}


def _quantity(stored: dict[str, Metric], quantity: str) -> Row | None:
    places = {name: names.stored_name(name, quantity) for name in names.NAMES}
    return told({name: stored[place] for name, place in places.items() if place in stored})


def told(found: Mapping[str, Metric]) -> Row | None:
    """All that is stored of one, by its name; `all_humans` is null where no more humans than the
    labelled gave an answer."""
    effective, correlation = found.get(names.EFFECTIVE), found.get(names.CORRELATION)
    if effective is None or correlation is None:
        return None
    intervals = (names.EFFECTIVE, names.CORRELATION, names.POWERED, names.CLASSICAL)
    return {
        "labelled": effective.n,
        "pairs": correlation.n,
        **{name: estimate(found, name) for name in intervals},
        **{name: getattr(found.get(name), "value", None) for name in (names.TUNING, names.TRUTH)},
    }
