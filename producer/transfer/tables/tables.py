"""A study's stored data as plain tables of text and numbers, with the codebook to read them.

Which tables there are; rows stream from the database. Knows nothing of files, figures and pages.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.database.tables import Metric, StudyRow
from anthology.models.study.study import Study
from anthology.producer.reporting.engines import SHOWN, engine_rows
from anthology.producer.reporting.pools.interviews import interviewed
from anthology.producer.transfer.tables.answers import (
    answer_probabilities,
    answers,
    label_priors,
    samples,
)
from anthology.producer.transfer.tables.base import Table, stream
from anthology.producer.transfer.tables.people import (
    codebook,
    interviews,
    matches,
    personas,
    rejected_answers,
    respondents,
    traits,
)

NAMES = ("codebook", "respondents", "personas", "traits", "matches", "answers",
         "answer_probabilities", "samples", "label_priors", "metrics", "engines")  # fmt: skip
OF_INTERVIEWS = ("interviews", "rejected_answers")


def names(study: Study) -> tuple[str, ...]:
    return (*NAMES, *OF_INTERVIEWS) if interviewed(study) else NAMES


def tables(session: Session, row: StudyRow, study: Study) -> Iterator[Table]:
    """All tables of a study, as `names` says; their rows come while the session is open."""
    yield codebook(study)
    yield respondents(session, row, study)
    yield personas(session, row, study)
    yield traits(session, row, study)
    yield matches(session, row)
    yield answers(session, row, study)
    yield answer_probabilities(session, row, study)
    yield samples(session, row, study)
    yield label_priors(session, row, study)
    yield _metrics(session, row)
    yield _engines(session, row)
    if pools := interviewed(study):
        yield interviews(session, row, pools)
        yield rejected_answers(session, row, pools)


def _metrics(session: Session, row: StudyRow) -> Table:
    columns = {"condition": str, "subgroup": str, "name": str, "value": float, "low": float,
               "high": float, "n": int, "version": int}  # fmt: skip
    statement = (
        select(
            col(Metric.condition), col(Metric.subgroup), col(Metric.name), col(Metric.value),
            col(Metric.low), col(Metric.high), col(Metric.n), col(Metric.version),
        )
        .where(col(Metric.study_id) == row.id)
        .order_by(col(Metric.condition), col(Metric.subgroup), col(Metric.name))
    )  # fmt: skip
    return Table("metrics", columns, (tuple(found) for found in stream(session, statement)))


def _engines(session: Session, row: StudyRow) -> Table:
    """What did the work, with the digest of its model's content, beside the model `asked` for."""
    columns = {"asked": str, "model": str, "content": str, "kind": str, "jobs": int, "engine": str}
    return Table("engines", columns | dict.fromkeys(SHOWN, str), engine_rows(session, row))
