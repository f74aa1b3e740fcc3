"""Which codes are no answers: declared, labelled and customary ones."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.nonresponse import (
    nonresponse_codes,
    says_nonresponse,
    valid_codes,
)


def survey_of(codes, labels=None, missing=()):
    return SurveyFile(
        Path("survey.sav"),
        pd.DataFrame({"q": codes}),
        value_labels={"q": labels} if labels else {},
        user_missing={"q": list(missing)},
    )


@pytest.mark.parametrize(
    "label",
    [
        "Refused", "REFUSED", "Refusal", "(Refused)", "Refused (VOL.)", "Refused to answer",
        "Don't know", "Don\u2019t know", "DON'T KNOW/REFUSED", "(VOL.) DK/Refused", "DK", "DK/NA",
        "Don't know/Not sure", "I don't know", "Do not know", "Don't know enough to say",
        "No answer", "No Answer/Refused", "Not asked", "Not asked in split A", "Skipped",
        "Skip, not asked", "Web blank", "N/A", "DK, N/A", "NA", "IAP", "Not applicable",
        "-1. Inapplicable, no post interview", "-9. Refused", "99 = No answer", "Missing",
        "Prefer not to say", "Declined to answer", "Refused or no answer", "[Don't know/Refused]",
        "No response", "Not ascertained", "Can't choose",
    ],
)  # fmt: skip
def test_labels_that_say_nonresponse(label):
    assert says_nonresponse(label)


@pytest.mark.parametrize(
    "label",
    [
        "No", "None", "Nothing", "Neither", "Agree", "99", "", "Not sure", "No opinion", "Refugees",
        "Don't know anyone like this", "Don't know my MP", "Refused entry", "Refuses to compromise",
        "Yes (refused to say which)", "No, not asked", "Blank ballot", "Nonresident", "Yes or no",
        "Never/Don't know how", "Not at all", "Missing persons", "Skipping meals",
    ],
)  # fmt: skip
def test_labels_that_are_answers(label):
    assert not says_nonresponse(label)


def test_codes_that_the_file_declares_missing_are_nonresponse_whatever_their_label():
    survey = survey_of([1, 2, 8, -3], {1: "Yes", 2: "No", 8: "Maybe"}, [(8, 8), (-9, -1)])
    assert nonresponse_codes(survey, "q") == [-3, 8]
    assert valid_codes(survey, "q") == [1, 2]


def test_labelled_codes_that_nobody_chose_are_on_the_scale_or_off_it_by_their_label():
    survey = survey_of([1, 3], {1: "Low", 2: "Middle", 3: "High", 9: "Refused"})
    assert nonresponse_codes(survey, "q") == [9]
    assert valid_codes(survey, "q") == [1, 2, 3]


@pytest.mark.parametrize(
    ("codes", "dropped"),
    [
        ([1, 2, 3, 4, 99], [99]),
        ([0, 1, 97, 98, 99], [97, 98, 99]),
        ([1, 20, 998], [998]),
        ([1, 5, -9, -99], [-99, -9]),
        ([1.0, 2.0, float("nan"), 99.0], [99]),
        ([0, 10, 77, 88], [77, 88]),
        ([-1, 0, 1], []),
        ([-2, -1, 0, 1, 2, 99], []),
        ([-9, -8, -7, -6, 0, 5], []),
        ([18, 45, 97, 99], []),
        ([1, 2, 21, 99], []),
        ([7, 8, 9], []),
        ([98, 99], []),
        (["1", "2", "99"], []),
    ],
)
def test_customary_codes_are_nonresponse_only_where_they_stand_apart(codes, dropped):
    survey = survey_of(codes)
    assert nonresponse_codes(survey, "q") == dropped
    given = {code for code in codes if code == code}
    assert valid_codes(survey, "q") == sorted(given - set(dropped))


def test_a_customary_code_with_a_label_of_its_own_is_an_answer():
    survey = survey_of([1, 2, 99], {1: "Yes", 2: "No", 99: "Something else"})
    assert nonresponse_codes(survey, "q") == []


def test_a_customary_code_without_a_label_stands_apart_from_labelled_ones():
    survey = survey_of([1, 2, 8, 99], {1: "Yes", 2: "No", 8: "Don't know"})
    assert nonresponse_codes(survey, "q") == [8, 99]


def test_text_codes_without_labels_are_read_as_their_own_labels():
    survey = survey_of(["Agree", "Disagree", "Refused", "DK/NA"])
    assert nonresponse_codes(survey, "q") == ["DK/NA", "Refused"]
    assert valid_codes(survey, "q") == ["Agree", "Disagree"]


def test_a_sav_tells_its_nonresponse(tmp_path):
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"q": [1.0, 2.0, 7.0, 99.0, None], "state": ["NY", "CA", "XX", "", "NY"]}),
        path,
        variable_value_labels={"q": {1: "Yes", 2: "No", 99: "Refused"}},
        missing_ranges={"q": [7], "state": ["XX"]},
    )
    survey = read_survey(path)
    assert nonresponse_codes(survey, "q") == [7, 99]
    assert nonresponse_codes(survey, "state") == ["XX"]
    assert valid_codes(survey, "state") == ["CA", "NY"]


def test_an_unknown_item_is_refused():
    with pytest.raises(InputError, match="no column 'r'"):
        nonresponse_codes(survey_of([1, 2]), "r")
