"""A trait that most surveys have, as it is asked in plain words and said of oneself.

Knows drafted fields and what a column was recognised as; texts of options are changed only so that
they fit into the sentence (`A man` to `a man`), their codes and order never.
"""

import re
from collections.abc import Mapping
from typing import Any

from anthology.models.questionnaire.wording import seen
from anthology.producer.surveys.drafting.known_traits import KnownTrait, Recognised

Fields = dict[str, Any]

PLAIN = "asked, and said in `bio`, in plain words rather than the file's"
CODES = "the options have no texts; write what they stand for"

# Texts that no sentence takes in: "Haven't thought about it", "In some other way".
_UNFIT = re.compile(
    r"(?:have|has|had|do|does|did|is|was|would|could)(?:n['’]?t)?\b|(?:i|i['’]m|we|you|not|in|none"
    r"|never|prefer|other,|refuse)\b.*\s|.*[:?]",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:an?)?other\b|something else|some other|not (?:ascer|classif)", re.IGNORECASE
)
_OPEN = re.compile(
    r"older|over|above|more|under|younger|below|less|\+|up\b|years?\b", re.IGNORECASE
)
_HAS_LETTERS = re.compile(r"[^\W\d_]")
_BARE_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_SMALL_WORDS = {
    "something", "other", "another", "no", "none", "nothing", "independent", "mixed", "multiracial",
    "two", "lean", "leans", "leaning", "strong", "weak", "atheist", "agnostic", "just",
    "unaffiliated", "neither", "under", "over", "less", "more", "some", "the", "a", "an", "north",
}  # fmt: skip
_IN_SMALL = {"sex", "education", "income", "ideology", "age"}  # no name is among their options
_PARTISAN = re.compile(
    r"(?:an? )?(?P<degree>(?:strong|not (?:so|very) strong|weak|moderate) )?"
    r"(?P<party>democrat|republican|independent)",
    re.IGNORECASE,
)
_COMPASS = re.compile(
    r"(?:the )?(?:north|south|east|west|mid-?west|north[ -]?(?:east|west|central)"
    r"|south[ -]?(?:east|west))",
    re.IGNORECASE,
)


def phrased(entry: Fields, known: Recognised, wording: str) -> tuple[Fields, list[str]]:
    """A drafted trait with the question, sentence and order of the known one; what was changed.

    Where the file speaks another language its own wording stays.
    """
    trait, options = known.trait, entry["options"]
    changes = [CODES] if all(map(_BARE_NUMBER.fullmatch, options)) else []
    found = {**entry, **_order(trait, options)}
    if found.get("ordered", True):
        found.pop("ordered", None)
    if not known.english:
        return found, changes
    said = _counted if _is_range(options) and trait.name != "age" else _said
    question, bio, texts = said(trait, list(options), wording)
    if len({seen(text) for text in texts}) < len(texts):
        texts = list(options)
    found["question"], found["bio"] = question, bio
    found["options"] = dict(zip(texts, options.values(), strict=True))
    return found, [*changes, PLAIN]


def _is_range(options: Mapping[str, Any]) -> bool:
    return any(isinstance(codes, dict) and "from" in codes for codes in options.values())


def _order(trait: KnownTrait, options: Mapping[str, Any]) -> Fields:
    """Names of groups have no order; steps have that of their codes, unless one is no step."""
    scaled = trait.ordered or (
        trait.name == "party" and sum("strong" in text.casefold() for text in options) >= 2
    )
    if not scaled or any(map(_OTHER.match, options)):
        return {"ordered": False} if not trait.ordered else {}
    codes = [code[0] if isinstance(code, list) and code else code for code in options.values()]
    numbers = [code for code in codes if isinstance(code, int | float)]
    rising = numbers in (sorted(numbers), sorted(numbers, reverse=True))
    return {"ordered": True} if len(numbers) == len(codes) and rising and trait.ordered else {}


def _counted(trait: KnownTrait, texts: list[str], _: str) -> tuple[str, str, list[str]]:
    """Numbers, as of years or of money."""
    if trait.name == "education":
        question = "How many years of schooling have you completed?"
        return question, "I have {} years of schooling.", texts
    return trait.question, f"{trait.noun}: {{}}.", texts


def _said(trait: KnownTrait, texts: list[str], wording: str) -> tuple[str, str, list[str]]:
    """The question, the sentence with {} for an answer, and the texts that fit into it."""
    question, plain = trait.question, f"{trait.noun}: {{}}."
    small = [_in_sentence(text, trait) for text in _not_shouted(texts, trait)]
    if not any(map(_HAS_LETTERS.search, texts)) and trait.name != "age":
        return question, plain, texts
    if any(map(_UNFIT.match, texts)):
        return question, plain, small
    special = {
        "age": _age, "sex": _sex, "income": _income, "region": _region, "party": _party,
        "ideology": _ideology,
    }.get(trait.name)  # fmt: skip
    found = special(small, wording) if special else None
    return found or (question, trait.bio, small)


_Said = tuple[str, str, list[str]] | None


def _age(texts: list[str], _: str) -> _Said:
    if any(map(_OPEN.search, texts)):
        return None
    return "What is your age?", "I am {} years old.", texts


def _sex(texts: list[str], _: str) -> _Said:
    question = "What is your gender?"
    if set(texts) <= {"male", "female", "non-binary", "nonbinary", "a man", "a woman"}:
        return question, "I am {}.", texts
    if set(texts) <= {"man", "woman"}:
        return question, "I am a {}.", texts
    return question, "My gender: {}.", texts


def _income(texts: list[str], wording: str) -> _Said:
    whose, question = "household's ", "What is your household's total income?"
    said = wording.casefold()
    personal = re.search(r"\b(?:personal|individual|respondent|r'?s|own)\b", said)
    if personal and not re.search(r"household|family", said):
        whose, question = "", "What is your income?"
    fits = not any("income" in text for text in texts)
    return question, f"My {whose}income{' is {}' if fits else ': {}'}.", texts


def _region(texts: list[str], _: str) -> _Said:
    if not all(map(_COMPASS.fullmatch, texts)):
        return None
    bare = [re.sub(r"^the ", "", text, flags=re.IGNORECASE) for text in texts]
    return "Which region do you live in?", "I live in the {}.", bare


def _party(texts: list[str], _: str) -> _Said:
    """Democrats, Republicans and independents, of any strength: nouns with their articles."""
    said = [_partisan(text) for text in texts]
    if all(said) and any(one.startswith("a ") for one in said):
        question = "In politics, what do you think of yourself as?"
        return question, "Politically, I think of myself as {}.", said
    if any("strong" in text.casefold() for text in texts):
        return "Which political party do you identify with?", "My political party: {}.", texts
    return None


def _partisan(text: str) -> str:
    found = _PARTISAN.fullmatch(text)
    if not found:
        return "something else" if _OTHER.match(text) else ""
    party, degree = found["party"].capitalize(), (found["degree"] or "").lower()
    party = party.lower() if party == "Independent" else party
    return f"{'an' if (degree or party)[0] in 'aeiou' else 'a'} {degree}{party}"


def _ideology(texts: list[str], wording: str) -> _Said:
    ends = {"left", "right"} & set(" ".join(texts).casefold().split())
    if len(ends) < 2 or not any(not _HAS_LETTERS.search(text) for text in texts):
        return None
    question = "Where would you place yourself on a scale from left to right?"
    return question, "My place on a scale from left to right is {}.", texts


def _not_shouted(texts: list[str], trait: KnownTrait) -> list[str]:
    """Files of old have capitals alone, which are not how people speak."""
    if not all(text.isupper() for text in texts if _HAS_LETTERS.search(text)):
        return texts
    if trait.name in _IN_SMALL:
        return [text.lower() for text in texts]
    return [" ".join(word.capitalize() for word in text.split(" ")) for text in texts]


def _in_sentence(text: str, trait: KnownTrait) -> str:
    """Without the capitals of a text that stands alone; names and abbreviations keep theirs."""
    words = text.split(" ")
    small = trait.name in _IN_SMALL
    return " ".join(
        word.lower()
        if _is_capitalised(word) and (small or (at == 0 and _bare(word) in _SMALL_WORDS))
        else word
        for at, word in enumerate(words)
    )


def _bare(word: str) -> str:
    return word.casefold().strip(".,;:()/")


def _is_capitalised(word: str) -> bool:
    letters = re.sub(r"[^\w'’]", "", word)
    return (len(letters) > 1 and letters[0].isupper() and letters[1:].islower()) or word == "A"
