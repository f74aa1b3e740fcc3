"""The ways in which a respondent's known traits are told to a model."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from anthology.models.conditions.base import Background
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question, Trait

Way = Literal["qa", "qa_freeform", "bio", "portray", "none"]

# From the first person to the second; longer words first.
_YOU = {
    "i am": "you are", "i'm": "you're", "i’m": "you’re", "i was": "you were", "myself": "yourself",
    "mine": "yours", "my": "your", "me": "you", "i": "you",
}  # fmt: skip
_FIRST_PERSON = re.compile(rf"\b({'|'.join(_YOU)})\b", re.IGNORECASE)


def bio(background: Background) -> list[Turn]:
    """Sentences in the first person, as one paragraph; nothing where no trait is known."""
    told = [trait.bio.replace("{}", option) for trait, option in _known(background)]
    return [Turn("", " ".join(told))] if told else []


def qa(background: Background) -> list[Turn]:
    """Questions with their options, and the option that was chosen."""
    return answered(background, background.traits)


def answered(background: Background, questions: Sequence[Question]) -> list[Turn]:
    """Those of the questions whose answer is known, each with its options and that answer."""
    style, labelled = background.style.of_traits, background.labelled
    turns: list[Turn] = []
    for question in questions:
        position = background.answers.get(question.name)
        if position is not None:
            plain = question.plain
            shown = list(range(len(plain.options)))
            before = [*background.story, *turns]
            turn = question_turn(plain, shown, style, labelled, after=before)
            turns.append(turn.replied(reply(plain, shown, position, style, labelled)))
    return turns


def qa_freeform(background: Background) -> list[Turn]:
    """Questions without options, answered in words."""
    return [Turn(trait.text, option) for trait, option in _known(background)]


def portray(background: Background) -> list[Turn]:
    """An instruction to answer as somebody with these traits; nothing where none is known."""
    told = [_capitalised(second_person(trait, option)) for trait, option in _known(background)]
    if not told:
        return []
    return [Turn("", instruction=background.style.portray.replace("{}", " ".join(told)))]


def second_person(trait: Trait, option: str) -> str:
    """The trait's own `portray`, or its `bio` with English "I" as "you"."""
    sentence = trait.portray or _FIRST_PERSON.sub(lambda found: _YOU[found[0].lower()], trait.bio)
    return sentence.replace("{}", option)


def unportrayed(traits: Sequence[Trait]) -> Misfit | None:
    """Which trait has no sentence in the second person, nor a `bio` that can be turned into one."""
    for trait in traits:
        if trait.portray is None and not _FIRST_PERSON.search(trait.bio):
            return Misfit(
                "needs portray here, a sentence in the second person with {} for the answer: the "
                'bio has no English "I" to turn round', "traits", trait.name,
            )  # fmt: skip
    return None


WAYS: dict[str, Callable[[Background], list[Turn]]] = {
    "bio": bio, "qa": qa, "qa_freeform": qa_freeform, "portray": portray,
}  # fmt: skip


def after_story(way: Way, background: Background) -> list[Turn]:
    """The story, and the traits after it."""
    return [*background.story, *(WAYS[way](background) if way != "none" else ())]


def mark(way: Way) -> str:
    """What the name of a condition with a story says of it."""
    return "" if way == "none" else f"+{way}"


def _known(background: Background) -> Iterator[tuple[Trait, str]]:
    for trait in background.traits:
        position = background.answers.get(trait.name)
        if position is not None:
            yield trait, trait.option_texts[position]


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
