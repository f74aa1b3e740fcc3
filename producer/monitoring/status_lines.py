"""A study's progress as lines on a terminal."""

from anthology.models.jobs.kinds import KINDS
from anthology.models.runtime import terminal
from anthology.producer.monitoring.progress import Progress


def print_statuses(found: list[Progress]) -> None:
    for one in found:
        _status(one)


def _status(found: Progress) -> None:
    states = ["pending", "running", "done", "failed"]
    if any(counts.get("cancelled") for counts in found.jobs.values()):
        states.append("cancelled")
    terminal.line(terminal.one_line(f"{found.study}: {found.state}"))
    print(" " * 10 + "".join(f"{state:>11}" for state in states))
    for kind in KINDS:
        counts = found.jobs[kind]
        if sum(counts.values()):
            print(f"{kind:10}" + "".join(f"{counts.get(state, 0):>11,}" for state in states))
    errors = f", {found.answers['errors']} errors" if found.answers["errors"] else ""
    terminal.line(f"answers   {found.answers['stored']:,} stored{errors}")
    terminal.line(f"rate      {found.tokens_per_s:,.0f} tokens/s, {found.cached_share:.0%} cached")
    if not found.ended:
        terminal.line(f"left      {left(found)}")
    for worker in found.workers:
        serves = worker.model or "match and measure"
        serves += " (loading)" if worker.loading else ""
        who = terminal.one_line(f"{worker.name}, {serves}")
        terminal.line(f"worker    {who}, seen {worker.seen_s:.0f} s ago")
        if worker.logit_step is not None:
            step = f"{worker.logit_step:g}"
            terminal.line(f"          16-bit head: label log-probabilities fall on steps of {step}")
    for said in [*found.failures, *found.notes]:
        terminal.note(terminal.one_line(said))


def left(found: Progress) -> str:
    """How long a study will still take, and what of it is not its own."""
    if found.eta_s is None:
        return "unknown yet"
    text = _duration(found.eta_s)
    if found.others_s >= 30:
        text += f", {_duration(found.others_s)} of it for other studies that come first"
    served = any(worker.model for worker in found.workers)
    return text if served else f"{text}, once a worker serves it"


def _duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"about {hours} h {minutes} min" if hours else f"about {max(1, minutes)} min"
