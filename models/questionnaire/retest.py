"""`retest`: a second wave, in which the same people answered questions of the survey again.

How well people agree with themselves is the most that a simulation of one of them can be expected
to reach.
"""

from collections.abc import Sequence

from anthology.models.questionnaire.questions import Question

RETEST = "retest"  # what the second answers' row of figures is called, beside the conditions'
AGAIN = "@retest"  # ends the names of second answers, as that of no question can


def again(name: str) -> str:
    """What the second answers to a question are stored as."""
    return f"{name}{AGAIN}"


def asked_again(questions: Sequence[Question]) -> list[Question]:
    """The second wave's questions: those of the first with the other column and name."""
    return [
        question.model_copy(
            update={"name": again(question.name), "column": question.retest, RETEST: None}
        )
        for question in questions
        if question.retest is not None
    ]
