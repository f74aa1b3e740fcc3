"""`scales` of a study file: what can be one, and that they change nothing that a study is."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import study_fields
from study_files import load, refusal

from anthology.models.study.study import Study

OPEN = {"question": "Why?", "free_text": True}


def with_scales(scales: Any, **questions: Any) -> dict[str, Any]:
    fields = study_fields(scales=scales)
    fields["questionnaire"]["questions"] |= questions
    return fields


def test_scales_are_stored_as_they_stand_and_are_no_part_of_what_a_study_is(tmp_path: Path) -> None:
    plain = load(tmp_path, study_fields())
    scaled = load(tmp_path, with_scales({"spending": ["roads", "-parks"]}))
    assert scaled.scales == scaled.spec["scales"] == {"spending": ["roads", "-parks"]}
    assert Study.from_spec(scaled.spec) == scaled
    assert (scaled.digest, scaled.digest_by_value) == (plain.digest, plain.digest_by_value)
    assert "scales" not in plain.spec


def test_a_minus_needs_no_quotes_in_a_file(tmp_path: Path) -> None:
    fields = load(tmp_path, study_fields()).model_dump_json()  # JSON is YAML
    study = load(tmp_path, f'{fields[:-1]}, "scales": {{spending: [roads, -parks]}}}}')
    assert study.scales == {"spending": ["roads", "-parks"]}


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ({"s": ["roads", "pools"]}, "scales.s.1: names 'pools', which is no question of the study; "
         "it has roads, parks, vote, colour, why, quiet"),
        ({"s": ["roads", "-colour"]}, "scales.s.1: the item 'colour' has options without an"),
        ({"s": ["roads", "why"]}, "scales.s.1: the item 'why' is answered in free text"),
        ({"s": ["roads", "quiet"]}, "scales.s.1: the item 'quiet' has no column"),
        ({"s": ["roads"]}, "scales.s: needs two items or more, has 1"),
        ({"s": ["roads", "parks", "-roads"]}, "scales.s: has the item 'roads' twice"),
        ({"s": ["roads", "--parks"]}, "scales.s.1: should be at most 64 letters, digits, dots"),
        ({"s t": ["roads", "parks"]}, "scales.s t: should be at most 64 letters, digits, dots"),
        ({"s": ["roads", -1]}, "scales.s.1: should be text, found -1; put it in quotes"),
        ({"s": "roads"}, "scales.s: should be a list"),
    ],
)  # fmt: skip
def test_what_can_be_no_scale_is_refused_in_one_sentence(
    tmp_path: Path, scales: Any, message: str
) -> None:
    colour = {"question": "Which?", "ordered": False, "options": {"red": 1, "blue": 2}}
    quiet = {"question": "And?", "column": None}
    (said,) = refusal(tmp_path, with_scales(scales, colour=colour, why=OPEN, quiet=quiet))
    assert message in said
