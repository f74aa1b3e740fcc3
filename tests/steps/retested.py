"""A small study of a panel: some of its people answered two of its questions again."""

import csv
from pathlib import Path
from typing import Any

from fake_model import small_study

from anthology.models.study.study import Study

SCALE = {"too little": 1, "about right": 2, "too much": 3}
QUESTIONS: dict[str, Any] = {
    "roads": {"question": "Too much on roads?", "retest": "roads_w2"},
    "parks": "Too much on parks?",
    "vote": {
        "question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]}, "retest": "vote_w2",
    },
}  # fmt: skip


def retested(folder: Path, people: int = 20, **changes: Any) -> Study:
    """Every third person says something else the second time, every fifth nothing at all."""
    questionnaire = {
        "options": SCALE, "questions": QUESTIONS, **changes.pop("questionnaire", {}),
    }  # fmt: skip
    study = small_study(folder, people=people, questionnaire=questionnaire, **changes)
    write_second_wave(folder / "humans.csv")
    return study


def write_second_wave(path: Path) -> None:
    with path.open() as file:
        people = list(csv.DictReader(file))
    for number, person in enumerate(people):
        for name in ("roads", "vote"):
            code = int(person[name])
            other = code % 3 + 1 if number % 3 == 2 else code
            person[f"{name}_w2"] = "" if number % 5 == 4 else str(other)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, people[0])
        writer.writeheader()
        writer.writerows(people)
