"""What a study will cost: jobs, answers, tokens, and hours at the speed measured so far.

Tokens are estimated from the text of the first person's conversation (4 characters a token, about
right for English), with stories and free texts as long as they may be; hours only from jobs that
the study's models have done before, else unknown.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlmodel import col

from anthology.models.conditions.base import Condition
from anthology.models.database.sessions import explained, reading
from anthology.models.database.study_models import Contents
from anthology.models.database.tables import Job
from anthology.models.jobs.kinds import ALL, CALIBRATION_PEOPLE, Kind, maker
from anthology.models.language_model.model_files import Content
from anthology.models.language_model.names import queue_for
from anthology.models.pools.base import Pool
from anthology.models.pools.imported import CHARACTERS_A_TOKEN
from anthology.models.prompting.conversation import Planned, poll_orders
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.polling import BOTH_ORDERS, mention_question
from anthology.models.questionnaire.questionnaire import Questionnaire, Readout
from anthology.models.questionnaire.questions import OpenQuestion
from anthology.models.readout.labels import answer_trie
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.monitoring.active_time import DONE, active_s
from anthology.producer.submission.existing import NOTHING, Existing
from anthology.producer.surveys.respondents import EncodedHumans

LABELS = Readout()
NO_CONTENTS: Contents = {}


@dataclass(frozen=True)
class Estimate:
    """Counts are exact, but that answers which another model judges cost a round more wherever they
    are written again. Tokens are estimates; `hours` is None when unknown.

    `personas_shared` of the `personas` are another study's: theirs are no jobs of this one.
    `models`: by its name the tokens, read and written, of each.
    """

    jobs: dict[str, int]
    personas: int
    personas_shared: int
    answers: int
    prompt_tokens: int
    output_tokens: int
    hours: float | None
    models: dict[str, int]


def estimate(
    study: Study, humans: EncodedHumans, database: Engine | None = None, known: Existing = NOTHING,
    contents: Contents = NO_CONTENTS,
) -> Estimate:  # fmt: skip
    """Without a database the hours are unknown; `contents` are the models', as far as known."""
    respondents = humans.sampled
    people = sum(study.people_in(condition, respondents) for condition in study.conditions)
    asked = list(_stages(study, humans, known))
    models: dict[str, int] = dict.fromkeys(stages.models_of(study), 0)
    for model, read, written in asked:
        models[model] += read + written
    return Estimate(
        jobs=planned_jobs(study, respondents, known),
        personas=sum(pool.count for pool in study.pools_used),
        personas_shared=sum(known.personas.values()),
        answers=people * len(study.questionnaire.questions),
        prompt_tokens=sum(read for _, read, _ in asked),
        output_tokens=sum(written for *_, written in asked),
        hours=_hours(models, contents, database) if database else None,
        models=models,
    )


def together(found: Sequence[Estimate]) -> Estimate:
    """What several studies amount to, submitted in this order; of personas, the new ones."""
    hours = [one.hours for one in found if one.hours is not None]
    models: Counter[str] = Counter()
    jobs: Counter[str] = Counter()
    for one in found:
        models.update(one.models)
        jobs.update(one.jobs)
    return Estimate(
        jobs=dict(jobs),
        personas=sum(one.personas - one.personas_shared for one in found),
        personas_shared=0,
        answers=sum(one.answers for one in found),
        prompt_tokens=sum(one.prompt_tokens for one in found),
        output_tokens=sum(one.output_tokens for one in found),
        hours=sum(hours) if len(hours) == len(found) else None,
        models=dict(models),
    )


def _stages(study: Study, humans: EncodedHumans, known: Existing) -> Iterator[tuple[str, int, int]]:
    """Of all that is asked of a model: which one, and the tokens that it reads and writes."""
    for pool in study.pools_used:
        if pool.written:
            yield stages.author(study, pool), *_story_tokens(study, humans, pool, known)
            yield stages.critic(study, pool), *_judging_tokens(study, pool, known)
        if "poll" in pool.jobs:
            yield stages.pollster(study), *_poll_tokens(study, pool, known)
    for condition in study.conditions:
        yield stages.answerer(study, condition), *_survey_tokens(study, humans, condition)


def planned_jobs(study: Study, respondents: int, known: Existing = NOTHING) -> dict[str, int]:
    """How many jobs of each kind a study has, without those of a shared pool's other studies."""
    return {kind.name: _jobs(kind, study, respondents, known) for kind in ALL}


def _jobs(kind: Kind, study: Study, respondents: int, known: Existing) -> int:
    if kind.each == "chunk":
        pools = [pool for pool in study.pools_used if kind.in_pool(pool)]
        return sum(_chunks(kind, study, pool, known) for pool in pools)
    owners = study.conditions if kind.each == "condition" else [None]
    spans = [kind.span(study, respondents, owner) for owner in owners if kind.applies(study, owner)]
    return sum(math.ceil(count / chunk) for count, chunk in spans)


def _chunks(kind: Kind, study: Study, pool: Pool, known: Existing) -> int:
    if maker(pool) is None:
        return math.ceil(pool.count / study.chunk)
    new = math.ceil((pool.count - known.personas.get(pool.name, 0)) / study.chunk)
    if not kind.waits:
        return new * pool.rounds
    return new + known.stories.get(pool.name, 0)  # stories that are there are polled, too


def _story_tokens(
    study: Study, humans: EncodedHumans, pool: Pool, known: Existing
) -> tuple[int, int]:
    """Tokens read and written for a pool's stories, as if none had to be written again."""
    stories = pool.count - known.personas.get(pool.name, 0)
    requests = list(pool.requests(0, _text(pool.longest), study.style)) if stories else []
    primer = study.primer(pool, 0, next(humans.rows())["traits"]) if study.humans else []
    read = stories * sum(_tokens(study, [*primer, *turns]) for turns, _ in requests)
    written = float(stories * sum(tokens for _, tokens in requests))
    for question in pool.asked:
        shown = list(range(len(question.choices)))
        more_read, more_written = _cost(study, LABELS, [], Planned(question, [shown]))
        read += stories * more_read
        written += stories * more_written
    return round(read), round(written)


def _judging_tokens(study: Study, pool: Pool, known: Existing) -> tuple[int, int]:
    """Tokens read and written to judge what is written once."""
    stories = pool.count - known.personas.get(pool.name, 0)
    requests = list(pool.judgements(_text(pool.longest))) if stories else []
    read = stories * sum(_tokens(study, turns) for turns, _ in requests)
    return round(read), stories * sum(tokens for _, tokens in requests)


def _poll_tokens(study: Study, pool: Pool, known: Existing) -> tuple[int, int]:
    """Tokens read and written to ask each trait after its story, with what is asked before it."""
    read = written = 0.0
    polled = known.polled.get(pool.name, {})
    for trait in study.traits.values() if "poll" in pool.jobs else ():
        asked = pool.count - max(polled.get(trait.name, 0), pool.known(trait.name))
        planned = Planned(trait, poll_orders(trait, pool.seed or 0, 0))
        more_read, more_written = _cost(study, study.polling, _told(study, pool), planned)
        if study.polling.mention_first:
            closed = Planned(mention_question(trait), BOTH_ORDERS)
            first_read, first_written = _cost(study, LABELS, _told(study, pool), closed)
            more_read += first_read
            more_written += first_written
        read += asked * more_read
        written += asked * more_written
    return round(read), round(written)


def _survey_tokens(study: Study, humans: EncodedHumans, condition: Condition) -> tuple[int, int]:
    """Tokens read and written in a condition; in series every question reads all before it."""
    how = study.questionnaire
    people = study.people_in(condition, humans.sampled)
    known = next(humans.rows())["traits"] if study.humans else study.known_of_personas(condition)[0]
    story = _told(study, study.pool_of(condition)) if condition.needs_pool else []
    turns = study.opening(condition.name, 0, known, story)
    calibrated = min(people, CALIBRATION_PEOPLE) if study.calibrated else 0
    read, written = _calibration(study, turns, calibrated)
    for planned in study.plan(condition.name, 0):
        more_read, more_written = _cost(study, how, turns, planned)
        read += people * more_read
        written += people * more_written
        if how.in_series:
            said = _said(study, how, planned)
            turns = [*turns, _turn(study, how, turns, planned).replied(said)]
    return round(read), round(written)


def _calibration(study: Study, turns: list[Turn], people: int) -> tuple[float, float]:
    """Every question with labels, in as many orders as it has choices."""
    read = written = 0.0
    for question in study.questions if people else []:
        if question.number is None:
            shown = list(range(len(question.choices)))
            planned = Planned(question, [shown] * len(shown))
            more_read, more_written = _cost(study, LABELS, turns, planned)
            read += people * more_read
            written += people * more_written
    return read, written


def _cost(
    study: Study, readout: Readout, turns: list[Turn], planned: Planned
) -> tuple[float, float]:
    """Tokens read and written to ask one person a question after what was said before."""
    question = planned.question
    asked = _tokens(study, [*turns, _turn(study, readout, turns, planned)])
    if isinstance(question, OpenQuestion):
        return asked, question.max_tokens
    said = min(readout.answer_tokens, len(_said(study, readout, planned)) / CHARACTERS_A_TOKEN)
    if readout.readout == "sample":  # as if every answer could be parsed
        return readout.samples * asked, readout.samples * said
    trie = answer_trie(PlainRendering(study.style, _Words()), question, study.style, readout)
    readings = len(planned.orders) * len(trie.nodes)
    checks = readout.readout_check if isinstance(readout, Questionnaire) else 0.0
    return (readings + checks) * asked, readings + checks * said


def _turn(study: Study, readout: Readout, turns: list[Turn], planned: Planned) -> Turn:
    return question_turn(
        planned.question, planned.shown, study.style, readout.labelled, after=turns
    )


def _said(study: Study, readout: Readout, planned: Planned) -> str:
    """An answer of the usual length; a free text of the greatest."""
    question = planned.question
    if isinstance(question, OpenQuestion):
        return _text(question.max_tokens)
    by_length = sorted(range(len(question.choices)), key=lambda c: len(question.choices[c]))
    usual = by_length[len(by_length) // 2]
    return reply(question, planned.shown, usual, study.style, readout.labelled)


def _told(study: Study, pool: Pool) -> list[Turn]:
    """A story as long as it may be."""
    return pool.turns(0, pool.repeated(_text(pool.longest)), study.style)


def _text(tokens: int) -> str:
    return "x" * (tokens * CHARACTERS_A_TOKEN)


def _tokens(study: Study, turns: list[Turn]) -> float:
    return len(PlainRendering(study.style).prompt(turns)) / CHARACTERS_A_TOKEN


class _Words:
    """Stands in for the model's tokenizer, which may be elsewhere: a token is a word, a digit or a
    sign. Only to count how often an answer has to be read."""

    def encode(self, text: str) -> list[int]:
        return [hash(piece) for piece in re.findall(r" ?[^\W\d_]+|[\W\d_]", text)]


def _hours(models: dict[str, int], contents: Contents, database: Engine) -> float | None:
    """At the pace of each model's finished jobs, one model after the other."""
    hours = 0.0
    for model, tokens in models.items():
        rate = _tokens_per_s(model, contents.get(model), database)
        if not rate:
            return None
        hours += tokens / rate / 3600
    return hours


def _tokens_per_s(model: str, content: Content | None, database: Engine) -> float | None:
    """Tokens (read and written) a second of a model's finished jobs, while any of them ran."""
    queues = {queue_for(model, content), queue_for(model, None)}
    with explained(database), reading(database) as session:
        done = session.execute(
            select(
                col(Job.prompt_tokens) + col(Job.output_tokens), col(Job.started_at),
                col(Job.finished_at),
            ).where(col(Job.queue).in_(queues), DONE)
        ).all()  # fmt: skip
    active = active_s((start, end) for _, start, end in done)
    return sum(tokens for tokens, _, _ in done) / active if active else None
