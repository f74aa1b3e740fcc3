"""The report's page: what its template is given.

Arranges what `findings`, `response_profiles` and `pictures` provide; computes no metric. Every text
passes through the template's escaping or is drawn: nothing stored becomes markup.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.study_pools import pools_of, used_by
from anthology.models.database.tables import Answer, Persona, Poll, StudyRow
from anthology.models.questionnaire.questions import Question
from anthology.models.statistics.figures import HUMANS, leading
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting import agreement
from anthology.producer.reporting.appendix import published
from anthology.producer.reporting.appendix.checklist import SOURCE, checklist
from anthology.producer.reporting.example_personas import examples
from anthology.producer.reporting.figures import tables
from anthology.producer.reporting.figures.item_tables import item_tables
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.layout.numbers import FILTERS
from anthology.producer.reporting.layout.render import rendered
from anthology.producer.reporting.method import how_read
from anthology.producer.reporting.pictures.colours import palette, shade
from anthology.producer.reporting.pictures.correlations import heatmap
from anthology.producer.reporting.pictures.histograms import match_weights
from anthology.producer.reporting.pictures.inline import Picture
from anthology.producer.reporting.pictures.rows import distribution
from anthology.producer.reporting.pools.shown import shown
from anthology.producer.reporting.response_profiles import (
    ResponseProfile,
    label_priors,
    matchings,
    response_profiles,
    together,
    uninformed_weight,
)
from anthology.producer.reporting.verdict import LOW_MASS, flags, verdict

EXAMPLES = 3


def page(
    database: Engine, study: str, found: dict[str, Any] | None = None, beside: str | None = None
) -> str:
    """The whole page, with a link to one `beside` it on which personas are found; raises
    `InputError` for a study that is unknown or not measured yet."""
    contents = _contents(database, study, found or findings(database, study))
    return rendered(environment(), "report.html", **contents, beside=beside)


@cache  # once a process: compiling the templates costs as much as filling them
def environment(*more: Path) -> Environment:
    """How our pages are written; `more` are folders with other pages' templates."""
    folders = [*more, Path(__file__).parent / "templates"]
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        **FILTERS, "shade": _shade, "symbol": published.symbol, "digits": published.digits,
        "of_what": published.of_what,
    }  # fmt: skip
    return made


def _shade(share: float) -> str:
    """The style of a table cell that shows a share as a colour."""
    background, ink = shade(share)
    return f"background:{background};color:{ink}"


def _contents(database: Engine, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Everything that the template shows."""
    with reading(database) as session:
        row = find_study(session, name)
        study = Study.from_spec(row.spec)
        groups = response_profiles(session, row, study)
        where = progress(database, name)
        return {
            "found": found,
            "study": study,
            "spec": _settings(row.spec),
            "verdict": verdict(found, study),
            "flags": flags(found, groups, study),
            **tables.columns(study),
            "charts": tables.charts(found),
            "tables": tables.tables(found),
            **tables.pairs(found),
            **item_tables(found, study),
            "free_texts": len(study.questionnaire.questions) - len(study.questions),
            "low_mass": LOW_MASS,
            "items": _items(study, groups),
            "shared_legend": _shared_legend(study),
            **_correlations(study, groups),
            "groups": groups,
            "simulated": groups[1:] if study.humans else groups,
            "alone": tables.alone(found, study),
            "refusals": any(question.refusal is not None for question in study.questions),
            **_agreement(found, study),
            "written": {(w["condition"], w["question"]): w for w in found["written"]},
            "how_read": how_read(study),
            **_priors(session, row, study),
            "matches": _matches(session, row, study),
            "examples": examples(session, row, study, EXAMPLES),
            **shown(session, row, study, found["pools"]),
            "palette": palette,
            "checklist": checklist(found, study),
            "checklist_source": SOURCE,
            "jobs": where.jobs,
            "failures": where.failures,
            "errors": _errors(session, row, study),
        }


def _settings(spec: dict[str, Any]) -> str:
    """The study file again; a report is passed on, so the folders of its files stay out of it."""
    shown = {**spec, "humans": spec["humans"] and _without_folder(spec["humans"])}
    if "pools" in spec:
        shown["pools"] = {name: _without_folder(pool) for name, pool in spec["pools"].items()}
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=90)


def _without_folder(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "file": Path(part["file"]).name} if "file" in part else part


# --- answers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One question, its place among them, with the distribution of its answers in every group; no
    `distance` where nobody is compared on it."""

    place: int
    question: Question
    colours: list[str]
    distance: str
    picture: Picture


def _items(study: Study, groups: Sequence[ResponseProfile]) -> list[Item]:
    alone = {question.name for question in study.shown_alone}
    return [_item(q, j, groups, q.name in alone) for j, q in enumerate(study.questions)]


def _item(question: Question, j: int, groups: Sequence[ResponseProfile], alone: bool) -> Item:
    colours = palette(len(question.options), question.ordered)
    shares = [(group.name, group.shares[j]) for group in groups]
    if alone:
        rows = [(name, theirs, None) for name, theirs in shares if name != HUMANS]
        return Item(j, question, colours, "", distribution(rows, colours))
    figure = leading(question.ordered)
    _, humans = shares[0]
    compared = [
        (name, theirs, float(figure.function(humans, theirs))) for name, theirs in shares[1:]
    ]
    picture = distribution([(*shares[0], None), *compared], colours, figure.symbol)
    return Item(j, question, colours, figure.symbol, picture)


def _shared_legend(study: Study) -> bool:
    """One legend will do where all questions have the same options."""
    first = study.questions[0]
    return all((q.outcomes, q.refusal, q.ordered) == (first.outcomes, first.refusal, first.ordered)
               for q in study.questions)  # fmt: skip


def _correlations(study: Study, groups: Sequence[ResponseProfile]) -> dict[str, Any]:
    """Heatmaps on one colour scale, whose ends are the strongest correlation found anywhere."""
    names = [question.name for question in together(study) if question.ordered]
    off = ~np.eye(len(names), dtype=bool)
    strongest = [np.abs(group.correlation[off]) for group in groups]
    largest = max((float(np.nanmax(s)) for s in strongest if not np.isnan(s).all()), default=1.0)
    limit = max(0.1, math.ceil(largest * 10) / 10)
    heatmaps = [(group, heatmap(group.correlation, names, limit)) for group in groups]
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
        "methods": [(m.figures, match_weights(m.weights, low, high, uninformed)) for m in found],
    }


def _errors(session: Session, row: StudyRow, study: Study) -> list[tuple[str, str, int]]:
    """What went wrong with single stories, polls and answers, the most frequent first."""
    count = func.count()
    answers = (
        select(col(Answer.condition), col(Answer.error), count)
        .where(col(Answer.study_id) == row.id, col(Answer.error).is_not(None))
        .group_by(col(Answer.condition), col(Answer.error))
    )
    found = Counter({(where, error): n for where, error, n in session.execute(answers)})
    made = {pool.name: next(iter(pool.jobs), "poll") for pool in study.pools_used}
    making = {pool.id: made[pool.name] for pool in pools_of(session, row.id)}
    for table in (Persona, Poll):
        mine = (used_by(row.id, table), col(table.error).is_not(None))
        key = (col(table.pool_id), col(table.error))
        for pool_id, error, n in session.execute(select(*key, count).where(*mine).group_by(*key)):
            found[making[pool_id] if table is Persona else "poll", error] += n
    errors = [(where, error, n) for (where, error), n in found.items()]
    # The names, too: databases give groups of the same size in any order.
    return sorted(errors, key=lambda error: (-error[2], *error))[:20]
