"""Which columns of a survey file a study names, and where: one that is not there is refused by the
field that names it.

Knows names alone, no cells.
"""

from collections.abc import Iterator

from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.surveys.formats.survey_file import SurveyFile


def refuse_missing(survey: SurveyFile, study: Study) -> None:
    """Raises `InputError` naming the field, and columns that are called nearly so."""
    for field, column in _wanted(study):
        if column is not None:
            survey.column(column, field)


def _wanted(study: Study) -> Iterator[tuple[str, str | None]]:
    humans = study.surveyed
    yield "humans.id", humans.id
    yield "humans.weight", humans.weight
    yield from (("humans.where", column) for column in humans.where)
    for asked in study.in_file:
        place = place_of(study, asked.name) if asked.name in study.known else None
        yield f"{place or f'questions.{asked.name}'}.column", asked.column
    for question in study.compared:
        yield f"questions.{question.name}.retest", question.retest


def place_of(study: Study, known: str) -> str:
    """Where a study file has what is known of respondents."""
    if known == ARM and study.arms is not None:
        return "arms"
    return f"{'traits' if known in study.traits else 'earlier'}.{known}"
