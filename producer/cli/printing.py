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
    from anthology.producer.preview.preview import Preview
    from anthology.producer.submission.submission import Submission
    from anthology.producer.surveys.floor import FloorResult

LONG = 30  # lines of one list in a preview


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
        title=_title(f"{people} {against}"),
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
    from anthology.models.statistics.kinds import OfCorrelations

    terminal.line(f"people  {found.n:,}\nsplits  {found.splits}")
    shown = [figure for figure in HEADLINES if figure.floor]
    if found.unordered:
        shown.insert(0, leading(ordered=False))
    for figure in shown:
        spread = found.figures.get(deviation(figure))
        said = "" if spread is None else f" (sd {spread:.4f})"
        terminal.line(f"{_name(figure):<7} {found.figures[figure.name]:.4f}{said}")
    for figure in shown:
        undefined = math.isnan(found.figures[figure.name])
        ordered = len(found.items) - len(found.unordered)
        if undefined and isinstance(figure, OfCorrelations) and ordered > 1:
            terminal.note(
                f"{figure.symbol} is undefined: fewer than two people on a side answered all items"
            )


def preview(found: Preview) -> None:
    """The prompt as data; how it is read, and what was, as notes; before it what is asked first."""
    if found.mention:
        preview(found.mention)
    if found.cells:
        terminal.note(
            f"the file has {len(found.cells)} studies; --cell takes: {', '.join(found.cells)}"
        )
    terminal.note(
        f"{found.study}, {found.condition}, person {found.person}, question {found.question!r}, "
        f"asked in place {found.place + 1}, readout: {found.readout}"
    )
    terminal.line(found.prompt)
    sys.stdout.flush()  # the notes that follow belong below it
    if len(found.orders) > 1:
        terminal.note(f"  the first of {len(found.orders)} orders, which are averaged")
    _labels(found)
    _reading(found)
    if found.stored:
        _stored(found.stored, found.outcomes)


def _labels(found: Preview) -> None:
    """As displayed; with each its option, where it is another text, and its tokens."""
    shown = found.orders[0]
    width = max((len(_answer(label)) for label in found.labels), default=0)
    for choice in shown[:LONG]:
        label = found.labels[choice]
        counts = (
            "" if label["counts_as"] == label["option"] else f"  counts as {label['counts_as']}"
        )
        tokens = "" if label["token_ids"] is None else f"  tokens {label['token_ids']}"
        terminal.note(f"  {_answer(label):{min(width, 40)}}{counts}{tokens}".rstrip())
    if len(shown) > LONG:
        terminal.note(f"  and {len(shown) - LONG} more")


def _answer(label: dict[str, Any]) -> str:
    return f"{label['label']}  {label['option']}" if label["label"] else str(label["option"])


def _reading(found: Preview) -> None:
    """How the answer is read: where it begins, and which tokens are looked up after what."""
    if found.labels:
        terminal.note(f"  the answer begins after {found.opening!r}")
    if found.merged:
        terminal.note(
            f"  the tokenizer merges {found.merged!r} with the answer, whose tokens begin with it"
        )
    nodes = found.nodes or []
    for node in nodes[:LONG]:
        after = f"the prompt and {node['after']}" if node["after"] else "the prompt"
        terminal.note(f"  read after {after}: {node['token_ids']}")
    if len(nodes) > LONG:
        terminal.note(f"  and {len(nodes) - LONG} more readings")
    if found.prompt_token_ids is None:
        terminal.note("  tokens are not known here: give the model's folder with --model")
    else:
        terminal.note(f"  the prompt has {len(found.prompt_token_ids)} tokens")
    if found.label_prior is not None:
        prior = ", ".join(f"{logprob:.3f}" for logprob in found.label_prior)
        terminal.note(f"  freed of the label prior, log-probabilities [{prior}]")
    read = found.readout in ("logprob", "text")
    if read and found.resolution and found.resolution["logit_step"] is not None:
        step = found.resolution["logit_step"]
        terminal.note(f"  16-bit head: label log-probabilities fall on steps of {step:g}")


def _stored(stored: dict[str, Any], outcomes: list[str]) -> None:
    if stored["mentioned"] is not None:
        terminal.note(f"stored: the story states it with probability {stored['mentioned']:.3f}")
    if stored["probabilities"] is not None:
        pairs = zip(outcomes, stored["probabilities"], strict=False)  # a refusal stands apart
        terminal.note(f"stored: {', '.join(f'{option} {share:.3f}' for option, share in pairs)}")
    if stored["refusal"] is not None:
        terminal.note(f"  refusal: {stored['refusal']:.3f}")
    if stored["label_mass"] is not None:
        terminal.note(f"  label mass: {stored['label_mass']:.3f}")
    if stored["drawn"] is not None:
        terminal.note(f"  drawn: {outcomes[stored['drawn']]}")
    for name in ("text", "error"):
        if stored[name] is not None:
            terminal.note(f"  {name}: {stored[name]}")
    for sample in (stored["samples"] or [])[:LONG]:
        terminal.note(f"  written: {sample['final']!r} at attempt {sample['attempts']}")


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
    terminal.line(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.items()))


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
