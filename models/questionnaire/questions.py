"""Questions as a study file has them: wording, options, and which survey codes each option is.

Knows nothing of the rest of a study; `models/study/study.py` puts the parts together.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from anthology.models.questionnaire.codes import (
    Blank,
    Code,
    CodeRange,
    Codes,
    Part,
    covers,
    spells,
)
from anthology.models.questionnaire.wording import Line, Name, Text, refuse_alike

OptionsOrder = Literal["fixed", "reversed", "random", "averaged"]

MAX_OPTIONS = 99  # the style of a study may allow fewer
MAX_NUMBERS = 1000  # numbers are read digit by digit: one reading for each beginning of a number


class Numbers(Part):
    """The whole numbers that can be answered, both ends included."""

    low: int = Field(alias="from", ge=-1_000_000, le=1_000_000)
    high: int = Field(alias="to", ge=-1_000_000, le=1_000_000)

    @model_validator(mode="after")
    def _some_but_not_too_many(self) -> "Numbers":
        if not 2 <= self.high - self.low + 1 <= MAX_NUMBERS:
            raise ValueError(f"needs 2 to {MAX_NUMBERS} numbers from `from` to `to`")
        return self

    @property
    def all(self) -> range:
        return range(self.low, self.high + 1)


def _listed(rule: Any) -> Any:
    """One option may stand without a list."""
    if not isinstance(rule, dict):
        return rule
    return {name: [options] if isinstance(options, str) else options
            for name, options in rule.items()}  # fmt: skip


AskIf = Annotated[dict[Name, Annotated[list[Line], Field(min_length=1)]], BeforeValidator(_listed)]


class Question(Part):
    """One closed question: its wording, and which codes of which survey column each option is.

    `options` maps an option's text to its codes, in the order of the scale; positions 0..K-1 in
    this order are what the database stores and metrics use. What a persona is asked may be finer:
    `asked_as` maps each text shown to the option it belongs to, and with `number` a whole number is
    asked for, of which the options are bins. `anchored` options keep their place however the others
    move. A `refusal` option is offered last and is an outcome of its own, not an answer. Who did
    not answer as `ask_if` says, of each name there one of the options, is not asked. `retest` is
    the column in which the same people answered it again, with the same codes.
    """

    later: ClassVar[tuple[str, ...]] = ("ask_if", "retest")

    name: Name
    text: Text = Field(alias="question")
    column: str | None  # None: asked and shown, compared with nobody
    options: dict[Line, Codes]
    missing: list[Code] = Field(default_factory=list)
    ordered: bool = True
    options_order: OptionsOrder = "fixed"
    permutations: int | None = Field(default=None, ge=2, le=1000)
    anchored: list[Line] = Field(default_factory=list)
    refusal: Line | None = None
    asked_as: dict[Line, Line] = Field(default_factory=dict)
    number: Numbers | None = None
    block: Name | None = None
    ask_if: AskIf = Field(default_factory=dict)
    retest: str | None = None

    @field_validator("options", "asked_as", mode="before")
    @classmethod
    def _no_two_alike(cls, options: Any) -> Any:
        if isinstance(options, dict):
            refuse_alike(key for key in options if isinstance(key, str))
        return options

    @field_validator("options")
    @classmethod
    def _enough(cls, options: dict[str, Codes]) -> dict[str, Codes]:
        if not 2 <= len(options) <= MAX_OPTIONS:
            raise ValueError(f"needs 2 to {MAX_OPTIONS} options, has {len(options)}")
        return options

    @model_validator(mode="after")
    def _parts_agree(self) -> "Question":
        if self.number is not None and self.asked_as:
            raise ValueError("number and asked_as exclude each other")
        for text, option in self.asked_as.items():
            if option not in self.options:
                raise ValueError(f"asked_as: {text!r} belongs to {option!r}, which is no option")
        if len(self._blank) > 1:
            first, second = (repr(self.option_texts[at]) for at in self._blank[:2])
            raise ValueError(f"options: the empty cell cannot be both {first} and {second}")
        unasked = set(self.options) - set(self.asked_as.values()) if self.asked_as else set()
        if unasked:
            raise ValueError(f"asked_as: nothing that is asked belongs to {min(unasked)!r}")
        for code in self.missing:
            for option, codes in self.options.items():
                if not isinstance(codes, CodeRange) and covers(codes, code):
                    raise ValueError(f"missing: code {code!r} is also one of {option!r}")
        for option in self.anchored:
            if option not in self.choices:
                raise ValueError(f"anchored: {option!r} is not an option")
        if self.refusal is not None:
            refuse_alike(self.choices)
            refuse_alike(self.outcomes)
        self._refuse_no_second_answer()
        self._refuse_other_than_bins()
        if self.permutations is not None and self.options_order != "averaged":
            raise ValueError("permutations needs options_order: averaged")
        if self.options_order == "averaged" and not self.number:
            self._refuse_too_many_permutations()
        return self

    def _refuse_no_second_answer(self) -> None:
        if self.retest is None:
            return
        if self.column is None:
            raise ValueError("retest needs a column, whose answers the second ones are held to")
        if self.retest == self.column:
            raise ValueError(f"retest and column are both {self.column!r}; name the second wave's")
        if self.blank is not None:
            raise ValueError(
                f"retest: the empty cell is {self.option_texts[self.blank]!r} here, so who was "
                "not asked again would count as an answer; give that option a code, or leave "
                "retest out"
            )

    def _refuse_other_than_bins(self) -> None:
        """Each number that can be answered belongs to one option, and none is without any."""
        empty = set(range(len(self.options))) if self.number else set()
        for number in self.number.all if self.number else ():
            found = self.positions(number)
            if len(found) != 1:
                many = "more than one option" if found else "no option"
                raise ValueError(f"number {number} belongs to {many}; options are its bins")
            empty.discard(found[0])
        if empty:
            raise ValueError(f"no number belongs to {self.option_texts[min(empty)]!r}")

    def _refuse_too_many_permutations(self) -> None:
        movable = len(self.choices) - len(self.held)
        if self.permutations is None and movable > 5:
            raise ValueError(
                f"options_order averaged would read all permutations of {movable} options; "
                f"say how many with permutations, for instance {2 * movable}"
            )

    @property
    def option_texts(self) -> list[str]:
        return list(self.options)

    @property
    def outcomes(self) -> list[str]:
        """What can be drawn, by position: the options, then the refusal where it is offered."""
        return [*self.options, *([] if self.refusal is None else [self.refusal])]

    @property
    def choices(self) -> list[str]:
        """What can be answered, in the question's own order; a refusal comes last."""
        if self.number is not None:
            found = [str(number) for number in self.number.all]
        else:
            found = list(self.asked_as or self.options)
        return found if self.refusal is None else [*found, self.refusal]

    @property
    def bins(self) -> list[int]:
        """The position of the outcome that each choice belongs to."""
        texts = self.option_texts
        if self.number is not None:
            found = [self.positions(number)[0] for number in self.number.all]
        elif self.asked_as:
            found = [texts.index(option) for option in self.asked_as.values()]
        else:
            found = list(range(len(texts)))
        return found if self.refusal is None else [*found, len(texts)]

    @property
    def held(self) -> list[int]:
        """The choices that keep their place in every order."""
        held = {self.choices.index(option) for option in self.anchored}
        return sorted(held | ({len(self.choices) - 1} if self.refusal is not None else set()))

    @property
    def plain(self) -> Self:
        """The question that humans answered: its options, however finely personas are asked."""
        return self.model_copy(update={"asked_as": {}, "number": None, "refusal": None})

    def positions(self, code: Code, number: Code | None = None) -> list[int]:
        """The positions of the options that claim a survey code: one, unless the file is wrong.

        number: what ranges see of a code that is text, as 01 is where a file pads its numbers.
        """
        options = list(self.options.values())
        exact = [i for i, codes in enumerate(options) if covers(codes, code, number)]
        return exact or [i for i, codes in enumerate(options) if spells(codes, code)]

    @property
    def _blank(self) -> list[int]:
        return [i for i, codes in enumerate(self.options.values()) if isinstance(codes, Blank)]

    @property
    def blank(self) -> int | None:
        """The position of the option that an empty cell is, if it is one."""
        return next(iter(self._blank), None)

    def names(self, code: Code) -> bool:
        """Whether an option names a survey code itself, not only as one of a range."""
        return self._names(code, covers) or self._names(code, spells)

    def leaves_out(self, code: Code) -> bool:
        """Whether `missing` names a survey code; what is spelled alike gives way to an option."""
        alike = spells(self.missing, code) and not self._names(code, covers)
        return covers(self.missing, code) or alike

    def _names(self, code: Code, by: Callable[[Any, Code], bool]) -> bool:
        named = [codes for codes in self.options.values() if not isinstance(codes, CodeRange)]
        return any(by(codes, code) for codes in named)

    def collapsed(self, choices: Sequence[float]) -> tuple[list[float] | None, float | None]:
        """A distribution over `choices` as one over the options (K,), and the refusal's share.

        The options' shares sum to 1 without the refusal; None if there was nothing but refusal.
        """
        shares = [0.0] * len(self.outcomes)
        for position, share in zip(self.bins, choices, strict=True):
            shares[position] += share
        refused = None if self.refusal is None else shares.pop()
        total = sum(shares)
        return ([share / total for share in shares] if total > 0 else None), refused

    @property
    def key(self) -> str:
        """Identity of what a persona is asked: equal keys mean the same poll can be reused."""
        # Numbers are asked for in other words than options that happen to be numbers.
        asked = [self.choices, self.bins, self.held, self.refusal, self.number is not None]
        return digest([self.text, asked, self.options_order, self.permutations])[:16]


class Trait(Question):
    """A demographic question; `bio` says an answer in the first person, `{}` standing for it, and
    `portray`, where it is given, in the second."""

    later = ("portray", *Question.later)

    bio: Line
    portray: Line | None = None

    @field_validator("bio", "portray")
    @classmethod
    def _has_a_place_for_the_answer(cls, sentence: str | None) -> str | None:
        if sentence is not None and sentence.count("{}") != 1:
            raise ValueError("needs exactly one {} where the option's text goes")
        return sentence


class OpenQuestion(Part):
    """A question answered in free text, which is stored and exported, never measured."""

    later = ("ask_if",)

    name: Name
    text: Text = Field(alias="question")
    free_text: Literal[True]
    max_tokens: int = Field(default=128, ge=1, le=8192)
    block: Name | None = None
    ask_if: AskIf = Field(default_factory=dict)


def digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
