"""Which people of a survey file a study is about, and which of them are simulated."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans, read_humans, told

HEADER = "id,weight,wave,party,age,sex,roads,parks,vote"


def study_of(
    folder: Path, people: int = 40, lines: list[str] | None = None, **humans: Any
) -> Study:
    """Rows of waves 1 and 2 in turn, of parties 1 to 4, of whom each third is a woman."""
    known = {"file": "humans.csv", "id": "id", "weight": "weight", **humans}
    study = small_study(folder, humans=known, conditions=["none"])
    made = [
        f"r{n},{1 + n % 3},{1 + n % 2},{1 + n % 4},{20 + n},{1 + (n % 3 == 0)},1,2,1"
        for n in range(people)
    ]
    (folder / "humans.csv").write_text("\n".join([HEADER, *(lines or made)]) + "\n")
    return study


def read(folder: Path, **humans: Any) -> EncodedHumans:
    return read_humans(study_of(folder, **humans))


def refusal(folder: Path, **humans: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(folder, **humans)
    message = str(raised.value)
    assert message.startswith(str(folder / "humans.csv: humans."))
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ({"party": 3}, {2}),
        ({"party": [1, 2]}, {0, 1}),
        ({"party": {"from": 3}}, {2, 3}),
        ({"party": {"from": 2, "to": 3}, "wave": 1}, {2}),
    ],
)
def test_the_population_are_the_rows_with_these_codes(
    tmp_path: Path, where: dict[str, Any], kept: set[int]
) -> None:
    found = read(tmp_path, where=where)
    expected = [f"r{n}" for n in range(40) if n % 4 in kept]
    assert found.ids == expected
    assert found.sampled == len(expected)
    assert told(found)[0] == f"{40 - len(expected)} of 40 people are left out by humans.where"


def test_who_is_left_out_may_have_codes_that_no_option_covers_and_ids_again(tmp_path: Path) -> None:
    lines = ["a,1,1,1,20,1,1,2,1", "a,1,2,1,20,7,9,2,1", "b,1,1,1,30,2,2,1,2", ",1,2,1,20,1,1,2,1"]
    assert read(tmp_path, lines=lines, where={"wave": 1}).ids == ["a", "b"]


def test_a_range_takes_in_no_nonresponse_and_a_code_does(tmp_path: Path) -> None:
    lines = [f"r{n},1,1,{party},20,1,1,2,1" for n, party in enumerate([1, 2, 3, 99, 2, 3])]
    assert read(tmp_path, lines=lines, where={"party": {"from": 2}}).ids == ["r1", "r2", "r4", "r5"]
    assert read(tmp_path, lines=lines, where={"party": [3, 99]}).ids == ["r2", "r3", "r5"]


def test_the_empty_cell_can_be_asked_for(tmp_path: Path) -> None:
    lines = [f"r{n},1,1,{party},20,1,1,2,1" for n, party in enumerate(["1", "", "1", ""])]
    assert read(tmp_path, lines=lines, where={"party": {"blank": True}}).ids == ["r1", "r3"]


def test_a_code_is_compared_as_options_compare_it(tmp_path: Path) -> None:
    lines = [f"r{n},1,1,{party},20,1,1,2,1" for n, party in enumerate(["01", "1", "02", "x"])]
    assert read(tmp_path, lines=lines, where={"party": "01"}).ids == ["r0"]
    assert read(tmp_path, lines=lines, where={"party": 1}).ids == ["r1"]


def test_nobody_left_is_refused(tmp_path: Path) -> None:
    assert "humans.where.party leaves nobody" in refusal(tmp_path, where={"party": 5})
    lines = ["a,0,1,1,20,1,1,2,1", "b,1,2,1,20,1,1,2,1", "c,1,2,1,20,1,1,2,1"]
    said = refusal(tmp_path, lines=lines, where={"wave": 1})
    assert "humans.where leaves nobody with a weight above 0 in 'weight'" in said


def test_what_is_drawn_is_all_that_there_is(tmp_path: Path) -> None:
    found = read(tmp_path, draw=15, where={"wave": 2})
    assert len(found.ids) == len(set(found.ids)) == found.sampled == 15
    assert {int(name[1:]) % 2 for name in found.ids} == {1}
    assert told(found)[:2] == [
        "20 of 40 people are left out by humans.where",
        "15 of 20 people are drawn as the population",
    ]
    assert read(tmp_path, draw=15, where={"wave": 2}).digest == found.digest
    assert read(tmp_path, draw=20, where={"wave": 2}).sampled == 20


def test_people_without_a_weight_are_not_drawn(tmp_path: Path) -> None:
    lines = [f"r{n},{n % 2},1,1,20,1,1,2,1" for n in range(20)]
    found = read(tmp_path, lines=lines, draw=10)
    assert {int(name[1:]) % 2 for name in found.ids} == {1}
    assert "there are 10" in refusal(tmp_path, lines=lines, draw=11)


def test_a_sample_is_of_what_is_drawn(tmp_path: Path) -> None:
    found = read(tmp_path, draw=15, sample=5)
    assert (len(found.ids), found.sampled) == (15, 5)
    assert set(found.ids) == set(read(tmp_path, draw=15).ids)


QUOTAS = {"sex": {"man": 0.5, "woman": 0.5}}


def test_quotas_say_who_is_simulated_and_everybody_is_compared_with(tmp_path: Path) -> None:
    found = read(tmp_path, sample={"size": 20, "quotas": QUOTAS})
    assert (len(set(found.ids)), found.sampled) == (40, 20)
    assert Counter(found.traits["sex"][:20]) == {0: 10, 1: 10}
    assert Counter(found.traits["sex"]) == {0: 26, 1: 14}
    assert not [line for line in told(found) if "quota" in line]


def test_a_quota_that_cannot_be_met_is_told(tmp_path: Path) -> None:
    """There are enough men, women, young and old, but all women are young."""
    lines = [f"r{n},1,1,1,{60 if n < 20 else 20},{1 + (n >= 30)},1,2,1" for n in range(40)]
    quotas = {**QUOTAS, "age": {"young": 0.2, "old": 0.8}}
    found = read(tmp_path, lines=lines, sample={"size": 20, "quotas": quotas})
    assert any("could not be met" in line for line in told(found))


def test_a_quota_of_more_than_there_are_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, sample={"size": 40, "quotas": QUOTAS})
    assert "humans.sample.quotas.sex asks for 20 of 40 respondents with 'woman'" in said
    assert "there are 14; lower that share, or size" in said


def test_an_arm_that_nobody_is_in_is_refused(tmp_path: Path) -> None:
    texts = {"control": "", "told": "Taxes rose.", "third": "Taxes fell."}
    given = {"texts": texts, "column": "party", "codes": {"control": [1, 2], "told": [3, 4]}}
    given["codes"] |= {"third": 5}
    for arms, said in (
        ({"texts": texts}, "arms.texts has 3 arms, so .* none of the simulated; raise"),
        (given, "arms.codes.third: nobody has one of these codes in 'party'"),
    ):
        study = study_of(tmp_path, sample=2)
        study = Study.from_spec({**study.spec, "arms": arms})
        with pytest.raises(InputError, match=said):
            read_humans(study)


def test_a_question_for_nobody_who_answered_it_is_refused(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    spec = study.spec
    spec["questionnaire"]["questions"]["parks"]["ask_if"] = {"roads": ["too much"]}
    with pytest.raises(InputError, match=r"questions\.parks\.ask_if lets in nobody who answered"):
        read_humans(Study.from_spec(spec))


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (("humans", "id"), "humans.id"),
        (("traits", "sex", "column"), "traits.sex.column"),
        (("questionnaire", "questions", "parks", "column"), "questions.parks.column"),
        (("questionnaire", "questions", "parks", "retest"), "questions.parks.retest"),
    ],
)
def test_a_missing_column_is_refused_by_the_field_that_names_it(
    tmp_path: Path, place: tuple[str, ...], field: str
) -> None:
    part = spec = study_of(tmp_path).spec
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = "nowhere"
    with pytest.raises(InputError, match=rf"no column 'nowhere' \({field}\)"):
        read_humans(Study.from_spec(spec))


def test_whoever_lacks_a_trait_of_the_quotas_is_not_simulated(tmp_path: Path) -> None:
    lines = [f"r{n},1,1,1,20,{['1', '2', ''][n % 3]},1,2,1" for n in range(30)]
    found = read(tmp_path, lines=lines, sample={"size": 20, "quotas": QUOTAS})
    assert -1 not in found.traits["sex"][:20]
    said = refusal(tmp_path, lines=lines, sample={"size": 21, "quotas": QUOTAS})
    assert "asks for 21 respondents, 20 are known in all traits of its quotas (sex)" in said
