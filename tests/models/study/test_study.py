"""The study file: what is accepted means what it says, and its parts fit together."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_model import small_study, study_fields
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from study_files import changed, load, refusal

from anthology.models.errors import InputError
from anthology.models.language_model.names import model_queue, model_slug
from anthology.models.study.study import Study

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


# --- the way through JSON ------------------------------------------------------------------------

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


# --- texts of several lines ----------------------------------------------------------------------

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


# --- parts that must fit together ----------------------------------------------------------------

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
    assert line.startswith("traits.age.options_order: is averaged, which written answers")


def test_a_study_is_calibrated_only_if_it_removes_the_label_prior(tmp_path: Path) -> None:
    assert not load(tmp_path, study_fields()).calibrated
    assert load(tmp_path, changed("questionnaire.debias", "label_prior")).calibrated


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
