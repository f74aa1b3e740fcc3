"""Whether all can be shown to a model: a label for each option, no text that reads as a turn."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import MAX_OPTIONS, Question
from anthology.models.questionnaire.wording import begins_with
from anthology.models.study.fit.places import QUESTIONS, Place, known_placed, pools_placed

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def labels(study: "Study") -> None:
    traits = list(study.traits.values())
    for place, pool in pools_placed(study):
        _enough(study, place, pool.asked, Readout())
    _enough(study, ("traits",), traits, study.polling)
    _enough(study, QUESTIONS, study.questions, study.questionnaire)
    if any(way.asks_traits for way in study.told_as):
        _enough(study, ("traits",), [trait.plain for trait in traits], study.questionnaire)
    if any(condition.tells_earlier for condition in study.conditions):
        _enough(study, ("earlier",), list(study.earlier.values()), study.questionnaire)


def _enough(study: "Study", place: Place, questions: Sequence[Question], readout: Readout) -> None:
    style = study.style
    for question in questions if readout.labelled else ():
        if question.number is None and len(question.choices) > style.most:
            raise Misfit(
                f"{question.name!r} has {len(question.choices)} options, but "
                f"{style.labels} labels with brackets {style.brackets!r} end at "
                f"{style.most}; style.labels: digits with brackets go to {MAX_OPTIONS}",
                *place, question.name, "options",
            )  # fmt: skip


def speakers(study: "Study") -> None:
    """A text of several lines must not look like a turn, or like options, of the prompt."""
    style = study.style
    names = [style.asker, style.answerer] if style.turns == "plain" else []
    speakers = [f"{name}:" for name in names]
    marks = [style.mark(n) for n in range(26)] if style.brackets != "none" else []
    for place, text in _texts(study):
        if found := begins_with(text, [*speakers, *marks]):
            raise Misfit(
                f"has a line that begins with {found!r}, which would be taken for what comes "
                "after it in the prompt; word it otherwise, or change style", *place,
            )  # fmt: skip


def _texts(study: "Study") -> Iterator[tuple[Place, str]]:
    """What models are shown of several lines, each with its place in the file."""
    yield from (((*place, "question"), known.text) for place, known in known_placed(study))
    for name, question in study.questionnaire.questions.items():
        yield (*QUESTIONS, name, "question"), question.text
    if study.arms is not None:
        yield from ((("arms", "texts", name), text) for name, text in study.arms.texts.items())
    for place, pool in pools_placed(study):
        yield from (((*place, *field.split(".")), text) for field, text in pool.texts.items())
