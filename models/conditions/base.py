"""What a condition declares, and what it says before the first question.

Submission, planner, estimate, preview, survey, report and export ask a condition; none of them
knows one by its name.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.style import Style
from anthology.models.questionnaire.wording import ModelName

ONLY = "natural"  # what conditions call the pool of a study that has one, whatever its own name is
TAKEN = ("floor", "floor_at_n", "humans", "poll")
NAME = r"[A-Za-z0-9_.+/-]{1,64}"


@dataclass(frozen=True)
class Background:
    """What there is to say of one virtual person: the respondent's own `answers` on the study's
    `traits` and on its `earlier` questions (positions, None where unknown; in the order to tell
    them in), and the turns in which the matched persona told its `story`, if there is one."""

    traits: Sequence[Trait]
    answers: Mapping[str, int | None]
    story: Sequence[Turn]
    style: Style
    labelled: bool
    earlier: Sequence[Question] = ()


class Condition(Part, ABC):
    """One way of conditioning: a word in a study file, or a mapping with what it may set."""

    way: ClassVar[str]  # what `condition` says in a mapping
    words: ClassVar[tuple[str, ...]]  # forms that are one word
    needs_pool: ClassVar[bool] = False
    tells_earlier: ClassVar[bool] = False
    own_story: ClassVar[bool] = False  # told is that of the persona of one's own number
    before_survey: ClassVar[tuple[str, ...]] = ()  # kinds of jobs of its own, in their order

    given: str | None = Field(default=None, alias="name")
    model: ModelName | None = None  # that takes the survey, if it is not the study's

    @abstractmethod
    def turns(self, background: Background) -> list[Turn]:
        """The turns that open the conversation."""

    @classmethod
    def settings(cls, word: str) -> dict[str, Any]:
        """What one word sets."""
        return {"condition": word}

    @property
    def default_name(self) -> str:
        return self.way

    @property
    def name(self) -> str:
        """What tables and figures call it."""
        return self.given or self.default_name

    @property
    def needs_traits(self) -> bool:
        """Whether it is about what is known of respondents."""
        return True

    @property
    def asks_traits(self) -> bool:
        """Whether traits are shown as questions with options, which need labels."""
        return False

    @property
    def pool_name(self) -> str | None:
        """What the study file calls the pool that it is about."""
        return None

    def misfit(self, traits: Sequence[Trait], earlier: Sequence[Question]) -> Misfit | None:
        """Why it cannot be said with a study's traits and earlier questions, if so; with a place
        where another part of the study file has to change."""
        return None

    @property
    def matching(self) -> str | None:
        """The matching that finds every respondent a persona, as it is stored; None where nobody is
        matched."""
        return None

    @property
    def method(self) -> str | None:
        """How it pairs respondents with personas, by its name in `matching/methods.py`."""
        return None

    @property
    def method_settings(self) -> dict[str, Any]:
        """What that function is told besides."""
        return {}

    def shortage(self, pool: str, personas: int, respondents: int) -> str | None:
        """Why a pool of so many personas is too small, if it is."""
        return None

    @field_validator("given", mode="before")
    @classmethod
    def _is_a_word(cls, given: Any) -> Any:
        if isinstance(given, str) and not re.fullmatch(NAME, given):
            raise ValueError(
                "should be at most 64 letters, digits and any of _ . + / -, without spaces, found "
                f"{given[:80]!r}"
            )
        return given

    @field_validator("given")
    @classmethod
    def _is_no_other_row(cls, given: str | None) -> str | None:
        if given in TAKEN:
            raise ValueError(f"{given!r} is what other rows of figures are called; use another")
        return given

    @model_validator(mode="before")
    @classmethod
    def _of_a_word(cls, entry: Any) -> Any:
        return cls.settings(entry) if isinstance(entry, str) else entry

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> Any:
        """As one word wherever one says all: so it is stored since the first version."""
        for word in self.words:
            if self == type(self).model_validate(word):
                return word
        written = self._without_later_defaults(handler)
        return {key: value for key, value in written.items() if value is not None}
