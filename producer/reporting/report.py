"""Writes a study's report: one HTML page with everything in it, to be read without network.

Arranges what `findings`, `portraits` and `figures` provide; computes no metric. Every text passes
through the template's escaping, pictures come in as images: nothing stored can become markup.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Answer, Persona, Poll, StudyRow
from anthology.models.questionnaire.questions import Question
from anthology.models.runtime import timestamps
from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.models.statistics.figures import (
    FIGURES,
    OF_DISTRIBUTIONS,
    WITH_INTERVAL,
    deviation,
    leading,
)
from anthology.models.statistics.kinds import Better, Figure
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting import agreement
from anthology.producer.reporting import figures as pictures
from anthology.producer.reporting.example_personas import examples
from anthology.producer.reporting.findings import ALL, findings
from anthology.producer.reporting.method import how_read, listed
from anthology.producer.reporting.response_profiles import (
    Portrait,
    label_priors,
    matchings,
    portraits,
    uninformed_weight,
)
from anthology.producer.reporting.verdict import LOW_MASS, flags, verdict

MARKED = tuple(figure for figure in FIGURES if figure.better is not Better.NEITHER)
CHARTS = tuple(figure for figure in WITH_INTERVAL if figure.headline)
EXAMPLES = 3
SIGN = "written by Anthology:"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
Row = dict[str, Any]


def write_report(database: Engine, study: str, directory: Path, *, force: bool = False) -> Path:
    """Writes `index.html` into the directory, replacing an earlier report of the study in one step.

    Raises `InputError` for a study that is unknown or not measured yet, and, unless `force`, for
    another page in its place.
    """
    target = place_for(study, directory, force=force)
    text = _environment().get_template("report.html").render(**_contents(database, study))
    # A lone surrogate, which JSON can hold, has no UTF-8; control characters no page.
    page = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text).encode("utf-8", errors="replace")
    with explained(target, "folder"):
        make_folder(target.parent)
        with drafts_in(target.parent) as folder:
            draft = folder / target.name
            draft.write_bytes(_signed(page, study))
            place_for(study, directory, force=force)
            publish({draft: target})
    return target


def place_for(study: str, directory: Path, *, force: bool = False) -> Path:
    """Where the report goes; raises `InputError` where a page is that is not our report of it."""
    target = Path(directory) / "index.html"
    with explained(target, "folder"):
        refuse_others([target], lambda file: _is_ours(file.read_bytes(), study), force)
    return target


def _signed(page: bytes, study: str) -> bytes:
    """With a last line that tells our page from one that somebody has changed since."""
    return page + f"<!-- {SIGN} {study} {sha256(page).hexdigest()} -->\n".encode()


def _is_ours(found: bytes, study: str) -> bool:
    page, sign, _ = found.rpartition(b"<!-- " + SIGN.encode())
    if sign:
        return _signed(page, study) == found
    # Versions before did not sign; a page with a sign in its head has lost the last line since.
    title = f"<h1>Anthology study <strong>{study}</strong></h1>"
    return title.encode() in found and b'<meta name="generator"' not in found


def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "figure": _figure, "count": _count, "percent": _percent, "when": _when, "shade": _shade,
        "told": _told,
    }  # fmt: skip
    return environment


def _contents(database: Engine, name: str) -> dict[str, Any]:
    """Everything that the template shows."""
    found = findings(database, name)
    with reading(database) as session:
        row = find_study(session, name)
        study = Study.from_spec(row.spec)
        groups = portraits(session, row, study)
        where = progress(database, name)
        return {
            "found": found,
            "study": study,
            "spec": _settings(row.spec),
            "verdict": verdict(found, study),
            "flags": flags(found, groups, study),
            **_columns(study),
            "charts": _charts(found),
            "tables": _tables(found),
            "free_texts": len(study.questionnaire.questions) - len(study.questions),
            "low_mass": LOW_MASS,
            "items": _items(study, groups),
            "shared_legend": _shared_legend(study),
            **_correlations(study, groups),
            "groups": groups,
            "refusals": any(question.refusal is not None for question in study.questions),
            **_agreement(found, study),
            "written": {(w["condition"], w["question"]): w for w in found["written"]},
            "how_read": how_read(study),
            **_priors(session, row, study),
            "matches": _matches(session, row, study),
            "examples": examples(session, row, study, EXAMPLES),
            "palette": pictures.palette,
            "jobs": where.jobs,
            "failures": where.failures,
            "errors": _errors(session, row, study),
        }


def _settings(spec: dict[str, Any]) -> str:
    """The study file again; a report is passed on, so the survey file's folder stays out of it."""
    humans = {**spec["humans"], "file": Path(spec["humans"]["file"]).name}
    shown = {**spec, "humans": humans}
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=90)


# --- figures as text -----------------------------------------------------------------------------


def _figure(value: float | None, digits: int = 3) -> str:
    """A number with a true minus sign, a dash where it is undefined."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _when(seconds: float | None) -> str:
    return timestamps.shown(seconds) if seconds else "–"


def _told(value: Any) -> str:
    """What an engine tells of itself: a text, a number, several, or some with names."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_told, value))
    return "none" if value is None else str(value)


def _shade(share: float) -> str:
    """The style of a table cell that shows a share as a colour."""
    background, ink = pictures.shade(share)
    return f"background:{background};color:{ink}"


# --- distances -----------------------------------------------------------------------------------


def _columns(study: Study) -> dict[str, Any]:
    """The figures that have a column each, and what is said of each below the table."""
    nominal = sum(not question.ordered for question in study.questions)

    def plain(figure: Figure) -> str:
        questions = "ordered questions" if figure.ordered and nominal else "questions"
        said = figure.plain.format(questions=questions)
        return f"{said}{',' if ';' in said else ';'} {figure.better.value}."

    return {
        "columns": [(figure, plain(figure)) for figure in WITH_INTERVAL],
        "nominal": nominal,
        "for_ordered": listed([figure.symbol for figure in WITH_INTERVAL if figure.ordered]),
        "for_any": listed([figure.symbol for figure in OF_DISTRIBUTIONS if not figure.ordered]),
    }


def _charts(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures that papers report, as pictures by title."""
    rows = [row for row in found["rows"] if row["subgroup"] == ALL]
    floor, sized = found["floor"], found["floor_at_n"]
    charts = []
    for figure in CHARTS:
        name = figure.name
        spread = (sized[name], sized.get(deviation(figure)))
        known = None not in spread
        estimates = [
            pictures.Estimate(r["condition"], r[name], r[f"{name}_low"], r[f"{name}_high"])
            for r in rows
        ]
        picture = pictures.estimates(estimates, floor[name], spread if known else None)
        charts.append((f"{figure.headline} ({figure.symbol})", picture))
    return charts


@dataclass(frozen=True)
class Table:
    """One subgroup's rows, and by column the condition that stands out as best."""

    subgroup: str
    rows: list[Row]
    best: dict[str, str | None]


def _tables(found: dict[str, Any]) -> list[Table]:
    """All respondents first, then the subgroups."""
    by_subgroup: dict[str, list[Row]] = {}
    for row in found["rows"]:
        by_subgroup.setdefault(row["subgroup"], []).append(row)
    return [
        Table(subgroup, rows, _bests(rows, found["floor"] if subgroup == ALL else {}))
        for subgroup, rows in by_subgroup.items()
    ]


def _bests(rows: Sequence[Row], humans: dict[str, Any]) -> dict[str, str | None]:
    """The best condition by each figure; the humans' own are known for all of them together."""
    return {figure.name: _best(rows, figure, humans.get(figure.name)) for figure in MARKED}


def _best(rows: Sequence[Row], figure: Figure, humans: float | None) -> str | None:
    """The smallest, the largest, or the one nearest to the humans' own, of at least two."""
    known = [row for row in rows if row[figure.name] is not None]
    if len(known) < 2 or (figure.better is Better.NEAREST and humans is None):
        return None

    def badness(row: Row) -> float:
        value = float(row[figure.name])
        if figure.better is Better.NEAREST:
            return abs(value - (humans or 0.0))
        return -value if figure.better is Better.LARGER else value

    return str(min(known, key=badness)["condition"])


# --- answers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One question, its place among them, with the distribution of its answers in every group."""

    place: int
    question: Question
    colours: list[str]
    distance: str
    picture: str


def _items(study: Study, groups: Sequence[Portrait]) -> list[Item]:
    return [_item(question, j, groups) for j, question in enumerate(study.questions)]


def _item(question: Question, j: int, groups: Sequence[Portrait]) -> Item:
    figure = leading(question.ordered)
    humans = groups[0].shares[j]
    rows = [
        (group.name, group.shares[j], None if i == 0 else figure.function(humans, group.shares[j]))
        for i, group in enumerate(groups)
    ]
    colours = pictures.palette(len(question.options), question.ordered)
    picture = pictures.distribution(rows, colours, figure.symbol)
    return Item(j, question, colours, figure.symbol, picture)


def _shared_legend(study: Study) -> bool:
    """One legend will do where all questions have the same options."""
    first = study.questions[0]
    return all((q.outcomes, q.refusal, q.ordered) == (first.outcomes, first.refusal, first.ordered)
               for q in study.questions)  # fmt: skip


def _correlations(study: Study, groups: Sequence[Portrait]) -> dict[str, Any]:
    """Heatmaps on one colour scale, whose ends are the strongest correlation found anywhere."""
    names = [question.name for question in study.questions if question.ordered]
    off = ~np.eye(len(names), dtype=bool)
    strongest = [np.abs(group.correlation[off]) for group in groups]
    largest = max((float(np.nanmax(s)) for s in strongest if not np.isnan(s).all()), default=1.0)
    limit = max(0.1, math.ceil(largest * 10) / 10)
    heatmaps = [(group, pictures.correlations(group.correlation, names, limit)) for group in groups]
    return {"limit": limit, "heatmaps": heatmaps if len(names) > 1 else []}


# --- how sure the answers are --------------------------------------------------------------------


def _agreement(found: dict[str, Any], study: Study) -> dict[str, Any]:
    """Written answers against the readout, and whether that had a bias taken out of it."""
    how = study.questionnaire
    averaged = any(question.options_order == "averaged" for question in how.closed)
    return {
        "agreement": agreement.table(found["checks"]),
        "checked": [*(question.name for question in study.questions), agreement.TOGETHER],
        "fewest": agreement.FEWEST,
        "too_far": agreement.TOO_FAR,
        "debiased": averaged or how.debias != "none",
    }


def _priors(session: Session, row: StudyRow, study: Study) -> dict[str, Any]:
    """Label priors, and the labels of those that have most."""
    priors = label_priors(session, row, study)
    return {"priors": priors, "labels": max((list(p.shares) for p in priors), key=len, default=[])}


# --- matches and errors --------------------------------------------------------------------------


def _matches(session: Session, row: StudyRow, study: Study) -> dict[str, Any]:
    """Histograms of match weights on one scale."""
    found = matchings(session, row, study)
    uninformed = uninformed_weight(study)
    positive = np.concatenate([[uninformed], *(m.weights[m.weights > 0] for m in found)])
    low, high = float(positive.min()) * 0.8, float(positive.max()) * 1.25
    return {
        "uninformed": uninformed,
        "methods": [
            (m, float(np.median(m.weights)), int((m.weights == 0).sum()),
             pictures.weights(m.weights, low, high, uninformed))
            for m in found
        ],
    }  # fmt: skip


def _errors(session: Session, row: StudyRow, study: Study) -> list[tuple[str, str, int]]:
    """What went wrong with single stories, polls and answers, the most frequent first."""
    count = func.count()
    found = [
        (condition, error, n)
        for condition, error, n in session.execute(
            select(col(Answer.condition), col(Answer.error), count)
            .where(col(Answer.study_id) == row.id, col(Answer.error).is_not(None))
            .group_by(col(Answer.condition), col(Answer.error))
        )
    ]
    for kind, table in (("backstory", Persona), ("poll", Poll)):
        mine = (col(table.pool_id) == row.pool_id, col(table.error).is_not(None),
                col(table.number) < (study.pool.count if study.pool else 0))  # fmt: skip
        errors = select(col(table.error), count).where(*mine).group_by(col(table.error))
        found += [(kind, error, n) for error, n in session.execute(errors)]
    # The names, too: databases give groups of the same size in any order.
    return sorted(found, key=lambda error: (-error[2], *error))[:20]
