"""What pollsters write where there is no answer, in the languages of the large survey programmes.

The words are in `words/`; how much each proves is decided in `nonresponse.py`: the strong ones say
it by themselves, the ambiguous are answers, too.
"""

import re

from anthology.producer.surveys.scales.label_texts import folded, word_lines

UNDECIDED = re.compile(
    "not sure|unsure|no opinion|undecided|uncertain|not certain|no idea|sin opinion|keine meinung"
    "|sans opinion|sem opiniao|senza opinione|無意見|无意见|沒有意見|没有意见"
    "|geen mening|ingen asikt|brak zdania"
)
# Beside a word of nonresponse, "Don't know/Not sure", these are one, too.
COMPANIONS = re.compile(
    f"{UNDECIDED.pattern}|unknown|none given|other missing|na|n/a|dk|ref|rf|nc|ns|nr"
)

# "@" in an entry: to say it.
_SAY = (
    "to answer", "to say", "to respond", "to state", "to disclose", "to tell", "to share",
    "to specify", "to identify", "to reply", "decir", "contestar", "responder", "decirlo",
    "declarar", "repondre", "dire", "le dire", "dizer", "rispondere", "dirlo", "sa raspunda",
)  # fmt: skip


def _entries(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        for text in re.sub(r"^[a-z]{2}: ", "", line).split("|"):
            found += [text.strip().replace("@", verb) for verb in (_SAY if "@" in text else [""])]
    return found


def _pattern(entries: list[str]) -> "re.Pattern[str]":
    """Any of them as a whole; where letters stand side by side without spaces, as in Chinese, what
    follows follows at once."""
    parts = []
    for entry in dict.fromkeys(entries):
        exact = r"(?: .*)? ?".join(re.escape(folded(text)) for text in entry.strip("~").split("~"))
        ahead = r"(?:.*\b)?" if entry.startswith("~") else ""
        behind = ""
        if entry.endswith("~"):
            spaced = ord(entry[0]) < 0x2E80 and not "\u0e00" <= entry[0] <= "\u0eff"  # Thai, Lao
            behind = r"(?:\b.*)?" if spaced else r".*"
        parts.append(ahead + exact + behind)
    return re.compile("|".join(sorted(parts, key=len, reverse=True)))


def _opposites(lines: list[str]) -> dict[str, list[str]]:
    found = {}
    for line in lines:
        words, others = line.split("<>")
        for word in words.split(","):
            found[folded(word)] = [folded(other) for other in others.split(",")]
    return found


_AMBIGUOUS = word_lines("ambiguous.txt")
OPPOSITES = _opposites([line for line in _AMBIGUOUS if "<>" in line])
AMBIGUOUS = _pattern([*OPPOSITES, *_entries([line for line in _AMBIGUOUS if "<>" not in line])])
STRONG = _pattern(_entries(word_lines("nonresponse.txt")))
RESIDUAL = _pattern(_entries(word_lines("residual.txt")))
