"""Text of strangers on its way to a terminal: what would steer it is written out, not obeyed.

Names, errors and stories may hold escape sequences (which move the cursor, set titles, forge
lines) and marks that turn the direction of writing.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

# C0 without tab and line end, DEL, C1, line separators, directions of writing; and halves of
# characters, which no terminal can be sent.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = re.compile(r"[\t\n]")


def harmless(text: object) -> str:
    r"""The text with what steers a terminal written out, as \x1b; tabs and line ends stay."""
    return _STEERS.sub(_written_out, str(text))


def one_line(text: object) -> str:
    r"""As `harmless`, and of one line: text of strangers must not forge lines of ours."""
    return _BREAKS.sub(_written_out, harmless(text))


def _written_out(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]


def as_json(value: Any) -> str:
    """JSON for programs and eyes: letters as they are, what steers a terminal as \\u001b."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def line(text: str) -> None:
    print(harmless(text))


def lines(texts: Iterable[str]) -> None:
    for text in texts:
        print(one_line(text))


def note(text: str) -> None:
    """What is said beside the result, on stderr."""
    print(harmless(text), file=sys.stderr)


def guard_logs() -> None:
    """Makes every message that this process logs harmless, tracebacks too.

    Not a filter: those of a logger do not see what its children log, and Celery brings handlers
    of its own.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "harmless", False):
        return

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):  # logging itself says what is wrong with it
            return record
        if (clean := harmless(said)) != said:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = harmless(logging.Formatter().formatException(record.exc_info))
        return record

    made.harmless = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(made)
