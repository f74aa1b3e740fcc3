"""Reads Stata files (.dta), with their labels; `.` and `.a` to `.z` are missing.

Does not know what the columns are for.
"""

from pathlib import Path

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.survey_file import SurveyFile, check_columns


def read_dta(path: Path, encoding: str | None = None, _: str | None = None) -> SurveyFile:
    import pyreadstat  # here, as a study on a .csv needs none of it

    try:
        _unused, told = pyreadstat.read_dta(path, metadataonly=True, encoding=encoding)
        check_columns(path, told.number_columns or 1)
        frame, meta = pyreadstat.read_dta(path, disable_datetime_conversion=True, encoding=encoding)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, LookupError) as error:
        raise InputError(
            f"{path} cannot be read as a Stata file ({str(error).strip().rstrip('.')}); it may be "
            "damaged or in a wrong encoding: save it again from Stata, or give --encoding."
        ) from error
    words = [name for name in frame.columns if frame[name].dtype.kind not in "ifb"]
    frame = frame.assign(**{name: frame[name].replace("", None) for name in words})
    return SurveyFile(
        path,
        frame,
        {name: label for name, label in meta.column_names_to_labels.items() if label},
        {
            name: {code: text for code, text in labels.items() if isinstance(code, int | float)}
            for name, labels in meta.variable_value_labels.items()
            if name not in words
        },
    )
