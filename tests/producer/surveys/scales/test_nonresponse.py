"""Which codes are no answers: declared, labelled in any language, negative, set apart, shared."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.scale import scales_of

AGREE = {1: "Agree", 2: "Neither", 3: "Disagree"}


def survey_of(codes, labels=None, missing=()):
    return SurveyFile(
        Path("survey.sav"),
        pd.DataFrame({"q": codes}),
        value_labels={"q": labels} if labels else {},
        user_missing={"q": list(missing)},
    )


def left_out(survey, column="q", **said):
    found = scales_of(survey, [column], **said)[column].nonresponse
    return sorted(found, key=str)


def kept(survey, column="q"):
    scale = scales_of(survey, [column])[column]
    return [code for option in scale.options for code in option.codes]


NONRESPONSE = [
    "Refused", "REFUSED", "Refusal", "(Refused)", "Refused (VOL.)", "Refused to answer",
    "Don't know", "Don\u2019t know", "Don\u00b4t know", "Don\u2018t know", "DON'T KNOW/REFUSED",
    "(VOL.) DK/Refused", "DK/NA", "Don't know/Not sure", "I don't know", "Do not know",
    "Don't know enough to say", "Don't know/Haven't heard enough", "Refused either X or Y",
    "No answer", "No Answer/Refused", "Not asked", "Not asked in split A", "filtered (not asked)",
    "Skip, not asked", "Web blank", "DK, N/A", "Not applicable", "Missing; Unknown",
    "-1. Inapplicable, no post interview", "-9. Refused", "99 = No answer", "Inap. not BE",
    ".i: Inapplicable", "Prefer not to say", "Declined to answer", "Refused or no answer",
    "No response", "Not ascertained", "Can't choose", "No post-election interview",
    "-7. No post-election data, deleted due to incomplete interview", "Technical error",
    "Interview breakoff (sufficient partial IW)", "No sabe / No contesta", "NS/NC", "No responde",
    "Weiß nicht", "WEISS NICHT", "Keine Angabe", "keine Antwort", "Verweigert", "Ne sait pas",
    "Sans réponse", "Refus de répondre", "Não sabe", "Não respondeu", "Non sa", "Non risponde",
    "Weet niet", "Vet ej", "Ved ikke", "Nie wiem", "Odmowa odpowiedzi", "Nem tudja", "Nu știu",
    "Ne zna", "Δεν γνωρίζω", "Bilmiyorum", "Затрудняюсь ответить", "Нет ответа", "لا أعرف",
    "رفض الإجابة", "לא יודע", "不知道", "拒绝回答", "わからない", "無回答",
    "모름/무응답", "Tidak tahu", "No se le preguntó", "Möchte ich nicht beantworten", "EOS",
    "Kann ich nicht beurteilen", "Refuse de répondre", "Não opinou", "Ingen uppgift", "NT/NV",
    "Ikke aktuelt", "ΔΞ/ΔΑ", "FY/CY", "З/О", "НЗ/НО", "غير مبين", "סירוב", "無法選擇", "回答なし",
    "잘 모르겠음", "TT/TJ", "KB/KTL", "ปฏิเสธที่จะตอบคำถาม", "Hakuna jibu", "بی پاسخ", "پتہ نہیں",
    "कह नहीं सकते", "जवाब नहीं दिया", "Spontaneous: Don't know", "Seen but not answered",
]  # fmt: skip
ANSWERS = [
    "None", "Nothing", "No opinion", "Refugees", "Don't know anyone like this", "Not sure",
    "Don't know my MP", "Refused entry", "Refuses to compromise", "Yes (refused to say which)",
    "Blank ballot", "Nonresident", "Never/Don't know how", "Missing persons", "Skipping meals",
    "Prefer not to eat meat", "Other", "No religion", "Never heard of it",
]  # fmt: skip


@pytest.mark.parametrize("label", NONRESPONSE)
def test_a_label_that_says_nonresponse_makes_its_code_one_wherever_it_stands(label):
    assert left_out(survey_of([1, 2, 3, 4], {**AGREE, 4: label})) == [4]
    assert left_out(survey_of(["Agree", "Disagree", label])) == [label]


@pytest.mark.parametrize("label", ANSWERS)
def test_a_label_that_is_an_answer_is_one_beside_others(label):
    labels = {1: "Red", 2: "Green", 3: "Blue", 4: label}
    assert left_out(survey_of([1, 2, 3, 4], labels)) == []


@pytest.mark.parametrize(
    "labels",
    [
        ["Improve", "Stay the same", "Decline"],
        ["Willing", "Neither", "Unwilling"],
        ["Accept", "Refuse"],
        ["Accepted", "Refused"],
        ["Know", "Don't know"],
        ["Answered", "No answer"],
        ["Heard of it", "Never heard of it"],
        ["Selected", "Not selected"],
        ["Applies", "Does not apply"],
        ["DK", "NA", "SE", "US"],
        ["Present", "Missing"],
    ],
)
def test_words_that_are_answers_here_are_kept_as_codes_and_as_texts(labels):
    numbers = list(range(1, len(labels) + 1))
    assert left_out(survey_of(numbers, dict(zip(numbers, labels, strict=True)))) == []
    assert left_out(survey_of(labels)) == []


@pytest.mark.parametrize("word", ["DK", "N.S.", "NA", "n/a", "Unknown", "Not sure", "Decline"])
def test_an_ambiguous_word_counts_with_a_code_that_stands_apart(word):
    assert left_out(survey_of([1, 2, 3, 8], {**AGREE, 8: word})) == [8]
    assert left_out(survey_of([1, 2, 3, -1], {**AGREE, -1: word})) == [-1]


def test_codes_that_the_file_declares_missing_are_nonresponse_whatever_their_label():
    survey = survey_of([1, 2, 8, -3], {1: "Yes", 2: "No", 8: "Maybe"}, [(8, 8), (-9, -1)])
    assert left_out(survey) == [-3, 8]
    assert kept(survey) == [1, 2]


@pytest.mark.parametrize(
    ("codes", "dropped"),
    [
        ([1, 2, 3, 4, 99], [99]),
        ([0, 1, 97, 98, 99], [97, 98, 99]),
        ([1, 20, 998], [998]),
        ([1, 2, 5, -9, -99], [-9, -99]),
        ([1.0, 2.0, float("nan"), 99.0], [99]),
        ([0, 10, 77, 88], [77, 88]),
        ([1, 2, 3, 4, 5, 8, 9], [8, 9]),
        ([1, 2, 3, 4, 888888, 988888], [888888, 988888]),
        ([0, 1, 2, -1], [-1]),
        ([-9, -8, -7, -6, 0, 5], [-6, -7, -8, -9]),
        ([-1, 0, 1], []),
        ([-2, -1, 1, 2], []),
        ([-2, -1, 0, 1, 2, 99], [99]),
        ([-450.5, -20, 0, 100], []),
        ([18, 45, 97, 99], []),
        ([1, 2, 21, 99], []),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], []),
        ([1, 2, 3, 4, 6], []),
        ([7, 8, 9], []),
        ([98, 99], []),
    ],
)
def test_numbers_without_labels_are_nonresponse_where_they_stand_apart(codes, dropped):
    assert left_out(survey_of(codes)) == sorted(dropped, key=str)


def test_a_customary_code_with_a_label_of_its_own_is_an_answer():
    survey = survey_of([1, 2, 9], {1: "Red", 2: "Green", 9: "Other (specify)"})
    assert left_out(survey) == []


def test_a_label_in_a_language_nobody_here_knows_does_not_hold_a_code_on_the_scale():
    labels = {1: "nuqneH", 2: "Qapla", 3: "majQa", 4: "ghobe", 8: "jISovbe", 9: "jIjangbe"}
    assert left_out(survey_of([1, 2, 3, 4, 8, 9], labels)) == [8, 9]


def test_an_unlabelled_code_beside_labelled_ones_stands_apart():
    survey = survey_of([1, 2, 8, 99], {1: "Yes", 2: "No", 8: "Don't know"})
    assert left_out(survey) == [8, 99]


@pytest.mark.parametrize(("many", "drops"), [(999, True), (99, True), (95, False)])
def test_an_age_that_many_have_far_above_all_others_is_none(many, drops):
    ages = [18 + n % 73 for n in range(400)]
    assert left_out(survey_of([*ages, *[many] * 12])) == ([many] if drops else [])


def test_what_the_same_people_have_in_two_columns_is_a_skip():
    values, skipped = [0, 1, 2, 3, 4] * 40, [n < 30 for n in range(200)]
    frame = pd.DataFrame({
        "a": [0 if s else 1 + v % 4 for v, s in zip(values, skipped, strict=True)],
        "b": [0 if s else 1 + v // 2 + n % 2 for n, (v, s) in
              enumerate(zip(values, skipped, strict=True))],
    })  # fmt: skip
    survey = SurveyFile(Path("survey.csv"), frame)
    found = scales_of(survey, ["a", "b"])
    assert [list(scale.nonresponse) for scale in found.values()] == [[0], [0]]
    assert left_out(survey, "a") == []


def test_codes_a_person_names_are_missing_or_kept_whatever_else_is_so():
    survey = survey_of([1, 2, 3, 8], {**AGREE, 8: "Don't know"})
    assert left_out(survey, keep=["8"]) == []
    assert left_out(survey, missing=["3", "77"]) == [3, 8]
    assert left_out(survey_of(["a", "b", "c"]), missing=["c"]) == ["c"]


def test_a_sav_tells_its_nonresponse(tmp_path):
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"q": [1.0, 2.0, 7.0, 99.0, None], "state": ["NY", "CA", "XX", "", "NY"]}),
        path,
        variable_value_labels={"q": {1: "Yes", 2: "No", 99: "Refused"}},
        missing_ranges={"q": [7], "state": ["XX"]},
    )
    survey = read_survey(path)
    assert left_out(survey) == [7, 99]
    assert left_out(survey, "state") == ["XX"]
    assert kept(survey, "state") == ["CA", "NY"]


def test_an_unknown_item_is_refused():
    with pytest.raises(InputError, match="no column 'r'"):
        scales_of(survey_of([1, 2]), ["r"])


SCALES = [
    ["Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree"],
    ["Never", "Rarely", "Sometimes", "Often", "Always"],
    ["Muy de acuerdo", "De acuerdo", "En desacuerdo", "Muy en desacuerdo"],
    ["Sehr zufrieden", "Eher zufrieden", "Eher unzufrieden", "Sehr unzufrieden"],
    ["Très important", "Plutôt important", "Peu important", "Pas du tout important"],
    ["Excellent", "Good", "Only fair", "Poor"],
    ["Yes", "No"],
]
CODES = [[8, 9], [88, 99], [98, 99], [-1, -2], [-9, -8], [97, 98], [888888, 988888], [998, 999]]


@given(
    st.sampled_from(SCALES),
    st.sampled_from(CODES),
    st.lists(st.sampled_from([*NONRESPONSE, "N.S.", "DK", "zzz", None]), min_size=2, max_size=2,
             unique=True),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_whatever_language_and_codes_a_scale_and_its_nonresponse_are_told_apart(
    scale, far, words, zero, upwards
):
    codes = [n + (0 if zero else 1) for n in range(len(scale))]
    texts = scale if upwards else scale[::-1]
    labels = dict(zip(codes, texts, strict=True))
    labels |= {code: word for code, word in zip(far, words, strict=True) if word}
    survey = survey_of([*codes, *far] * 3, labels)
    assert left_out(survey) == sorted(far, key=str)
    assert sorted(kept(survey)) == codes
