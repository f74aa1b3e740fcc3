"""The commands that bring a study in and have it done: init, submit, worker, doctor, demo."""

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
    Force,
    Json,
    Keep,
    Missing,
    Separator,
    SurveyArg,
)


def init(
    file: SurveyArg,
    items: Annotated[
        list[str] | None,
        typer.Option(help=f"Columns to ask, {COLUMNS} Without it the file's columns are listed."),
    ] = None,
    traits: Annotated[
        list[str] | None, typer.Option(help=f"Columns that people are described by, {COLUMNS}")
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Column of the survey weight.")] = None,
    pool: Annotated[
        int | None,
        typer.Option(min=1, help="Personas; with traits as many as respondents, up to 10,000."),
    ] = None,
    stories: Annotated[
        Path | None,
        typer.Option(help="A file of life stories, in the place of those that the model writes."),
    ] = None,
    missing: Missing = None,
    keep: Keep = None,
    encoding: Encoding = None,
    separator: Separator = None,
    model: Annotated[
        str | None, typer.Option(help="The model's folder or hub name; can be put in later.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="A ready study, as atp-w34: it brings items, traits, weight.")
    ] = None,
    find: Annotated[
        str, typer.Option(metavar="WORDS", help="List only columns with these words.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("study.yaml"),
    force: Force = False,
    as_json: Json = False,
) -> None:
    """List what a survey file holds, or draft a study file from it."""
    if like is not None:
        if items or traits or weight or pool or missing or keep or find:
            raise InputError("--like brings items, traits and all else; leave those options out")
        return _like(like, file, model, out, stories, force, as_json)
    left_out, kept = missing or [], keep or []
    if items is None:
        if traits or weight or pool or stories:
            raise InputError("--items is missing; name the columns to ask")
        return _list(file, find, left_out, kept, as_json, encoding, separator)
    if find:
        raise InputError("--find searches the list of columns, which --items leaves out; drop one")
    from anthology.producer.surveys.drafting.study_drafts import draft

    notes = draft(
        file, items, traits or [], weight, model, out, pool=pool, missing=left_out, keep=kept,
        encoding=encoding, separator=separator, stories=stories, force=force,
    )  # fmt: skip
    for said in notes:
        terminal.note(said)
    if as_json:
        printing.as_json({"study": str(out), "notes": notes})
    terminal.note(f"drafted {out}; look it over, then: anthology submit {out} --dry-run")


def _like(
    name: str, file: Path, model: str | None, out: Path, stories: Path | None, force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    from anthology.producer.surveys.drafting.ready_studies import draft_ready

    draft_ready(name, file, model, out, stories=stories, force=force)
    if as_json:
        printing.as_json({"study": str(out), "notes": []})
    terminal.note(f"drafted {out}; look it over, then: anthology submit {out} --dry-run")


def _list(
    file: Path, find: str, missing: list[str], keep: list[str], as_json: bool,
    encoding: str | None, separator: str | None,
) -> None:  # fmt: skip
    from anthology.producer.cli.listing_lines import print_listing
    from anthology.producer.surveys.column_names import separated
    from anthology.producer.surveys.formats.readers import read_survey
    from anthology.producer.surveys.listing import listing

    found = listing(
        read_survey(file, encoding, separator), find, separated(missing), separated(keep)
    )
    printing.as_json({"file": str(file), **found.as_json()}) if as_json else print_listing(found)
    shown = f"{len(found.columns):,} of {found.total:,}" if find else f"{found.total:,}"
    terminal.note(
        f"{shown} columns, {found.people:,} people; search with --find WORDS, and draft a study "
        f"with: anthology init {file} --items COLUMNS --traits COLUMNS"
    )


def submit(
    file: Annotated[Path, typer.Argument(help="The study file (YAML).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Validate and count; write nothing.")
    ] = False,
    large: Annotated[
        bool, typer.Option("--large", help="Let in a study of a size that is seldom meant.")
    ] = False,
    engine_arg: EngineArg = None,
    as_json: Json = False,
) -> None:
    """Validate a study, store it and queue its jobs; again: resume it.

    A file with `vary` is a study for each combination."""
    from anthology.models.settings import Settings
    from anthology.producer.cli import grid_lines
    from anthology.producer.submission.existing import studies_of
    from anthology.producer.submission.submission import submit_all

    studies = studies_of(file, Settings().database)
    done = submit_all(studies, dry_run=dry_run, large=large, engine_args=engine_arg or [])
    several = len(studies) > 1
    if as_json:
        printing.as_json(grid_lines.as_json(done) if several else done[0].as_json())
    elif several:
        grid_lines.print_submissions(done, file, dry_run)
    else:
        printing.submission(done[0], dry_run)


def worker(
    model: Annotated[
        str | None, typer.Option(help="The model's folder (or a hub name in the local cache).")
    ] = None,
    gpus: Annotated[
        str, typer.Option(help="all (that CUDA_VISIBLE_DEVICES allows), cpu, or numbers like 0,1.")
    ] = "all",
    tensor_parallel: Annotated[
        int, typer.Option(min=1, help="GPUs that hold one copy of the model together.")
    ] = 1,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Jobs in flight at a time in each worker.")
    ] = None,
    engine_arg: Annotated[
        list[str] | None,
        typer.Option(metavar="K=V", help="A vLLM engine argument, passed through; repeatable."),
    ] = None,
    served_model_name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another name that studies have for it; repeatable."),
    ] = None,
    cpu_jobs: Annotated[
        bool, typer.Option("--cpu-jobs", help="Only match and measure; no model.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve a model, one Celery worker per GPU or group of GPUs. One that dies is restarted."""
    if (model is None) == (not cpu_jobs):
        raise InputError("give --model for a worker with a model, or --cpu-jobs for one without")
    from anthology.producer.local.serving import serve

    served = served_model_name or []
    serve(model, gpus, tensor_parallel, concurrency, engine_arg or [], log_level, served)


def doctor(
    model: Annotated[str | None, typer.Option(help="A model folder to check, too.")] = None,
    engine_arg: EngineArg = None,
    as_json: Json = False,
) -> None:
    """Check this machine and say what to do.

    Looks at Python, vLLM, GPUs, Redis, database, model and disk."""
    from anthology.models.settings import Settings
    from anthology.producer.local.doctor import examine

    checks = examine(Settings(), model, engine_arg or [])
    printing.as_json([check.as_json() for check in checks]) if as_json else printing.checks(checks)
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)


def demo(
    dir: Annotated[
        Path | None, typer.Option(help="Where everything is left; ANTHOLOGY_HOME by default.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run the bundled study here, with its own Redis and a CPU worker. Ends with its report."""
    from anthology.producer.local.demo import run_demo

    found, page = run_demo(dir, force=force)
    printing.as_json(found) if as_json else printing.findings_table(found)
    terminal.note(f"\nreport: {page}\nopen it in a browser; the data stays in {page.parents[2]}")
