"""The commands that say where a study is, and where it goes: status, wait, cancel and the like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anthology.models.errors import InputError
from anthology.models.runtime import terminal
from anthology.producer.cli import printing
from anthology.producer.cli.arguments import Json, StudyName, StudyNames

if TYPE_CHECKING:  # a command imports what it does, not what others do
    from anthology.producer.control.measuring import Wanted


def status(
    study: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDY]...", help="Names, patterns or study files; all studies by default."
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show them again until they end.")] = False,
    as_json: Json = False,
) -> None:
    """Where a study is: jobs, rate, remaining time, failures, workers."""
    if watch and as_json:
        raise InputError("--watch draws for people; for a program call --json again and again")
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.monitoring.named import studies_meant
    from anthology.producer.monitoring.progress import progress
    from anthology.producer.monitoring.status_lines import print_statuses
    from anthology.producer.monitoring.waiting import all_studies, watch_studies

    database = open_to_look(Settings().database)
    names = studies_meant(database, study) if study else all_studies(database)
    if watch:
        watch_studies(database, names)
        return
    found = [progress(database, name) for name in names]
    if as_json:
        printing.of_each(found, one=study == names and len(names) == 1)
    else:
        print_statuses(found)


def wait(
    study: StudyNames,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Seconds to wait at most; exit 3 after them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Wait for studies. Exits with 0: done, 1: done with errors or cancelled, 3: timed out."""
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.monitoring.named import studies_meant
    from anthology.producer.monitoring.status_lines import print_statuses
    from anthology.producer.monitoring.waiting import wait_for_all

    database = open_to_look(Settings().database)
    names = studies_meant(database, study)
    found = wait_for_all(database, names, timeout)
    one = study == names and len(names) == 1
    printing.of_each(found, one=one) if as_json else print_statuses(found)
    clean, ended = all(each.clean for each in found), all(each.ended for each in found)
    raise typer.Exit(0 if clean else 1 if ended else 3)


def cancel(study: StudyName, as_json: Json = False) -> None:
    """End a study for good; workers drop its jobs within seconds."""
    from anthology.models.settings import Settings
    from anthology.producer.control.steering import cancel as cancel_study

    found = cancel_study(Settings(), study)
    printing.as_json(found) if as_json else printing.counts(found)


def pause(study: StudyName, as_json: Json = False) -> None:
    """Start no more jobs of a study until it is resumed. Those that run are finished."""
    from anthology.models.settings import Settings
    from anthology.producer.control.steering import pause as pause_study

    found = pause_study(Settings(), study)
    printing.as_json(found) if as_json else printing.counts(found)


def resume(
    study: StudyName,
    any_engine: Annotated[
        bool, typer.Option("--any-engine", help="Let engines unlike the first one go on, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Go on with a paused study."""
    from anthology.models.settings import Settings
    from anthology.producer.control.steering import resume as resume_study

    found = resume_study(Settings(), study, any_engine=any_engine)
    printing.as_json(found) if as_json else printing.counts(found)


def retry(
    study: StudyName,
    kind: Annotated[
        str | None, typer.Option(help="Only of this kind: backstory, poll, survey, ...")
    ] = None,
    error: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only whose error contains this text.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Do again what failed: jobs, stories, polls and answers."""
    from anthology.models.settings import Settings
    from anthology.producer.control.retrying import retry as retry_study

    found = retry_study(Settings(), study, kind, error)
    printing.as_json(found.as_json()) if as_json else printing.retried(found)


def measure(
    study: StudyName,
    subgroup: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Figures of a trait's groups, too, or of several crossed, as sex*party; "
            "repeatable.",
        ),
    ] = None,
    contrast: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRAIT",
            help="Differences between each two of a trait's groups, too, or one contrast as a "
            "study file has it: '{trait: T, groups: [G], ratings: [A, B]}'; repeatable.",
        ),
    ] = None,
    bootstrap: Annotated[
        int | None, typer.Option(min=20, max=10_000, help="Resamples of the intervals.")
    ] = None,
    splits: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Random splits of the floors.")
    ] = None,
    unweighted: Annotated[
        bool,
        typer.Option("--unweighted", help="Count everybody once; prints, and stores nothing."),
    ] = False,
    weight: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Another weight of the survey file; prints, and stores nothing.",
        ),
    ] = None,
    humans: Annotated[
        Path | None,
        typer.Option(help="Of --weight: where the survey file is now, if it was moved."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute figures anew from stored answers, also of more groups. No worker is needed."""
    if unweighted and weight is not None:
        raise InputError("--unweighted counts everybody once, and --weight by a column; choose one")
    if humans is not None and weight is None:
        raise InputError("--humans says where the file of --weight is; name its column with it")
    from anthology.models.settings import Settings
    from anthology.producer.control import measuring

    wanted = measuring.Wanted(subgroup or [], bootstrap, splits, contrast or [])
    if unweighted or weight is not None:
        _measure_to_print(study, wanted, weight, humans, as_json)
        return
    found = measuring.measure(Settings(), study, wanted)
    if as_json:
        printing.as_json(found)
    else:
        terminal.line(f"{found['figures']:,} figures of {len(found['subgroups'])} groups stored")
        if dropped := found.get("dropped"):
            terminal.note(terminal.one_line(_no_longer(dropped)))
        terminal.note(f"read them with: anthology report {study}")


def _no_longer(dropped: list[str]) -> str:
    more = f" and {len(dropped) - 3} more" if len(dropped) > 3 else ""
    return (
        f"no longer stored, since only an earlier call asked for it: {', '.join(dropped[:3])}"
        f"{more}; ask in one call for all that is to stand beside the study's own"
    )


def _measure_to_print(
    study: str, wanted: Wanted, weight: str | None, humans: Path | None, as_json: bool
) -> None:
    """Everybody counts once where there is no column of weights."""
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.control.measuring import measured_unweighted, measured_with

    database = open_to_look(Settings().database)
    said: list[str] = []
    if weight is None:
        measured = measured_unweighted(database, study, wanted)
    else:
        measured, said = measured_with(database, study, wanted, weight, humans)
    from anthology.producer.reporting.findings import findings

    found = findings(database, study, measured)
    found["measures"]["weight"] = weight
    printing.as_json(found) if as_json else printing.findings_table(found)
    for line in said:
        terminal.note(line)
    counts = "everybody counts once" if weight is None else f"people count by {weight!r}"
    terminal.note(f"{counts}; nothing was stored")


def sweep(as_json: Json = False) -> None:
    """Return dead workers' jobs to the queue. Publishes what has no message, too."""
    from anthology.models.settings import Settings
    from anthology.producer.control.steering import sweep as sweep_now

    found = sweep_now(Settings())
    printing.as_json(found) if as_json else printing.counts(found)
