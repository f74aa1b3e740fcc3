"""In which order options stand, which levels nobody chose, and what is one option."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.scale import Scale, scales_of


def survey_of(labels=None, wordings=None, **columns):
    return SurveyFile(
        Path("survey.sav"), pd.DataFrame(columns), labels=wordings or {}, value_labels=labels or {}
    )


def labelled(*texts, codes=None):
    codes = codes or range(1, len(texts) + 1)
    labels = dict(zip(map(float, codes), texts, strict=True))
    return scales_of(survey_of({"q": labels}, q=list(labels) * 3), ["q"])["q"]


def written(*texts):
    return scales_of(survey_of(q=[*texts] * 3), ["q"])["q"]


def shown(scale: Scale):
    return [option.text for option in scale.options]


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        ("Mostly positive|Mostly negative|Equal", "Mostly positive|Equal|Mostly negative"),
        ("Agree|Disagree|Neither", "Agree|Neither|Disagree"),
        ("Yes|No|Not sure", "Yes|Not sure|No"),
        ("Increase|Decrease|Keep the same", "Increase|Keep the same|Decrease"),
        ("Better|Worse|About the same", "Better|About the same|Worse"),
        ("Favor|Oppose|It depends", "Favor|It depends|Oppose"),
        ("Not at all|A lot|Some", "Not at all|Some|A lot"),
        ("Muy de acuerdo|Muy en desacuerdo|De acuerdo|En desacuerdo",
         "Muy de acuerdo|De acuerdo|En desacuerdo|Muy en desacuerdo"),
        ("30-49|18-29|65+|50-64", "18-29|30-49|50-64|65+"),
        ("Less than $10,000|More than $150,000|$10,000 to $49,999|$50,000 to $150,000",
         "Less than $10,000|$10,000 to $49,999|$50,000 to $150,000|More than $150,000"),
    ],
)  # fmt: skip
def test_a_known_scale_is_put_in_order_whatever_its_codes(labels, order):
    found = labelled(*labels.split("|"))
    assert found.ordered
    assert shown(found) in (order.split("|"), order.split("|")[::-1])
    texts = written(*sorted(labels.split("|")))
    assert texts.ordered
    assert shown(texts) in (order.split("|"), order.split("|")[::-1])


@pytest.mark.parametrize(
    "labels",
    [
        "Strongly agree|Agree|Neither agree nor disagree|Disagree|Strongly disagree",
        "Very satisfied|Somewhat satisfied|Somewhat dissatisfied|Very dissatisfied",
        "Very likely|Somewhat likely|Not too likely|Not at all likely",
        "A great deal of confidence|A fair amount of confidence|Not too much confidence|"
        "No confidence at all",
        "Excellent|Good|Only fair|Poor",
        "Never|Hardly ever|Some of the time|Often",
        "Several times a day|About once a day|A few times a week|Less often",
        "Too little|About the right amount|Too much",
        "Major problem|Minor problem|Not a problem",
        "Very conservative|Conservative|Moderate|Liberal|Very liberal",
        "Less than high school|High school graduate|Some college|College graduate|Postgraduate",
        "Lower class|Working class|Middle class|Upper class",
        "Stimme voll und ganz zu|Stimme eher zu|Stimme eher nicht zu|Stimme überhaupt nicht zu",
        "Tout à fait d\u2019accord|Plutôt d\u2019accord|Plutôt pas d\u2019accord|"
        "Pas du tout d\u2019accord",
        "Molto soddisfatto|Abbastanza soddisfatto|Poco soddisfatto|Per niente soddisfatto",
        "Concordo totalmente|Concordo|Não concordo nem discordo|Discordo|Discordo totalmente",
        "非常同意|同意|不同意|非常不同意",
        "أوافق بشدة|أوافق|لا أوافق|لا أوافق بشدة",
        "Полностью согласен|Скорее согласен|Скорее не согласен|Полностью не согласен",
        "Very much like me|Like me|Somewhat like me|A little like me|Not like me|"
        "Not like me at all",
        "Yes, definitely|Yes, probably|No, probably not|No, definitely not",
    ],
)
def test_a_scale_that_runs_with_its_codes_stays_as_it_is(labels):
    found = labelled(*labels.split("|"))
    assert (shown(found), found.ordered) == (labels.split("|"), True), found.why
    turned = labelled(*labels.split("|")[::-1])
    assert (shown(turned), turned.ordered) == (labels.split("|")[::-1], True)


@pytest.mark.parametrize(
    "labels",
    [
        "Red|Green|Blue", "Male|Female", "Protestant|Catholic|Jewish|None", "a|b|c",
        "Agree|Disagree|Haven't thought about it", "1. Republican|2. Democrat|3. Something else",
        "Very good|Heard nothing|Excellent|Poor", "Northeast|Midwest|South|West",
    ],
)  # fmt: skip
def test_what_is_no_known_scale_has_no_order(labels):
    found = labelled(*labels.split("|"))
    assert (found.ordered, shown(found)) == (False, labels.split("|"))
    assert "no scale" in found.why
    assert not written(*labels.split("|")).ordered


def test_numbers_in_texts_are_ordered_as_numbers():
    found = written("10 - Extremely", "0 - Not at all", "1", "2", "9", "8", "7", "6", "5", "3")
    assert shown(found) == ["0 - Not at all", *map(str, range(1, 10)), "10 - Extremely"]
    assert found.options[4].codes == ["4"]
    assert shown(written(*map(str, range(10, 0, -1)))) == list(map(str, range(1, 11)))
    assert shown(written("A10", "A2", "A1")) == ["A1", "A2", "A10"]


def test_a_label_between_two_of_a_known_scale_stands_where_its_code_does():
    found = labelled("Strongly agree", "Agree", "Meh", "Disagree", "Strongly disagree")
    assert (found.ordered, shown(found)[2]) == (True, "Meh")


def test_scales_that_say_yes_and_no_run_one_way():
    labels = {
        "a": {1: "Agree", 2: "Disagree"},
        "b": {1: "No", 2: "Yes"},
        "c": {1: "Never", 2: "Always"},
    }
    survey = survey_of(labels, a=[1, 2] * 5, b=[1, 2] * 5, c=[1, 2] * 5)
    found = scales_of(survey, ["a", "b", "c"])
    assert [shown(scale)[0] for scale in found.values()] == ["Agree", "Yes", "Never"]
    assert "turned round to run as that of 'a'" in found["b"].why


def test_a_scale_with_labels_at_its_ends_has_every_number_between():
    labels = {"q": {0: "Not at all", 10: "Completely", 88: "Don't know"}}
    found = scales_of(survey_of(labels, q=[0, 1, 2, 3, 5, 6, 10, 88]), ["q"])["q"]
    assert [option.codes[0] for option in found.options] == list(range(11))
    assert (found.ordered, list(found.nonresponse)) == (True, [88])


def test_a_level_that_few_could_have_missed_is_none():
    few, many = [1, 2, 4] * 5, [1, 2, 4] * 50
    assert len(scales_of(survey_of(q=few), ["q"])["q"].options) == 4
    assert len(scales_of(survey_of(q=many), ["q"])["q"].options) == 3
    assert len(scales_of(survey_of(q=[1, 5] * 4), ["q"])["q"].options) == 2


def test_levels_that_other_columns_of_a_battery_have_are_there():
    survey = survey_of(q1=[1, 2, 3, 4, 4] * 3, q2=[1, 2, 3, 4, 5] * 3)
    found = scales_of(survey, ["q1", "q2"])
    assert [len(scale.options) for scale in found.values()] == [5, 5]
    texts = ["Strongly agree", "Agree", "Disagree", "Strongly disagree"]
    survey = survey_of(a=texts * 3, b=[*texts[:3], texts[0]] * 3)
    assert shown(scales_of(survey, ["a", "b"])["b"]) == texts[::-1]


def test_codes_whose_labels_read_the_same_are_one_option():
    found = labelled("Strongly Approve", "Approve", "approve ", "Disapprove")
    assert [option.codes for option in found.options] == [[1], [2, 3], [4]]
    assert [len(option.codes) for option in written("Male", "Male ", "female", "Female").options]


def test_chosen_or_left_blank_is_yes_or_no():
    labels = {"tv": {1: "TV"}}
    survey = survey_of(labels, {"tv": "Which do you use? TV"}, tv=[1, None, 1, None], n=[3] * 4)
    found = scales_of(survey, ["tv", "n"])
    assert [(o.text, o.codes) for o in found["tv"].options] == [("Yes", [1]), ("No", [None])]
    assert found["tv"].kind == "select-all"
    assert found["n"].kind == "options"


def test_many_numbers_are_a_quantity_and_many_texts_are_free():
    survey = survey_of(age=list(range(18, 118)), said=[f"answer {n} of {n}" for n in range(100)])
    found = scales_of(survey, ["age", "said"])
    assert [scale.kind for scale in found.values()] == ["quantity", "text"]


def test_much_that_is_left_out_is_said():
    labels = {"q": {1: "Yes", 2: "No", 9: "Refused"}}
    found = scales_of(survey_of(labels, q=[1, 2, 9, 9, 9]), ["q"])["q"]
    assert (found.answered, found.dropped) == (2, 3)
    assert found.remarks == ["60% of its answers are left out as nonresponse; is that right?"]


@given(st.permutations(range(5)), st.booleans())
def test_whatever_codes_a_known_scale_has_its_order_is_found(codes, texts):
    words = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]
    mixed = [words[at] for at in codes]
    found = written(*mixed) if texts else labelled(*mixed)
    assert found.ordered
    assert shown(found) in (words, words[::-1])


def test_what_limesurvey_writes_for_other_is_said_so() -> None:
    survey = SurveyFile(Path("s.csv"), pd.DataFrame({"q": ["A1", "A2", "-oth-", "A1"]}))
    codes = {option.text: option.codes for option in scales_of(survey, ["q"])["q"].options}
    assert codes["Other"] == ["-oth-"]
