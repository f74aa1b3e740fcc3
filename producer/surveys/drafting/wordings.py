"""A column's label as the question that people were asked.

Takes off what was never said to them: variable ids, markup, instructions to the interviewer. What
is lost (a label that the file cut) or was filled in for each of them (piped text) it only notices.
Knows one label at a time; what columns share is in `batteries.py`.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from anthology.models.questionnaire.wording import seen
from anthology.producer.surveys.drafting.instructions import without_instructions
from anthology.producer.surveys.drafting.markup import is_cut_in_markup, without_markup

MOST = 2000  # characters of a line in a study file

IDS = "without its variable's id"
MARKUP = "without markup"
SELECTED = "without the mark that Qualtrics writes for the answer itself"
INSTRUCTIONS = "without instructions to the interviewer"
CUT = "the file's label ends in mid-word or mid-sentence; complete it"
PIPED = "{} was filled in for each person; write what they saw"
NONE = "no wording"
UNNAMED = "the file has no wording; write what people were asked"

# The lengths at which SPSS, Stata, SAS and what exports to them cut a label, in letters or bytes.
LIMITS = frozenset({40, 64, 80, 120, 250, 254, 255, 256})
_ENDED = re.compile(r"[^\w,&(/'’\"“\-–—][\s\"”’')\]»]*$|[?!.][\"”’')\]»\s]*$")
_ELLIPSIS = re.compile(r"(?:\.{3}|…)\s*$")
_WORD = re.compile(r"[^\W_]")
_JOINED = re.compile(r"[^\W\d_]+(?:_[^\W\d_]+)+")  # "not_at_all", as KoboToolbox writes an answer

_ID = r"[A-Za-z]{1,12}_?[0-9]{1,6}[A-Za-z]{0,3}(?:[_.][A-Za-z0-9]{1,8})*"
_MARKED_ID = re.compile(rf"(?:{_ID}\s*(?:[.:)\]|]+|\s[-–—])|[(\[]{_ID}[)\]]\s*[.:]?)\s*(?=\S)")
_NUMBER = re.compile(
    r"(?:[0-9]{1,3}(?:[a-z]|(?:\.[0-9]{1,2})+)?[.):]|[a-z][.)]|[(\[][0-9]{1,3}[a-z]?[)\]])"
    r"\s+(?=[^\W\d])"
)
_COUNTED = re.compile(
    r"(?:Question|Item|Pregunta|Pergunta|Frage|Domanda|Variable|[QP])\.?\s?[0-9]{1,4}[a-z]?"
    r"(?:\s*[.:)]+|\s[-–—])\s+(?=\S)",
    re.IGNORECASE,
)
_DOTTED_ID = re.compile(
    r"[A-Z]\.\s?[0-9]{1,3}(?:[.\-][0-9]{1,3})*[a-z]?[.:)]*\s+(?=\S)"
)  # the CIS' P.15
_WAVE = re.compile(r"(?:PRE|POST|PRE[-/ ]?POST|PRE-?ELECTION|POST-?ELECTION)\s*:\s*(?=\S)")
# "Which? - Selected Choice", "Which? - Selected Choice - TV", beside "Which? - Other - Text".
_SELECTED_CHOICE = re.compile(r"\s+-\s+Selected Choice(?=\s+-\s|\s*\[|\s*$)")
_AFTER_NAME = re.compile(r"[\])\s.:|–—-]+(?=\S)")
_NO_IDS = re.compile(r"(?:COVID|SARS|G[0-9]|H1N1|F16|CO2|PM[0-9]|B2B)", re.IGNORECASE)
_WAVE_OF_ID = re.compile(r"_(?:W|w|wave)_?[0-9]+$")

_PIPED = re.compile(
    r"""
      [$#]\{[^{}]+\} | \{\{[^{}]+\}\} | \{[A-Za-z_][\w.:\ -]*\}  # Qualtrics, LimeSurvey
    | (?<!\d)%%?[A-Za-z_][\w.]*%%?(?!\w) | @[A-Za-z_]\w*@ | \$[A-Za-z_]\w*\$
    | \[\[[^\[\]]+\]\]
    | [\[<]\s*(?:INSERT|FILL|PIPE[D]?|PIPE-?IN|DISPLAY|Insert|Fill|Pipe[d]?)\b[^\[\]<>]*[\]>]
    | [\[<](?:[A-Z][A-Z0-9_'’/-]{2,})(?:\ [A-Z][A-Z0-9_'’/-]*){0,4}[\]>](?=.*\w)
    | [\[<](?:[A-Z'’]+[\ /])*(?:COUNTRY|PARTY|NAME|STATE|CITY|LEADER|CANDIDATE|PRESIDENT|ITEM|HER
        |NATIONALITY|RELIGION|LANGUAGE|YEAR|MONTH|DATE|GROUP|SHE|THEIR|FILL|TEXT|ANSWER)
        (?:[\ /][A-Z'’]+)*[\]>]
    | \((?:OUR\ |YOUR\ |THE\ |R['’]S\ )?(?:COUNTRY|NATIONALITY|PARTY|NAME|CITY|LEADER|PRESIDENT)\)
    | \[(?:insert|question|question\(|Field-)[^\[\]]*\]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Wording:
    """A question's text, never empty; changes: what was taken off it or has to be looked at."""

    text: str
    changes: list[str] = field(default_factory=list)


def wording_of(label: str, column: str) -> Wording:
    """The wording that a column's label holds; its name, as people write it, where it has none."""
    raw = one_line(label) or one_line(column)
    text, changes = without_markup(raw), []
    if seen(text) != seen(raw):
        changes.append(MARKUP)
    piped = list(dict.fromkeys(found[0] for found in _PIPED.finditer(text)))
    for taken, change in (
        (_without_selected, SELECTED),
        (_without_ids, IDS),
        (_without_instructions, INSTRUCTIONS),
    ):
        less = taken(text, column)
        if less != text and _WORD.search(less):
            text = less
            changes.append(change)
    changes += [PIPED.format(mark) for mark in piped if mark in text]
    if is_cut(label):
        changes.append(CUT)
    text = next((one for one in (text, raw, one_line(column)) if seen(one)), NONE)
    if " " not in text and seen(text) in (seen(column), seen(raw)) and not text.endswith("?"):
        changes.append(UNNAMED)
    return Wording(text[:MOST], changes)


def cleaned_options(texts: Sequence[str]) -> list[str]:
    """Options' texts without markup, instructions and underscores; as they were where two would be
    alike."""
    return list(_cleaned(tuple(texts)))


@lru_cache(maxsize=1000)  # a battery's columns have the same
def _cleaned(texts: tuple[str, ...]) -> list[str]:
    cleaned = [_option(text) for text in texts]
    keys = [seen(text) for text in cleaned]
    return [
        clean if keys.count(key) == 1 else one_line(text)
        for clean, key, text in zip(cleaned, keys, texts, strict=True)
    ]


def _option(text: str) -> str:
    raw = one_line(text)
    raw = raw.replace("_", " ") if _JOINED.fullmatch(raw) else raw
    for less in (without_instructions(without_markup(raw)), without_markup(raw)):
        if seen(less):
            return less
    return raw


def is_cut(label: str) -> bool:
    """Whether the file seems to have cut a label: it ends open where programs cut, or says so."""
    text = label.strip()
    if not text or _ELLIPSIS.search(text):
        return bool(text) and bool(_WORD.search(text))
    if is_cut_in_markup(text):
        return True
    at_limit = len(label) in LIMITS or len(text) in LIMITS or _bytes_at_limit(text)
    return at_limit and not _ENDED.search(text)


def one_line(text: str) -> str:
    """Without line ends and control characters, which labels of old files hold."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())[:MOST]


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """For comparison and search: without case and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _bytes_at_limit(text: str) -> bool:
    """Bytes are what SPSS and Stata count: a letter of two or three may fall beyond the end."""
    size = len(text.encode("utf-8", "replace"))
    return size > len(text) and any(size + lost in LIMITS for lost in (0, 1, 2))


def _without_selected(text: str, _: str) -> str:
    return _SELECTED_CHOICE.sub("", text)


def _without_instructions(text: str, _: str) -> str:
    return without_instructions(text)


def _without_ids(text: str, column: str) -> str:
    """Ids in a row are common: "V202352 POST: ...", "Q12. a) ..."."""
    before = None
    while text != before:
        before = text
        text = _without_id(text, column)
    return text


def _without_id(text: str, column: str) -> str:
    start = 1 if text[:1] in ("[", "(") else 0
    for name in dict.fromkeys((column, _WAVE_OF_ID.sub("", column))):
        end = start + len(name)
        own = _AFTER_NAME.match(text, end)
        if not own or text[start:end].casefold() != name.casefold():
            continue
        # A column may be called by a word that its question begins with: "Age of respondent".
        if re.search(r"\d", name) or re.search(r"[.:|)\]]|\s[-–—]\s", own[0]):
            return text[own.end() :]
    for pattern in (_MARKED_ID, _DOTTED_ID, _COUNTED, _WAVE, _NUMBER):
        found = pattern.match(text)
        if found and not _NO_IDS.match(text):
            return text[found.end() :]
    return text
