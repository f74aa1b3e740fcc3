"""Arguments and options that several commands share."""

from typing import Annotated

import typer

StudyName = Annotated[str, typer.Argument(help="The study's name, as its file says.")]
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

COLUMNS = "separated by commas, those with a comma in quotes; repeatable."
