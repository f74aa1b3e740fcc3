"""Several answers in a cell become a column each, and nothing else does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.several_answers import with_several
from anthology.producer.surveys.formats.survey_file import SurveyFile


def survey_of(tmp_path, cells, **more):
    return SurveyFile(tmp_path / "s.csv", pd.DataFrame({"Q": cells, **more}, dtype=object))


ANSWERS = ["Email", "Chat", "Phone call", "In person", "Letter"]


@given(
    st.lists(st.sets(st.sampled_from(range(5)), min_size=1), min_size=5, max_size=30),
    st.sampled_from([(", ", ""), (";", ";"), ("; ", ""), (",", "")]),
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
