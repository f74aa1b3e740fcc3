"""The prompts of a survey that was taken, read back from its answers: question by question."""

from collections.abc import Iterator

from load import CONDITION, Wave
from sqlalchemy import Engine, select
from sqlmodel import col

from anthology.models.database.sessions import reading
from anthology.models.database.tables import Answer, Match, Persona, StudyRow
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN
from anthology.models.readout.labels import label_trie
from anthology.models.study.study import Study


def waves(database: Engine, tokenizer: Tokenizer, study: Study) -> list[Wave]:
    """Prompts of the stored conversations: everybody's first question, then the second, ..."""
    rendering = rendering_of(PLAIN, tokenizer)
    trie = label_trie(rendering, 3, PLAIN)
    labels = [option[0] for option in trie.options]
    conversations = list(_conversations(database, study))
    return [
        (
            [rendering.encode(trie.prompt(rendering.prompt(turns), rendering.header))
             for turns in place],
            labels,
        )
        for place in zip(*conversations, strict=True)
    ]  # fmt: skip


def _conversations(database: Engine, study: Study) -> Iterator[list[list[Turn]]]:
    """Of each person, the turns up to each of their questions."""
    assert study.pool is not None
    for number, story, drawn in _people(database, study):
        turns = study.opening(CONDITION, number, {}, study.pool.turns(number, story, study.style))
        asked = []
        for planned in study.plan(CONDITION, number):
            assert isinstance(planned.question, Question)
            turn = question_turn(planned.question, planned.shown, after=turns)
            asked.append([*turns, turn])
            said = reply(planned.question, planned.shown, drawn[planned.question.name])
            turns = [*turns, turn.replied(said)]
        yield asked


def _people(database: Engine, study: Study) -> Iterator[tuple[int, str, dict[str, int]]]:
    with reading(database) as session:
        study_id = session.execute(
            select(col(StudyRow.id)).where(col(StudyRow.name) == study.study)
        ).scalar_one()
        people = session.execute(
            select(col(Match.respondent), col(Persona.story))
            .join(StudyRow, col(StudyRow.id) == col(Match.study_id))
            .join(
                Persona,
                (col(Persona.pool_id) == col(StudyRow.pool_id))
                & (col(Persona.number) == col(Match.persona)),
            )
            .where(col(Match.study_id) == study_id)
            .order_by(col(Match.respondent))
        ).all()
        answers = session.execute(
            select(col(Answer.respondent), col(Answer.question), col(Answer.drawn)).where(
                col(Answer.study_id) == study_id
            )
        ).all()
    drawn: dict[int, dict[str, int]] = {}
    for respondent, question, choice in answers:
        drawn.setdefault(respondent, {})[question] = choice
    for respondent, story in people:
        yield respondent, story, drawn[respondent]
