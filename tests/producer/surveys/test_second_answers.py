"""Second answers are read from their own columns by the first ones' codes and rules."""

from pathlib import Path
from typing import Any

import pytest
from retested import QUESTIONS, retested

from anthology.models.errors import InputError
from anthology.producer.surveys.respondents import EncodedHumans, read_humans, told

HEADER = "id,weight,age,sex,roads,parks,vote,roads_w2,vote_w2"


def read(folder: Path, lines: list[str], **changes: Any) -> EncodedHumans:
    study = retested(folder, conditions=["none"], **changes)
    (folder / "humans.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return read_humans(study)


GOOD = ["a,1,20,1,1,2,1,3,2", "b,2,60,2,3,3,2,,1", "c,3,30,1,2,1,3,2,3"]


def test_second_answers_stand_beside_the_first_under_a_name_that_no_question_has(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, GOOD)
    assert found.answers == {
        "roads": [0, 2, 1], "parks": [1, 2, 0], "vote": [0, 1, 1],
        "roads@retest": [2, -1, 1], "vote@retest": [1, 0, 1],
    }  # fmt: skip
    assert [row["answers"]["roads@retest"] for row in found.rows()] == [2, None, 1]


def test_it_is_said_how_many_answers_have_a_second_one(tmp_path: Path) -> None:
    said = "asked again: 5 of 6 answers to 2 questions have a second one (retest)"
    assert said in told(read(tmp_path, GOOD))


def test_a_sample_takes_its_second_answers_with_it(tmp_path: Path) -> None:
    humans = {"file": "humans.csv", "id": "id", "weight": "weight", "sample": 2}
    whole = dict(zip(["a", "b", "c"], [2, -1, 1], strict=True))
    found = read(tmp_path, GOOD, humans=humans)
    assert sorted(found.ids) == ["a", "b", "c"]
    assert found.answers["roads@retest"] == [whole[person] for person in found.ids]


def test_missing_and_nonresponse_are_left_out_of_both_waves(tmp_path: Path) -> None:
    roads = {**QUESTIONS["roads"], "missing": [8]}
    found = read(
        tmp_path, ["a,1,20,1,8,2,1,1,8", "b,2,60,2,3,3,2,8,1", *GOOD[2:]],
        questionnaire={"questions": {**QUESTIONS, "roads": roads}, "missing": [8]},
    )  # fmt: skip
    assert found.answers["roads"] == [-1, 2, 1]
    assert found.answers["roads@retest"] == [0, -1, 1]


def test_a_code_that_no_option_covers_is_refused_by_the_second_waves_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, [*GOOD, "d,1,30,1,1,1,1,4,1"])
    said = str(raised.value).removeprefix(str(tmp_path / "humans.csv"))
    assert said.startswith(": questions.roads.retest: column 'roads_w2' has code 4 (1 respondents)")


@pytest.mark.parametrize("header", ["roads_w2", "roads_again"])
def test_a_second_wave_that_nobody_took_is_refused(tmp_path: Path, header: str) -> None:
    study = retested(tmp_path, conditions=["none"])
    lines = [HEADER.replace("roads_w2", header), *(f"{n},1,20,1,1,2,1,,2" for n in range(3))]
    (tmp_path / "humans.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="roads_w2"):
        read_humans(study)


def test_who_answers_otherwise_the_second_time_is_routed_by_that(tmp_path: Path) -> None:
    """Vote is asked of those who said too much of roads, of roads_w2 where that was asked."""
    vote = {**QUESTIONS["vote"], "ask_if": {"roads": "too much"}}
    lines = ["a,1,20,1,3,2,1,3,1", "b,1,60,2,3,3,1,1,1", "c,1,30,1,1,1,1,3,1", "d,1,40,1,3,1,1,,1"]
    again = read(tmp_path, lines, questionnaire={"questions": {**QUESTIONS, "vote": vote}})
    assert again.answers["vote"] == [0, 0, -1, 0]
    assert again.answers["vote@retest"] == [0, -1, 0, -1]


def test_a_rule_about_what_nobody_was_asked_again_goes_by_the_first_answer(tmp_path: Path) -> None:
    vote = {**QUESTIONS["vote"], "ask_if": {"parks": "too much"}}
    lines = ["a,1,20,1,3,3,1,3,1", "b,1,60,2,3,1,1,1,1"]
    again = read(tmp_path, lines, questionnaire={"questions": {**QUESTIONS, "vote": vote}})
    assert again.answers["vote@retest"] == [0, -1]


def test_the_digest_of_the_people_knows_their_second_answers(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD).digest != read(tmp_path, [*GOOD[:2], f"{GOOD[2][:-3]}1,3"]).digest
