"""A question whose answer the personas were given is told of."""

from pathlib import Path

import pytest
from fake_model import study_fields

import anthology.producer
from anthology.models.study.study import Study
from anthology.producer.submission.leaked_answers import told_before

BUNDLED = Path(anthology.producer.__file__).parent / "examples" / "gss2018" / "study.yaml"


def overlapping(conditions: list[str]) -> Study:
    fields = study_fields(conditions=conditions)
    fields["questionnaire"]["questions"]["vote"]["column"] = "sex"
    return Study.from_spec(fields)


@pytest.mark.parametrize("condition", ["bio", "qa", "natural/greedy"])
def test_a_question_from_a_traits_column_is_told_of(condition: str) -> None:
    (said,) = told_before(overlapping([condition]))
    assert "is trait" in said
    assert "leave one of them out" in said


def test_whoever_is_told_nothing_is_asked_anything() -> None:
    assert told_before(overlapping(["none"])) == ()


def test_the_bundled_study_gives_nothing_away() -> None:
    assert told_before(Study.load(BUNDLED)) == ()
