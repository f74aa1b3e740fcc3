"""The traits that most surveys have, and which of them a column is, by its name, words and options.

The data is in `known_traits.toml`; how a trait is asked and said, `traits.py` knows.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from anthology.producer.surveys.drafting.wordings import folded, wording_of
from anthology.producer.surveys.formats.survey_file import SurveyFile

Sign = Literal["words", "name", "options"]

_DATA = Path(__file__).with_suffix(".toml")
# Around the name proper: F_AGECAT, resp_age, Q1_age; educ_rec, age_2, F_EDUCCAT2_W34.
_BEFORE = r"(?:(?:f|p|pp|r|rs|resp|respondent|hh|dem|demo|d|s|q\d+[a-z]?|your|my)_+)?(?:pp)?"
_AFTER = r"(?:_*(?:cat|rec|recode[d]?|grp|group|final|class|x|r|\d{1,2}))*(?:_+w(?:ave)?_?\d+)?"
_ENGLISH = {"age", "religion", "region", "genre"}
# Words of other languages among options, without accents: of sexes, of faiths, and small ones.
_FOREIGN = re.compile(
    r"\b(?:hombre|mujer|homem|mulher|homme|femme|mann|frau|mannlich|weiblich|uomo|donna|masculino"
    r"|femenino|feminino|mestiz[ao]|mulat[ao]|branc[ao]|pard[ao]|pret[ao]|catolic[ao]|evangelic[ao]"
    r"|ateo|judio|ningun[ao]?|otr[ao]s?|de|la|el|los|las|y|con|sin|der|das|und|ohne|mit|oder|et"
    r"|les|ou|em|com|sem|di|il|nao|niet|met|zonder)\b"
)
_CODE = re.compile(r"^\s*[(\[]?-?\d+[.:)\]=]+\s+")
_FIRST = 200  # answers that show which words a column without labels holds
_MOST_TEXTS = 30  # with more a column is no trait that is known by its options
_SHORT = 8  # words
# What is told of somebody else, or asked about the thing itself.
_OF_OTHERS = re.compile(
    r"\b(?:interviewer|partner|spouse|husband|wife|father|mother|parents?|child(?:ren)?|son|daughter"
    r"|sibling|friends?|neighbou?rs?|candidates?|household members?|kids?|baby|boss|doctor|first"
    r"|important|trust|should|agree|satisf\w*|think that|opinion|better|worse|vote[ds]?|feel about"
    r"|feelings?"
    r"|favou?rable|thermometer|enough|too (?:much|little|many)|how (?:much|often|well|likely)"
    r"|ideal|discriminat\w*|equality|differences?|tax(?:es)?|policy|teach\w*|schools|system|born)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class KnownTrait:
    """A trait: its question and the sentence that says an answer of oneself, in plain words.

    names: of columns, without what stands around them; words: what a wording in English says;
    elsewhere: in other languages; options: what options begin with, of which at least `enough` have
    to; noun: begins the sentence where an answer's text fits into none; ordered: whether options
    are steps of a scale.
    """

    name: str
    question: str
    bio: str
    noun: str
    ordered: bool
    names: re.Pattern[str]
    words: re.Pattern[str]
    elsewhere: re.Pattern[str]
    options: re.Pattern[str]
    enough: int


@dataclass(frozen=True)
class Recognised:
    """What a column was taken for, by which sign; english: whether the file speaks English."""

    trait: KnownTrait
    sign: Sign
    english: bool


def recognised(column: str, wording: str, options: Sequence[str]) -> Recognised | None:
    """Which known trait a column is; None if it is none, or is about somebody else.

    wording: its label, tidied, or its name where it has none.
    """
    name = re.sub(r"[.\s-]+", "_", column.strip())
    own = "" if wording == column and " " not in wording else folded(wording)
    if _OF_OTHERS.search(own):
        return None
    texts = [folded(text).strip() for text in options]
    english = not any(map(_FOREIGN.search, texts))
    for trait in known_traits():
        if trait.names.fullmatch(name) and not _contradicted(trait, own, texts):
            return Recognised(trait, "name", english and not _is_elsewhere(trait, own or column))
    for trait in known_traits():
        if trait.words.search(own):
            return Recognised(trait, "words", english)
    for trait in known_traits():
        if _is_elsewhere(trait, own or name.replace("_", " ")):
            return Recognised(trait, "words", False)
    for trait in known_traits():
        if _says(trait, texts):
            return Recognised(trait, "options", english)
    return None


def _contradicted(trait: KnownTrait, own: str, texts: Sequence[str]) -> bool:
    """A name may be another programme's for something else: V201600 is the sex in one of them."""
    if not own or trait.words.search(own) or _is_elsewhere(trait, own):
        return False
    if any(other.words.search(own) for other in known_traits()):
        return True
    told = [text for text in texts if re.search(r"[^\W\d]", text)]
    return bool(told) and not any(trait.options.match(text) for text in told)


def _is_elsewhere(trait: KnownTrait, own: str) -> bool:
    """Another language's word for it, in a label that says little else."""
    return len(own.split()) <= _SHORT and trait.elsewhere.search(own) is not None


def _says(trait: KnownTrait, options: Sequence[str]) -> bool:
    """Whether most options, and enough different ones, are of the trait."""
    fitting = [text for text in options if trait.options.match(text)]
    return len(fitting) >= trait.enough and len(fitting) * 2 > len(options)


@cache
def known_traits() -> tuple[KnownTrait, ...]:
    return tuple(_trait(name, row) for name, row in tomllib.loads(_DATA.read_text("utf-8")).items())


def _any_of(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _trait(name: str, row: dict[str, Any]) -> KnownTrait:
    # Without accents "âge" would be an English word.
    elsewhere = [one for text in row["elsewhere"] if (one := folded(text)) not in _ENGLISH]
    words = {
        "names": _any_of(row["names"]),
        "words": _any_of(row["words"]),
        "elsewhere": _any_of(elsewhere),
        "options": _any_of(map(folded, row["options"])),
    }
    return KnownTrait(
        name, row["question"], row["bio"], row["noun"], row["ordered"],
        re.compile(rf"{_BEFORE}(?:{words['names']}){_AFTER}", re.IGNORECASE),
        re.compile(rf"\b(?:{words['words']})", re.IGNORECASE),
        re.compile(rf"\b(?:{words['elsewhere']})(?!\w)", re.IGNORECASE),
        re.compile(rf"(?:{words['options']})", re.IGNORECASE),
        row["enough"],
    )  # fmt: skip


def known_trait(survey: SurveyFile, column: str, wording: str) -> Recognised | None:
    """The known trait that a column of this wording is; None if it is none."""
    return recognised(column, wording, _texts(survey, column))


def suggested_traits(survey: SurveyFile, without: Iterable[str]) -> dict[str, str]:
    """For each trait that the file seems to hold its first column, by that column's name."""
    taken = set(without)
    found: dict[str, str] = {}
    for column in map(str, survey.frame.columns.tolist()):
        wording = wording_of(survey.labels.get(column, ""), column).text
        known = None if column in taken else known_trait(survey, column, wording)
        if known is not None:
            found.setdefault(known.trait.name, column)
    return {column: trait for trait, column in found.items()}


def _texts(survey: SurveyFile, column: str) -> list[str]:
    """What a column's options say, without the codes that some files write before them."""
    labels = [_CODE.sub("", label) for label in survey.value_labels.get(column, {}).values()]
    if labels or survey.frame[column].dtype.kind in "iufb":
        return labels
    first = survey.frame[column].iloc[:_FIRST].dropna().unique().tolist()
    texts = [_CODE.sub("", text) for text in first if isinstance(text, str)]
    return texts if len(texts) <= _MOST_TEXTS else []
