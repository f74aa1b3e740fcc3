"""Which code of the humans' file stands for what a virtual person answered.

Knows questions; nothing of files and their limits.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from anthology.models.questionnaire.codes import Blank, Code, CodeRange, Codes, plain
from anthology.models.questionnaire.questions import Question

FIRST_OWN = -99  # and downwards: codes of our own for what no option is
TRIES = 2000  # more than the numbers that a question may have, and the codes that it may name


@dataclass(frozen=True)
class Coding:
    """The codes of one question.

    declared: whether the file can say that a code is missing; else a refusal has none, lest
    somebody take its code for an answer. letters: what a column of numbers has in the place of
    codes for a refusal and for no answer, as Stata does.
    """

    question: Question
    declared: bool
    letters: tuple[str, str] | None = None

    @cached_property
    def codes(self) -> list[Code | None]:
        """By position the code that is written; None for the empty cell. Of several the first, of a
        range its end, or the number next to it, that is this option's alone."""
        named = self.question.options.values()
        return [self._as_cell(self._one_of(codes, place)) for place, codes in enumerate(named)]

    @cached_property
    def refused(self) -> Code | None:
        """What stands for a refusal; None where that has no code."""
        undeclared = not self.declared or (self.letters is not None and self._is_text)
        if self.question.refusal is None or undeclared:
            return self.nothing
        return self._as_cell(self._own(1 if self.question.blank is not None else 0))

    @cached_property
    def nothing(self) -> Code | None:
        """What stands for an answer that there is not: the empty cell, unless that is an answer."""
        return None if self.question.blank is None else self._as_cell(self._own(0))

    @property
    def kind(self) -> type:
        """Of a column of these codes: text if any of them is, as in a survey file."""
        if self._is_text:
            return str
        whole = all(isinstance(code, int) for code in self.codes if code is not None)
        return int if whole else float

    def of(self, position: int | None, text: str | None = None) -> Code | None:
        """The code of what was drawn; `text` is the very number, where one was asked for."""
        if position is None:
            return self.nothing
        if position >= len(self.codes):
            return self.refused
        if self.question.number is not None and text is not None:
            return self._as_cell(int(text))
        return self.codes[position]

    @property
    def own(self) -> dict[Code, str]:
        """Our codes that are no answers, each with its letter, where a column has these."""
        if self.letters is None or self.kind is str:
            return {}
        pairs = zip((self.refused, self.nothing), self.letters, strict=True)
        return {code: letter for code, letter in reversed(list(pairs)) if code is not None}

    def answers(self) -> list[Code]:
        """All codes that are answers."""
        numbers = [] if self.question.number is None else list(self.question.number.all)
        missing = self.missing()
        return [*(code for code in self.labels() if code not in missing), *numbers]

    def labels(self) -> dict[Code, str]:
        """What each code means: every one that the study names, and those that are written."""
        question = self.question
        found: dict[Code, str] = {}
        for written, (text, codes) in zip(self.codes, question.options.items(), strict=True):
            named = _listed(codes) if question.number is not None else [*_listed(codes), written]
            found |= {cell: text for code in named if (cell := self._as_cell(code)) is not None}
        if self.nothing is not None:
            found[self.nothing] = "No answer"
        if question.refusal is not None and self.refused not in (None, self.nothing):
            assert self.refused is not None
            found[self.refused] = question.refusal
        return found

    def missing(self) -> list[Code]:
        """Codes that are no answers: our own first, then those of the study file."""
        own = dict.fromkeys(code for code in (self.nothing, self.refused) if code is not None)
        theirs = (self._as_cell(code) for code in self.question.missing)
        return list(dict.fromkeys([*own, *(code for code in theirs if code is not None)]))

    @cached_property
    def _is_text(self) -> bool:
        return any(
            isinstance(code, str) for codes in self.question.options.values()
            for code in _listed(codes)
        )  # fmt: skip

    def _as_cell(self, code: Code | None) -> Code | None:
        code = plain(code)
        return str(code) if self._is_text and code is not None else code

    def _one_of(self, codes: Codes, place: int) -> Code | None:
        if isinstance(codes, Blank):
            return None
        if not isinstance(codes, CodeRange):
            return _listed(codes)[0]
        tried = list(_in_range(codes))
        return next((code for code in tried if self._means(code, place)), tried[0])

    def _means(self, code: Code, place: int) -> bool:
        return self.question.positions(code) == [place] and not self.question.leaves_out(code)

    def _own(self, place: int) -> Code:
        """A code that is nobody's: no option's or, where ranges take in all, none that is named or
        written."""
        best = (code for code in self._free() if not self.question.positions(code))
        others = (code for code in self._free() if self.question.positions(code))
        return next(islice(chain(best, others), place, None))

    def _free(self) -> Iterator[Code]:
        question = self.question
        numbers = question.number.all if question.number is not None else range(0)
        for code in range(FIRST_OWN, FIRST_OWN - TRIES, -1):
            taken = code in numbers or self._as_cell(code) in self.codes
            if not (taken or question.names(code) or question.leaves_out(code)):
                yield code


def _listed(codes: Codes) -> list[Code]:
    if isinstance(codes, CodeRange | Blank):
        return []
    return codes if isinstance(codes, list) else [codes]


def _in_range(codes: CodeRange) -> Iterator[Code]:
    """Its lower end and what comes after it, or its upper end and what comes before; never none."""
    low, high = codes.low, codes.high
    if low is None:
        assert high is not None  # a range has an end
        yield plain(high)
        yield from (math.ceil(high) - step for step in range(1, TRIES))
        return
    yield plain(low)
    whole = (math.floor(low) + step for step in range(1, TRIES))
    yield from (code for code in whole if high is None or code < high)
    if high is not None:
        yield plain(high)
