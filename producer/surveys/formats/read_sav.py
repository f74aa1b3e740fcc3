"""Reads SPSS files (.sav), with their labels and declared missing codes.

Does not know what the columns are for.
"""

import re
from pathlib import Path
from typing import Any, cast

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.survey_file import (
    Code,
    SurveyFile,
    check_columns,
    refuse_duplicates,
)

MAX_CELLS = 500_000_000  # 4 GB in memory; an .sav may unfold to a thousand times its size


def read_sav(path: Path) -> SurveyFile:
    # Imported here, as a study on a .csv needs none of it.
    import pyreadstat

    try:
        # Dates stay numbers: an impossible date in a column nobody needs must not refuse the file.
        _, told = pyreadstat.read_sav(path, metadataonly=True)
        columns = told.number_columns or 1
        check_columns(path, columns)
        most = MAX_CELLS // columns
        frame, meta = pyreadstat.read_sav(  # the number of rows that it tells may be wrong
            path, user_missing=True, disable_datetime_conversion=True, row_limit=most + 1
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read as an SPSS file ({_reason(error)}); it may be damaged or in a "
            "wrong encoding: save it again from SPSS in Unicode."
        ) from error
    if len(frame) > most:
        raise InputError(
            f"{path} unfolds to more than {MAX_CELLS:,} cells; keep only the columns that the "
            "study needs."
        )
    refuse_duplicates(path, list(frame.columns))
    return SurveyFile(
        path,
        # SPSS text has no missing value but the empty one.
        frame.replace("", None),
        {name: label for name, label in meta.column_names_to_labels.items() if label},
        cast(dict[str, dict[Code, str]], meta.variable_value_labels),
        {name: [_ends(r) for r in ranges] for name, ranges in meta.missing_ranges.items()},
        {
            name: int(kind.removeprefix("N"))
            for name, kind in meta.original_variable_types.items()
            if kind and re.fullmatch("N[0-9]{1,2}", kind)
        },
    )


def _ends(declared: Any) -> tuple[Code, Code]:
    return declared["lo"], declared["hi"]


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".")
