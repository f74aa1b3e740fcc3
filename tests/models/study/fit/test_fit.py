"""What does not fit together in a study file is refused at the field that has to change."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from study_files import changed, load, refusal

from anthology.models.study.study import Study

QUESTIONS = "questionnaire.questions"


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        ("pool", None, "conditions.3"),
        ("traits", None, "conditions.1"),
        ("conditions", ["none", {"pool": "others", "match": "greedy"}], "conditions.1.pool"),
        ("pools", {"others": {"count": 3}}, "pool"),
        ("earlier", {"sex": {"question": "?", "options": {"a": 1, "b": 2}}}, "earlier.sex"),
        ("traits.sex.retest", "sex_w2", "traits.sex.retest"),
        ("traits.sex.ask_if", {"age": "old"}, "traits.sex.ask_if"),
        ("traits.sex.bio", "Sex: {}", None),
        ("humans.sample", {"size": 4, "quotas": {"sex": {"man": 1.0}}}, "humans.sample.quotas.sex"),
        ("humans.sample", {"size": 4, "quotas": {"x": {"man": 1.0}}}, "humans.sample.quotas.x"),
        ("measures.subgroups", ["race"], "measures.subgroups"),
        ("measures.contrasts", ["sex", "race"], "measures.contrasts.1.trait"),
        ("scales", {"s": ["roads", "-pools"]}, "scales.s.1"),
        ("preset", "method-1924", "preset"),
        ("questionnaire.samples", 5, "questionnaire.samples"),
        (f"{QUESTIONS}.why", {"question": "?", "ask_if": {"x": "y"}}, f"{QUESTIONS}.why.ask_if"),
        (f"{QUESTIONS}.roads", "Well,\nQuestion: what?", f"{QUESTIONS}.roads.question"),
        (f"{QUESTIONS}.roads", {"battery": "Rate {}."}, f"{QUESTIONS}.roads"),
        ("traits.age.options", {f"o{n}": n for n in range(27)}, "traits.age.options"),
    ],
)  # fmt: skip
def test_what_concerns_several_fields_names_one_of_them_and_its_line(
    tmp_path: Path, place: str, value: Any, field: str | None
) -> None:
    fields = changed(place, value)
    if field is None:  # said of the trait that a condition cannot tell
        fields, field = {**fields, "conditions": ["portray"]}, "traits.sex"
    [line] = refusal(tmp_path, fields)
    assert line.startswith(f"{field}: ")
    lines = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True).splitlines()
    at = int(line.rpartition("(line ")[2].partition(",")[0])
    assert 1 <= at <= len(lines)


ASKED = {"question": "And you?", "options": {"man": 1, "woman": 2}}


@pytest.mark.parametrize(
    ("name", "asked", "field"),
    [
        ("sex", {**ASKED, "column": "sex_2"}, "sex"),  # the trait would be read from its column
        ("sex", {**ASKED, "options": {"woman": 1, "man": 2}}, "sex"),
        ("sex", {**ASKED, "options": {"woman": 2, "man": 1}}, "sex"),  # 0 is a woman here
        ("sex", {**ASKED, "options": {"a man": 1, "a woman": 2}}, None),  # other words for it
        ("sex", {"question": "And you?", "free_text": True}, None),
        ("sex", ASKED, None),
        ("age", {**ASKED, "column": "sex_2"}, "age"),
    ],
)
def test_a_question_called_as_a_trait_is_that_trait_again(
    tmp_path: Path, name: str, asked: dict[str, Any], field: str | None
) -> None:
    fields = changed(f"{QUESTIONS}.{name}", asked)
    if field is None:
        assert name in load(tmp_path, fields).questionnaire.questions
    else:
        [line] = refusal(tmp_path, fields)
        assert line.startswith(f"{QUESTIONS}.{field}: is called as the trait {name!r} is; give ")


def test_a_rule_is_about_one_thing_of_its_name(tmp_path: Path) -> None:
    fields = changed(f"{QUESTIONS}.sex", ASKED)
    fields["questionnaire"]["questions"]["parks"] = {"question": "?", "ask_if": {"sex": "man"}}
    [line] = refusal(tmp_path, fields)
    assert line.startswith(f"{QUESTIONS}.sex: is called as the trait 'sex' is")


def test_what_an_earlier_version_took_in_can_still_be_read(tmp_path: Path) -> None:
    study = load(tmp_path, changed(f"{QUESTIONS}.parks", {"question": "?", "retest": "roads_2"}))
    spec = study.spec
    spec["questionnaire"]["questions"]["parks"]["retest"] = "roads"
    spec["questionnaire"]["questions"]["roads"]["name"] = "roads"
    assert Study.from_spec(spec).spec == spec


def test_the_name_that_a_drawn_arm_has_is_no_column(tmp_path: Path) -> None:
    fields = changed("arms", {"texts": {"a": "Taxes rose.", "b": ""}})
    fields["questionnaire"]["questions"]["roads"] = {"question": "?", "retest": "arm"}
    assert load(tmp_path, fields).questions[0].retest == "arm"


def test_a_trait_whose_words_earlier_versions_did_not_look_at_can_still_be_read(
    tmp_path: Path,
) -> None:
    """They looked at one text of each name, a question's before a trait's."""
    spec = load(tmp_path, changed(f"{QUESTIONS}.sex", ASKED)).spec
    spec["traits"]["sex"]["question"] = "Well,\nQuestion: what?"
    assert Study.from_spec(spec).spec == spec
