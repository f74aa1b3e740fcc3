"""What `twin` says before the survey, and that it says nothing of what is asked."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import run_study, small_study, study_fields
from sqlalchemy import Engine
from surveyed import answers, asked, conversation

from anthology.models.errors import InputError
from anthology.models.study.study import Study

PARKS = {"question": "Are we spending too much on parks?",
         "options": {"too little": 1, "about right": 2, "too much": 3}}  # fmt: skip
VOTED = {"question": "Did you vote?", "column": "vote", "options": {"Yes": 1, "No": [2, 3]}}


def held_out(folder: Path, **changes: Any) -> Study:
    """Roads are asked; parks and voting were answered before."""
    roads = {"roads": study_fields()["questionnaire"]["questions"]["roads"]}
    questionnaire = {**study_fields()["questionnaire"], "questions": roads}
    twins = ["twin", {"condition": "twin", "tell": ["voted"], "name": "voter"}]
    fields = {
        "conditions": twins, "questionnaire": questionnaire,
        "earlier": {"parks": PARKS, "voted": VOTED}, "traits": None, "pool": None, "measures": {},
        **changes,
    }  # fmt: skip
    fields = {key: value for key, value in fields.items() if value is not None or key == "pool"}
    if fields.get("traits") is None:
        fields["traits"] = {}
    return small_study(folder, **fields)


def test_everybody_is_told_their_own_earlier_answers(database: Engine, tmp_path: Path) -> None:
    study = held_out(tmp_path)
    model = run_study(database, study)
    found = answers(database)
    assert len(found) == 8 * 2
    assert not any(a.error for a in found)
    prompts = set(asked(model))
    for condition in ("twin", "voter"):
        for person in range(8):
            assert prompts.issuperset(conversation(database, study, condition, person))
    told = conversation(database, study, "twin", 0)[0]
    assert told.startswith("Question: Are we spending too much on parks?\n(A) too little\n")
    assert told.count("Answer: (") == 2
    assert "parks" not in conversation(database, study, "voter", 0)[0]


def test_what_nobody_answered_is_not_told(tmp_path: Path) -> None:
    study = held_out(tmp_path)
    turns = study.opening("twin", 0, {"parks": None, "voted": 1})
    assert [turn.reply for turn in turns] == ["(B) No"]
    assert study.opening("twin", 0, {"parks": None, "voted": None}) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"earlier": {}}, "condition 'twin' needs earlier"),
        ({"conditions": [{"condition": "twin", "tell": ["tarot"]}]}, "tells 'tarot', which"),
        ({"earlier": {"before": {**PARKS, "column": "roads"}}, "conditions": ["twin"]},
         "earlier.before.column: tells column 'roads', which question 'roads' asks"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(tmp_path: Path, changes: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        held_out(tmp_path, **changes)
