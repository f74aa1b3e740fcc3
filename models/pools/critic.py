"""The critic of an interview: a model judges an answer just given by questions of yes and no, and
one with a fault is written again (as in Higher-Order Binding, arXiv 2504.11673).

What it asks and when it rejects; knows nothing of who asks, nor of how answers are written.
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.misfit import Misfit, is_stored
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.wording import Line, ModelName, Name

FAULTS = {
    "contradiction": "Does the last answer contradict something that was said before it?",
    "person": "Is the last answer, or a part of it, told by somebody else than the person who is "
    "asked, as about a stranger?",
    "interviewer": "Does the interviewer speak in the last answer, or is a question asked in it "
    "that the interviewer would ask?",
    "transcript": "Does the last answer hold what does not belong to speech, such as names of "
    "speakers, headings, notes, links or computer code?",
    "nonsense": "Is the last answer nonsense, or no answer at all to what was asked?",
}
EMPTY = "empty"  # the fault of an answer without a word, of which nobody need be asked


class Critic(Part):
    """By what an answer is judged, from which probability of a fault on it is rejected, and how
    often it is written at most.

    `criteria` are questions to which yes is a fault, by the name of the fault. `model` judges, if
    it is another than the one that writes.
    """

    later: ClassVar[tuple[str, ...]] = ("model",)

    attempts: int = Field(default=5, ge=1, le=100)
    criteria: dict[Name, Line] = Field(default_factory=FAULTS.copy, min_length=1)
    threshold: float = Field(default=0.5, ge=0, lt=1)
    model: ModelName | None = None

    @field_validator("criteria")
    @classmethod
    def _is_not_found_without_asking(
        cls, criteria: dict[str, str], info: ValidationInfo
    ) -> dict[str, str]:
        if EMPTY in criteria and not is_stored(info):
            said = "is what answers without a word are stored as; give the criterion another name"
            raise Misfit(said, EMPTY)
        return criteria

    def question(self, fault: str) -> Question:
        return Question(
            name=fault, text=self.criteria[fault], column="", options={"Yes": 1, "No": 2}
        )

    def fault(self, verdicts: Mapping[str, float]) -> str | None:
        """The likeliest fault for which an answer is rejected; `verdicts` has the probabilities."""
        worst = max(verdicts, key=lambda name: verdicts[name])
        return worst if verdicts[worst] > self.threshold else None
