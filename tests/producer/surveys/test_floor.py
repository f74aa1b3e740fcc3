"""The floor of a survey file: on the bundled GSS 2018, on a weighted .sav, on bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import anthology.producer
from anthology.models.errors import InputError
from anthology.models.statistics import floors
from anthology.producer.surveys.floor import human_floor

GSS = Path(anthology.producer.__file__).parent / "examples" / "gss2018" / "respondents.csv"
SPENDING = [
    "natspac",
    "natenvir",
    "natheal",
    "natcity",
    "natcrime",
    "natdrug",
    "nateduc",
    "natrace",
]


@pytest.fixture
def sav(tmp_path):
    """200 people, a four-point item of which nobody chose point 3, and refusals coded 99."""
    rng = np.random.default_rng(0)
    trust = rng.choice([1.0, 2.0, 4.0, 99.0], 200)
    frame = pd.DataFrame(
        {"trust": trust, "luck": rng.choice([1.0, 2.0], 200), "w": rng.lognormal(0, 0.5, 200)}
    )
    labels = {1: "None", 2: "Little", 3: "Some", 4: "Much", 99: "Refused"}
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(frame, path, variable_value_labels={"trust": labels})
    return path


def csv_of(tmp_path, **columns):
    path = tmp_path / "survey.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def refusal(*args, **kwargs):
    with pytest.raises(InputError) as raised:
        human_floor(*args, **kwargs)
    return str(raised.value)


def test_items_of_texts_count_in_order_where_their_scale_is_known_and_else_without(tmp_path):
    agree = ["Agree", "Disagree", "Neutral", "Strongly agree"] * 5
    columns = {
        "agree": agree,
        "colour": ["red", "blue", "green", "black"] * 5,
        "n": [1, 2, 3, 4] * 5,
    }
    path = csv_of(tmp_path, **columns)
    found = human_floor(path, ["agree", "n"])
    assert found.unordered == []
    assert found.figures["alpha"] == human_floor(path, ["agree", "n"]).figures["alpha"]
    alone = human_floor(path, ["colour"]).figures
    assert np.isnan(alone["wd"])
    assert alone["tv"] > 0
    found = human_floor(path, ["colour", "n"])
    assert found.unordered == ["colour"]
    assert found.figures["wd"] == human_floor(path, ["n"]).figures["wd"]
    assert "no scale that is known here" in found.notes[0]
    assert human_floor(path, ["colour", "n"], ordered=["colour"]).unordered == []


def test_two_unrelated_items_that_the_same_people_skipped_have_no_alpha(tmp_path):
    rng = np.random.default_rng(0)
    for code in (0, -1, -9, 8, 99, 888888):
        skipped = rng.random(3000) < 0.3
        one, other = (np.where(skipped, code, rng.integers(1, 6, 3000)) for _ in range(2))
        path = csv_of(tmp_path, one=one, other=other)
        assert abs(human_floor(path, ["one", "other"], splits=1).figures["alpha"]) < 0.1, code


def test_a_split_ballot_has_a_floor_of_distributions_and_none_of_correlations(tmp_path):
    half = [1, 2, 1, 3] * 10
    path = csv_of(tmp_path, a=[*half, *[None] * 40], b=[*[None] * 40, *half])
    found = human_floor(path, ["a", "b"]).as_json()
    assert found["wd"] > 0
    assert (found["fro"], found["fro_sd"]) == (None, None)


# --- the bundled survey --------------------------------------------------------------------------


def test_the_floor_of_the_spending_items_is_what_sampling_theory_gives():
    found = human_floor(GSS, SPENDING)
    people = pd.read_csv(GSS)[SPENDING]
    deviations = []
    for item in SPENDING:
        answered = people[item].dropna()
        below = np.array([(answered <= code).mean() for code in (-1, 0)])
        variance = below * (1 - below) * 4 / len(answered)
        deviations.append(np.sqrt(2 / np.pi * variance).sum())
    assert found.figures["wd"] == pytest.approx(np.mean(deviations), rel=0.1)
    # The influence function of Pearson's r: z_x z_y - r (z_x^2 + z_y^2) / 2 (Devlin et al. 1975).
    complete = people.dropna()
    z = ((complete - complete.mean()) / complete.std(ddof=0)).to_numpy()
    squares = z[:, :, None] ** 2 + z[:, None, :] ** 2
    influence = z[:, :, None] * z[:, None, :] - complete.corr().to_numpy() * squares / 2
    variance = (influence**2).mean(axis=0) * 4 / len(complete)
    assert found.figures["fro"] == pytest.approx(np.sqrt(variance.sum()), rel=0.05)


def test_alpha_and_people_are_those_of_everybody_who_answered_anything():
    found = human_floor(GSS, SPENDING)
    people = pd.read_csv(GSS)[SPENDING]
    covariance = people.cov().to_numpy()
    alpha = 8 / 7 * (1 - np.trace(covariance) / covariance.sum())
    assert found.figures["alpha"] == pytest.approx(alpha)
    assert found.n == people.notna().any(axis=1).sum()


def test_the_code_minus_one_of_the_gss_is_an_option():
    found = human_floor(GSS, SPENDING, splits=2)
    assert found.items == dict.fromkeys(SPENDING, 3)
    assert found.dropped == {}


def test_a_sample_of_80_scores_worse_than_halves_and_says_its_size():
    halves, sample = human_floor(GSS, SPENDING), human_floor(GSS, SPENDING, sample=80)
    assert sample.n == 80
    assert sample.figures["alpha"] == halves.figures["alpha"]
    assert sample.figures["wd"] / halves.figures["wd"] == pytest.approx(
        np.sqrt((1 / 80 + 1 / 2266) / (4 / 2346)), rel=0.1
    )


def test_the_floor_is_its_seeds():
    assert human_floor(GSS, SPENDING, splits=5) == human_floor(GSS, SPENDING, splits=5)
    assert (
        human_floor(GSS, SPENDING, splits=5).figures["wd"]
        != human_floor(GSS, SPENDING, splits=5, seed=1).figures["wd"]
    )


def test_json_has_the_promised_names_and_null_for_what_is_undefined():
    found = json.loads(
        json.dumps(human_floor(GSS, ["natspac"], splits=1).as_json(), allow_nan=False)
    )
    names = {
        "wd", "wd_sd", "tv", "tv_sd", "fro", "fro_sd", "alpha", "n", "splits", "items", "dropped",
        "unordered",
    }  # fmt: skip
    assert set(found) == names
    assert found["alpha"] is None
    assert found["splits"] == 1


# --- scales, weights, reversal -------------------------------------------------------------------


def test_an_option_that_nobody_chose_keeps_its_place_and_refusals_are_dropped(sav):
    found = human_floor(sav, ["trust", "luck"], splits=3)
    assert found.items == {"trust": 4, "luck": 2}
    assert found.dropped == {"trust": [99]}
    assert json.loads(json.dumps(found.as_json()))["dropped"] == {"trust": [99]}


def test_weights_are_used_and_who_has_none_above_0_counts_nowhere(tmp_path, sav):
    frame, _ = pyreadstat.read_sav(sav)
    answers = np.column_stack([frame.trust.map({1: 0, 2: 1, 4: 3, 99: -1}), frame.luck - 1])
    weights = frame.w.to_numpy().copy()
    weights[7] = 0
    path = csv_of(tmp_path, trust=frame.trust.map({1: 1, 2: 2, 4: 4}), luck=frame.luck, w=weights)
    found = human_floor(path, ["trust", "luck"], weight="w", splits=20, seed=3)
    squeezed = np.where(answers == 3, 2, answers).astype(np.int64)
    counted = np.arange(200) != 7
    expected = floors.floor(
        squeezed[counted], [3, 2], weights[counted], 20, rng=np.random.default_rng(3)
    )
    assert found.n == 199
    assert found.figures["alpha"] == expected["alpha"]
    assert (found.figures["wd"], found.figures["fro"]) == (expected["wd"], expected["fro"])
    assert (
        found.figures["wd"] != human_floor(path, ["trust", "luck"], splits=20, seed=3).figures["wd"]
    )


def test_an_item_turned_round_restores_alpha(tmp_path):
    rng = np.random.default_rng(0)
    trust = rng.integers(1, 6, 60)
    path = csv_of(tmp_path, trust=trust, distrust=6 - trust)
    found = human_floor(path, ["trust", "distrust"], splits=3, reverse=["distrust"])
    assert found.figures["alpha"] == pytest.approx(1)
    assert np.isnan(human_floor(path, ["trust", "distrust"], splits=3).figures["alpha"])


def test_people_who_answered_none_of_the_items_are_not_counted(tmp_path):
    path = csv_of(tmp_path, q=[1, 2, 1, 2, None, 99], r=[1, 1, 2, 2, None, None])
    assert human_floor(path, ["q", "r"], splits=2).n == 4


def test_words_are_codes_too(tmp_path):
    path = csv_of(tmp_path, q=["a", "b", "a", "b", "Refused"])
    found = human_floor(path, ["q"], splits=2)
    assert (found.items, found.dropped, found.n) == ({"q": 2}, {"q": ["Refused"]}, 4)


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([1, 1, -0.5, 1, 1], "row 3 of the data: the weight is -0.5"),
        ([1, 1, 1, 1, "x"], "row 5 of the data: the weight is x"),
        ([1, 1, 1, float("inf"), 1], "row 4 of the data: the weight is inf"),
        ([0, None, 0, 0, 0], "all weights are empty or zero"),
    ],
)
def test_bad_weights_are_refused_naming_file_column_and_row(tmp_path, weights, says):
    path = csv_of(tmp_path, q=[1, 2, 1, 2, 1], w=weights)
    message = refusal(path, ["q"], weight="w")
    assert says in message
    assert str(path) in message
    assert "'w'" in message


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ([None] * 5, "'q': nobody gave a valid answer"),
        ([3] * 5, "'q': 3 is its only valid code"),
        ([1, 2, 1, None, None], "3 respondents answered any of the items"),
    ],
)
def test_an_item_without_enough_answers_is_refused(tmp_path, column, says):
    assert says in refusal(csv_of(tmp_path, id=range(5), q=column), ["q"])


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"items": []}, "at least one column"),
        ({"items": ["natspac", "natspac"]}, "named twice"),
        ({"items": ["natspc"]}, "did you mean 'natspac'"),
        ({"items": ["natspac"], "weight": "wtss"}, "no column 'wtss'"),
        ({"items": ["natspac"], "reverse": ["natsoc"]}, "which is not an item"),
        ({"items": ["natspac"], "splits": 0}, "--splits is 0"),
        ({"items": ["natspac"], "sample": 1}, "--sample is 1"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(request_, says):
    assert says in refusal(GSS, **request_)


def test_a_question_that_several_columns_answer_stands_for_these(tmp_path):
    columns = {
        f"Which, if any? [{what}]": ["Y", "", "Y", "", "", "Y"] * 5 for what in ("TV", "Web")
    }
    columns["Which, if any? [Web]"] = ["", "Y", "Y", "", "Y", ""] * 5
    path = csv_of(tmp_path, **columns)
    assert human_floor(path, ["Which, if any?"]).items == dict.fromkeys(columns, 2)
