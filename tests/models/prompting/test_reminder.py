"""Where the sentence stands that asks to keep earlier answers in mind."""

import pytest
from backgrounds import AGE, JOB

from anthology.models.conditions.base import Background
from anthology.models.conditions.traits_told import qa
from anthology.models.prompting.prompts import question_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.style import Reminder, Style

STORY = [Turn("Who are you?", "I was born.")]
BIO = [Turn("", "I am old.")]
PORTRAY = [Turn("", instruction="Be old.")]


def reminded(reminder: Reminder, before: list[Turn], *, polled: bool = False) -> bool:
    style = Style(reminder=reminder)
    turn = question_turn(AGE, [0, 1], style.of_polls if polled else style, after=before)
    return bool(turn.reminder)


@pytest.mark.parametrize(
    ("reminder", "expected"),
    [
        ("after_anything", [False, True, True, True, True]),
        ("in_surveys", [False, True, True, True, False]),
        ("after_answers", [False, True, False, False, False]),
        ("never", [False, False, False, False, False]),
    ],
)
def test_after_nothing_a_story_a_bio_an_instruction_and_in_a_poll(
    reminder: Reminder, expected: list[bool]
) -> None:
    found = [reminded(reminder, before) for before in ([], STORY, BIO, PORTRAY)]
    assert [*found, reminded(reminder, STORY, polled=True)] == expected


@pytest.mark.parametrize(
    ("reminder", "expected"),
    [("after_anything", [False, True]), ("in_surveys", [False, False]),
     ("after_answers", [False, True]), ("never", [False, False])],
)  # fmt: skip
def test_between_told_traits(reminder: Reminder, expected: list[bool]) -> None:
    style = Style(reminder=reminder)
    turns = qa(Background([AGE, JOB], {"age": 1, "job": 0}, [], style, True))
    assert [bool(turn.reminder) for turn in turns] == expected
