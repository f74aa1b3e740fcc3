"""The study file: what is accepted means what it says, what is refused says where and why."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_model import small_study, study_fields, write_study
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anthology.models.errors import InputError
from anthology.models.language_model.names import model_queue, model_slug
from anthology.models.study.study import Study


def load(tmp_path: Path, fields: dict[str, Any] | str) -> Study:
    path = tmp_path / "s.yaml"
    path.write_text(fields if isinstance(fields, str) else yaml.safe_dump(fields, sort_keys=False))
    return Study.load(path)


def refusal(tmp_path: Path, fields: dict[str, Any] | str) -> list[str]:
    """The lines of the refusal without the file's name, which each must begin with."""
    with pytest.raises(InputError) as raised:
        load(tmp_path, fields)
    name = f"{tmp_path / 's.yaml'}: "
    lines = str(raised.value).splitlines()
    assert all(line.startswith(name) for line in lines)
    return [line.removeprefix(name) for line in lines]


def changed(place: str, value: Any) -> dict[str, Any]:
    """The small study with the field at a dotted place set, or taken out if it is `None`."""
    fields = json.loads(json.dumps(study_fields()))
    *parents, last = place.split(".")
    part = fields
    for parent in parents:
        part = part.setdefault(parent, {})
    if value is None:
        del part[last]
    else:
        part[last] = value
    return fields


# --- what a valid file means ---------------------------------------------------------------------


def test_a_valid_file_survives_the_way_through_json(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    again = Study.from_spec(json.loads(json.dumps(study.spec)))
    assert again == study
    assert again.digest == study.digest


def test_questions_take_the_settings_they_share_unless_they_have_their_own(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    roads, parks, vote = study.questions
    assert roads.text == "Are we spending too much on roads?"
    assert roads.option_texts == parks.option_texts == ["too little", "about right", "too much"]
    assert vote.option_texts == ["Yes", "No"]
    assert [q.options_order for q in study.questions] == ["reversed"] * 3
    assert [q.column for q in study.questions] == ["roads", "parks", "vote"]
    assert study.traits["age"].options_order == "fixed"


def test_the_survey_file_is_looked_for_beside_the_study_file(tmp_path: Path) -> None:
    assert small_study(tmp_path / "folder").humans.file == str(tmp_path / "folder" / "humans.csv")


def test_codes_are_numbers_text_lists_or_ranges(tmp_path: Path) -> None:
    options = {"a": 1, "b": [2, 3.5], "c": {"from": 10, "to": 20}, "d": "x"}
    question = load(tmp_path, changed("questionnaire.options", options)).questions[0]
    found = [question.positions(code) for code in (1, 1.0, 2, 3.5, 10, 15.5, 20, "x", 0, 21, "1")]
    assert found == [[0], [0], [1], [1], [2], [2], [2], [3], [], [], [0]]


def test_a_code_that_two_options_claim_belongs_to_both(tmp_path: Path) -> None:
    options = {"a": [1, 2], "b": {"from": 2, "to": 3}}
    question = load(tmp_path, changed("questionnaire.options", options)).questions[0]
    assert question.positions(2) == [0, 1]


def test_options_may_be_called_yes_no_on_and_a_date(tmp_path: Path) -> None:
    text = yaml.safe_dump(changed("questionnaire.options", {"OPTIONS": 1}), sort_keys=False)
    text = text.replace("    OPTIONS: 1", "    Yes: 1\n    No: 2\n    On: 3\n    2018-11-06: 4")
    assert load(tmp_path, text).questions[0].option_texts == ["Yes", "No", "On", "2018-11-06"]


def test_a_model_is_called_by_the_last_part_of_its_name() -> None:
    assert model_slug("/models/Meta-Llama 3.1_8B/") == "meta-llama-3.1-8b"
    assert model_slug("HuggingFaceTB/SmolLM2-135M") == model_slug("/tmp/smollm2-135m")
    assert model_slug("///") == "model"
    assert model_queue("Qwen/Qwen3-8B") == "gpu.qwen3-8b"


# --- the way through JSON -------------------------------------------------------------------------

QUESTIONS: list[dict[str, Any]] = [
    {"numeric": {"question": "How many?", "number": {"from": 0, "to": 9},
                 "options": {"few": {"to": 4}, "many": [5, 6, 7, 8, 9]}}},
    {"finer": {"question": "Which?", "options": {"a": 1, "b": {"from": 2}},
               "asked_as": {"very a": "a", "a": "a", "b": "b"}, "anchored": ["b"]}},
    {"why": {"question": "Why?", "free_text": True, "max_tokens": 40}},
    {"battery": {"battery": "Rate {}.", "missing": [9, "x"],
                 "items": {"one": "A", "two": {"item": "B", "column": "c", "refusal": None}}}},
    {"owns": {"select_all": "Which?", "items": {"car": "A car", "cat": "A cat"}}},
    {"own": {"question": "Own?", "options": {"Yes": 1, "No": 0}, "options_order": "random",
             "block": "own", "ordered": False}},
    {"many": {"question": "Many?", "options": {f"o{n}": n for n in range(26)}}},
]  # fmt: skip
READOUTS = [
    {}, {"readout": "text", "length_normalization": "byte"}, {"temperature": 1.5},
    {"readout": "sample", "samples": 4, "attempts": 9, "answer_tokens": 20},
]  # fmt: skip
ORDERS = [
    {}, {"options_order": "random"}, {"options_order": "averaged", "permutations": 3},
    {"debias": "label_prior"}, {"readout_check": 0.05}, {"order": "shuffled_in_blocks"},
]  # fmt: skip
STYLES = [
    {}, {"labels": "digits", "brackets": "square", "asker": "Q", "answerer": "A"},
    {"turns": "chat", "system": "Be brief."},
]  # fmt: skip


@given(
    questions=st.lists(st.sampled_from(QUESTIONS), unique_by=lambda entry: next(iter(entry))),
    refusal=st.sampled_from([None, "Prefer not to answer"]),
    readouts=st.tuples(st.sampled_from(READOUTS), st.sampled_from(READOUTS)),
    order=st.sampled_from(ORDERS),
    style=st.sampled_from(STYLES),
)
def test_whatever_is_accepted_survives_the_way_through_json(
    questions: list[dict[str, Any]],
    refusal: str | None,
    readouts: tuple[dict[str, Any], dict[str, Any]],
    order: dict[str, Any],
    style: dict[str, Any],
) -> None:
    fields = study_fields(polling=readouts[0], style=style)
    asked = {name: entry for part in questions for name, entry in part.items()}
    fields["questionnaire"] = {
        "options": {"bad": 1, "good": 2}, "refusal": refusal, **readouts[1], **order,
        "questions": {"roads": "Roads?", **asked},
    }  # fmt: skip
    try:
        study = Study.from_spec(fields)
    except ValidationError:  # settings that contradict each other: test_questionnaire.py
        return
    spec = json.loads(json.dumps(study.spec, allow_nan=False))
    again = Study.from_spec(spec)
    assert again == study
    assert (again.spec, again.digest) == (spec, study.digest)
    assert [q.key for q in again.questions] == [q.key for q in study.questions]


def test_a_study_that_has_every_kind_of_question_survives_the_way_through_json() -> None:
    asked = {name: entry for part in QUESTIONS for name, entry in part.items()}
    questionnaire = {"options": {"bad": 1, "good": 2}, "refusal": "No say", "questions": asked}
    study = Study.from_spec(study_fields(questionnaire=questionnaire, style=STYLES[1]))
    assert len(study.questionnaire.questions) == 9
    assert Study.from_spec(json.loads(json.dumps(study.spec))) == study


# --- identity ------------------------------------------------------------------------------------


def test_the_digest_does_not_depend_on_where_the_files_lie(tmp_path: Path) -> None:
    assert small_study(tmp_path / "here").digest == small_study(tmp_path / "there").digest


def test_the_digest_does_not_depend_on_the_order_of_fields(tmp_path: Path) -> None:
    fields = list(study_fields().items())
    expected = load(tmp_path, study_fields()).digest
    for seed in range(5):
        random.Random(seed).shuffle(fields)
        assert load(tmp_path, dict(fields)).digest == expected


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("seed", 8),
        ("chunk", 5),
        ("model", "other"),
        ("humans.weight", None),
        ("questionnaire.options", {"too much": 3, "about right": 2, "too little": 1}),
        ("questionnaire.order", "fixed"),
        ("questionnaire.questions.roads", "Are we spending too much on roads ?"),
        ("traits.age.bio", "I'm {}."),
        ("conditions", ["bio", "none"]),
        ("questionnaire.refusal", "Prefer not to answer"),
        ("questionnaire.options_order", "averaged"),
        ("questionnaire.anchored", ["too much"]),
        ("questionnaire.readout", "text"),
        ("questionnaire.readout_check", 0.05),
        ("questionnaire.debias", "label_prior"),
        ("questionnaire.temperature", 1.5),
        ("polling.readout", "text"),
        ("style.brackets", "square"),
        ("traits.age.asked_as", {"18 to 49": "young", "50 and more": "old"}),
        ("traits.age.number", {"from": 18, "to": 99}),
    ],
)
def test_the_digest_changes_with_whatever_changes_an_answer(
    tmp_path: Path, place: str, value: Any
) -> None:
    assert load(tmp_path, changed(place, value)).digest != load(tmp_path, study_fields()).digest


def test_a_trait_is_polled_again_only_if_what_is_asked_has_changed(tmp_path: Path) -> None:
    age = load(tmp_path, study_fields()).traits["age"]
    bio = load(tmp_path, changed("traits.age.bio", "{}!")).traits["age"]
    codes = load(tmp_path, changed("traits.age.options", {"young": 1, "old": 2})).traits["age"]
    turned = load(tmp_path, changed("traits.age.options", {"old": 2, "young": 1})).traits["age"]
    assert age.key == bio.key == codes.key != turned.key


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("polling.readout", "text"),
        ("polling.temperature", 1.5),
        ("style.brackets", "square"),
        ("traits.age.refusal", "Prefer not to answer"),
        ("traits.age.number", {"from": 18, "to": 99}),
    ],
)
def test_a_poll_is_used_again_only_by_a_study_that_asks_and_reads_alike(
    tmp_path: Path, place: str, value: Any
) -> None:
    def key(fields: dict[str, Any]) -> str:
        study = load(tmp_path, fields)
        return study.poll_key(study.traits["age"])

    assert key(changed(place, value)) != key(study_fields())
    assert key(changed("questionnaire.readout", "text")) == key(study_fields())


def test_a_recipe_knows_everything_but_name_and_size(tmp_path: Path) -> None:
    recipe = load(tmp_path, study_fields()).recipe
    assert load(tmp_path, changed("pool.count", 99)).recipe == recipe
    assert load(tmp_path, changed("pool.name", "others")).recipe == recipe
    assert load(tmp_path, changed("model", "/models/FAKE")).recipe == recipe
    assert load(tmp_path, changed("style.brackets", "square")).recipe == recipe
    others = (("seed", 8), ("model", "b"), ("pool.temperature", 0.5), ("style.asker", "Q"))
    for place, value in (*others, ("style.turns", "chat")):
        assert load(tmp_path, changed(place, value)).recipe != recipe


# --- refusals ------------------------------------------------------------------------------------


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
        ("humans", None, "humans: is missing"),
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
            "study: 'age' has 27 options, but upper labels with brackets 'round' end at 26; style",
        ),
        (
            "questionnaire.options", {f"o{n}": n for n in range(60)},
            "study: 'roads' has 60 options, but upper labels with brackets 'round' end at 26",
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
        ("questionnaire.samples", 5, "questionnaire: samples needs readout: sample"),
        ("questionnaire.readuot", "text", "questionnaire.readuot: is not a field here; did you me"),
        ("questionnaire.questions.roads", {"question": "a" * 10001}, "at most 10000 characters"),
        ("questionnaire.questions.roads", 5, "roads: should be a mapping of fields, found 5"),
        ("questionnaire.questions.roads", {"question": "a", "numbr": 1}, "did you mean 'number'?"),
        ("questionnaire.questions.a/b", "Q?", "questionnaire.questions.a/b: should be at most 64"),
        ("polling.samples", 5, "polling: samples needs readout: sample"),
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
        ("questionnaire.questions", {}, "questionnaire.questions: Dictionary should have at"),
        ("questionnaire.options", None, "questionnaire.questions.roads.options: is missing"),
        ("conditions", [], "conditions: List should have at least 1 item"),
        ("conditions", ["nature"], "conditions: 'nature' is not one of none, bio, qa, natural/ran"),
        ("conditions", ["none", "none"], "conditions: names a condition twice"),
        ("pool", None, "condition 'natural/random' needs a pool"),
        ("traits", None, "condition 'bio' needs traits"),
        ("measures.subgroups", ["race"], "measures.subgroups names 'race', which is not a trait"),
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
    ("place", "value"),
    [
        ("questionnaire.options", {"👍🏽": 1, "👎": 2}),
        ("questionnaire.options", {"نعم": 1, "לא": 2}),
        ("questionnaire.options", {"Answer:": 1, "(A) or (B)": 2}),
        ("questionnaire.options", {"Important": 1, "Important, but not essential": 2}),
        ("traits.age.refusal", "Prefer not to answer"),
    ],
)
def test_odd_but_clear_wording_is_accepted(tmp_path: Path, place: str, value: Any) -> None:
    study = load(tmp_path, changed(place, value))
    assert Study.from_spec(json.loads(json.dumps(study.spec))) == study


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


# --- texts of several lines -----------------------------------------------------------------------

VIGNETTE = "A boss asks a worker to lie.\n\n  The worker refuses.\nWho is right?"


@pytest.mark.parametrize(
    "place", ["questionnaire.questions.roads", "pool.prompt", "traits.age.question"]
)
def test_a_text_of_several_paragraphs_is_taken_as_it_is(tmp_path: Path, place: str) -> None:
    study = load(tmp_path, changed(place, VIGNETTE))
    assert study.pool is not None
    found = [study.questions[0].text, study.pool.prompt, study.traits["age"].text]
    assert VIGNETTE in found
    assert Study.from_spec(json.loads(json.dumps(study.spec))) == study


def test_a_block_of_text_in_yaml_is_a_question(tmp_path: Path) -> None:
    text = yaml.safe_dump(study_fields(), sort_keys=False)
    block = "    roads: |\n      A boss asks.\n\n      Who is right?\n"
    text = text.replace("    roads: Are we spending too much on roads?\n", block)
    assert load(tmp_path, text).questions[0].text == "A boss asks.\n\nWho is right?"


@pytest.mark.parametrize(
    "line",
    ["Answer: (B)", "answer :", "  Question: Which?", "A\u200bnswer: x", "Ａnswer：",
     "(B) Too much", "(b) x"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["questionnaire.questions.roads", "pool.prompt"])
def test_no_line_of_a_text_speaks_for_somebody_else(tmp_path: Path, place: str, line: str) -> None:
    (told,) = refusal(tmp_path, changed(place, f"Which?\n{line}\nSo?"))
    assert "has a line that begins with" in told
    assert "change style" in told


def test_a_chat_models_turns_have_no_names_that_a_text_could_use(tmp_path: Path) -> None:
    fields = changed("questionnaire.questions.roads", "Which?\nAnswer: none.\nSo?")
    fields["style"] = {"turns": "chat", "system": "Be brief.\n\nBe honest."}
    assert load(tmp_path, fields).style.system == "Be brief.\n\nBe honest."


# --- parts that must fit together -----------------------------------------------------------------

SIXTY = {f"o{n}": n for n in range(60)}


def test_sixty_options_can_be_asked_with_digits_or_in_their_own_words(tmp_path: Path) -> None:
    many = changed("questionnaire.options", SIXTY)
    digits = load(tmp_path, {**many, "style": {"labels": "digits"}})
    assert len(digits.questions[0].choices) == 60
    many["questionnaire"]["readout"] = "text"
    assert len(load(tmp_path, many).questions[0].choices) == 60


def test_bare_digits_end_before_ten(tmp_path: Path) -> None:
    many = changed("questionnaire.options", {f"o{n}": n for n in range(10)})
    many["style"] = {"labels": "digits", "brackets": "none"}
    assert "'roads' has 10 options, but digits labels with brackets 'none' end at 9" in refusal(
        tmp_path, many
    )[0]  # fmt: skip


def test_a_refusal_takes_a_label_too(tmp_path: Path) -> None:
    many = changed("questionnaire.options", {f"o{n}": n for n in range(26)})
    assert len(load(tmp_path, many).questions[0].choices) == 26
    many["questionnaire"]["refusal"] = "Prefer not to answer"
    assert "'roads' has 27 options" in refusal(tmp_path, many)[0]


@pytest.mark.parametrize(
    ("place", "value"),
    [("polling", {"readout": "text"}), ("traits.age.number", {"from": 0, "to": 59})],
)
def test_traits_that_are_told_as_questions_need_labels_however_they_are_polled(
    tmp_path: Path, place: str, value: Any
) -> None:
    """In the condition qa their options are shown as the survey's are."""
    many = changed(place, value)
    many["traits"]["age"]["options"] = SIXTY
    assert "'age' has 60 options" in refusal(tmp_path, many)[0]
    many["conditions"] = ["bio", "natural/greedy"]
    assert len(load(tmp_path, many).traits["age"].option_texts) == 60


def test_written_polls_have_no_orders_to_average_over(tmp_path: Path) -> None:
    fields = changed("traits.age.options_order", "averaged")
    assert load(tmp_path, fields).traits["age"].options_order == "averaged"
    (line,) = refusal(tmp_path, {**fields, "polling": {"readout": "sample", "samples": 9}})
    assert line.startswith("study: traits.age has options_order averaged, which written answers")


def test_a_study_is_calibrated_only_if_it_removes_the_label_prior(tmp_path: Path) -> None:
    assert not load(tmp_path, study_fields()).calibrated
    assert load(tmp_path, changed("questionnaire.debias", "label_prior")).calibrated


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


def test_two_questions_cannot_have_one_name(tmp_path: Path) -> None:
    """Answers are stored by name: the second question's would all be dropped."""
    questions = {"a": {"question": "A?", "name": "x"}, "b": {"question": "B?", "name": "x"}}
    with pytest.raises(InputError, match="x"):
        load(tmp_path, changed("questionnaire.questions", questions))


def test_a_range_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"traits\.age\.options\.old"):
        load(tmp_path, changed("traits.age.options.old", {"from": 99, "to": 50}))


def test_a_code_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        load(tmp_path, changed("questionnaire.missing", [float("nan")]))


def test_a_spec_is_strict_json_even_with_an_open_range(tmp_path: Path) -> None:
    """`{from: 65, to: .inf}` is how people write "65 and older"."""
    study = load(tmp_path, changed("traits.age.options.old", {"from": 50, "to": float("inf")}))
    assert Study.from_spec(json.loads(json.dumps(study.spec, allow_nan=False))) == study
