"""What a code is shows in what stands beside it: other codes, and the scale of other labels."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.scale import Scale, scales_of

SCALES = [
    ["Muy bien", "Bien", "Mal", "Muy mal"], ["Bardzo dobrze", "Dobrze", "Źle", "Bardzo źle"],
    ["Never", "Sometimes", "Always"], ["Yes", "No"], ["Très bien", "Assez bien", "Très mal"],
]  # fmt: skip
INITIALS = ["S.R.", "b.d.", "NVPR", "k.A.", "N.D.", "ZZ", "X.Y."]


def read(codes: list[object], labels: dict[float, str] | None = None) -> Scale:
    frame = pd.DataFrame({"q": codes * 40})
    survey = SurveyFile(Path("s.sav"), frame, value_labels={"q": labels} if labels else {})
    return scales_of(survey, ["q"])["q"]


@given(
    st.integers(1, 10),
    st.lists(st.sampled_from([-66, -77, -88, -99, -98, -97, -999]), unique=True, max_size=3),
    st.lists(st.sampled_from([88, 99, 98, 97, 999]), unique=True, max_size=2),
)
def test_a_scale_around_zero_keeps_its_answers_whatever_codes_stand_far_from_it(
    most: int, below: list[int], above: list[int]
) -> None:
    scale = list(range(-most, most + 1))
    found = read([*scale, *below, *above])
    assert sorted(found.nonresponse, key=float) == sorted([*below, *above])


@given(st.integers(3, 11), st.integers(0, 6), st.sampled_from([90, 990, 9990]))
def test_codes_that_lead_up_to_customary_ones_are_nonresponse(
    most: int, first: int, base: int
) -> None:
    far = list(range(base + first, base + 10))
    assert sorted(read([*range(most), *far]).nonresponse, key=float) == far


@given(st.sampled_from(SCALES), st.sampled_from(INITIALS), st.booleans())
def test_initials_behind_a_known_scale_are_no_answer_in_any_language(
    scale: list[str], initials: str, as_texts: bool
) -> None:
    texts = [*scale, initials]
    codes = list(map(float, range(1, len(texts) + 1)))
    found = (
        read(list(texts)) if as_texts else read(list(codes), dict(zip(codes, texts, strict=True)))
    )
    assert list(found.nonresponse) == [initials if as_texts else codes[-1]]
    assert len(found.options) == len(scale)


@pytest.mark.parametrize(
    "texts", ["Labour|Conservative|SNP", "Male|Female|NB", "Good|Bad|OK", "好|不好|无所谓",
              "AGREE|DISAGREE|BOTH", "CDU|SPD|FDP|AFD"],
)  # fmt: skip
def test_initials_beside_other_names_are_answers(texts: str) -> None:
    labels = dict(enumerate(texts.split("|"), start=1))
    assert not read(list(labels), {float(code): text for code, text in labels.items()}).nonresponse


def test_a_label_that_only_begins_as_one_of_a_scale_does_not_hold_its_code_on_another() -> None:
    ends = {0.0: "Muy mal", 10.0: "Muy bien", 97.0: "No le conoce", 98.0: "N.S."}
    assert sorted(read([*range(11), 97, 98], ends).nonresponse, key=float) == [97, 98]
    voters = {1.0: "stimme zu", 2.0: "stimme nicht zu", -71.0: "ueberhaupt nicht wahlberechtigt"}
    assert list(read([1, 2, -71], voters).nonresponse) == [-71]


@pytest.mark.parametrize("label", ["En blanco", "No votó", "Vote blanc", "Abstention", "Otros"])
def test_what_voters_did_far_from_the_parties_is_an_answer(label: str) -> None:
    labels = {1.0: "PP", 2.0: "PSOE", 3.0: "Vox", 96.0: label, 99.0: "N.C."}
    assert list(read([1, 2, 3, 96, 99], labels).nonresponse) == [99]


def test_no_opinion_between_two_opposites_by_its_code_is_their_middle() -> None:
    found = read([1, 2, 3], {1.0: "Favor", 2.0: "No opinion", 3.0: "Oppose"})
    assert found.ordered
    assert not read([1, 2, 3], {1.0: "Favor", 2.0: "Oppose", 3.0: "No opinion"}).ordered
