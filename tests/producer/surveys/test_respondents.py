"""A survey file's codes become option positions, or the file is refused by name."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from fake_model import small_study

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans, read_humans, told

HEADER = "id,weight,age,sex,roads,parks,vote"

GOOD = ["a,1,20,1,1,2,1", "b,2,60,2,3,3,2", "c,3,30,1,2,1,3"]


def study_of(folder: Path, lines: list[str], **changes: Any) -> Study:
    study = small_study(folder, conditions=["none"], **changes)
    (folder / "humans.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return study


def read(folder: Path, lines: list[str], **changes: Any) -> EncodedHumans:
    return read_humans(study_of(folder, lines, **changes))


def refusal(folder: Path, lines: list[str], **changes: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(folder, lines, **changes)
    message = str(raised.value)
    assert message.startswith(str(folder / "humans.csv"))
    assert "\n" not in message
    return message


def test_codes_become_positions_in_the_questionnaires_order(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert found.ids == ["a", "b", "c"]
    assert found.weights == [1.0, 2.0, 3.0]
    assert found.traits == {"age": [0, 1, 0], "sex": [0, 1, 0]}
    assert found.answers == {"roads": [0, 2, 1], "parks": [1, 2, 0], "vote": [0, 1, 1]}
    assert found.sampled == 3


def test_an_empty_cell_is_a_missing_answer(tmp_path: Path) -> None:
    found = read(tmp_path, [*GOOD, "d,1,,2,,1,1"])
    assert found.traits["age"] == [0, 1, 0, -1]
    rows = list(found.rows())
    assert rows[3] == {
        "number": 3, "source_id": "d", "weight": 1.0, "traits": {"age": None, "sex": 1},
        "answers": {"roads": None, "parks": 0, "vote": 0},
    }  # fmt: skip


def test_a_code_called_missing_is_a_missing_answer(tmp_path: Path) -> None:
    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3}, "missing": [8, 9],
        "questions": {"roads": "Roads?", "parks": "Parks?"},
    }  # fmt: skip
    found = read(tmp_path, ["a,1,20,1,8,2,1", "b,1,20,1,3,9,1"], questionnaire=questionnaire)
    assert found.answers == {"roads": [-1, 2], "parks": [1, -1]}


AGE = {"question": "How old are you?", "bio": "I am {}.",
       "options": {"under 45": {"to": 44}, "45 or older": {"from": 45}}}  # fmt: skip


def test_a_missing_code_is_a_missing_answer_also_within_an_options_range(tmp_path: Path) -> None:
    traits = {"age": {**AGE, "missing": [98, 99]}}
    found = read(
        tmp_path, ["a,1,20,1,1,2,1", "b,1,98,1,3,1,1", "c,1,45,1,3,1,1"], traits=traits, measures={}
    )
    assert found.traits["age"] == [0, -1, 1]


def test_a_nonresponse_code_is_one_within_a_range_but_not_where_an_option_names_it(
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame(
        {"age": [20.0, 98.0, 99.0], "roads": [1.0, 2.0, 3.0], "parks": [1.0, 2.0, 3.0],
         "vote": [1.0, 2.0, 3.0]}
    )  # fmt: skip
    pyreadstat.write_sav(
        frame, tmp_path / "humans.sav", missing_ranges={"age": [99]},
        variable_value_labels={"age": {98: "Don't know"}},
    )  # fmt: skip
    asked = {"conditions": ["none"], "humans": {"file": "humans.sav"}, "measures": {}}
    ranges = small_study(tmp_path, traits={"age": AGE}, **asked)
    assert read_humans(ranges).traits["age"] == [0, -1, -1]
    options = {**AGE["options"], "does not know": 98, "45 or older": {"from": 45, "to": 97}}
    named = small_study(tmp_path, traits={"age": {**AGE, "options": options}}, **asked)
    assert read_humans(named).traits["age"] == [0, 2, -1]


def test_without_id_and_weight_people_are_numbered_and_count_alike(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD, humans={"file": "humans.csv"})
    assert (found.ids, found.weights) == (["1", "2", "3"], [1.0, 1.0, 1.0])


def test_human_codes_become_options_however_finely_personas_are_asked(tmp_path: Path) -> None:
    ages = {"young": {"to": 29}, "older": {"from": 30}}
    questionnaire = {
        "refusal": "Prefer not to say",
        "questions": {
            "years": {"question": "Your age?", "column": "age", "options": ages,
                      "number": {"from": 18, "to": 99}},
            "roads": {
                "question": "Roads?", "options": {"less": 1, "more": [2, 3]},
                "asked_as": {"none": "less", "little": "less", "all": "more"},
            },
        },
    }  # fmt: skip
    found = read(tmp_path, GOOD, questionnaire=questionnaire)
    assert found.answers == {"years": [0, 1, 1], "roads": [0, 1, 1]}


def test_items_of_a_battery_are_read_from_columns_of_their_own(tmp_path: Path) -> None:
    scale = {"too little": 1, "about right": 2, "too much": 3}
    items = {"roads": "roads", "green": {"item": "parks", "column": "parks"}}
    questionnaire = {
        "questions": {
            "spending": {"battery": "Too much spent on {}?", "options": scale, "items": items},
            "did": {"select_all": "What did you do?", "options": {"Yes": 1, "No": [2, 3]},
                    "items": {"voted": {"item": "vote", "column": "vote"}}},
        },
    }  # fmt: skip
    found = read(tmp_path, GOOD, questionnaire=questionnaire)
    assert found.answers == {"roads": [0, 2, 1], "green": [1, 2, 0], "voted": [0, 1, 1]}


def test_free_text_needs_no_column(tmp_path: Path) -> None:
    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3},
        "questions": {"why": {"question": "Why?", "free_text": True}, "roads": "Roads?"},
    }
    found = read(tmp_path, GOOD, questionnaire=questionnaire)
    assert found.answers == {"roads": [0, 2, 1]}


def test_a_sav_file_is_read_with_its_declared_missing_codes(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"age": [20.0, 60.0, None], "sex": [1.0, 2.0, 1.0], "roads": [1.0, 99.0, 3.0],
         "parks": [1.0, 2.0, 3.0], "vote": [1.0, 2.0, 3.0]}
    )  # fmt: skip
    pyreadstat.write_sav(frame, tmp_path / "humans.sav", missing_ranges={"roads": [99]})
    study = small_study(tmp_path, conditions=["none"], humans={"file": "humans.sav"})
    found = read_humans(study)
    assert found.answers["roads"] == [0, -1, 2]
    assert found.traits["age"] == [0, 1, -1]


def test_a_code_may_be_a_number_here_and_text_there(tmp_path: Path) -> None:
    quoted = {"options": {"little": "1", "right": 2, "much": 3}, "questions": {"roads": "Roads?"}}
    assert read(tmp_path, GOOD, questionnaire=quoted).answers["roads"] == [0, 2, 1]
    word = [*GOOD, "d,1,20,1,dunno,2,1"]
    assert refusal(tmp_path, word).endswith(
        "code dunno (1 respondents), which no option covers; add it to an option or to missing"
    )
    left_out = {**quoted, "missing": ["dunno"]}
    assert read(tmp_path, word, questionnaire=left_out).answers["roads"] == [0, 2, 1, -1]


def test_a_word_among_ages_is_looked_for_and_no_range_takes_text(tmp_path: Path) -> None:
    message = refusal(tmp_path, [*GOOD, "d,1,old,1,1,2,1"])
    assert "code 20 (1 respondents), which no option covers; it is text here" in message


# --- samples -------------------------------------------------------------------------------------


def sampled(folder: Path, sample: int, **changes: Any) -> EncodedHumans:
    humans = {"file": "humans.csv", "id": "id", "weight": "weight", "sample": sample}
    return read_humans(
        small_study(folder, people=30, conditions=["none"], humans=humans, **changes)
    )


def test_a_sample_comes_first_and_nobody_is_lost(tmp_path: Path) -> None:
    everybody = read_humans(small_study(tmp_path, people=30, conditions=["none"]))
    found = sampled(tmp_path, 7)
    assert found.sampled == 7
    assert sorted(found.ids) == sorted(everybody.ids)
    assert found.ids != everybody.ids
    for n, source_id in enumerate(found.ids):
        before = everybody.ids.index(source_id)
        assert found.weights[n] == everybody.weights[before]
        for name in ("roads", "parks", "vote"):
            assert found.answers[name][n] == everybody.answers[name][before]


def test_a_sample_belongs_to_the_studys_seed(tmp_path: Path) -> None:
    assert sampled(tmp_path, 7).ids == sampled(tmp_path, 7).ids
    assert sampled(tmp_path, 7).ids != sampled(tmp_path, 7, seed=8).ids


def test_a_sample_larger_than_the_survey_is_refused(tmp_path: Path) -> None:
    humans = {"file": "humans.csv", "sample": 4}
    message = refusal(tmp_path, GOOD, humans=humans)
    assert message.endswith("humans.sample asks for 4 respondents, the file has 3")


# --- identity ------------------------------------------------------------------------------------


def test_the_digest_knows_every_persons_data_and_no_file_name(tmp_path: Path) -> None:
    digest = read(tmp_path / "here", GOOD).digest
    assert read(tmp_path / "there", GOOD).digest == digest
    for other in (["a,1,20,1,1,2,2", *GOOD[1:]], ["a,9,20,1,1,2,1", *GOOD[1:]], GOOD[::-1]):
        assert read(tmp_path / "here", other).digest != digest


def test_the_digest_does_not_see_how_a_number_is_written(tmp_path: Path) -> None:
    same = ["a,1.0,20,1.0,1,2,1", *GOOD[1:]]
    assert read(tmp_path, same).digest == read(tmp_path, GOOD).digest


# --- refusals ------------------------------------------------------------------------------------


def test_a_code_that_no_option_covers_is_refused_with_its_count(tmp_path: Path) -> None:
    message = refusal(tmp_path, [*GOOD, "d,1,20,1,4,1,1", "e,1,20,1,4,1,1"])
    assert "questions.roads: column 'roads' has code 4 (2 respondents)" in message
    assert message.endswith("add it to an option or to missing")


def test_a_code_that_two_options_cover_is_refused(tmp_path: Path) -> None:
    traits = {
        "sex": {"question": "Sex?", "bio": "{}", "options": {"man": [1, 2], "woman": 2}},
    }
    message = refusal(tmp_path, GOOD, traits=traits, measures={})
    assert message.endswith("traits.sex: code 2 belongs to 'man' and 'woman'")


def test_a_column_that_is_not_there_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    humans = {"file": "humans.csv", "weight": "wieght"}
    assert "no column 'wieght' (humans.weight); did you mean 'weight'?" in refusal(
        tmp_path, GOOD, humans=humans
    )


@pytest.mark.parametrize("weight", ["-1", "heavy", "inf"])
def test_a_weight_that_is_none_is_refused_with_its_row(tmp_path: Path, weight: str) -> None:
    message = refusal(tmp_path, [*GOOD, f"d,{weight},20,1,1,1,1"])
    assert "column 'weight', row 4 of the data: the weight is" in message


@pytest.mark.parametrize(("weight", "said"), [("", "no weight"), ("0", "the weight 0")])
def test_people_without_a_weight_or_with_none_above_0_are_left_out_and_told_of(
    tmp_path: Path, weight: str, said: str
) -> None:
    found = read(tmp_path, [*GOOD, f"d,{weight},20,1,1,1,1"])
    assert found.ids == ["a", "b", "c"]
    assert told(found) == [f"1 of 4 people have {said} in 'weight' and are left out"]
    assert len(found.former) == (weight == "0"), "an earlier version kept them"


def test_weights_that_are_all_nothing_are_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, ["a,0,20,1,1,2,1", "b,0,60,2,3,3,2"])
    assert "column 'weight': all weights are empty or zero" in message


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, [*GOOD, GOOD[0]]).endswith("humans.id: 'a' stands in 'id' twice")


def test_a_question_that_nobody_answered_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, ["a,1,20,1,,2,1", "b,1,20,1,,2,1"])
    assert message.endswith("questions.roads: nobody has an answer in 'roads'")


def test_a_survey_that_is_not_there_is_refused(tmp_path: Path) -> None:
    study = small_study(tmp_path, humans={"file": "nowhere.csv"})
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        read_humans(study)


def test_a_code_taken_for_nonresponse_that_the_study_does_not_name_is_told_of(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, [*GOOD, "d,1,20,1,8,1,1", "e,1,20,1,8,1,1"])
    assert found.answers["roads"][-2:] == [-1, -1]
    (line,) = told(found)
    assert line.startswith("column 'roads': 8 (2 people) counted as nonresponse; ")


def test_an_empty_cell_is_an_answer_where_an_option_says_so(tmp_path: Path) -> None:
    roads = {"question": "Roads?", "options": {"Yes": [1, 2, 3], "No": {"blank": True}}}
    questions = {"questions": {"roads": roads}}
    found = read(tmp_path, [*GOOD, "d,1,20,1,,1,1"], questionnaire=questions, measures={})
    assert found.answers["roads"] == [0, 0, 0, 1]
    both = {"Yes": {"blank": True}, "No": {"blank": True}}
    with pytest.raises(InputError, match="the empty cell cannot be both 'Yes' and 'No'"):
        read(tmp_path, GOOD, questionnaire={"questions": {"roads": {**roads, "options": both}}})


def test_a_study_that_an_earlier_version_read_otherwise_is_known_again(tmp_path: Path) -> None:
    """It took 999 for an age."""
    age = {
        "question": "Age?",
        "bio": "{}",
        "options": {"under 40": {"to": 39}, "40+": {"from": 40}},
    }
    ages = [*range(21, 91), *[999] * 5]
    lines = [f"{n},1,{years},1,{n % 3 + 1},2,1" for n, years in enumerate(ages)]
    found = read(tmp_path, lines, traits={"age": age}, measures={})
    assert found.traits["age"].count(-1) == 5
    assert len(found.former) == 1


def test_a_code_that_only_people_outside_the_weighted_sample_have_needs_no_option(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, [*GOOD, "d,,20,1,77,1,1"])
    assert (found.ids, found.left_out) == (["a", "b", "c"], {})


def test_a_weight_that_the_file_declares_missing_is_none(tmp_path: Path) -> None:
    frame = pd.DataFrame({"roads": [1.0, 2.0, 3.0], "parks": [1.0, 2.0, 3.0],
                          "vote": [1.0, 2.0, 3.0], "weight": [1.0, -9.0, 2.0]})  # fmt: skip
    pyreadstat.write_sav(frame, tmp_path / "humans.sav", missing_ranges={"weight": [-9]})
    study = small_study(
        tmp_path,
        humans={"file": "humans.sav", "weight": "weight"},
        traits={},
        measures={},
        conditions=["none"],
    )
    assert read_humans(study).weights == [1.0, 2.0]


@pytest.mark.parametrize("mark", ["-", "None", "N/A", ".a"])
def test_a_mark_of_nothing_is_an_answer_where_an_option_names_it(tmp_path: Path, mark: str) -> None:
    roads = {"question": "Roads?", "options": {"some": [1, 2, 3], "none at all": mark}}
    asked = {"questions": {"roads": roads}}
    found = read(tmp_path, [*GOOD, f"d,1,20,1,{mark},1,1"], questionnaire=asked, measures={})
    assert found.answers["roads"] == [0, 0, 0, 1]
    del roads["options"]["none at all"]
    roads["options"] = {"few": [1], "some": [2, 3]}
    found = read(tmp_path, [*GOOD, f"d,1,20,1,{mark},1,1"], questionnaire=asked, measures={})
    assert found.answers["roads"] == [0, 1, 1, -1]


def test_a_number_with_a_comma_is_the_text_that_an_option_names(tmp_path: Path) -> None:
    roads = {"question": "Roads?", "options": {"good": [1, "1,5"], "bad": ["2,5", 2, 3]}}
    asked = {"questions": {"roads": roads}}
    lines = [*GOOD, 'd,1,20,1,"1,5",1,1', 'e,1,20,1,"2,5",1,1']
    found = read(tmp_path, lines, questionnaire=asked, measures={})
    assert found.answers["roads"] == [0, 1, 1, 0, 1]
