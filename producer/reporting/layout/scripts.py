"""The scripts of our pages: written into them whole, and the only ones that a browser may run.

A page's content security policy names the digests of its own scripts, so that no other would run
even if a stored text became markup. What such a script is given is data.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup

FOLDER = Path(__file__).parents[1] / "templates"
# None of them may stand for itself in a script: they end it, or a line of it.
ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Script:
    """The element, and what the policy calls it."""

    element: Markup
    digest: str


def script(name: str) -> Script:
    """One of the files beside the templates."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Script(Markup(f"<script>{text}</script>"), f"'sha256-{digest}'")


def as_data(value: Any) -> bytes:
    """JSON that is a script's literal, too, wherever it stands; a lone surrogate is replaced."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(ESCAPED).encode(errors="replace")
