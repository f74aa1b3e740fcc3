"""Reads the `.env` file here as a shell would, or says in one sentence why it cannot.

Knows nothing of what the names mean, but which are ours: other programs' lines may be what they
like. A message never shows a value, which may be a password.
"""

import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from anthology.models.errors import InputError

FILE = ".env"
PREFIX = "ANTHOLOGY_"
# $NAME, ${NAME}, ${NAME-otherwise}, ${NAME:-otherwise}
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|([A-Za-z_]\w*))")


def read(path: Path) -> tuple[dict[str, str], set[str]]:
    """The file's values, the last of several lines for a name, and the names that others refer to.

    Nothing where there is no such file, as where `.env` is a folder: some keep a virtual
    environment there. Raises `InputError` for a file that cannot be read, or a line that was meant
    for us and sets nothing.
    """
    if path.is_dir() or not os.path.lexists(path):
        return {}, set()
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    referred: set[str] = set()

    def known(name: str) -> str | None:
        referred.add(name)
        return values.get(name, os.environ.get(name))

    for line in parse_stream(StringIO(_text(path))):
        written = line.original.string.lstrip()
        number = line.original.line + line.original.string[: -len(written) or None].count("\n")
        at = f"{path.name} line {number}"
        ours = re.search(rf"^[^#\n]*?({PREFIX}\w*)", written, re.M | re.I)
        if line.key and line.value is not None:
            literal = re.match(r"(?:export\s+)?\S+?\s*=\s*'", written)
            values[line.key] = (
                line.value if literal else _replaced(line.value, known, at if ours else None)
            )
        elif ours:
            raise InputError(
                f"{at} sets nothing; write {ours[1]}=value, with both its quotes if any"
            )
    return values, referred


def expanded(text: str) -> str:
    """A path with what $NAME, ${NAME} and a leading ~ stand for. Raises `ValueError`."""

    def known(name: str) -> str:
        if name not in os.environ:
            raise ValueError(f"${name} is not set")
        return os.environ[name]

    try:
        return str(Path(_replaced(text, known, None)).expanduser())
    except RuntimeError:
        raise ValueError("there is no such user as ~ names") from None


def _replaced(text: str, known: Callable[[str], str | None], at: str | None) -> str:
    """With the values of variables; `at` is where one in braces has to be set, if anywhere.

    `$word` that is not set stays: it is more likely part of a password than a variable.
    """

    def value(match: re.Match[str]) -> str:
        found = known(match[1] or match[3])
        if found or (found is not None and match[2] is None):
            return found
        if match[2] is not None or match[3]:
            return match[2] or (match[0] if match[3] else "")
        if at:
            raise InputError(f"{at}: {match[0]} is not set; set it above that line, or before")
        return ""

    return _VARIABLE.sub(value, text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.absolute()} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"{path.absolute()} cannot be read ({reason}); make it readable, or start the command "
            "from another folder"
        ) from None
