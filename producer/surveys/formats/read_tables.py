"""Reads workbooks (.xlsx, .xls, .ods) and .parquet: tables without labels.

Does not know what the columns are for. A workbook's first sheet that has anything is read.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.producer.surveys.formats.cells import read_columns
from anthology.producer.surveys.formats.header_rows import MOST_ROWS, header_of
from anthology.producer.surveys.formats.several_answers import with_several
from anthology.producer.surveys.formats.survey_file import SurveyFile, check_columns

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = ("integer", "floating", "mixed-integer-float")  # as pandas calls cells that are all one


def read_excel(path: Path, _: str | None = None, __: str | None = None) -> SurveyFile:
    import pandas as pd  # only where a survey is read: it takes a third of a command's start

    try:
        sheets = pd.read_excel(
            path, sheet_name=None, header=None, dtype=object, engine="calamine",
            keep_default_na=False, na_values=[""],
        )  # fmt: skip
    except Exception as error:  # calamine has errors of its own for each kind of damage
        raise InputError(
            f"{path} cannot be read as a workbook ({str(error).strip().rstrip('.')}); save it "
            "again, without a password, or as CSV."
        ) from error
    tables = {name: _filled(sheet) for name, sheet in sheets.items()}
    tables = {name: table for name, table in tables.items() if not table.empty}
    if not tables:
        raise InputError(f"{path} is empty; give the file with the answers.")
    sheet, table = next(iter(tables.items()))
    notes = [f"{path.name}: read its sheet {sheet!r}"] if len(tables) > 1 else []
    check_columns(path, table.shape[1])
    header = header_of([[_text(cell) for cell in row] for row in table.head(MOST_ROWS).to_numpy()])
    table = table.iloc[header.rows :].reset_index(drop=True)
    table.columns = pd.Index(header.names)
    unnamed = [name for name in header.names if name.startswith("column ")]
    table = table.drop(columns=[name for name in unnamed if table[name].isna().all()])

    def written(names: list[str]) -> pd.DataFrame:
        return table[names].map(_text)

    frame = table.apply(_numbers)
    words = [name for name in frame.columns if frame[name].dtype.kind not in "if"]
    read, of_commas = read_columns(written(words)) if words else ({}, [])
    for name, column in read.items():
        frame[name] = column
    return with_several(SurveyFile(
        path, frame, header.labels, written=written, multiple=header.multiple,
        twice=header.twice, notes=[*notes, *(f"{path.name}: {note}" for note in of_commas)],
    ))  # fmt: skip


def read_parquet(path: Path, _: str | None = None, __: str | None = None) -> SurveyFile:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        check_columns(path, len(pq.read_schema(path).names))
        frame = pd.read_parquet(path)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(
            f"{path} cannot be read as Parquet ({str(error).strip().splitlines()[0].rstrip('.')}); "
            "write it again."
        ) from error
    frame.columns = pd.Index(map(str, frame.columns))
    frame = frame.reset_index(drop=True)
    for name in frame.columns:
        if frame[name].dtype.kind not in "if":
            frame[name] = frame[name].astype("object").map(_text).replace("", None)
        elif not isinstance(frame[name].dtype, np.dtype):  # Int64, whose nothing is another one
            frame[name] = frame[name].astype("float64")
    return SurveyFile(path, frame)


def _filled(sheet: "pd.DataFrame") -> "pd.DataFrame":
    """Without empty rows and columns, which are nobody's."""
    filled = sheet.notna() & ~sheet.map(lambda cell: isinstance(cell, str) and not cell.strip())
    return sheet.loc[filled.any(axis=1), filled.any()].reset_index(drop=True)


def _numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column in which nothing stands but numbers, as such."""
    import pandas as pd

    kind = pd.api.types.infer_dtype(column, skipna=True)
    return pd.to_numeric(column) if kind in _NUMBERS else column


def _text(cell: Any) -> str:
    import pandas as pd

    if isinstance(cell, str):
        return cell
    return "" if pd.isna(cell) is True else str(plain(cell))
