"""Nonresponse as versions before 2026-12 read it, so that a study they stored is known again.

Nothing else may use it: how a column is read now is in `scales/`.
"""

import re
from collections.abc import Iterable, Mapping

from anthology.producer.surveys.formats.survey_file import Code, SurveyFile

# One part of a label ("Don't know / Refused" has two), in lower case with plain apostrophes.
_NONRESPONSE = re.compile(
    r"""
      (?:respondent\s+)?refus(?:ed|al|es?)(?:\s+to\s+(?:answer|say|respond|state)\b.*)?
    | (?:declined?|unwilling|prefer(?:red)?\s+not)
      (?:\s+to\s+(?:answer|say|respond|state|disclose)\b.*)?
    | (?:(?:i|r|respondent)\s+)?(?:don't|dont|do\s+not|doesn't|didn't|did\s+not)
      \s+know(?:\s+enough\b.*)?
    | dk | dk\s*/?\s*(?:na|ref|rf) | ref | rf
    | (?:no|non)[\s-]*(?:answer|response)(?:\s+(?:given|provided))? | nonresponse
    | (?:did\s+not|didn't)\s+(?:answer|respond) | not\s+(?:answered|stated|ascertained|available)
    | (?:question\s+|item\s+)?(?:was\s+)?not\s+(?:asked|applicable|administered)\b.*
    | skip(?:ped)?(?:\s+(?:item|question|by|on|in|out|due)\b.*)? | legitimate\s+skip | web\s+blank
    | (?:left\s+)?blank | inap | inapplicable\b.* | iap | n\.?a\.?
    | (?:system[\s-]*)?missing(?:\s+(?:data|value|answer|response)\b.*)?
    | can(?:'t|not|\s+not)\s+(?:choose|say)
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Beside a nonresponse ("Don't know/Not sure") these are one too; on their own they are an answer.
_COMPANION = re.compile(r"not\s+sure|unsure|no\s+opinion|undecided|uncertain", re.IGNORECASE)

# "(VOL.)", "[DO NOT READ]": instructions to the interviewer; "-9. " or "99 = ": the code again.
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|^\s*-?\d+\s*[.:=)-]*\s*")
_NOT_APPLICABLE = re.compile(r"\bn\.?\s*/\s*a\b", re.IGNORECASE)  # its stroke parts nothing
_PUNCTUATION = " .:*-"
_BETWEEN_PARTS = re.compile(r"\s*(?:/|,|;|\bor\b)\s*", re.IGNORECASE)

_LARGE = (66, 77, 88, 97, 98, 99, 666, 777, 888, 997, 998, 999, 7777, 8888, 9997, 9998, 9999)
_CUSTOMARY = frozenset({*_LARGE, *(-code for code in _LARGE), -7, -8, -9})
_LARGEST_ANSWER = 20


def earlier_nonresponse(survey: SurveyFile, item: str) -> set[Code]:
    """The codes of the item, given by somebody or only labelled, that are nonresponse.

    A code is one if the file declares it missing, if its label says so, or if it has no label and
    `_stands_apart`. Text without a label is its own label. Raises InputError for an unknown column.
    """
    labels = survey.value_labels.get(item, {})
    codes = _codes(survey, item)
    declared = {
        code
        for code in codes
        if any(_within(code, low, high) for low, high in survey.user_missing.get(item, []))
    }
    said = {code for code in codes if _says_nonresponse(labels.get(code, _own_text(code)))}
    customary = _stands_apart(codes - declared - said, labels)
    return declared | said | customary


def _says_nonresponse(label: str) -> bool:
    """Whether a label reads as nonresponse: "(VOL.) DK/Ref" does, "Don't know my MP" does not."""
    plain = _NOT_APPLICABLE.sub("na", label.replace("\u2019", "'").replace("`", "'"))
    # A label all in brackets, "(Refused)", is no aside.
    bare = _ASIDE.sub(" ", plain).strip(_PUNCTUATION) or plain.strip(_PUNCTUATION + "()[]")
    if _NONRESPONSE.fullmatch(bare):
        return True
    parts = [part for part in _BETWEEN_PARTS.split(bare) if part]
    said = [part for part in parts if _NONRESPONSE.fullmatch(part)]
    return bool(said) and all(part in said or _COMPANION.fullmatch(part) for part in parts)


def _stands_apart(codes: Iterable[Code], labels: Mapping[Code, str]) -> set[Code]:
    """Customary nonresponse codes (99, -9, ...) without a label, if all other codes are 0 to 20.

    None if no other code is left or if any is text: then nothing shows where the scale ends.
    """
    codes = set(codes)
    candidates: set[Code] = {code for code in codes if code in _CUSTOMARY and code not in labels}
    rest = codes - candidates
    small = all(not isinstance(code, str) and 0 <= code <= _LARGEST_ANSWER for code in rest)
    return candidates if rest and small else set()


def _codes(survey: SurveyFile, item: str) -> set[Code]:
    given = survey.column(item).dropna().unique().tolist()
    return set(given) | set(survey.value_labels.get(item, {}))


def _own_text(code: Code) -> str:
    return code if isinstance(code, str) else ""


def _within(code: Code, low: Code, high: Code) -> bool:
    if isinstance(code, str) or isinstance(low, str) or isinstance(high, str):
        return code == low
    return low <= code <= high
