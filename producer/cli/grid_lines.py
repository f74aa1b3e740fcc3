"""How the studies of a file with `vary` look when they are submitted: lines and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anthology.models.runtime import terminal

if TYPE_CHECKING:
    from anthology.producer.submission.submission import Submission


def as_json(found: Sequence[Submission]) -> dict[str, Any]:
    """Each study, and what they amount to together."""
    from anthology.producer.submission.estimate import together

    return {"studies": [one.as_json() for one in found], "together": asdict(together(found))}


def print_submissions(found: Sequence[Submission], file: Path, dry_run: bool) -> None:
    """A line a study and one for all; what is said of several is said once."""
    from anthology.producer.submission.estimate import together

    total = together(found)
    width = max(5, *(len(one.study) for one in found))
    lines = [f"{'study':{width}} {'jobs':>9} {'personas':>9} {'answers':>11} {'tokens':>15}"]
    for name, one in [*((one.study, one) for one in found), ("all", total)]:
        lines.append(
            f"{name:{width}} {sum(one.jobs.values()):>9,} "
            f"{one.personas - one.personas_shared:>9,} {one.answers:>11,} "
            f"{one.prompt_tokens + one.output_tokens:>15,}"
        )
    terminal.lines(lines)
    hours = "unknown until a worker has run" if total.hours is None else f"{total.hours:.2f}"
    terminal.line(f"hours     {hours}")
    for model, tokens in total.models.items() if len(total.models) > 1 else ():
        terminal.line(f"of them   {tokens:,} tokens by {model}")
    said = [line for one in found for line in (*one.notes, *one.warnings)]
    for line in dict.fromkeys(said):
        terminal.note(line)
    terminal.note(_what_is_next(found, file, dry_run))


def _what_is_next(found: Sequence[Submission], file: Path, dry_run: bool) -> str:
    if unchecked := next((one.unchecked for one in found if one.unchecked), None):
        return (
            "nothing was written; not checked was whether studies or pools of the same names are "
            f"there: {unchecked}"
        )
    new = sum(one.new for one in found)
    there = f"{len(found) - new} of these {len(found)} studies were submitted before"
    if dry_run:
        before = f"{there}; " if new < len(found) else ""
        return f"{before}nothing was written" + ("; submit without --dry-run to run it" * bool(new))
    enqueued = sum(one.enqueued for one in found if not one.new)
    before = f"{there}, of which {enqueued} jobs were enqueued again; " if new < len(found) else ""
    return (
        f"{before}submitted {new} studies to {found[0].database}; watch them with: "
        f"anthology status {file} --watch"
    )
