"""The codebook of virtual people: what every variable is, and what each of its codes means.

Names and texts are whole here, however short a file format wants them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from anthology.models.questionnaire.codes import Blank, Code, CodeRange, Codes, plain
from anthology.models.study.scales import is_reverse_keyed, named
from anthology.models.study.study import Study
from anthology.producer.transfer.tables.base import Table
from anthology.producer.transfer.virtual.codes import Coding
from anthology.producer.transfer.virtual.variables import Variable

NAME = "virtual_codebook"
COLUMNS: dict[str, type] = {
    "variable": str, "kind": str, "name": str, "column": str, "wording": str, "scales": str,
    "ordered": bool, "entry": str, "position": int, "code": str, "codes": str, "text": str,
}  # fmt: skip


def codebook(variables: Sequence[Variable], study: Study) -> Table:
    """A row for each option, in the order of the scale (`position`), with the `code` that is
    written for it and all `codes` that mean it in the humans' file; then for each code that is no
    answer: `refusal`, `no answer`, and `missing` of the study file. One row for what has no codes.
    `scales` are those that an answer is an item of, and whether it is reverse-keyed there.
    """
    return Table(
        NAME, COLUMNS,
        (
            (each.variable, each.kind, each.name, each.column, each.wording, scales, *entry)
            for each in variables
            for scales in [_scales(each, study)]
            for entry in _entries(each.coding)
        ),
    )  # fmt: skip


def _scales(variable: Variable, study: Study) -> str | None:
    mine = [
        f"{scale} (reverse-keyed)" if is_reverse_keyed(item) else scale
        for scale, items in study.scales.items()
        for item in items
        if variable.kind == "answer" and named(item) == variable.name
    ]
    return ", ".join(mine) or None


def _entries(coding: Coding | None) -> Iterator[tuple[Any, ...]]:
    """ordered, entry, position, code, codes, text."""
    if coding is None:
        yield None, "", None, None, None, None
        return
    question = coding.question
    told = zip(question.options.items(), coding.codes, strict=True)
    for position, ((text, codes), code) in enumerate(told, start=1):
        yield question.ordered, "option", position, _text(code), in_words(codes), text
    if question.refusal is not None:
        yield (
            question.ordered,
            "refusal",
            None,
            _own(coding, coding.refused),
            None,
            question.refusal,
        )
    if coding.nothing is not None:
        yield question.ordered, "no answer", None, _own(coding, coding.nothing), None, None
    for code in question.missing:
        yield question.ordered, "missing", None, _text(plain(code)), None, None


def _own(coding: Coding, code: Code | None) -> str | None:
    """As Stata writes it, where it is one of its missing values."""
    return f".{coding.own[code]}" if code in coding.own else _text(code)


def _text(code: Any) -> str | None:
    return None if code is None else str(code)


def in_words(codes: Codes) -> str:
    """As a reader of a codebook writes them: "1, 2", "18 to 29", "65 and above", "empty"."""
    if isinstance(codes, Blank):
        return "empty"
    if isinstance(codes, CodeRange):
        low, high = plain(codes.low), plain(codes.high)
        if low is None or high is None:
            return f"{high} and below" if low is None else f"{low} and above"
        return f"{low} to {high}"
    return ", ".join(str(plain(code)) for code in (codes if isinstance(codes, list) else [codes]))
