"""The rows of a survey file as a study reads them: ids, and codes as option positions; a column
that is not there, and a code that no option covers, are refused by the field that names them.

Knows the study's mapping of codes to options; which rows take part is for `respondents.py`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import Code, plain
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.retest import AGAIN, asked_again
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.surveys.coded_cells import Cell, cells, remedy
from anthology.producer.surveys.earlier_nonresponse import earlier_nonresponse
from anthology.producer.surveys.formats.spelling import spelled, texts_in
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.population import within
from anthology.producer.surveys.scales.scale import scales_of

Columns = dict[str, list[int]]  # positions by name, -1 where there is none


@dataclass(frozen=True)
class Read:
    """A survey file with the rows that the study is about, the ids of all, per column the codes of
    nonresponse, and the cells of columns whose numbers are no numbers; filled in as it is encoded:
    what was left out."""

    survey: SurveyFile
    rows: list[int]
    ids: list[str]
    nonresponse: Mapping[str, Collection[Code]]
    texts: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, dict[Any, int]] = field(default_factory=dict)
    before: bool = False  # as earlier versions read it, which kept people of weight 0


_Nonresponse = Mapping[str, Collection[Code]]  # codes by column


def refuse_missing(survey: SurveyFile, study: Study) -> None:
    """Raises `InputError` naming the field, and columns that are called nearly so."""
    for place, column in _wanted(study):
        if column is not None:
            survey.column(column, place)


def read_now(survey: SurveyFile, study: Study) -> Read:
    """Raises `InputError` for somebody without an id, and where `humans.where` lets in nobody."""
    scales = scales_of(survey, _asked(study))
    nonresponse = {column: scale.nonresponse for column, scale in scales.items()}
    return _as_written(survey, study, nonresponse)


def read_before(survey: SurveyFile, study: Study) -> Iterator[Read]:
    """First as versions did that took 02138 for the code 2138, then as later ones."""
    columns = _asked(study)
    earlier = {column: earlier_nonresponse(survey, column) for column in columns}
    for read in (_as_numbers, _as_written):
        with suppress(InputError):  # an earlier version would have refused it
            yield replace(read(survey, study, earlier), before=True)


def encoded(read: Read, study: Study, rows: Sequence[int]) -> tuple[Columns, Columns]:
    """What the file knows of people at these rows, and what they answered, whomever a question was
    for; raises `InputError` for a code of theirs that no option covers, or two do."""
    known = {
        asked.name: _encode(read, asked, place_of(study, asked.name), rows)
        for asked in study.in_file
        if asked.name in study.known
    }
    answers = {
        question.name: _encode(read, question, field_of(question.name), rows)
        for question in [*study.compared, *asked_again(study.compared)]
    }
    return known, answers


def place_of(study: Study, known: str) -> str:
    """Where a study file has what is known of respondents."""
    if known == ARM and study.arms is not None:
        return "arms"
    return f"{'traits' if known in study.traits else 'earlier'}.{known}"


def field_of(question: str) -> str:
    """Where a study file has a question, or its second answers."""
    name, again, _ = question.partition(AGAIN)
    return f"questions.{name}.retest" if again else f"questions.{name}"


def picked(order: Sequence[int], values: Sequence[Any]) -> list[Any]:
    return [values[i] for i in order]


def _wanted(study: Study) -> Iterator[tuple[str, str | None]]:
    """Fields with the columns that they name."""
    humans = study.surveyed
    yield "humans.id", humans.id
    yield "humans.weight", humans.weight
    yield from (("humans.where", column) for column in humans.where)
    for asked in study.in_file:
        place = place_of(study, asked.name) if asked.name in study.known else None
        yield f"{place or f'questions.{asked.name}'}.column", asked.column
    for question in study.compared:
        yield f"questions.{question.name}.retest", question.retest


def _as_written(survey: SurveyFile, study: Study, nonresponse: _Nonresponse) -> Read:
    """Ids as the file has them, and codes that begin with a zero."""
    name = study.surveyed.id
    ids = _row_numbers(survey) if name is None else spelled(survey, [name])[name]
    rows = within(survey, study)
    for row in rows:
        if not ids[row].strip() or "\x00" in ids[row]:  # which PostgreSQL cannot store
            raise InputError(
                f"{survey.path}: humans.id: respondent {row + 1} has none in {name!r} that can be "
                "read; everybody needs one"
            )
    return Read(survey, rows, ids, nonresponse, texts_in(survey, _asked(study)))


def _as_numbers(survey: SurveyFile, study: Study, nonresponse: _Nonresponse) -> Read:
    """As versions read that took 0007 for the id 7, and 02138 for the code 2138."""
    rows = within(survey, study)
    if study.surveyed.id is None:
        return Read(survey, rows, _row_numbers(survey), nonresponse)
    ids = [str(plain(cell)) for cell in survey.column(study.surveyed.id).tolist()]
    return Read(survey, rows, ids, nonresponse)


def _row_numbers(survey: SurveyFile) -> list[str]:
    return [str(row) for row in range(1, len(survey.frame) + 1)]


def _asked(study: Study) -> list[str]:
    """The columns of traits and questions."""
    questions = [*study.in_file, *asked_again(study.compared)]
    columns = [question.column for question in questions]
    return list(dict.fromkeys(column for column in columns if column is not None))


def _encode(read: Read, question: Question, place: str, rows: Sequence[int]) -> list[int]:
    """The option positions that people at these rows gave, -1 where the code is empty, `missing` or
    nonresponse. What others have need not be an option.

    A range of codes takes in none of these: 99 beside `from: 65` is no age. A code that an option
    names is an answer, whatever it looks like.
    """
    survey, column = read.survey, question.column
    assert column is not None  # only what has one is read
    nonresponse = read.nonresponse[column]
    given = picked(rows, cells(survey, read.texts, column, question.options.values()))
    codes: dict[Cell, int] = {}
    left_out = read.left_out.setdefault(column, {})
    for cell, count in Counter(given).items():
        code, number = cell
        if code is None:
            codes[cell] = -1 if question.blank is None else question.blank
            continue
        found = question.positions(code, number)
        if question.leaves_out(code):
            codes[cell] = -1
        elif number in nonresponse and not question.names(code):
            codes[cell] = -1
            left_out[plain(number)] = count
        elif len(found) == 1:
            codes[cell] = found[0]
        elif found:
            options = " and ".join(repr(question.option_texts[i]) for i in found)
            raise InputError(f"{survey.path}: {place}: code {plain(code)} belongs to {options}")
        else:
            todo = remedy(question, cell)
            raise InputError(
                f"{survey.path}: {place}: column {question.column!r} has code {plain(code)} "
                f"({count} respondents), which no option covers; {todo}"
            )
    encoded = [codes[cell] for cell in given]
    if all(position < 0 for position in encoded):
        raise InputError(f"{survey.path}: {place}: nobody has an answer in {question.column!r}")
    return encoded
