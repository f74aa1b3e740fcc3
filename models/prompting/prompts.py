"""The words of a conversation: stories, questions with labelled options, answers.

Turns only: knows nothing of speakers' names, tokens, engines or databases. Formats follow the
Anthology method (Moon et al. 2024, arXiv 2407.06576): questions in series, in one conversation.
"""

from collections.abc import Sequence

from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import PLAIN, Style

CONSISTENCY = "Answer the following question keeping in mind your previous answers."


def story_turn(prompt: str, story: str = "") -> Turn:
    """The question that a life story answers; without a story, for the model to write one."""
    return Turn(prompt, story.strip())


def question_turn(
    question: Question | OpenQuestion,
    shown: Sequence[int],
    style: Style = PLAIN,
    labelled: bool = True,
    *,
    after: Sequence[Turn] = (),
) -> Turn:
    """A question that waits for its answer; `shown` lists the choices' positions as displayed,
    `after` is what stands before it."""
    if isinstance(question, OpenQuestion):
        lines = [question.text]
    elif question.number is not None:
        lines = [question.text, _number(question)]
    elif labelled:
        marks = [style.mark(place) for place in range(len(shown))]
        bare = [mark.rstrip(".") for mark in marks]  # "Answer with A., B." would read oddly
        lines = [question.text, *_listed(marks, question, shown), f"Answer with {_or(bare)}."]
    else:
        marks = ["-"] * len(shown)
        lines = [question.text, *_listed(marks, question, shown),
                 "Answer with one of these, word for word."]  # fmt: skip
    return Turn("\n".join(lines), reminder=CONSISTENCY if _reminds(style, after) else "")


def _reminds(style: Style, before: Sequence[Turn]) -> bool:
    if style.reminder == "after_answers":
        return any(turn.asked and turn.reply for turn in before)
    return style.reminder != "never" and bool(before)


def reply(
    question: Question,
    shown: Sequence[int],
    choice: int,
    style: Style = PLAIN,
    labelled: bool = True,
) -> str:
    """The answer as it stays in the conversation: `(A) Too little`, or words or number alone."""
    words = question.choices[choice]
    if not labelled or question.number is not None:
        return words
    return f"{style.mark(list(shown).index(choice))} {words}"


def _listed(marks: Sequence[str], question: Question, shown: Sequence[int]) -> list[str]:
    choices = question.choices
    return [f"{mark} {choices[choice]}" for mark, choice in zip(marks, shown, strict=True)]


def _number(question: Question) -> str:
    assert question.number is not None
    low, high = question.number.low, question.number.high
    refusal = f', or "{question.refusal}"' if question.refusal else ""
    return f"Answer with a whole number from {low} to {high}{refusal}."


def _or(marks: Sequence[str]) -> str:
    return f"{', '.join(marks[:-1])}{',' if len(marks) > 2 else ''} or {marks[-1]}"
