"""Several studies beside each other, as plain JSON: the object behind `anthology compare --json`.

Knows nothing of pages.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Respondent
from anthology.models.errors import InputError
from anthology.models.statistics.figures import ALL, HEADLINES, OF_DISTRIBUTIONS
from anthology.models.statistics.kinds import Figure
from anthology.models.study.study import Study
from anthology.producer.comparison import by_contrast, by_scale
from anthology.producer.comparison.conclusions import ambiguous, concluded, spread
from anthology.producer.comparison.differences import differences
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.monitoring.named import studies_meant
from anthology.producer.reporting.findings import figures_of

NAMED = 6  # studies in a message


def compared(database: Engine, texts: Sequence[str]) -> dict[str, Any]:
    """The studies of these names, patterns or files, their rows, and what holds in how many.

    `apart` says why nothing is concluded, where the studies are not of the same humans and
    questions. Raises `InputError` for fewer than two, and for studies that are not measured.
    """
    names = studies_meant(database, texts)
    if len(names) < 2:
        with reading(database) as session:
            find_study(session, names[0])
        raise InputError(
            f"{' '.join(dict.fromkeys(texts))} is one study; compare takes two or more, a pattern "
            "in quotes ('w34-*'), or a study file with `vary`"
        )
    found, unmeasured = [], []
    for name in names:
        try:
            found.append(figures_of(database, name))
        except InputError as error:
            unmeasured.append((name, error))
    if unmeasured:
        raise _refusal([name for name, _ in unmeasured], unmeasured[0][1])
    studies = [study for study, _ in found]
    differ = differences(studies)
    cells = [
        {**figures, "settings": {place: texts[n] for place, texts in differ.items()}}
        for n, (_, figures) in enumerate(found)
    ]
    rows = [row | {"study": cell["study"]} for cell in cells for row in cell.pop("rows")]
    rows = [row for row in rows if row["subgroup"] == ALL]
    figures = shown(rows)
    apart = _apart(database, studies)
    conclusions = [] if apart else concluded(cells, rows, figures)
    scales, contrasts = by_scale.of_studies(cells), by_contrast.of_studies(cells)
    for cell in cells:  # each has its place by now
        for name in ("paired", "scales", "contrasts"):
            del cell[name]
    return {
        "title": _title(names),
        "studies": cells,
        "differ": list(differ),
        "figures": [figure.name for figure in figures],
        "rows": rows,
        "apart": apart,
        "conclusions": conclusions,
        "spread": spread(rows, figures),
        "scales": scales,
        "scales_spread": by_scale.spread(scales),
        "contrasts": contrasts,
        "contrast_signs": by_contrast.signs(contrasts),
        "ambiguous": [
            *ambiguous(scales, "scale", by_scale.MEANING),
            *ambiguous(contrasts, "comparison", by_contrast.MEANING),
        ],
    }


def shown(rows: Sequence[dict[str, Any]]) -> list[Figure]:
    """The headline figures that any study has; where all questions are nominal, what is read then
    in the place of the first."""
    figures = [figure for figure in HEADLINES if any(row[figure.name] is not None for row in rows)]
    if any(figure in OF_DISTRIBUTIONS for figure in figures):
        return figures
    nominal = [
        figure for figure in OF_DISTRIBUTIONS if any(row[figure.name] is not None for row in rows)
    ]
    return [*nominal[:1], *figures]


def _refusal(names: Sequence[str], why: InputError) -> InputError:
    if len(names) == 1:
        return why
    shown = [*names[:NAMED], *([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])]
    return InputError(
        f"{len(names)} studies are not measured: {', '.join(shown)}; `anthology status` says where "
        "each is, and `anthology wait` waits for them"
    )


def _title(names: Sequence[str]) -> str:
    """What the names begin with, or else the first of them."""
    first, last = min(names), max(names)
    common = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    begin = first if common is None else first[:common].rpartition("-")[0]
    return begin or f"{names[0]}-and-{len(names) - 1}-more"


# --- whether they can be held against each other -------------------------------------------------


def _apart(database: Engine, studies: Sequence[Study]) -> str | None:
    first, *others = studies
    alone = next((study for study in studies if study.humans is None), None)
    if alone is not None:
        return f"{alone.study} is compared with no humans, so no conclusion is drawn across studies"
    asked = _asked(first)
    if other := next((study for study in others if _asked(study) != asked), None):
        return (
            f"{first.study} and {other.study} do not ask the same questions, so no conclusion is "
            "drawn across studies"
        )
    with reading(database) as session:
        digest = find_study(session, first.study).humans_digest
        for other in others:
            # A study may simulate others of them, or know other traits: answers are what counts.
            if find_study(session, other.study).humans_digest != digest and (
                _people(session, first) != _people(session, other)
            ):
                return (
                    f"{first.study} and {other.study} are not of the same humans, so no conclusion "
                    "is drawn across studies"
                )
    return None


def _asked(study: Study) -> list[Any]:
    """What is compared; not in which words or order it is asked."""
    return sorted([q.name, q.option_texts, q.ordered] for q in study.compared)


def _people(session: Session, study: Study) -> list[tuple[Any, ...]]:
    row = find_study(session, study.study)
    found = session.execute(
        select(col(Respondent.source_id), col(Respondent.weight), col(Respondent.answers)).where(
            col(Respondent.study_id) == row.id
        )
    )
    names = [question.name for question in study.compared]
    return sorted(
        (source, weight, [answers.get(name, -1) for name in names])
        for source, weight, answers in found
    )
