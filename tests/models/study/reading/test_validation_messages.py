"""What a refused study file is told: the file, the field, its line, and what was expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_model import write_study
from study_files import changed, refusal

from anthology.models.errors import InputError
from anthology.models.study.study import Study


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("study", None, "study: is missing"),
        ("study", "a/b", "study: should be at most 64 letters, digits, dots"),
        ("study", "../x", "study: should be at most 64 letters, digits, dots"),
        ("study", 5, "study: should be text, found 5; put it in quotes"),
        ("seed", 1.5, "seed: should be a valid integer"),
        ("seed", -1, "seed: should be greater than or equal to 0, found -1"),
        ("model", "", "model: should not be empty, found ''"),
        ("humans", None, "conditions.0: condition 'none' is about respondents, and huma"),
        ("humans.weigth", "w", "humans.weigth: is not a field here; did you mean 'weight'?"),
        ("humans.sample", 1, "humans.sample: should be greater than or equal to 2, found 1"),
        ("pool.count", 0, "pool.count: should be greater than or equal to 1, found 0"),
        ("pool.count", "many", "pool.count: should be a valid integer"),
        ("pool.min_tokens", 100, "pool: min_tokens 100 is above max_tokens 64"),
        ("pool.temperature", 0, "pool.temperature: should be greater than 0, found 0"),
        ("pool.prompt", "a\tb", "pool.prompt: should be one line without control"),
        ("pool.tempurature", 1, "pool.tempurature: is not a field here; did you mean 'temp"),
        ("traits.age.bio", "I am.", "traits.age.bio: needs exactly one {} where"),
        ("traits.age.bio", None, "traits.age.bio: is missing"),
        ("traits.age.options.old", {}, "traits.age.options.old: needs from, to, or both"),
        ("traits.age.options.old", [True], "should be a survey code, a number or text, found True"),
        ("traits.age.options", {"old": 1}, "traits.age.options: needs 2 to 99 options, has 1"),
        (
            "traits.age.options", {f"o{n}": n for n in range(27)},
            "traits.age.options: 'age' has 27 options, but upper labels with brackets 'round' end",
        ),
        (
            "questionnaire.options", {f"o{n}": n for n in range(60)},
            "questionnaire.questions.roads.options: 'roads' has 60 options, but upper labels with ",
        ),
        ("questionnaire.options", {"Yes": 1, " YES": 2}, "roads.options: 'Yes' and ' YES' read"),
        ("questionnaire.options", {"": 1, "b": 2}, "questions.roads.options.'': should not be emp"),
        ("questionnaire.options", {"a\nb": 1, "b": 2}, "roads.options.'a\\nb': should be one line"),
        (
            "questionnaire.options", {1: 1, "b": 2},
            "questionnaire.questions.roads.options.1: should be text, found 1; put it in quotes",
        ),
        ("questionnaire.options", ["a", "b"], "questions.roads.options: should be a mapping"),
        ("questionnaire.options", {"a": None, "b": 2}, "roads.options.a: should be a survey code"),
        ("questionnaire.refusal", "too MUCH", "questions.roads: 'too much' and 'too MUCH' read"),
        ("questionnaire.refusal", 5, "questions.roads.refusal: should be text, found 5"),
        ("questionnaire.anchored", ["much"], "questions.roads: anchored: 'much' is not an option"),
        ("questionnaire.permutations", 3, "roads: permutations needs options_order: averaged"),
        ("questionnaire.missing", [True], "roads.missing.0: should be a survey code"),
        ("questionnaire.samples", 5, "questionnaire.samples: samples needs readout: sample"),
        ("questionnaire.readuot", "text", "questionnaire.readuot: is not a field here; did you me"),
        ("questionnaire.questions.roads", {"question": "a" * 10001}, "at most 10000 characters"),
        ("questionnaire.questions.roads", 5, "roads: should be a mapping of fields, found 5"),
        ("questionnaire.questions.roads", {"question": "a", "numbr": 1}, "did you mean 'number'?"),
        ("questionnaire.questions.roads", {"question": "a", "reverse": True},
         "roads.reverse: is not a field here; a reverse-keyed item has a minus where its scale is"),
        ("measures.subgroups", ["sex x age"], "should be a trait, or several crossed with a star"),
        ("questionnaire.questions.a/b", "Q?", "questionnaire.questions.a/b: should be at most 64"),
        ("polling.samples", 5, "polling.samples: samples needs readout: sample"),
        ("polling.temprature", 1, "polling.temprature: is not a field here; did you mean 'temper"),
        ("polling.answer_token", 1, "is not a field here; did you mean 'answer_tokens'?"),
        ("polling.order", "fixed", "polling.order: is not a field here"),
        ("traits.age.number", {"from": 18}, "traits.age.number.to: is missing"),
        ("traits.age.number", {"from": 0, "to": 99}, "traits.age: number 0 belongs to no option"),
        ("traits.age.asked_as", {"a": "young"}, "traits.age: asked_as: nothing that is asked bel"),
        ("traits.age.battery", "Rate {}.", "traits.age.battery: is not a field here"),
        ("style.lables", "lower", "style.lables: is not a field here; did you mean 'labels'?"),
        ("traits.age.options_order", "any", "traits.age.options_order: should be 'fixed', 'rev"),
        ("questionnaire", None, "questionnaire: is missing"),
        ("questionnaire.optoins", {}, "questionnaire.optoins: is not a field here; did you mean"),
        ("questionnaire.order", "random", "questionnaire.order: should be 'fixed', 'shuff"),
        ("questionnaire.questions", {}, "questionnaire.questions: needs at least 1, found 0"),
        (
            "conditions", [{"condition": "qa", "pool": "natural"}],
            "conditions.0: has both condition and pool, which are two conditions: leave condition",
        ),
        ("conditions", [{"condition": "qa", "name": "a b"}], "name: should be at most 64 letters"),
        ("arms", {"texts": {"a": None, "b": "x"}}, "arms.texts.a: should be text, found nothing"),
        (
            "pools", {"p": {"primed_by": "qa", "interview": {}}},
            "pools.p: has interview and primed_by, each of which is a way of making a pool",
        ),
        ("questionnaire.options", None, "questionnaire.questions.roads.options: is missing"),
        ("conditions", [], "conditions: needs at least 1"),
        ("conditions", ["nature"], "conditions.0: 'nature' is not one of none, bio, qa, portray, "),
        ("conditions", ["none", "none"], "conditions: names a condition twice"),
        ("pool", None, "conditions.3: condition 'natural/random' needs a pool"),
        ("traits", None, "conditions.1: condition 'bio' needs traits"),
        ("measures.subgroups", ["race"], "measures.subgroups: names 'race', which is not a trait"),
        ("measures.subgroups", ["sex*race"], "names 'race' in 'sex*race', which is not a trait"),
        ("measures.subgroups", ["sex * sex"], "subgroups: crosses 'sex' with itself in 'sex*sex'"),
        ("measures.subgroups", ["sex*"], "measures.subgroups.0: should be at most 64 letters"),
        ("measures.splits", 1, "measures.splits: should be greater than or equal to 2, found 1"),
        ("chunk", 0, "chunk: should be greater than or equal to 1, found 0"),
        ("questionaire", {}, "questionaire: is not a field here; did you mean 'questionnaire'?"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_file_the_field_and_what_was_expected(
    tmp_path: Path, place: str, value: Any, expected: str
) -> None:
    lines = refusal(tmp_path, changed(place, value))
    assert any(expected in line for line in lines), lines


@pytest.mark.parametrize("name", ["code", "list", "range", "open", "closed", "int", "str"])
def test_a_place_is_named_in_full_whatever_questions_and_options_are_called(
    tmp_path: Path, name: str
) -> None:
    question = {"question": "Which?", "options": {name: [None], "b": 2}}
    (line,) = refusal(tmp_path, changed(f"questionnaire.questions.{name}", question))
    assert line.startswith(f"questionnaire.questions.{name}.options.{name}.0: should be a survey")


def test_a_field_in_the_wrong_place_is_not_said_to_be_meant_by_itself(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, changed("humans.seed", 1))
    assert line == "humans.seed: is not a field here (line 8, column 3)"


def test_a_name_that_cannot_be_is_one_mistake(tmp_path: Path) -> None:
    fields = changed("questionnaire.questions", {1: {"question": "Which?", "colour": "red"}})
    assert refusal(tmp_path, fields) == [
        "questionnaire.questions.1: should be text, found 1; put it in quotes (line 35, column 5)"
    ]


def test_a_refusal_shows_no_more_than_a_line_of_what_was_found(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, changed("questionnaire.questions.roads", {"question": "a" * 99999}))
    assert len(line) < 250


@pytest.mark.parametrize(
    ("place", "value", "line", "column"),
    [
        ("pool.count", 0, "  count: 0", 3),
        ("traits.age.bio", None, "  age:", 3),
        ("questionnaire.options", {1: 1, "b": 2}, "    1: 1", 5),
        ("questionnaire.missing", [8, True], "  - true", 5),
        ("questionnaire.questions.roads", {"question": None}, "      question: null", 7),
        (
            "questionnaire.questions.b",
            {"battery": "Rate {}.", "items": {"one": "One", "two": {"item": "Two", "colour": 1}}},
            "          colour: 1", 11,
        ),
        (
            "questionnaire.questions.b",
            {"battery": "Rate {}.", "optoins": {}, "items": {"one": "One"}}, "      optoins: {}", 7,
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_where_the_field_stands(
    tmp_path: Path, place: str, value: Any, line: str, column: int
) -> None:
    (told, *_) = refusal(tmp_path, changed(place, value))
    number = (tmp_path / "s.yaml").read_text().splitlines().index(line) + 1
    assert told.endswith(f" (line {number}, column {column})")


@pytest.mark.parametrize("word", ["null", "~", ""])
def test_what_is_nothing_in_yaml_is_refused_where_a_text_is_wanted(
    tmp_path: Path, word: str
) -> None:
    text = yaml.safe_dump(changed("questionnaire.refusal", "HERE"), sort_keys=False)
    options = text.replace("    too little:", f"    {word}:" if word else "    ? \n    :")
    (line,) = refusal(tmp_path, options)
    assert "is no text; put it in quotes" in line
    questions = text.replace("    roads: Are we spending too much on roads?", f"    roads: {word}")
    (line, *_) = refusal(tmp_path, questions)
    assert "roads: should be a mapping of fields" in line


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    fields = {**changed("seed", -1), "chunk": 0, "colour": "red"}
    lines = refusal(tmp_path, fields)
    assert [line.split(":")[0] for line in lines] == ["seed", "chunk", "colour"]


@pytest.mark.parametrize(
    ("text", "found"), [("", "nothing"), ("- a\n", "a list"), ("hello\n", "a str"), ("1", "a int")]
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, found: str) -> None:
    assert refusal(tmp_path, text) == [f"expected a mapping of study fields, found {found}"]


def test_a_question_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    text = write_study(tmp_path).read_text()
    text = text.replace("    parks: Are", "    roads: Are")
    (line,) = refusal(tmp_path, text)
    assert line.endswith("the key 'roads' stands twice")
    first = text.splitlines().index("    roads: Are we spending too much on roads?")
    assert line.startswith(f"line {first + 2}, column 5: ")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: no such file"):
        Study.load(tmp_path / "nowhere.yaml")


def test_a_list_of_questions_is_refused_where_it_stands(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, changed("questionnaire.questions", ["One?", "Two?"]))
    assert line.startswith("questionnaire.questions: should be a mapping")
