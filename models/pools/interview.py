"""Lives that are told in an interview: answers to open questions, asked in turn, each after all
before it (as in Higher-Order Binding, arXiv 2504.11673).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag

from anthology.models.pools.base import Pool
from anthology.models.pools.critic import Critic
from anthology.models.prompting.prompts import question_turn, story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import BRANCH, Part
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import ModelName, Text

QUESTIONS = [
    "When and where were you born, and what was it like to grow up there?",
    "Tell me about the family you come from, and about the people you live with today.",
    "How was school for you, and what did you do when it was over?",
    "What work have you done in your life, and how do you make ends meet now?",
    "What does an ordinary day look like for you, from the morning to the evening?",
    "Was there a moment after which your life went another way? What happened?",
    "What do you believe in, and what part has religion played in your life?",
    "What is it like where you live, and how do you get on with your neighbors?",
    "What do you think of politics, and where do you see yourself in it?",
    "What worries you at present, and what do you hope for in the years to come?",
]
# Between the answers of a stored story; an answer itself has one empty line at most.
GAP = "\n\n\n"


def _shape(critic: Any) -> str:
    return f"{BRANCH}word" if isinstance(critic, str) else f"{BRANCH}critic"


class Interview(Part):
    """What is asked, how answers are written, and who judges them."""

    questions: list[Text] = Field(default_factory=QUESTIONS.copy, min_length=1, max_length=100)
    max_tokens: int = Field(default=256, ge=16, le=8192)
    temperature: float = Field(default=1.0, gt=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    critic: Annotated[
        Annotated[Critic, Tag(f"{BRANCH}critic")]
        | Annotated[Literal["none"], Tag(f"{BRANCH}word")],
        Discriminator(_shape),
    ] = Critic()

    @property
    def judge(self) -> Critic | None:
        return self.critic if isinstance(self.critic, Critic) else None


class InterviewPool(Pool):
    """A pool of lives that were told so. A story is the answers, with `GAP` between them."""

    later = ("model",)
    mark: ClassVar[str | None] = "interview"

    interview: Interview
    model: ModelName | None = None
    seed: int | None = None

    @property
    def jobs(self) -> tuple[str, ...]:
        if self.judged_by is None:
            return ("interview", "poll")
        return ("interview", "critic", "poll")

    @property
    def judged_by(self) -> str | None:
        judge = self.interview.judge
        return judge.model if judge else None

    @property
    def rounds(self) -> int:
        """With a critic of its own, one a question: an answer is judged before the next."""
        return 1 if self.judged_by is None else len(self.interview.questions)

    def in_study(self, model: str) -> Self:
        judge = self.interview.judge
        if judge is None or judge.model != (self.model or model):
            return self
        critic = judge.model_copy(update={"model": None})
        interview = self.interview.model_copy(update={"critic": critic})
        return self.model_copy(update={"interview": interview})

    def opening(self, number: int, style: Style) -> list[Turn]:
        return self.next_question([])

    def next_question(self, said: Sequence[str]) -> list[Turn]:
        """The conversation up to the next question, after what was said to those before it."""
        questions = self.interview.questions
        return [*self._told(said), story_turn(questions[len(said)])]

    def turns(self, number: int, story: str, style: Style) -> list[Turn]:
        return self._told(story.split(GAP))

    def _told(self, said: Sequence[str]) -> list[Turn]:
        return [story_turn(*told) for told in zip(self.interview.questions, said, strict=False)]

    def judged(self, said: Sequence[str], fault: str) -> list[Turn]:
        """The conversation in which a critic is asked about the last answer: a branch, which the
        interview does not go on with."""
        assert self.interview.judge
        turn = question_turn(self.interview.judge.question(fault), [0, 1])
        return [*self._told(said), turn]

    @property
    def longest(self) -> int:
        return self.interview.max_tokens

    def repeated(self, text: str) -> str:
        return GAP.join([text] * len(self.interview.questions))

    def requests(self, number: int, longest: str, style: Style) -> Iterator[tuple[list[Turn], int]]:
        for place in range(len(self.interview.questions)):
            yield self.next_question([longest] * place), self.longest

    def judgements(self, longest: str) -> Iterator[tuple[list[Turn], int]]:
        judge = self.interview.judge
        for place in range(len(self.interview.questions)):
            for fault in judge.criteria if judge else ():
                yield self.judged([longest] * (place + 1), fault), 1

    @property
    def texts(self) -> dict[str, str]:
        asked = enumerate(self.interview.questions)
        return {f"interview.questions.{place}": text for place, text in asked}


def answered(text: str) -> str:
    """An answer as it is stored and stays in the conversation."""
    return re.sub(r"\n{3,}", "\n\n", text)
