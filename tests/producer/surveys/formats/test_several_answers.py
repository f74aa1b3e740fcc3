"""Several answers in a cell become a column each, and nothing else does."""

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.drafting.study_drafts import draft
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.several_answers import with_several
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.scale import scales_of


def survey_of(tmp_path, cells, **more):
    return SurveyFile(tmp_path / "s.csv", pd.DataFrame({"Q": cells, **more}, dtype=object))


ANSWERS = ["Email", "Chat", "Phone call", "In person", "Letter"]


@given(
    st.lists(st.sets(st.sampled_from(range(5)), min_size=1), min_size=5, max_size=30),
    st.sampled_from([(", ", ""), (";", ";"), ("; ", ""), (",", ""), ("\n", "")]),
    st.booleans(),
)
def test_each_answer_is_read_back_as_a_column(tmp_path_factory, chosen, marks, codes):
    between, end = marks
    if codes and between not in (",", ";"):
        codes = False
    chosen = [{n} for n in range(5)] + [{0, 1, 2}, {2, 3, 4}] * 2 + chosen
    names = [str(n + 1) for n in range(5)] if codes else ANSWERS
    cells = [between.join(names[n] for n in sorted(one)) + end for one in chosen] + [None]
    found = with_several(survey_of(tmp_path_factory.getbasetemp(), cells))
    if codes and between == ";":
        return  # lists of numbers are known by commas alone
    assert set(found.multiple["Q"]) == {f"Q [{name}]" for name in names}
    for n, name in enumerate(names):
        expected = [float(n in one) for one in chosen] + [np.nan]
        np.testing.assert_array_equal(found.column(f"Q [{name}]"), expected)


@given(st.lists(st.sampled_from(["Yes, definitely", "Yes, probably", "No", "Maybe, or not"])))
def test_answers_with_commas_in_them_are_no_lists(tmp_path_factory, cells):
    assert with_several(survey_of(tmp_path_factory.getbasetemp(), cells)).multiple == {}


def test_columns_that_the_file_has_itself_are_left_to_it(tmp_path):
    cells = ["Email, Chat", "Email", "Chat"] * 3
    survey = survey_of(tmp_path, cells, **{"Q [Email]": [1, 1, 0] * 3})
    assert with_several(survey).multiple == {}


def test_a_column_of_one_answer_can_be_asked_for_as_the_file_spells_it(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("id,Q\n" + "".join(f'{n},"{c}"\n' for n, c in enumerate(
        ["Email, Chat", "Email", "Chat", "", "Chat, Email"] * 2)))  # fmt: skip
    survey = read_survey(path)
    assert survey.written is not None
    text = survey.written(["Q [Email]", "id"])
    assert text["Q [Email]"].tolist() == ["1", "1", "0", "", "1"] * 2
    assert text["id"].tolist() == [str(n) for n in range(10)]


@pytest.mark.parametrize("joined", [0, 1])
def test_a_comma_that_few_use_is_a_part_of_their_answer(tmp_path, joined):
    cells = ["Email", "Chat"] * 30 + ["Email, Chat"] * joined
    assert with_several(survey_of(tmp_path, cells)).multiple == {}


@given(st.lists(st.sets(st.integers(1, 4)), min_size=4, max_size=20), st.booleans())
def test_a_column_for_each_answer_is_a_set(tmp_path_factory, chosen, lime):
    chosen = [{1, 2}, {2, 3}, {4}, {2}, *chosen]
    names = [f"Q2[SQ00{n}]" if lime else f"Q2_{n}" for n in range(1, 5)]
    mark = "Y" if lime else 1.0
    frame = pd.DataFrame({
        name: [mark if n in one else None for one in chosen] for n, name in enumerate(names, 1)
    })  # fmt: skip
    frame["Q3_1"] = frame["Q3_2"] = [n % 5 for n in range(len(chosen))]
    if not lime:
        frame["Q2_4_TEXT"] = "something"
    survey = SurveyFile(tmp_path_factory.getbasetemp() / "s.csv", frame)
    assert with_several(survey).multiple == {"Q2": names}


def test_a_battery_of_scales_is_no_set(tmp_path):
    frame = pd.DataFrame({"Q2_1": [1, 2, 3], "Q2_2": [3, 2, 1], "w_1": [1, 1, 1], "w_2": [1] * 3})
    assert with_several(SurveyFile(tmp_path / "s.csv", frame)).multiple == {}


def test_redcaps_checkboxes_are_a_set_with_their_codes_or_their_words(tmp_path):
    codes = {"use___1": [1, 0, 1], "use___2": [0, 0, 1], "use____9": [0, 0, 0]}
    words = {
        "Which? (choice=TV)": ["Checked", "Unchecked", "Checked"],
        "Which? (choice=Radio (any))": ["Unchecked", "Unchecked", "Checked"],
    }
    frame = pd.DataFrame({**codes, **words, "yes_1": [1, 0, 1], "yes_2": [0, 1, 1]})
    found = with_several(SurveyFile(tmp_path / "s.csv", frame)).multiple
    assert found == {"use": list(codes), "Which?": list(words)}


def test_kobotoolboxs_columns_of_one_question_are_chosen_together(tmp_path):
    path = tmp_path / "s.csv"
    rows = ["tv web,1,0,1,a_lot", "radio,0,1,0,dont_know", "tv,1,0,0,not_at_all"] * 4
    path.write_text("\n".join(["use,use/tv,use/radio,use/web,trust/press", *rows]) + "\n")
    survey = read_survey(path)
    assert survey.multiple == {"use": ["use/tv", "use/radio", "use/web"]}
    assert survey.labels["use/tv"] == "use [tv]"
    scale = scales_of(survey, ["trust/press"])["trust/press"]
    assert scale.ordered
    assert list(scale.nonresponse) == ["dont_know"]
    draft(path, ["use", "trust/press"], [], None, None, tmp_path / "study.yaml")
    study = yaml.safe_load((tmp_path / "study.yaml").read_text())
    use, trust = study["questionnaire"]["questions"].values()
    assert [item["item"] for item in use["items"].values()] == ["tv", "radio", "web"]
    assert trust["options"] == {"not at all": "not_at_all", "a lot": "a_lot"}
