"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

StudyName = Annotated[str, typer.Argument(help="The study's name, as its file says.")]
FileOrName = Annotated[str, typer.Argument(metavar="FILE|STUDY", help="A study file or name.")]
StudyNames = Annotated[
    list[str],
    typer.Argument(
        metavar="STUDY...", help="Names, patterns in quotes ('w34-*'), or a study file with `vary`."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout.")]

Force = Annotated[
    bool, typer.Option("--force", help="Replace a file that this command did not write, too.")
]
EngineArg = Annotated[
    list[str] | None,
    typer.Option(
        "--engine-arg", metavar="K=V",
        help="As for `anthology worker`; only what says where the tokenizer is counts here.",
    ),
]  # fmt: skip
Missing = Annotated[
    list[str] | None,
    typer.Option(metavar="CODES", help="Codes that are nonresponse, as 8,9; repeatable."),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(metavar="CODES", help="Codes that are answers, whatever speaks against it."),
]
SurveyArg = Annotated[
    Path,
    typer.Argument(
        help="A survey file: .sav, .zsav, .por, .dta, .csv, .tsv, .xlsx, .ods, .parquet, .rds."
    ),
]
Encoding = Annotated[
    str | None, typer.Option(help="Of text, where it is not found out: cp1252, latin-1, ...")
]
Separator = Annotated[
    str | None, typer.Option(help="Of a text's columns: comma, semicolon, tab, bar or a character.")
]

COLUMNS = "separated by commas, those with a comma in quotes; repeatable."
