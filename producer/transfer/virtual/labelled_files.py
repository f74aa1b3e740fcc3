"""Virtual people as .sav or .dta: labels of variables and codes, and codes that are no answers.

A file is made of whole columns, eight bytes a number: a million answers take some 10 MB.
"""

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from anthology.models.questionnaire.codes import Code
from anthology.producer.transfer.tables.base import Table
from anthology.producer.transfer.virtual.codes import Coding
from anthology.producer.transfer.virtual.limits import BY_FORMAT
from anthology.producer.transfer.virtual.variables import Variable

SAV_MISSING = 3  # codes a variable can declare; or a range of them and one more
SAV_MISSING_BYTES = 8  # of a code that is text
_Columns = dict[str, Any]
_Values = dict[str, dict[Any, str]]
_STATA_LABELLED = range(-(2**31), 2_147_483_621)


def write_labelled(table: Table, variables: Sequence[Variable], path: Path, format: str) -> None:
    """`table` has the rows of these variables; format: `sav` or `dta`."""
    limits = BY_FORMAT[format]
    labels: dict[str, str | None] = {v.variable: limits.label_of(v.wording) for v in variables}
    coded = {v.variable: v.coding for v in variables if v.coding is not None}
    values: _Values = {
        name: {code: limits.value_label_of(text) for code, text in coding.labels().items()}
        for name, coding in coded.items()
    }
    columns = _columns(table, variables)
    if format == "sav":
        _write_sav(path, columns, labels, values, variables)
    else:
        _write_dta(path, columns, labels, values, coded)


def _write_sav(
    path: Path, columns: _Columns, labels: dict[str, str | None], values: _Values,
    variables: Sequence[Variable],
) -> None:  # fmt: skip
    import pandas as pd  # here, as other exports need none of it
    import pyreadstat

    missing = {
        v.variable: found for v in variables if v.coding is not None
        if (found := sav_missing(v.coding.missing(), v.coding.answers()))
    }  # fmt: skip
    pyreadstat.write_sav(
        pd.DataFrame(columns, copy=False), path, column_labels=labels,
        variable_value_labels=values, missing_ranges=missing,
        variable_format={v.variable: _format(v) for v in variables if v.type is not str},
        variable_measure={v.variable: _measure(v) for v in variables},
    )  # fmt: skip


def _write_dta(
    path: Path, columns: _Columns, labels: dict[str, str | None], values: _Values,
    coded: dict[str, Coding],
) -> None:  # fmt: skip
    import pandas as pd
    import pyreadstat

    letters = {name: coding.own for name, coding in coded.items() if coding.own}
    for name, own in letters.items():
        columns[name] = _with_stata_missing(columns[name], own)
        values[name] = {own.get(code, code): text for code, text in values[name].items()}
    pyreadstat.write_dta(
        pd.DataFrame(columns, copy=False), path, column_labels=labels,
        variable_value_labels={
            name: _stata_labels(of) for name, of in values.items() if coded[name].kind is not str
        },
        missing_user_values={name: list(own.values()) for name, own in letters.items()} or None,
    )  # fmt: skip


def _columns(table: Table, variables: Sequence[Variable]) -> _Columns:
    """By variable all its cells: numbers NaN, texts empty where there is none."""
    import numpy as np

    texts = [variable.type is str for variable in variables]
    cells: list[Any] = [[] if text else array("d") for text in texts]
    nothing = ["" if text else float("nan") for text in texts]
    for row in table.rows:
        for column, cell, none in zip(cells, row, nothing, strict=True):
            column.append(none if cell is None else cell)
    found = [c if text else np.asarray(c) for c, text in zip(cells, texts, strict=True)]
    return dict(zip((v.variable for v in variables), found, strict=True))


def _format(variable: Variable) -> str:
    """What SPSS shows of a number: codes, ids, weights."""
    if variable.type is float:
        return "F12.6" if variable.coding is None else "F8.2"
    return "F15.0" if variable.coding is None else "F8.0"


def _measure(variable: Variable) -> str:
    if variable.coding is None:
        return "scale" if variable.type is float else "nominal"
    return "ordinal" if variable.coding.question.ordered else "nominal"


def sav_missing(missing: Sequence[Code], answers: Iterable[Code]) -> list[Any]:
    """What SPSS can declare of codes that are no answers: three, or a range without an answer in it
    and one more; else the first three, which are our own and the first of the study file."""
    texts = [code for code in missing if isinstance(code, str)]
    if texts:
        return [t for t in texts if len(t.encode()) <= SAV_MISSING_BYTES][:SAV_MISSING]
    if len(missing) <= SAV_MISSING:
        return list(missing)
    numbers = sorted(code for code in missing if not isinstance(code, str))
    given = [code for code in answers if not isinstance(code, str)]
    for alone in (numbers[0], numbers[-1]):
        low, *_, high = [code for code in numbers if code != alone]
        if not any(low <= code <= high for code in given):
            return [alone, {"lo": low, "hi": high}]
    return list(missing[:SAV_MISSING])


def _with_stata_missing(column: Any, own: dict[Any, str]) -> Any:
    """A column with Stata's own missing values in the place of codes."""
    found = column.astype(object)
    for code, letter in own.items():
        found[column == code] = letter
    return found


def _stata_labels(labels: dict[Any, str]) -> dict[Any, str]:
    """Stata labels whole numbers alone."""
    return {
        int(code) if not isinstance(code, str) else code: text for code, text in labels.items()
        if isinstance(code, str) or (int(code) == code and int(code) in _STATA_LABELLED)
    }  # fmt: skip
