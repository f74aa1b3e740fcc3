"""The comparison's page: what its template is given. Computes no figure."""

from pathlib import Path
from typing import Any

from anthology.models.statistics.figures import BY_NAME
from anthology.producer.comparison import by_scale
from anthology.producer.comparison.words import best_word, closer_than, sentences
from anthology.producer.reporting.layout.render import rendered
from anthology.producer.reporting.page import environment
from anthology.producer.reporting.pictures.inline import Picture
from anthology.producer.reporting.pictures.rows import Estimate
from anthology.producer.reporting.pictures.specifications import Setting, specifications

MOST_SETTINGS = 24  # lines below a picture
MOST_COLUMNS = 6  # settings beside a study's name
SCALE_DIGITS = {figure: 3 if figure == "wd" else 2 for figure in by_scale.FIGURES}
Row = dict[str, Any]


def page(found: Row) -> str:
    """The whole page of what `compared` found, to be read without network."""
    figures = [BY_NAME[name] for name in found["figures"]]
    return rendered(
        environment(Path(__file__).parent / "templates"),
        "comparison.html",
        found=found,
        sentences=sentences(found),
        figures=figures,
        conclusions=[_conclusion(one) for one in found["conclusions"]],
        curves=[(figure, _curve(found, figure.name)) for figure in figures],
        spread=_spread(found),
        scales=_scales(found),
        scale_digits=SCALE_DIGITS,
        groups=_groups(found),
        floors=_floors(found),
        columns=found["differ"][:MOST_COLUMNS],
        left_out=found["differ"][MOST_COLUMNS:],
        conditions=list(dict.fromkeys(row["condition"] for row in found["rows"])),
    )


def _conclusion(one: Row) -> Row:
    figure = BY_NAME[one["figure"]]
    lines = [(c, closer_than(one, c["condition"])) for c in one["closest"]]
    return {**one, "figure": figure, "word": best_word(figure), "lines": lines}


def _groups(found: Row) -> list[tuple[Row, list[Row]]]:
    """Each study with its rows."""
    return [
        (study, [row for row in found["rows"] if row["study"] == study["study"]])
        for study in found["studies"]
    ]


def _floors(found: Row) -> list[tuple[str, Row | None, Row | None]]:
    """The humans' own figures: once where all studies have the same."""
    each = [(study["study"], study["floor_at_n"], study["floor"]) for study in found["studies"]]
    alike = all(one[1:] == each[0][1:] for one in each)
    return [("", *each[0][1:])] if alike else each


def _spread(found: Row) -> dict[tuple[str, str], Row]:
    return {(one["condition"], one["figure"]): one for one in found["spread"]}


def _scales(found: Row) -> dict[str, dict[str, dict[str, Row]]]:
    """By scale and condition, how far each figure goes."""
    by: dict[str, dict[str, dict[str, Row]]] = {}
    for one in found["scales_spread"]:
        conditions = by.setdefault(one["scale"], {})
        conditions.setdefault(one["condition"], {})[one["figure"]] = one
    return by


# --- pictures ------------------------------------------------------------------------------------


def _curve(found: Row, name: str) -> Picture:
    """The studies in the order of the condition that is closest most often, or of the first."""
    conclusion = next((one for one in found["conclusions"] if one["figure"] == name), None)
    conditions = list(dict.fromkeys(row["condition"] for row in found["rows"]))
    leading = conclusion["closest"][0]["condition"] if conclusion else conditions[0]
    known = {(row["study"], row["condition"]): row for row in found["rows"]}

    def value(study: Row) -> float:
        row = known.get((study["study"], leading))
        return float("inf") if row is None or row[name] is None else float(row[name])

    studies = sorted(found["studies"], key=value)
    drawn = [
        [_estimate(condition, known.get((study["study"], condition)), name) for study in studies]
        for condition in conditions
    ]
    floors = [(study["floor_at_n"] or {}).get(name) for study in studies]
    return specifications(drawn, floors, _settings(studies))


def _estimate(condition: str, row: Row | None, name: str) -> Estimate:
    found = row or {}
    ends = (found.get(f"{name}_{end}") for end in ("low", "high"))
    return Estimate(condition, found.get(name), *ends)


def _settings(studies: list[Row]) -> list[Setting]:
    """What several studies have in common; of studies that share nothing, their names."""
    found = []
    for key in studies[0]["settings"]:
        texts = [study["settings"][key] for study in studies]
        values = sorted(set(texts))
        if len(values) < len(texts):
            short = key.rpartition(".")[2]
            found += [Setting(f"{short} {v}", [text == v for text in texts]) for v in values]
    if not found:
        names = [study["study"] for study in studies]
        found = [Setting(name, [name == other for other in names]) for name in names]
    return found[:MOST_SETTINGS]
