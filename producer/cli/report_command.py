"""The command `report`: a study's page, its findings as JSON, its checklist, or a table of it for a
paper."""

from pathlib import Path
from typing import Annotated

import typer

from anthology.models.errors import InputError
from anthology.models.runtime import terminal
from anthology.producer.cli import printing
from anthology.producer.cli.arguments import Force, Json, StudyName

WORD = "docx"
FORMATS = ("md", "latex", "csv", WORD)


def report(
    study: StudyName,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for index.html, by default in ANTHOLOGY_HOME; of docx its file."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
    checklist: Annotated[
        bool, typer.Option("--checklist", help="Print the GUIDE-LLM checklist as Markdown instead.")
    ] = False,
    personas: Annotated[
        bool, typer.Option("--personas", help="Write a page to browse the personas, too.")
    ] = False,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="FIGURES",
            help="Print a table for a paper instead: wd,fro,alpha; also of scales "
            "(scale/NAME/alpha) and between groups (groups/TRAIT/parity_gap).",
        ),
    ] = None,
    subgroup: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Of whom the table is, with floors of their own: 'sex=man', "
            "'sex=man * party=left'; everybody without it.",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(help="Of the table: md (as without it), latex, csv, or docx with --out."),
    ] = None,
) -> None:
    """Write the report: how close each condition came to the humans."""
    of_page = as_json or personas
    of_table = {"--subgroup": subgroup, "--format": format}
    if checklist:
        if of_page or out is not None or force or {table, *of_table.values()} != {None}:
            raise InputError("--checklist only prints Markdown; leave the other options out")
        return _checklist(study)
    if table is not None:
        if of_page:
            raise InputError("--table is no page; --format and --subgroup go with it")
        return _paper_table(study, table, subgroup, format or FORMATS[0], out, force)
    if given := next((option for option, value in of_table.items() if value is not None), None):
        raise InputError(f"{given} is of a table; say which figures it has with --table wd,fro")
    _page(study, out, force=force, as_json=as_json, personas=personas)


def _page(study: str, out: Path | None, *, force: bool, as_json: bool, personas: bool) -> None:
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.reporting.findings import findings
    from anthology.producer.reporting.report import write_report
    from anthology.producer.reporting.verdict import older

    settings = Settings()
    database = open_to_look(settings.database)
    found = findings(database, study)
    if not as_json or out is not None or personas:
        folder = out or settings.home / study / "report"
        page = write_report(database, study, folder, force=force, found=found, personas=personas)
        terminal.note(f"report: {page}")
    for said in older(found):
        terminal.note(said)
    printing.as_json(found) if as_json else printing.findings_table(found)


def _checklist(study: str) -> None:
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.reporting.appendix.checklist import checklist_of
    from anthology.producer.reporting.appendix.markdown import as_markdown

    terminal.line(as_markdown(checklist_of(open_to_look(Settings().database), study)).rstrip())


def _paper_table(
    study: str, figures: str, subgroup: str | None, format: str, out: Path | None, force: bool
) -> None:
    from anthology.producer.reporting.appendix.table_columns import asked

    names = asked(figures)  # before a database is looked for
    _refuse_place(format, out, force)
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.models.statistics.figures import ALL
    from anthology.producer.reporting.appendix.paper_table import paper_table_of

    database = open_to_look(Settings().database)
    made = paper_table_of(database, study, names, ALL if subgroup is None else subgroup)
    if out is not None:
        from anthology.producer.reporting.appendix.word_table import write_word

        write_word(made, out, force=force)
        return terminal.note(f"table: {out}")
    from anthology.producer.reporting.appendix.table_formats import FORMATS as PRINTED

    terminal.line(PRINTED[format](made).rstrip("\n"))


def _refuse_place(format: str, out: Path | None, force: bool) -> None:
    """What is for Word is a file; the others are printed."""
    if format not in FORMATS:
        raise InputError(f"--format takes {', '.join(FORMATS)}, not {format!r}")
    if format != WORD and (out is not None or force):
        option = "--force" if out is None else "--out"
        raise InputError(
            f"a table as {format} is printed; leave {option} out and send it to a file with >"
        )
    if format == WORD and out is None:
        raise InputError("--format docx is a document and no text; name its file, --out table.docx")
    if out is not None and out.suffix.lower() != f".{WORD}":
        raise InputError(f"--out names the document of --format docx, as table.docx, not {out}")
