"""What a file says of a persona's trait: an option by its text or a code, or a share for each, in
columns of their own or together in one.

Knows one row's cells; nothing of files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anthology.models.questionnaire.codes import Code, number_of, plain
from anthology.models.questionnaire.questions import Trait

ROUNDING = 1e-6  # by which shares may miss 1, for each of them


@dataclass(frozen=True)
class GivenTrait:
    """A trait, and the columns that say it: one, or one for each option."""

    trait: Trait
    columns: Sequence[str]
    shared: bool

    def shares(self, cells: dict[str, Any]) -> list[float] | None:
        """The distribution over the trait's options, None where nothing is said.

        Raises `ValueError`, saying why, for what is no option and for shares that do not add up.
        """
        found = [cells.get(column) for column in self.columns]
        if all(map(_is_empty, found)):
            return None
        if self.shared:
            return self._distribution(found)
        if isinstance(found[0], list | dict):
            return self._distribution(self._listed(found[0]))
        return self._option(found[0])

    def _listed(self, cell: list[Any] | dict[str, Any]) -> list[Any]:
        """The shares of one cell, by position or by the options' texts."""
        texts = self.trait.option_texts
        by_text = cell if isinstance(cell, dict) else dict(zip(texts, cell, strict=False))
        if len(cell) != len(texts) or set(by_text) != set(texts):
            raise ValueError(
                f"{self.columns[0]!r} has {str(cell)[:80]}, which is not a share for each option "
                f"of trait {self.trait.name!r}; it has {', '.join(map(repr, texts))}"
            )
        return [by_text[text] for text in texts]

    def _option(self, cell: Any) -> list[float] | None:
        at = self._position(cell)
        return None if at is None else [float(i == at) for i in range(len(self.trait.options))]

    def _position(self, cell: Any) -> int | None:
        text = cell.strip() if isinstance(cell, str) else str(plain(cell))
        if text in self.trait.options:
            return self.trait.option_texts.index(text)
        number = number_of(text)
        codes: list[Code] = [text] if number is None else [text, number]
        if any(self.trait.leaves_out(code) for code in codes):
            return None
        found = next((at for code in codes if (at := self.trait.positions(code, number))), [])
        if len(found) != 1:
            what = "several options" if found else "no option and no code of one"
            raise ValueError(
                f"{self.columns[0]!r} has {text[:80]!r}, which is {what} of trait "
                f"{self.trait.name!r}; it has {', '.join(map(repr, self.trait.option_texts))}"
            )
        return found[0]

    def _distribution(self, cells: Sequence[Any]) -> list[float]:
        shares = [_number(cell) for cell in cells]
        total = math.fsum(shares)
        wrong = any(not 0 <= share <= 1 + ROUNDING for share in shares)
        if wrong or abs(total - 1) > ROUNDING * len(shares):
            shown = ", ".join(f"{str(cell)[:20]!r}" for cell in cells)
            raise ValueError(
                f"the shares of trait {self.trait.name!r} are {shown}, which are no numbers from "
                "0 to 1 that sum to 1"
            )
        return [share / total for share in shares]


def _is_empty(cell: Any) -> bool:
    nothing = isinstance(cell, float) and math.isnan(cell)
    return cell is None or nothing or (isinstance(cell, str) and not cell.strip())


def _number(cell: Any) -> float:
    """Not a number where it is none, which compares with nothing."""
    found = number_of(cell.strip()) if isinstance(cell, str) else cell
    return float(found) if isinstance(found, int | float) else math.nan
