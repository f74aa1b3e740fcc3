"""The `survey` job: virtual people take the questionnaire, one growing conversation each."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.sessions import reading
from anthology.models.database.tables import (
    Answer,
    LabelPrior,
    StudyRow,
)
from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Claim, Rows
from anthology.models.prompting.conversation import Planned
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.routing import Route, is_asked
from anthology.models.readout.distribution import draw
from anthology.models.study.study import Study
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.text_model import PromptRefused
from anthology.workers.engine.written_answers import Sample, free_text, reading_of, written
from anthology.workers.tasks.by_kind import Item
from anthology.workers.tasks.who_answers import asked, storytellers


def items(engine: Engine, held: Claim) -> list[Item]:
    """One item for every respondent of the chunk whose virtual double has not answered yet, or for
    every persona that answers for itself."""
    with reading(engine) as session:
        study = Study.from_spec(session.get_one(StudyRow, held.study_id).spec)
        span = (held.first, held.first + held.count - 1)
        done = set(
            session.execute(
                select(col(Answer.respondent))
                .where(
                    col(Answer.study_id) == held.study_id,
                    col(Answer.condition) == held.condition,
                    col(Answer.respondent).between(*span),
                )
                .distinct()
            ).scalars()
        )
        personas = storytellers(session, held, study, span)
        people = asked(session, held, study, span, personas)
        priors = _priors(session, held)
    found: list[Item] = []
    routes = study.routes
    for number, traits in people:
        if number not in done:
            persona, story = personas.get(number, (None, []))
            found.append(
                _Interview(held, study, number, traits, persona, story, priors, routes).take
            )
    return found


def _priors(session: Session, held: Claim) -> dict[int, list[float]]:
    """What a calibration found of the condition's labels, by their number; mostly nothing."""
    found = session.execute(
        select(col(LabelPrior.labels), col(LabelPrior.logprobs)).where(
            col(LabelPrior.study_id) == held.study_id, col(LabelPrior.condition) == held.condition
        )
    )
    return {labels: logprobs for labels, logprobs in found}  # noqa: C416 - rows to a dict


class _Routing:
    """Which questions somebody is asked, by what is known and what they drew so far."""

    def __init__(self, routes: dict[str, Route], known: dict[str, int | None]) -> None:
        self._routes = routes
        self._answers = dict(known)

    def saw(self, rows: list[dict[str, Any]]) -> None:
        self._answers |= {row["question"]: row["drawn"] for row in rows}

    def is_asked(self, planned: Planned) -> bool:
        return is_asked(self._routes[planned.question.name], self._answers)

    def is_known(self, planned: Planned) -> bool:
        """Whether all is answered that decides it."""
        return self._routes[planned.question.name].keys() <= self._answers.keys()


@dataclass(frozen=True)
class _Interview:
    """One virtual person's survey; `take` is the job's item."""

    held: Claim
    study: Study
    number: int
    traits: dict[str, int | None]
    persona: int | None
    story: list[Turn]
    priors: dict[int, list[float]]
    routes: dict[str, Route]

    async def take(self, interviewer: Interviewer) -> AsyncIterator[Rows]:
        """Asks every question in the respondent's order; in series a drawn answer stays in the
        conversation, otherwise each question follows the context alone."""
        study, condition = self.study, self.held.condition
        turns = study.opening(condition, self.number, self.traits, self.story)
        plan = list(enumerate(study.plan(condition, self.number)))
        if study.questionnaire.in_series:
            yield [(Answer, await self._in_series(interviewer, turns, plan))]
        else:
            yield [(Answer, await self._each_alone(interviewer, turns, plan))]

    async def _each_alone(
        self, interviewer: Interviewer, turns: list[Turn], plan: list[tuple[int, Planned]]
    ) -> list[dict[str, Any]]:
        """All at once, but for questions that depend on others' answers."""
        routing = _Routing(self.routes, self.traits)
        rows: list[dict[str, Any]] = []
        while plan:
            now = [p for p in plan if routing.is_known(p[1])]
            plan = [p for p in plan if not routing.is_known(p[1])]
            asked = [p for p in now if routing.is_asked(p[1])]
            rows += [self._row(*p) for p in now if not routing.is_asked(p[1])]
            # The first question puts the context into the prefix cache; the others then share it.
            for some in (asked[:1], asked[1:]):
                found = await asyncio.gather(*(self._ask(interviewer, turns, *p) for p in some))
                rows += [row for row, _ in found]
            routing.saw(rows)
        return rows

    async def _in_series(
        self, interviewer: Interviewer, turns: list[Turn], plan: list[tuple[int, Planned]]
    ) -> list[dict[str, Any]]:
        """After a question that cannot be asked, as the conversation outgrew the context, the rest
        is not asked either: each is stored with that error. One without an answer is left out."""
        rows: list[dict[str, Any]] = []
        routing = _Routing(self.routes, self.traits)
        outgrown: str | None = None
        for place, planned in plan:
            routing.saw(rows[-1:])
            if not routing.is_asked(planned):
                rows.append(self._row(place, planned))
                continue
            if outgrown:
                rows.append({**self._row(place, planned), "error": outgrown})
                continue
            try:
                row, turn = await self._ask(interviewer, turns, place, planned)
            except PromptRefused as error:
                outgrown = str(error)
                row, turn = {**self._row(place, planned), "error": outgrown}, None
            rows.append(row)
            turns = turns if turn is None else [*turns, turn]
        return rows

    async def _ask(
        self, interviewer: Interviewer, turns: list[Turn], place: int, planned: Planned
    ) -> tuple[dict[str, Any], Turn | None]:
        """The answer's row, and the turn that stays in the conversation."""
        row = self._row(place, planned)
        try:
            if isinstance(planned.question, OpenQuestion):
                found, said = await self._open(interviewer, turns, planned.question)
            else:
                found, said = await self._closed(
                    interviewer, turns, planned.question, planned.orders, row
                )
        except ItemError as error:
            if isinstance(error, PromptRefused) and self.study.questionnaire.in_series:
                raise
            return {**row, "error": str(error), "label_mass": error.label_mass}, None
        labelled = self.study.questionnaire.labelled
        turn = question_turn(
            planned.question, planned.shown, self.study.style, labelled, after=turns
        )
        return {**row, **found}, turn.replied(said)

    async def _open(
        self, interviewer: Interviewer, turns: list[Turn], question: OpenQuestion
    ) -> tuple[dict[str, Any], str]:
        study = self.study
        said = await free_text(
            interviewer, question, turns, study.style, study.questionnaire.temperature,
            study.seed, *self._purpose(question),
        )  # fmt: skip
        if not said:
            raise ItemError("the model wrote an empty answer")
        return {"text": said}, said

    async def _closed(
        self,
        interviewer: Interviewer,
        turns: list[Turn],
        question: Question,
        orders: list[list[int]],
        row: dict[str, Any],
    ) -> tuple[dict[str, Any], str]:
        """What was found, and the drawn answer as it is said. What was written is put into `row`
        at once, so that it is stored even where no option can be read from it."""
        study, how = self.study, self.study.questionnaire
        shown = orders[0]
        purpose = self._purpose(question)
        if how.readout == "sample":
            samples = await self._written(interviewer, question, shown, turns, how)
            row["samples"] = [sample.as_json() for sample in samples]
            reading_ = reading_of(question, samples)
        else:
            reading_ = await interviewer.ask(question, orders, turns, study.style, how, self.priors)
            if seeds.uniform(study.seed, "check", *purpose) < how.readout_check:
                once = how.model_copy(update={"attempts": 1})
                samples = await self._written(interviewer, question, shown, turns, once)
                row["samples"] = [sample.as_json() for sample in samples]
        choice = draw(reading_.choices, seeds.uniform(study.seed, "draw", *purpose))
        shares, refusal = question.collapsed(reading_.choices)
        finer = question.number is not None or bool(question.asked_as)
        found = {
            "probabilities": shares,
            "label_mass": reading_.label_mass,
            "refusal": refusal,
            "drawn": question.bins[choice],
            "text": question.choices[choice] if finer else None,
        }
        return found, reply(question, shown, choice, study.style, how.labelled)

    async def _written(
        self,
        interviewer: Interviewer,
        question: Question,
        shown: list[int],
        turns: list[Turn],
        readout: Readout,
    ) -> list[Sample]:
        return await written(
            interviewer, question, shown, turns, self.study.style, readout, readout.samples,
            self.study.seed, *self._purpose(question),
        )  # fmt: skip

    def _purpose(self, question: Question | OpenQuestion) -> tuple[seeds.SeedPart, ...]:
        """What the draws of one answer are derived from, with the study's seed."""
        return (self.held.condition, self.number, question.name)

    def _row(self, place: int, planned: Planned) -> dict[str, Any]:
        question = planned.question
        displayed = isinstance(question, Question) and question.number is None
        return {
            "study_id": self.held.study_id, "condition": self.held.condition,
            "respondent": self.number, "question": question.name, "persona": self.persona,
            "place": place, "shown": planned.shown if displayed else [], "job_id": self.held.id,
            "probabilities": None, "label_mass": None, "refusal": None, "drawn": None,
            "text": None, "samples": None, "error": None,
        }  # fmt: skip
