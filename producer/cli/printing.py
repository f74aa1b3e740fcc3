"""How results look on a terminal: JSON or tables on stdout, notes on stderr.

All text goes out through `terminal` and `_cell`, which make it harmless.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from anthology.models.runtime import terminal

if TYPE_CHECKING:
    from rich.text import Text  # only shapes: a command imports what it does, not what others do

    from anthology.models.statistics.kinds import Figure
    from anthology.producer.control.retrying import Retried
    from anthology.producer.local.doctor import Check
    from anthology.producer.lock.lock import Lock
    from anthology.producer.monitoring.progress import Progress
    from anthology.producer.submission.submission import Submission
    from anthology.producer.surveys.floor import FloorResult

# What is told to people in other words than to scripts.
TOLD = {"rung": "enqueued"}
SEVERAL = {"study": "studies", "pool": "pools"}


def as_json(value: Any) -> None:
    print(terminal.as_json(value))


def of_each(found: Sequence[Progress], *, one: bool) -> None:
    """JSON of each, or, where one study was named, of that alone."""
    shown = [each.as_json() for each in found]
    as_json(shown[0] if one else shown)


def _cell(text: str, style: str = "") -> Text:
    """Text of a table as it is: rich would take [red] for a colour."""
    from rich.text import Text

    return Text(terminal.one_line(text), style)


def _title(text: str) -> Text:
    return _cell(text, "table.title")


def submission(found: Submission, dry_run: bool) -> None:
    jobs = ", ".join(f"{count} {kind}" for kind, count in found.jobs.items() if count)
    hours = "unknown until a worker has run" if found.hours is None else f"{found.hours:.2f}"
    shared = f", {found.personas_shared:,} of them there already" if found.personas_shared else ""
    terminal.line(
        f"study     {found.study}\n"
        f"jobs      {jobs}\n"
        f"personas  {found.personas:,}{shared}\n"
        f"answers   {found.answers:,}\n"
        f"tokens    about {found.prompt_tokens:,} read, {found.output_tokens:,} written\n"
        f"hours     {hours}"
    )
    for model, tokens in found.models.items() if len(found.models) > 1 else ():
        terminal.line(f"of them   {tokens:,} tokens by {model}")
    for said in found.notes:
        terminal.note(said)
    for warning in found.warnings:
        terminal.note(warning)
    terminal.note(_what_is_next(found, dry_run))


def _what_is_next(found: Submission, dry_run: bool) -> str:
    if found.unchecked:
        return (
            f"nothing was written; not checked was whether a study or pool of the same name is "
            f"there: {found.unchecked}"
        )
    if dry_run and found.new:
        return "nothing was written; submit without --dry-run to run it"
    if found.new:
        return (
            f"submitted to {found.database}; watch it with: anthology status {found.study} --watch"
        )
    before = f"this study was submitted before to {found.database}"
    if found.paused:
        return f"{before} and is paused; go on with: anthology resume {found.study}"
    if dry_run:
        return f"{before}; nothing was written"
    return f"{before}; enqueued {found.enqueued} jobs that are still to be done"


def findings_table(found: dict[str, Any]) -> None:
    """The conditions against the humans' own floors, if there are humans, narrow enough for 80
    columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from anthology.models.statistics.figures import HEADLINES

    against = f"against {found['humans']:,} humans" if found["humans"] else "against nobody"
    people = f"{found['study']}: {found['respondents']} virtual people a condition"
    table = Table(
        title=_title(f"{people} {against}{_weighing(found['measures'])}"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
    )
    table.add_column("condition", no_wrap=True)
    shown = [figure for figure in HEADLINES if found["floor"] or not figure.is_distance]
    for figure in shown:
        table.add_column(heading(figure), justify="right", no_wrap=True)
    for row in found["rows"]:
        if row["subgroup"] == "all":
            table.add_row(_cell(row["condition"]), *(value(row, figure) for figure in shown))
    table.add_section()
    for name, label in (("floor_at_n", "{n:,} other people"), ("floor", "two halves")):
        if found[name] is None:
            continue
        floors = [_figure(found[name][f.name], f.digits) if f.floor else "" for f in HEADLINES]
        table.add_row(label.format(n=found[name]["n"]), *floors)
    Console(width=None if sys.stdout.isatty() else 200).print(table)  # into a file, whole


def _weighing(measures: dict[str, Any]) -> str:
    """By what people count, where it is not what the study file says."""
    if "weight" not in measures:
        return ""
    column = measures["weight"]
    return ", everybody counted once" if column is None else f", weighted by {column!r}"


def _name(figure: Figure) -> str:
    """Its symbol, or what a terminal without Greek can write."""
    return figure.symbol if figure.symbol.isascii() else figure.name


def _has_room(figure: Figure) -> bool:
    """80 columns hold the intervals of distances."""
    return figure.interval and figure.is_distance


def heading(figure: Figure) -> str:
    """Of a column of `value`s."""
    return _name(figure) + (" [95%]" if _has_room(figure) else "")


def value(row: dict[str, Any], figure: Figure) -> str:
    """A condition's figure, with its interval where there is room."""
    found = _figure(row[figure.name], figure.digits)
    if not _has_room(figure) or row[f"{figure.name}_low"] is None:
        return found
    low, high = (_figure(row[f"{figure.name}_{end}"], figure.digits) for end in ("low", "high"))
    return f"{found} [{low}, {high}]"


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def floor(found: FloorResult) -> None:
    from anthology.models.statistics.figures import HEADLINES, deviation, leading
    from anthology.models.statistics.kinds import OfCorrelations, OfCovariances

    terminal.line(f"people  {found.n:,}\nsplits  {found.splits}")
    shown = [figure for figure in HEADLINES if figure.floor]
    if found.unordered:
        shown.insert(0, leading(ordered=False))
    scales = len(found.items) - len(found.unordered)
    for figure in shown:
        together = isinstance(figure, OfCorrelations | OfCovariances)
        if figure.ordered and scales < (2 if together else 1):
            continue  # "nan" would say that something failed
        spread = found.figures.get(deviation(figure))
        said = "" if spread is None else f" (sd {spread:.4f})"
        terminal.line(f"{_name(figure):<7} {found.figures[figure.name]:.4f}{said}")
    for figure in shown:
        undefined = math.isnan(found.figures[figure.name])
        if undefined and isinstance(figure, OfCorrelations) and scales > 1:
            terminal.note(
                f"{figure.symbol} is undefined: fewer than two people on a side answered all items"
            )


def lock(found: Lock) -> None:
    terminal.line(
        f"study    {found.study}\n"
        f"lock     {found.whole}\n"
        f"plan     {found.plan}\n"
        f"prompts  {found.prompts}\n"
        f"code     {found.code}"
    )
    version = "not installed" if found.version is None else f"version {found.version}"
    whose = "which looks now; which submitted is not stored" if found.stored else "which read it"
    terminal.note(f"the code is that of Anthology here ({version}), {whose}")


def counts(found: dict[str, int]) -> None:
    terminal.line(", ".join(f"{count} {_counted(count, name)}" for name, count in found.items()))


def _counted(count: int, name: str) -> str:
    """What is counted under a name of ours, in people's words."""
    words = TOLD.get(name, name).replace("_", " ")
    if count == 1:
        return words.removesuffix("es" if words == "matches" else "s")
    return SEVERAL.get(words, words)


def retried(found: Retried) -> None:
    if found.nothing:
        terminal.line("nothing to retry")
    else:
        terminal.line(
            f"taken back: {found.jobs} failed jobs, {found.stories} stories, {found.polls} polls, "
            f"{found.answers} answers; enqueued {found.enqueued} jobs"
        )
    if found.busy:
        terminal.note(
            f"{found.busy} chunks of stories are being polled, or told in surveys, now; retry when "
            "that has ended"
        )
    if found.matches_kept:
        terminal.note("matches that were done stay as they are, so their answers do not change")


def checks(found: list[Check]) -> None:
    for check in found:
        terminal.line(f"{'ok   ' if check.ok else 'WRONG'}  {check.name:<10} {check.found}")
        if check.advice:
            terminal.line(f"       {'':<10} {check.advice}")
