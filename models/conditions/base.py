"""What a condition declares, and what it says before the first question.

Submission, planner, estimate, preview, survey, report and export ask a condition; none of them
knows one by its name.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import Trait
from anthology.models.questionnaire.style import Style


@dataclass(frozen=True)
class Background:
    """What there is to say of one virtual person: the respondent's own `answers` on the study's
    `traits` (positions, None where unknown), and the `story` of the matched persona, if any."""

    traits: Sequence[Trait]
    answers: Mapping[str, int | None]
    story: Turn | None
    style: Style
    labelled: bool


@dataclass(frozen=True)
class Condition(ABC):
    """One way of conditioning; `name` is its form in study files, tables and figures."""

    name: str

    names: ClassVar[tuple[str, ...]]  # every form that this way has
    needs_traits: ClassVar[bool] = True
    needs_pool: ClassVar[bool] = False
    asks_traits: ClassVar[bool] = False  # shows them as questions, so their options need labels
    before_survey: ClassVar[tuple[str, ...]] = ()  # kinds of jobs of its own, in their order

    @abstractmethod
    def turns(self, background: Background) -> list[Turn]:
        """The turns that open the conversation."""

    @property
    def matching(self) -> str | None:
        """The method that finds every respondent a persona; None where nobody is matched."""
        return None

    def shortage(self, pool: str, personas: int, respondents: int) -> str | None:
        """Why a pool of so many personas is too small, if it is."""
        return None
