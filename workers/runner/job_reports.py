"""What people read of a job: one line in Flower's result column, one reason of a fault.

Flower cuts a line at about 45 characters, so the telling part comes first.
"""

from anthology.models.database.tables import InterviewAnswer
from anthology.models.errors import AnthologyError
from anthology.models.jobs.claims import Usage
from anthology.models.jobs.protocol import Rows


def people(rows: Rows) -> str:
    return f"{_people(rows)} people"


def _people(rows: Rows) -> int:
    """An answer of a life is no person: that is stored when it is told."""
    return sum(table is not InterviewAnswer for table, _ in rows)


def progress(rows: Rows, of: int, usage: Usage, seconds: float) -> str:
    """Of a job that is being done, so many people `of` it."""
    tokens = usage.prompt_tokens + usage.output_tokens
    return f"{_people(rows)}/{of} people, {tokens / seconds:.0f} tok/s"


def summary(rows: Rows, usage: Usage, seconds: float) -> str:
    """Of a job that is done."""
    stored = sum(len(values) for _, values in rows)
    tokens = usage.prompt_tokens + usage.output_tokens
    if not tokens:
        return f"{stored} rows in {seconds:.1f} s"
    cached = usage.cached_tokens / max(1, usage.prompt_tokens)
    return (
        f"{tokens / seconds:.0f} tok/s, {cached:.0%} cached, {stored} answers, "
        f"{people(rows)}, {tokens} tokens"
    )


def reason_of(error: Exception) -> str:
    """The line that is stored with a job that met a fault; others' errors with their names."""
    said = str(error) if isinstance(error, AnthologyError) else f"{type(error).__name__}: {error}"
    return (said.strip() or repr(error)).splitlines()[0][:500]
