"""Labels as they are compared: without case, accents, apostrophes, codes and asides; lists of them.

Knows letters; what words mean is in `nonresponse_words.py` and `answer_scales.py`.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

_WORDS = Path(__file__).parent / "words"

_APOSTROPHES = re.compile("['\u2018\u2019\u201b\u02bc\u00b4\u0060\u2032\uff07]")
# "-9. ", "99 = ", ".i: ", "(8) ", "[3] ": the code again, before what it means.
_CODE = re.compile(r"^\s*[(\[]?\s*(?:-?\d+|\.[a-z])\s*[)\]]?\s*[.:=)-]*\s+(?=\S)", re.IGNORECASE)
_CODE_AFTER = re.compile(r"\s*[(\[]\s*-?\d+\s*[)\]]\s*$")
# "(VOL.)", "[DO NOT READ]": to the interviewer; "(sufficient partial)": an explanation.
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）|<[^<>]*>")
_INITIALS = re.compile(r"(?<=\b[^\W\d_])\s*\.\s*(?=[^\W\d_]\b|$|\W)")  # of "N.S.", "n. a."
_BESIDE = re.compile(r"(?:[^\w/,;]|_)+")  # KoboToolbox writes "not_at_all"
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """A text in lower case without accents and apostrophes, "N.S." as "ns", marks as spaces.

    Strokes, commas and semicolons stay, since they part what a label says.
    """
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold())
    plain = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf"))
    plain = unicodedata.normalize("NFC", plain)
    plain = _BESIDE.sub(" ", _INITIALS.sub("", plain))
    plain = re.sub(r"\bn ?/ ?a\b", "na", plain)  # its stroke parts nothing
    return _SPACES.sub(" ", plain).strip(" ,;/")


@lru_cache(maxsize=100_000)
def said(label: str) -> str:
    """What a label says, folded: without its code and asides, if anything is left without them."""
    bare = _CODE_AFTER.sub("", _CODE.sub("", label))
    return folded(_ASIDE.sub(" ", bare)) or folded(bare) or folded(label)


def word_lines(name: str) -> list[str]:
    """The lines of a list in `words/`, without comments and empty ones."""
    lines = (_WORDS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
