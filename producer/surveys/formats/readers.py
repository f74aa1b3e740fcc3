"""Which reader takes which survey file, by its ending.

A new format is a reader beside these and a row in the table.
"""

from collections.abc import Callable
from pathlib import Path

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.labelled.read_labelled import (
    Needed,
    read_dta,
    read_por,
    read_sav,
)
from anthology.producer.surveys.formats.labelled.read_r import read_r
from anthology.producer.surveys.formats.read_tables import read_excel, read_parquet
from anthology.producer.surveys.formats.read_text import read_text
from anthology.producer.surveys.formats.survey_file import SurveyFile

# Of a path and, where they are given, its encoding and separator.
READERS: dict[str, Callable[..., SurveyFile]] = {
    ".sav": read_sav,
    ".zsav": read_sav,
    ".por": read_por,
    ".dta": read_dta,
    ".csv": read_text,
    ".tsv": read_text,
    ".txt": read_text,
    ".xlsx": read_excel,
    ".xls": read_excel,
    ".ods": read_excel,
    ".parquet": read_parquet,
    ".rds": read_r,
    ".rda": read_r,
    ".rdata": read_r,
}
_IN_PART = (read_sav, read_por, read_dta)
ENDINGS = ", ".join(list(READERS)[:-1]) + f" or {list(READERS)[-1]}"
MAX_BYTES = 1_000_000_000


def read_survey(
    path: str | Path, encoding: str | None = None, separator: str | None = None,
    needed: Needed | None = None,
) -> SurveyFile:  # fmt: skip
    """Reads the file by its extension; raises InputError, naming file, row and column if known.

    encoding, separator: of text, where they are not to be found out; needed: which columns have to
    be read, of what the file tells of them; of a format that is only read whole all are.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path} is of an unknown kind; give a survey file that ends in {ENDINGS}."
        )
    try:
        check_size(path, "survey file", "answers")
        in_part = {"needed": needed} if reader in _IN_PART else {}
        survey = reader(path, encoding, separator, **in_part)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    if survey.frame.empty:
        raise InputError(f"{path} is empty: it has no respondents; give the file with the answers.")
    return survey


def check_size(path: Path, kind: str, content: str) -> None:
    """Refuses a file of some kind that is none, is empty, or is larger than what is read."""
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path to the {kind}.")
    if not path.is_file():
        raise InputError(f"{path} is not a file; give the {kind} itself.")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputError(
            f"{path} has {size / 1e9:.1f} GB, more than the 1 GB that is read into memory; "
            "keep only the columns that the study needs."
        )
    if size == 0:
        raise InputError(f"{path} is empty; give the file with the {content}.")
