"""Which codes of a column say that somebody did not answer, rather than what they answered.

Weighs together what the file declares, what labels say in any language, and where codes stand.
Knows nothing of the question's wording, nor of the order of its answers.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.answer_scales import has_middle, is_scale
from anthology.producer.surveys.scales.apart import above_scale, below_zero, is_customary
from anthology.producer.surveys.scales.label_texts import said
from anthology.producer.surveys.scales.nonresponse_words import (
    AMBIGUOUS,
    COMPANIONS,
    OPPOSITES,
    RESIDUAL,
    STRONG,
    UNDECIDED,
)
from anthology.producer.surveys.scales.number_texts import by_number, is_number

_PARTS = re.compile(r"\s*(?:[/,;]|\bor\b|\band\b|\bo\b|\boder\b|\bou\b)\s*")
_ABBREVIATED = 2  # letters at most: two may be those of a country, or of a state
_INITIALS = {"dk", "na", "ns", "nc", "nr", "rf", "ka", "wn"}
_SHORT = re.compile(r"[^\W\d_]{2,4}(?:/[^\W\d_]{2,4})?")
_POINTED = re.compile(r"(?:[^\W\d_]\.\s?){2,4}")
_ENOUGH = 2  # points of evidence that make a code nonresponse


def nonresponse(
    survey: SurveyFile,
    column: str,
    counts: Mapping[Code, int],
    shared: Collection[Code] = (),
    taken: Collection[Code] = (),
) -> dict[Code, str]:
    """The codes of a column that are nonresponse, each with why; counts: all codes, how often
    given.

    shared: codes that the same people have in other columns; taken: codes that columns of the same
    scale have as answers. A code of which nothing speaks but an ambiguous word stays an answer, and
    so does one with an answer's label however far it stands.
    """
    labels = survey.value_labels.get(column, {})
    texts = {code: said(labels.get(code, code if isinstance(code, str) else "")) for code in counts}
    declared = {code for code in counts if is_declared(survey, column, code)}
    found: dict[Code, str] = dict.fromkeys(declared, "declared missing in the file")
    rest = [code for code in counts if code not in declared]
    words = {code: _words(texts[code]) for code in rest}
    _excuse(words, texts)
    _weigh_alone(rest, words, texts)
    shown = {code: labels.get(code, str(code)) for code in rest}
    _weigh_initials(rest, words, texts, shown)
    _confirm(rest, words, texts)
    apart = _apart(rest, words, texts, counts, taken)
    answers = [code for code in rest if words[code] <= 0 and code not in apart]
    ranges = by_number([str(labels.get(code, code)) for code in answers]) is not None
    complete = is_scale([texts[code] for code in answers]) or (
        ranges and any(isinstance(code, str) or code in labels for code in answers)
    )
    middle = has_middle([texts[code] for code in answers])
    several = sum(words[code] > 0 for code in rest) > 1
    labelled = len(answers) > 2 and all(texts[code] for code in answers if code in labels)
    all_labelled = labelled and all(code in labels for code in answers)
    for code in rest:
        points, why = words[code], "its label" if words[code] > 0 else ""
        if code in apart:
            points += 2
            why = why or ("it is below 0" if _below(code) else "it stands apart from the scale")
        if points > 0 and complete and (middle or not UNDECIDED.fullmatch(texts[code])):
            points += 1
        if not texts[code] and all_labelled and not isinstance(code, str):
            points += 1
            why = why or "it alone has no label"
        if code in shared and words[code] >= 0:
            points += 2
            why = why or "the same people have it in other columns"
        if points >= _ENOUGH:
            found[code] = why
    found = {code: found[code] for code in counts if code in found}
    if len(counts) - len(found) < 2 and not declared and not apart and len(counts) > 1:
        return {code: why for code, why in found.items() if words[code] >= _ENOUGH and several}
    return found


def is_declared(survey: SurveyFile, column: str, code: Code) -> bool:
    ranges = survey.user_missing.get(column, [])
    return any(_within(code, low, high) for low, high in ranges)


@lru_cache(maxsize=10_000)  # columns of a file have the same labels
def _words(text: str) -> int:
    """2 for what says nonresponse, 1 for what may, -2 for what is an answer wherever it stands."""
    if not text:
        return 0
    if STRONG.fullmatch(text):
        return 2
    parts = [part for part in _PARTS.split(text) if part]
    strong = [part for part in parts if STRONG.fullmatch(part)]
    # Of "DK; NA; no Post IW; form III" what follows is a note.
    if strong and all(part in strong or _goes_along(part) for part in parts[:3]):
        return 2
    if AMBIGUOUS.fullmatch(text):
        return 1
    if parts and all(map(_goes_along, parts)):  # "DK, N/A" is two words for one thing
        return 1 if all(map(UNDECIDED.fullmatch, parts)) else 2
    if RESIDUAL.fullmatch(text) or is_scale([text]):
        return -2
    return 0


def _goes_along(part: str) -> bool:
    return bool(COMPANIONS.fullmatch(part) or AMBIGUOUS.fullmatch(part))


def _excuse(words: dict[Code, int], texts: Mapping[Code, str]) -> None:
    """A word whose opposite is offered is an answer: "Unwilling" beside "Willing"."""
    said_here = set(texts.values())
    firsts = {text.split(" ")[0] for text in said_here if text}
    for code in words:
        others = OPPOSITES.get(texts[code], ())
        if any(other in said_here or other in firsts for other in others):
            words[code] = -2


def _weigh_alone(rest: Sequence[Code], words: dict[Code, int], texts: Mapping[Code, str]) -> None:
    """A label that only begins as one of a scale, "No le conoce", proves no answer where all others
    are of a scale that has it not."""
    for code in [code for code in rest if words[code] < 0 and not RESIDUAL.fullmatch(texts[code])]:
        others = [texts[one] for one in rest if one != code and words[one] <= 0 and texts[one]]
        if len(others) > 1 and is_scale(others) and not is_scale([*others, texts[code]]):
            words[code] = 0


def _weigh_initials(
    rest: Sequence[Code], words: dict[Code, int], texts: Mapping[Code, str],
    labels: Mapping[Code, str],
) -> None:  # fmt: skip
    """Initials in any language, "S.R.", may say nonresponse behind a known scale of words."""
    initials = [code for code in rest if not words[code] and _are_initials(labels[code])]
    answers = [code for code in rest if words[code] <= 0 and code not in initials and texts[code]]
    spelled_out = [code for code in answers if labels[code] != labels[code].upper()]
    if not initials or len(answers) < 2 or not spelled_out:
        return
    if not is_scale([texts[code] for code in answers]):
        return
    numeric = not any(isinstance(code, str) for code in rest)
    for code in initials:
        if not (numeric and _between(code, answers)):
            words[code] = 1


def _are_initials(label: str) -> bool:
    bare = label.strip(" ()[]")
    if _POINTED.fullmatch(bare):
        return True
    return bare != bare.lower() and bare == bare.upper() and _SHORT.fullmatch(bare) is not None


def _confirm(rest: Sequence[Code], words: dict[Code, int], texts: Mapping[Code, str]) -> None:
    """A second sign for a word that may say nonresponse and stands outside all answers: another
    code there that says it, or that it alone is abbreviated, "DK" after "Agree".

    Texts stand nowhere, so both have to be there. No word counts that may end a scale.
    """
    answers = [code for code in rest if words[code] <= 0]
    if len(answers) < 2:
        return
    numeric = not any(isinstance(code, str) for code in rest)
    outside = [code for code in rest if not (numeric and _between(code, answers))]
    strong = any(words[code] >= _ENOUGH for code in outside)
    spelled_out = all(len(texts[code]) > _ABBREVIATED for code in answers)
    for code in outside:
        text = texts[code]
        if words[code] != 1 or text in OPPOSITES or UNDECIDED.fullmatch(text):
            continue
        initials = spelled_out and text in _INITIALS
        if (strong and initials) or (numeric and (strong or (initials and text != "na"))):
            words[code] = _ENOUGH


def _apart(
    rest: Sequence[Code],
    words: Mapping[Code, int],
    texts: Mapping[Code, str],
    counts: Mapping[Code, int],
    taken: Collection[Code],
) -> set[Code]:
    """The numbers that stand apart from those that are answers."""
    if any(isinstance(code, str) for code in rest):
        return set()
    numbers: list[float] = [code for code in rest if not isinstance(code, str)]
    answers = {code for code in numbers if words[code] < 0}
    scale = [code for code in numbers if words[code] < 2]
    known = {code for code in answers if texts[code]}
    of_words = {code for code in numbers if texts[code] and not is_number(texts[code])}
    named = len(of_words) == len(numbers) or of_words >= {code for code in numbers if code < 0}
    taken_numbers = [code for code in taken if not isinstance(code, str)]
    given = {code: counts[code] for code in scale}
    far = set(above_scale([*scale, *taken_numbers], given)) & set(scale)
    far |= below_zero([code for code in scale if code not in far], known, named=named)
    said_so = {code for code in numbers if words[code] > 0}
    rest_of = [code for code in scale if code not in said_so]
    outside = {code for code in said_so if _is_outside(code, rest_of)}
    return set((far - answers) | outside)


def _is_outside(code: float, scale: Sequence[float]) -> bool:
    """Whether a code whose label speaks of nonresponse is none of the numbers near a scale."""
    if not scale or min(scale) <= code <= max(scale):
        return False
    return code < 0 or (is_customary(code) and code - max(scale) > 1)


def _between(code: Code, answers: Sequence[Code]) -> bool:
    numbers = [answer for answer in answers if not isinstance(answer, str)]
    return not isinstance(code, str) and min(numbers) <= code <= max(numbers)


def _below(code: Code) -> bool:
    return not isinstance(code, str) and code < 0


def _within(code: Code, low: Code, high: Code) -> bool:
    if isinstance(code, str) or isinstance(low, str) or isinstance(high, str):
        return code == low
    return low <= code <= high
