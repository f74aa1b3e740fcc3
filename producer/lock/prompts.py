"""What a study's model reads, of a fixed few invented people: every kind of prompt of it, whole.

Invented, so that it does not depend on who is in a survey file: person n has the n-th option of
everything that is known of people, over and over, and the last one is a person of whom nothing is
known. What a model will have written stands as a ⟨placeholder⟩. Knows nothing of databases.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anthology.models.pools.base import Pool
from anthology.models.prompting.chat import as_messages
from anthology.models.prompting.conversation import poll_orders
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.polling import BOTH_ORDERS, mention_question
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.study.study import Study

PEOPLE = 8
ORDERS = 8  # of those in which an averaged question is read
STORY = "⟨the story⟩"
WRITTEN = "⟨what was written⟩"

Known = dict[str, int | None]


@dataclass(frozen=True)
class Prompt:
    """What is read before a story, a poll or a question is answered, up to where the answer begins.

    text: plain text, or the messages that a model's own template is given. orders: in which a
    question's choices are shown to this person.
    """

    purpose: str
    person: int
    text: str | list[dict[str, str]]
    orders: list[list[int]]


def prompts_digest(study: Study) -> str:
    """64 hex digits of all prompts of `prompts`: another where a word of them is."""
    found = hashlib.sha256()
    for prompt in prompts(study):
        said = [prompt.purpose, prompt.person, prompt.text, prompt.orders[:ORDERS]]
        found.update(json.dumps(said, ensure_ascii=False).encode(errors="surrogatepass") + b"\n")
    return found.hexdigest()


def prompts(study: Study) -> Iterator[Prompt]:
    """Stories, polls, then the surveys of every condition; of a survey in series the last question,
    which comes after all others, answered by the option shown first."""
    for pool in study.pools_used:
        for number in range(PEOPLE):
            yield from _stories(study, pool, number)
            yield from _polls(study, pool, number) if "poll" in pool.jobs else ()
    for condition in study.condition_names:
        for number in range(PEOPLE):
            yield from _survey(study, condition, number)


def _invented(study: Study, number: int) -> Known:
    if number == PEOPLE - 1:
        return dict.fromkeys(study.known)
    return {name: number % len(asked.options) for name, asked in study.known.items()}


def _stories(study: Study, pool: Pool, number: int) -> Iterator[Prompt]:
    """Also what the critic of an interview is asked; nothing of stories that are there already."""
    if not pool.written:
        return
    primer = study.primer(pool, number, _invented(study, number))
    read = (*pool.requests(number, WRITTEN, study.style), *pool.judgements(WRITTEN))
    for turns, _ in read:
        yield Prompt(f"story {pool.name}", number, _shown([*primer, *turns], study.style), [])


def _polls(study: Study, pool: Pool, number: int) -> Iterator[Prompt]:
    style, how = study.style.of_polls, study.polling
    told = pool.turns(number, pool.repeated(STORY), study.style)

    def asked(question: Question, orders: list[list[int]], labelled: bool) -> Prompt:
        turn = question_turn(question, orders[0], style, labelled, after=told)
        purpose = f"poll {pool.name} {question.name}"
        return Prompt(purpose, number, _shown([*told, turn], study.style), orders)

    for trait in study.traits.values():
        if how.mention_first:
            yield asked(mention_question(trait), BOTH_ORDERS, True)
        yield asked(trait, poll_orders(trait, pool.seed or 0, number), how.labelled)


def _survey(study: Study, condition: str, number: int) -> Iterator[Prompt]:
    way, how = study.condition(condition), study.questionnaire
    story: list[Turn] = []
    if way.needs_pool:
        pool = study.pool_of(way)
        story = pool.turns(number, pool.repeated(STORY), study.style)
    turns = study.opening(condition, number, _invented(study, number), story)
    plan = study.plan(condition, number)
    for planned in plan:
        question, shown = planned.question, planned.shown
        turn = question_turn(question, shown, study.style, how.labelled, after=turns)
        if not how.in_series or planned is plan[-1]:
            text = _shown([*turns, turn], study.style)
            yield Prompt(f"survey {condition} {question.name}", number, text, planned.orders)
        if how.in_series:
            said = WRITTEN
            if isinstance(question, Question):
                said = reply(question, shown, shown[0], study.style, how.labelled)
            turns.append(turn.replied(said))


def _shown(turns: Sequence[Turn], style: Style) -> str | list[dict[str, str]]:
    """As text where its form is ours; a chat template is part of the model's content."""
    if style.turns == "plain":
        return PlainRendering(style).prompt(turns)
    return as_messages(turns, style.system or "")


def as_text(prompt: Prompt) -> str:
    """A prompt for people to read."""
    if isinstance(prompt.text, str):
        return prompt.text
    return "\n\n".join(f"[{said['role']}]\n{said['content']}" for said in prompt.text)
