"""What names and labels a file format can hold, and how longer ones are cut.

Knows no study. SPSS: 64 bytes a name, 256 a variable's label, 120 a value's, names of any case are
one. Stata: 32 characters a name, 80 a variable's label, 32,000 bytes a value's.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

CUT = "…"
_SPSS = "all and by eq ge gt le lt ne not or to with"
_STATA = (
    "_all _b _coef _cons _n _pi _pred _rc _se _skip _weight alias aggregate array boolean "
    "break byte case catch class colvector complex const continue default delegate delete do "
    "double else eltypedef end enum explicit export external float for friend function global "
    "goto if in inline int local long mata matrix namespace new null numeric nummat numscalar "
    "operator orgtypedef pointer polymorphic pragma private protected public quad real return "
    "rowvector scalar short signed static strl string struct super switch template this throw "
    "transmorphic try typedef typename union unsigned using vector version virtual void "
    "volatile while with"
)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", errors="replace"))


@dataclass(frozen=True)
class Limits:
    """Of one format. name, label, value_label: the most of each, None where there is no limit;
    measure, label_measure: in what names and variables' labels are counted; illegal: what no name
    holds; folded: names that differ in case alone are one; declares_missing: whether the file says
    which codes are no answers; letters: values of its own that are missing, which stand for a
    refusal and for no answer in the place of codes."""

    name: int | None = None
    label: int | None = None
    value_label: int | None = None
    measure: Callable[[str], int] = len
    illegal: str | None = None
    reserved: frozenset[str] = frozenset()
    folded: bool = False
    declares_missing: bool = False
    letters: tuple[str, str] | None = None

    def names(self, wanted: Iterable[str]) -> list[str]:
        """For each a name of its own: itself if that can be, else as much of it as possible."""
        taken: set[str] = set()
        found = []
        for name in wanted:
            possible = self._possible(name)
            candidate, number = possible, 1
            while self._folded(candidate) in taken or candidate.lower() in self.reserved:
                number += 1
                candidate = self._ended(possible, f"_{number}")
            taken.add(self._folded(candidate))
            found.append(candidate)
        return found

    def label_of(self, text: str) -> str:
        """A variable's label, on one line."""
        return cut(" ".join(text.split()), self.label, self.measure)

    def value_label_of(self, text: str) -> str:
        return cut(text, self.value_label, _bytes)

    def _possible(self, name: str) -> str:
        if self.illegal is None:
            return name
        legal = re.sub(self.illegal, "_", name)
        legal = legal if legal[:1].isalpha() else f"v{legal}"
        return self._ended(legal, "").rstrip(".")

    def _ended(self, name: str, end: str) -> str:
        while name and self.name is not None and self.measure(name + end) > self.name:
            name = name[:-1]
        return name + end

    def _folded(self, name: str) -> str:
        return name.casefold() if self.folded else name


def cut(text: str, most: int | None, measure: Callable[[str], int]) -> str:
    """A text of at most so much, its cut marked."""
    if most is None or measure(text) <= most:
        return text
    while measure(text + CUT) > most:
        text = text[:-1]
    return text + CUT


PLAIN = Limits()
SPSS = Limits(
    name=64, label=256, value_label=120, measure=_bytes, illegal=r"[^\w.$#@]",
    reserved=frozenset(_SPSS.split()), folded=True, declares_missing=True,
)  # fmt: skip
STATA = Limits(
    name=32, label=80, value_label=32_000, illegal=r"[^\w]",
    reserved=frozenset(_STATA.split()), declares_missing=True, letters=("a", "b"),
)  # fmt: skip
BY_FORMAT: dict[str, Limits] = {"sav": SPSS, "dta": STATA}
