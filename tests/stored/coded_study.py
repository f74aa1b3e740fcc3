"""A study with every kind of code that a survey file has, and people who answered it."""

from itertools import count

from finished_study import small_study

from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans

LONG = "a very long wording " * 20
LONG_OPTION = "ünlimited " * 20


def coded_study(**changes) -> Study:
    """Lists, text, ranges, numbers, finer choices, refusals, the empty cell, long and odd names."""
    questions = {
        "trust": {"question": LONG, "column": "Q1 (trust)", "refusal": "Rather not",
                  "options": {"No": [1, 2], LONG_OPTION: 3, "Yes": 4.5}, "missing": [8, 9, -1]},
        "party": {"question": "Party?", "column": "PARTY", "ordered": False, "refusal": "Secret",
                  "options": {"Left": "L", "Right": "R", "Other": ["O", "elsewhere"]}},
        "visits": {"question": "How often?", "column": "visits", "number": {"from": 0, "to": 12},
                   "refusal": "No idea", "options": {"Seldom": {"to": 3}, "Often": {"from": 4}}},
        "war": {"question": "War?", "options": {"No": 0, "Yes": 1}, "column": "condition",
                "asked_as": {"Never": "No", "Hardly": "No", "Always": "Yes"}},
        "club": {"question": "Member?", "options": {"Not": {"blank": True}, "Member": 1},
                 "refusal": "No comment"},
    }  # fmt: skip
    traits = {
        "age": {"question": "How old?", "bio": "I am {}.", "column": "AGE", "refusal": "Hm",
                "options": {"Young": {"from": 18, "to": 34}, "Old": {"from": 35}},
                "missing": [35, 98, 99]},
    }  # fmt: skip
    return small_study("coded", **{
        "humans": {"file": "h.sav", "id": "caseid", "weight": "wt"},
        "traits": traits, "questionnaire": {"questions": questions},
        "conditions": ["none", "bio", "natural/greedy"], "measures": {},
        "scales": {"faith": ["trust", "-war"], "habit": ["visits", "war"]}, **changes,
    })  # fmt: skip


def some_people(study: Study, people: int = 24) -> EncodedHumans:
    """Everybody gives the options of a question in turn, and every fourth gives none."""
    turn = count()

    def given(question):
        return [-1 if next(turn) % 4 == 3 else n % len(question.options) for n in range(people)]

    return EncodedHumans(
        ids=[str(100 + n) for n in range(people)],
        weights=[0.25 + n for n in range(people)],
        traits={name: given(question) for name, question in study.known.items()},
        answers={question.name: given(question) for question in study.compared},
        sampled=people,
    )
