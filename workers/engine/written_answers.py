"""Written answers: a model answers in its own words, and again until that names an option.

Knows nothing of jobs or databases; reading the words is `models/readout/parsing.py`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from anthology.models import seeds
from anthology.models.errors import NoValidAnswer
from anthology.models.prompting.prompts import CONSISTENCY, question_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.distribution import Reading
from anthology.models.readout.parsing import parse, parse_number
from anthology.workers.engine.asking import Interviewer, spoken
from anthology.workers.engine.text_model import Sampling


@dataclass(frozen=True)
class Sample:
    """One answer that was asked for until it parsed; `choice` None where none did in time."""

    first: str
    first_choice: int | None
    attempts: int
    final: str
    choice: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def written(
    interviewer: Interviewer,
    question: Question,
    shown: Sequence[int],
    turns: Sequence[Turn],
    style: Style,
    readout: Readout,
    count: int,
    seed: int,
    *purpose: seeds.SeedPart,
) -> list[Sample]:
    """`count` written answers, drawn independently; raises `ItemError`."""
    turn = question_turn(question, shown, style, readout.labelled, after=turns)
    # In plain text nothing but the line's end says that an answer is over.
    stop = ["\n"] if style.turns == "plain" else []

    async def answer(n: int) -> Sample:
        texts: list[str] = []
        found: list[int | None] = []
        while not texts or (found[-1] is None and len(texts) < readout.attempts):
            drawn = seeds.derive(seed, "sample", *purpose, n, len(texts))
            sampling = Sampling(readout.answer_tokens, 1, readout.temperature, 1.0, drawn, stop)
            said = await interviewer.write([*turns, turn], style, sampling)
            texts.append(said.text.replace("\x00", "").strip())
            found.append(_choice(question, shown, texts[-1], style, readout.labelled))
        return Sample(texts[0], found[0], len(texts), texts[-1], found[-1])

    # The first puts what all share into the prefix cache.
    return [await answer(0), *await asyncio.gather(*map(answer, range(1, count)))]


def reading_of(question: Question, samples: Sequence[Sample]) -> Reading:
    """The shares of the choices among the answers that were parsed in the end; the label mass is
    the share of first answers that could be. Raises `NoValidAnswer` when none was parsed."""
    parsed = [sample.choice for sample in samples if sample.choice is not None]
    if not parsed:
        attempts = sum(sample.attempts for sample in samples)
        raise NoValidAnswer(f"no option could be read from {attempts} written answers")
    shares = [parsed.count(choice) / len(parsed) for choice in range(len(question.choices))]
    compliant = sum(sample.first_choice is not None for sample in samples)
    return Reading(shares, compliant / len(samples))


async def free_text(
    interviewer: Interviewer,
    question: OpenQuestion,
    turns: Sequence[Turn],
    style: Style,
    temperature: float,
    seed: int,
    *purpose: seeds.SeedPart,
) -> str:
    """What a person says to an open question; raises `ItemError`."""
    turn = question_turn(question, [], style, after=turns)
    drawn = seeds.derive(seed, "sample", *purpose)
    # A model that goes on to ask itself the next question begins with the line before it.
    stop = [f"\n{CONSISTENCY}"] if style.turns == "plain" else []
    sampling = Sampling(question.max_tokens, 1, min(temperature, 2.0), 1.0, drawn, stop)
    said = await interviewer.write([*turns, turn], style, sampling)
    return spoken(said.text)


def _choice(
    question: Question, shown: Sequence[int], text: str, style: Style, labelled: bool
) -> int | None:
    """The choice that a written answer names."""
    text = spoken(text)
    if question.number is not None:
        number = parse_number(text, question.number.low, question.number.high)
        if number is not None:
            return number - question.number.low
        if question.refusal is None:
            return None
        return len(question.choices) - 1 if parse(text, [], [question.refusal]) == 0 else None
    labels = [style.label(place) for place in range(len(shown))] if labelled else []
    place = parse(text, labels, [question.choices[choice] for choice in shown])
    return None if place is None else shown[place]
