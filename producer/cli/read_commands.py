"""The commands that show what came of studies, or will: report, compare, export, import, preview,
lock, floor."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from anthology.models.errors import InputError
from anthology.models.runtime import terminal
from anthology.producer.cli import printing
from anthology.producer.cli.arguments import (
    COLUMNS,
    Encoding,
    EngineArg,
    FileOrName,
    Force,
    Json,
    Keep,
    Missing,
    Separator,
    StudyName,
    StudyNames,
    SurveyArg,
)


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
        from anthology.producer.cli.paper_lines import print_checklist

        return print_checklist(study)
    if table is not None:
        if of_page:
            raise InputError("--table is no page; --format and --subgroup go with it")
        from anthology.producer.cli.paper_lines import FORMATS, print_table

        kind = FORMATS[0] if format is None else format
        return print_table(study, table, subgroup, kind, out, force=force)
    if given := next((option for option, value in of_table.items() if value is not None), None):
        raise InputError(f"{given} is of a table; say which figures it has with --table wd,fro")
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


def compare(
    study: StudyNames,
    out: Annotated[
        Path | None, typer.Option(help="Folder for index.html; by default in ANTHOLOGY_HOME.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the table as CSV to stdout.")
    ] = False,
) -> None:
    """Put measured studies beside each other. Says which conclusion holds in how many of them."""
    if as_json and as_csv:
        raise InputError("--json and --csv both print to stdout; choose one")
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.cli import comparison_lines
    from anthology.producer.comparison.compared import compared

    settings = Settings()
    found = compared(open_to_look(settings.database), study)
    if out is not None or not (as_json or as_csv):
        from anthology.producer.comparison.page import page
        from anthology.producer.reporting.report import write_page

        folder = out or settings.home / "comparisons" / found["title"]
        about = f"comparison {found['title']}"
        terminal.note(f"page: {write_page(page(found), about, folder, force=force)}")
    if as_json:
        printing.as_json(found)
    elif as_csv:
        comparison_lines.print_csv(found)
    else:
        comparison_lines.print_comparison(found)


def export(
    study: StudyName,
    out: Annotated[Path, typer.Option(help="Folder for the files; for an archive its file.")],
    format: Annotated[
        str,
        typer.Option(
            help="parquet, csv; sav, dta: labelled virtual people; archive: for `anthology import`."
        ),
    ] = "parquet",
    wide: Annotated[
        bool,
        typer.Option(
            "--wide", help="Virtual people alone, a column a question; sav and dta always are."
        ),
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a study's data: tables, SPSS, Stata, or an archive.

    Tables are personas, traits, matches, answers and metrics, one file each."""
    if format not in ("parquet", "csv", "sav", "dta", "archive"):
        raise InputError(f"--format takes parquet, csv, sav, dta or archive, not {format!r}")
    if wide and format == "archive":
        raise InputError("--wide is of tables; an archive is whole, leave one of them out")
    if format != "archive" and out.suffix in (".sav", ".dta", ".csv", ".parquet"):
        folder = out.parent if out.parent.name else Path("results")
        raise InputError(f"--out names a folder, and {out} a file; take --out {folder}")
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings

    database = open_to_look(Settings().database)
    if format == "archive":
        from anthology.producer.transfer.archive import export_archive

        files = [export_archive(database, study, out, force=force)]
    else:
        from anthology.producer.transfer.export import export_study

        files = export_study(
            database, study, out, format,  # type: ignore[arg-type]
            wide=wide, force=force,
        )  # fmt: skip
    written = [str(file) for file in files]
    printing.as_json(written) if as_json else terminal.lines(written)


def import_(
    file: Annotated[
        Path, typer.Argument(help="An archive from `anthology export --format archive`.")
    ],
    as_json: Json = False,
) -> None:
    """Take a study from another database into this one. Workers here go on with it."""
    from anthology.models.settings import Settings
    from anthology.producer.transfer.archive_import import import_archive

    study, rows = import_archive(file, Settings().database)
    if as_json:
        printing.as_json({"study": study, "rows": rows})
    else:
        terminal.note(f"study {study} is here now; `anthology status {study}` says where it is")
        printing.counts(rows)


def preview(
    study: FileOrName,
    persona: Annotated[
        int, typer.Option(help="Number of the virtual person (of the respondent it stands for).")
    ] = 0,
    condition: Annotated[
        str | None,
        typer.Option(help="A condition of the study, its first by default; `poll`; or `story`."),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option(help="A question, a trait to preview its poll, or a pool, its stories."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model folder for token ids; found by itself if it can be.")
    ] = None,
    cell: Annotated[
        str | None, typer.Option(help="Which study of a file with `vary`; its first by default.")
    ] = None,
    engine_arg: EngineArg = None,
    as_json: Json = False,
) -> None:
    """Show the exact prompt of a question and how its answer is read."""
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.cli.preview_lines import print_preview
    from anthology.producer.monitoring.named import file_meant
    from anthology.producer.preview.preview import preview_file, preview_study

    look = partial(open_to_look, Settings().database)
    asked = (persona, condition, question, model, engine_arg or [])
    if path := file_meant(study, look):
        found = preview_file(path, *asked, cell)
    elif cell is not None:
        raise InputError(f"--cell chooses a study of a file; preview {cell} itself, or its file")
    else:
        found = preview_study(look(), study, *asked)
    printing.as_json(found.as_json()) if as_json else print_preview(found)


def lock(study: FileOrName, as_json: Json = False) -> None:
    """Print a study's digest, for a preregistration.

    It is of plan, prompts and code; nothing is written."""
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.lock.lock import lock_of_file, lock_of_study
    from anthology.producer.monitoring.named import file_meant

    look = partial(open_to_look, Settings().database)
    path = file_meant(study, look)
    found = lock_of_study(look(), study) if path is None else lock_of_file(path)
    printing.as_json(found.as_json()) if as_json else printing.lock(found)


def floor(
    file: SurveyArg,
    items: Annotated[list[str], typer.Option(help=f"Columns of the items, {COLUMNS}")],
    weight: Annotated[str | None, typer.Option(help="Column of the survey weight.")] = None,
    sample: Annotated[
        int | None,
        typer.Option(max=1_000_000, help="Score N people against all, not halves."),
    ] = None,
    splits: Annotated[int, typer.Option(max=10_000, help="Random splits.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the splits.")] = 0,
    reverse: Annotated[
        list[str] | None, typer.Option(help=f"Items whose scale is turned round, {COLUMNS}")
    ] = None,
    ordered: Annotated[
        list[str] | None,
        typer.Option(help="Items whose codes are a scale in their order, whatever they say."),
    ] = None,
    missing: Missing = None,
    keep: Keep = None,
    encoding: Encoding = None,
    separator: Separator = None,
    as_json: Json = False,
) -> None:
    """What the humans score against themselves. Hold a simulation against it."""
    from anthology.producer.surveys.floor import human_floor

    found = human_floor(
        file, items, weight=weight, sample=sample, splits=splits, seed=seed, reverse=reverse or [],
        missing=missing or [], keep=keep or [], ordered=ordered or [], encoding=encoding,
        separator=separator,
    )  # fmt: skip
    for line in found.notes:
        terminal.note(line)
    printing.as_json(found.as_json()) if as_json else printing.floor(found)
