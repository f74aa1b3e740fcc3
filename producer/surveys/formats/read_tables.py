"""Reads workbooks (.xlsx, .xls, .ods) and .parquet: tables without labels.

Does not know what the columns are for. A workbook's first sheet that has anything is read.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.producer.surveys.formats.cells import read_column
from anthology.producer.surveys.formats.header_rows import MOST_ROWS, header_of
from anthology.producer.surveys.formats.several_answers import with_several
from anthology.producer.surveys.formats.survey_file import SurveyFile, check_columns

if TYPE_CHECKING:
    import pandas as pd


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
    text = table.iloc[header.rows :].reset_index(drop=True).map(_text)
    text.columns = pd.Index(header.names)
    frame = pd.DataFrame({name: read_column(text[name].replace("", None), False)
                          for name in text.columns})  # fmt: skip
    return with_several(SurveyFile(
        path, frame, header.labels, written=lambda names: text[names], multiple=header.multiple,
        twice=header.twice, notes=notes,
    ))  # fmt: skip


def read_parquet(path: Path, _: str | None = None, __: str | None = None) -> SurveyFile:
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
    words = {
        name: frame[name].map(_text, na_action="ignore").astype("object").replace("", None)
        for name in frame.columns
        if frame[name].dtype.kind not in "if"
    }
    return SurveyFile(path, frame.reset_index(drop=True).assign(**words) if words else frame)


def _filled(sheet: "pd.DataFrame") -> "pd.DataFrame":
    """Without empty rows and columns, which are nobody's."""
    return sheet.dropna(how="all").dropna(axis=1, how="all").reset_index(drop=True)


def _text(cell: Any) -> str:
    return "" if cell is None or cell != cell else str(plain(cell))
