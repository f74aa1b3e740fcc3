"""Options that bring labels along, "(C) Never", beside the labels that they are shown with.

Two labels before one answer: refused where they contradict each other, told where they do not.
"""

from anthology.models.errors import InputError
from anthology.models.questionnaire.option_labels import Numbering, numbering
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.study.study import Study


def own_labels(study: Study) -> tuple[str, ...]:
    """A sentence for each question whose options bring labels; raises `InputError` for those that
    the model, and who reads its answer, could take for the ones shown."""
    surveyed = study.questionnaire.labelled
    told = surveyed and any(way.asks_traits for way in study.told_as)
    asks = any("poll" in pool.jobs for pool in study.pools_used)
    polled = told or (study.polling.labelled and asks)
    asked = [(q, surveyed) for q in study.questions]
    asked += [(trait, polled) for trait in study.traits.values()]
    return tuple(said for q, shown in asked if shown and (said := _said(q, study.style)))


def _said(question: Question, style: Style) -> str | None:
    options = list(question.asked_as or question.options)
    codes = [] if question.asked_as else list(question.options.values())
    found = None if question.number else numbering(options, codes)
    if found is None or not found.labels:
        return None
    if _contradict(found, question, style):
        raise InputError(
            f"options of {question.name!r} bring labels that contradict those shown: "
            f"{options[0]!r} may be shown as '{style.mark(1)} {options[0]}'; write "
            f"{found.texts[0]!r}, or take readout: text"
        )
    return (
        f"options of {question.name!r} bring labels of their own, {options[0]!r}, and are shown "
        f"with others; write {found.texts[0]!r} unless both are meant"
    )


def _contradict(found: Numbering, question: Question, style: Style) -> bool:
    """Whether a label of theirs may stand beside another one of the same kind."""
    digits = [label.isdecimal() for label in found.labels]
    if not all(is_digit == (style.labels == "digits") for is_digit in digits):
        return False
    own = [label.lstrip("0").casefold() for label in found.labels]
    shown = [style.label(place).casefold() for place in range(len(own))]
    return own != shown or question.options_order != "fixed"
