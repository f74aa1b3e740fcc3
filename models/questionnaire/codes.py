"""Survey codes as a study file has them: one code, a list of codes, a range of numbers, or none."""

import math
import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    field_validator,
    model_serializer,
    model_validator,
)

# Begins the names of alternatives, which are no part of a field's place; no field has it.
BRANCH = "\x00"

# Not a number and infinity are no codes, and no JSON that PostgreSQL would store.
Code = Annotated[
    Annotated[StrictInt, Tag(f"{BRANCH}code")]
    | Annotated[StrictFloat, Field(allow_inf_nan=False), Tag(f"{BRANCH}code")]
    | Annotated[StrictStr, Tag(f"{BRANCH}code")],
    Field(union_mode="left_to_right"),
]


class Part(BaseModel):
    """Common ground of all parts of a study file: unknown keys are refused.

    `later` names fields that earlier versions did not have. At its default such a field is left out
    of what is stored, so that what earlier versions stored keeps its digest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    later: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_later_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self)
        for name in self.later:
            field = type(self).model_fields[name]
            if getattr(self, name) == field.get_default(call_default_factory=True):
                dumped.pop(name, None)
                dumped.pop(field.alias or name, None)
        return dumped


class CodeRange(Part):
    """All numeric codes from `from` to `to`, both included; without one of them, to that end."""

    low: float | None = Field(default=None, alias="from", allow_inf_nan=False)
    high: float | None = Field(default=None, alias="to", allow_inf_nan=False)

    @field_validator("low", "high", mode="before")
    @classmethod
    def _infinite_is_open(cls, end: Any) -> Any:
        return None if isinstance(end, float) and math.isinf(end) else end

    @model_validator(mode="after")
    def _holds_a_number(self) -> "CodeRange":
        if self.low is None and self.high is None:
            raise ValueError("needs from, to, or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"from {self.low:g} is above to {self.high:g}")
        return self

    def covers(self, code: Code) -> bool:
        if isinstance(code, str):
            return False
        return (self.low is None or self.low <= code) and (self.high is None or code <= self.high)


class Blank(Part):
    """The empty cell, where it is an answer: of "choose all that apply", what was left out."""

    blank: Literal[True]


def _shape(codes: Any) -> str:
    if isinstance(codes, Blank) or (isinstance(codes, dict) and "blank" in codes):
        return f"{BRANCH}blank"
    if isinstance(codes, dict | CodeRange):
        return f"{BRANCH}range"
    return f"{BRANCH}list" if isinstance(codes, list) else f"{BRANCH}code"


# Tagged, so that a mistake is reported against the shape that was meant, not against all three.
Codes = Annotated[
    Annotated[Code, Tag(f"{BRANCH}code")]
    | Annotated[list[Code], Tag(f"{BRANCH}list")]
    | Annotated[CodeRange, Tag(f"{BRANCH}range")]
    | Annotated[Blank, Tag(f"{BRANCH}blank")],
    Discriminator(_shape),
]


def plain(code: Any) -> Any:
    """A whole number as the pollster writes it: 99, not the 99.0 of an .sav or of a column with
    gaps."""
    return int(code) if isinstance(code, float) and code.is_integer() else code


def number_of(text: str) -> int | float | None:
    """The number that a text is, if it is one: 1 of "01", 100000.0 of "1e5"."""
    if re.fullmatch(r"[-+]?[0-9]{1,300}", text):
        return int(text)
    decimal = re.fullmatch(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?", text)
    found = float(text) if decimal else math.inf
    return found if math.isfinite(found) else None


def by_value(code: Any) -> Any:
    """A code, or each of a list, without its spelling, as versions that read an unquoted 01 as 1
    stored it."""
    if isinstance(code, list):
        return [by_value(one) for one in code]
    found = number_of(code) if isinstance(code, str) else None
    return code if found is None else found


def covers(
    codes: Code | list[Code] | CodeRange | Blank, code: Code, number: Code | None = None
) -> bool:
    """Whether a survey code is one of these; a range looks at its `number` where it has one."""
    if isinstance(codes, Blank):
        return False
    if isinstance(codes, CodeRange):
        return codes.covers(code if number is None else number)
    return code in codes if isinstance(codes, list) else code == codes


def spells(codes: Code | list[Code] | CodeRange | Blank, code: Code) -> bool:
    """Whether a code is written like one of these though it is of the other kind.

    A column that holds a word is text, its 7 too; and 01 in a study file is 1 in a column of plain
    numbers.
    """
    if isinstance(codes, CodeRange | Blank):
        return False
    named = codes if isinstance(codes, list) else [codes]
    if isinstance(code, str):
        return any(not isinstance(one, str) and str(one) == code for one in named)
    return any(isinstance(one, str) and number_of(one) == code for one in named)
