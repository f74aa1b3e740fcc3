"""Whatever a file's labels hold, its draft is a study that asks every item once, or is refused."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.drafting import study_drafts
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.listing import listing

PARTS = [
    "Q1. ", "<b>", "</b>", "&nbsp;", "[READ LIST]", " - ", "? ", "...", "${q://QID1}", "[OR]",
    "How much do you trust the ", "police", "(SPECIFY)", "{}", ": ", "Age", "Sex", "\n", "Ü",
]  # fmt: skip
LABELS = st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=6).map("".join)
NAMES = ["q1", "q$2", "F_AGECAT", "age", "sex", "V201231x", "Overall, how?"]
CODES = st.sampled_from([1.0, 2.0, 3.0, 9.0, 99.0, 18.0, 45.0, 70.0])


@st.composite
def surveys(draw: Any) -> SurveyFile:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
    people = draw(st.integers(4, 12))
    cells = {name: draw(st.lists(CODES, min_size=people, max_size=people)) for name in names}
    texts = st.dictionaries(CODES, LABELS, max_size=4)
    labels: Mapping[str, str] = {name: draw(LABELS) for name in names}
    options: Mapping[str, Any] = {name: draw(texts) for name in names if draw(st.booleans())}
    return SurveyFile(Path("s.sav"), pd.DataFrame(cells), labels, options)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(survey=surveys(), split=st.integers(1, 4))
def test_any_draft_can_be_submitted_or_is_refused_in_a_sentence(
    survey: SurveyFile, split: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_drafts, "read_survey", lambda *_: survey)
    names = list(survey.frame.columns)
    items, traits = names[:split], names[split:]
    out = tmp_path / "study.yaml"
    with suppress(InputError):
        study_drafts.draft(tmp_path / "s.sav", items, traits, None, "m", out, force=True)
        study = Study.load(out)
        assert sorted(question.column for question in study.questions) == sorted(items)
        assert {trait.column for trait in study.traits.values()} == set(traits)


@settings(max_examples=60)
@given(surveys())
def test_any_file_can_be_listed(survey: SurveyFile) -> None:
    found = listing(survey)
    assert [column.name for column in found.columns] == list(survey.frame.columns)
    assert all(column.wording.strip() for column in found.columns)
