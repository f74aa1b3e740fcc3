"""Virtual people as rows, one for each that answered anything in a condition, as they are stored.

Conditions in the study's order; rows stream, and what is known of people is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from anthology.models.conditions.base import Condition
from anthology.models.database.tables import Answer, Match, Respondent, StudyRow
from anthology.models.study.study import Study
from anthology.producer.transfer.tables.base import Table, stream
from anthology.producer.transfer.virtual.variables import Variable, of_kind

NAME = "virtual"
Cells = tuple[Any, ...]


def numeric_ids(session: Session, row: StudyRow) -> bool:
    """Whether every id is a whole number as it stands: then it is one in the humans' file, too."""
    return all(
        text.isascii() and text.isdecimal() and len(text) < 16 and str(int(text)) == text
        for (text,) in stream(session, _of(row, col(Respondent.source_id)))
    )


def people(session: Session, row: StudyRow, study: Study, variables: Sequence[Variable]) -> Table:
    """The columns are the variables, by what the file calls them."""
    columns = {variable.variable: variable.type for variable in variables}
    return Table(NAME, columns, _rows(session, row, study, variables))


def _rows(
    session: Session, row: StudyRow, study: Study, variables: Sequence[Variable]
) -> Iterator[Cells]:
    person, asked = of_kind(variables, "person"), of_kind(variables, "answer")
    known = of_kind(variables, "trait", "earlier", "arm")
    respondents = _respondents(session, row, person, known)
    for condition in study.conditions:
        weights = _match_weights(session, row, condition)
        arms = [] if study.humans else study.known_of_personas(condition)
        answers = stream(session, _answers(row, condition))
        for n, given in groupby(answers, lambda answer: answer.respondent):
            said = {answer.question: answer for answer in given}
            if all(one.drawn is None and one.text is None for one in said.values()):
                continue  # of errors, or asked nothing: no figure counts them
            who, has = respondents[n] if study.humans else ({}, _coded(known, arms[n]))
            who = {
                **who, "condition": condition.name, "respondent": n,
                "persona": next(iter(said.values())).persona, "match_weight": weights.get(n),
            }  # fmt: skip
            told = (_answer(variable, said.get(variable.name)) for variable in asked)
            yield (*(who[variable.name] for variable in person), *has, *told)


def _respondents(
    session: Session, row: StudyRow, person: Sequence[Variable], known: Sequence[Variable]
) -> dict[int, tuple[dict[str, Any], Cells]]:
    """By number the id and weight of those who are simulated, and the codes of what is known."""
    types = {variable.name: variable.type for variable in person}
    columns = ("number", "source_id", "weight", "traits")
    statement = _of(row, *(getattr(Respondent, column) for column in columns))
    return {
        number: ({"source_id": types["source_id"](text), "weight": weight}, _coded(known, has))
        for number, text, weight, has in stream(session, statement)
    }


def _of(row: StudyRow, *columns: Any) -> Any:
    return select(*columns).where(
        col(Respondent.study_id) == row.id, col(Respondent.number) < row.respondents
    )


def _coded(known: Sequence[Variable], has: Mapping[str, int | None]) -> Cells:
    return tuple(_code(variable, has.get(variable.name)) for variable in known)


def _match_weights(session: Session, row: StudyRow, condition: Condition) -> dict[int, float]:
    """By respondent; of conditions that match nobody none."""
    if not condition.matching:
        return {}
    statement = select(col(Match.respondent), col(Match.weight)).where(
        col(Match.study_id) == row.id, col(Match.method) == condition.matching
    )
    return {respondent: weight for respondent, weight in stream(session, statement)}  # noqa: C416


def _answers(row: StudyRow, condition: Condition) -> Any:
    return (
        select(
            col(Answer.respondent), col(Answer.question), col(Answer.persona), col(Answer.drawn),
            col(Answer.text),
        )
        .where(col(Answer.study_id) == row.id, col(Answer.condition) == condition.name)
        .order_by(col(Answer.respondent), col(Answer.question))
    )  # fmt: skip


def _answer(variable: Variable, answer: Any) -> Any:
    return _code(variable, None) if answer is None else _code(variable, answer.drawn, answer.text)


def _code(variable: Variable, position: int | None, text: str | None = None) -> Any:
    assert variable.coding is not None  # those of people have none, and are no answers
    return variable.coding.of(position, text)
