"""`humans` of a study file: what it refuses, and that what it stores stays what it was."""

from typing import Any

import pytest
from fake_model import study_fields
from pydantic import ValidationError

from anthology.models.study.study import Study

QUOTAS = {"sex": {"man": 0.5, "woman": 0.5}}


def study(**humans: Any) -> Study:
    return Study.model_validate(study_fields(humans={"file": "humans.csv", **humans}))


def refusal(**humans: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        study(**humans)
    return str(raised.value.errors()[0]["msg"])


def test_what_an_earlier_version_did_not_know_is_not_stored_where_it_says_nothing() -> None:
    spec = study(sample=3).spec
    assert spec["humans"] == {"file": "humans.csv", "id": None, "weight": None, "sample": 3}
    assert "weight_simulated" not in spec["measures"]


def test_what_is_stored_is_read_again() -> None:
    found = study(
        where={"wave": [1, 2], "age": {"from": 18}, "left": {"blank": True}}, draw=500,
        sample={"size": 20, "quotas": QUOTAS},
    )  # fmt: skip
    assert Study.from_spec(found.spec) == found
    assert found.humans.size == 20
    assert found.digest != study(sample=20).digest


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"man": 0.5, "woman": 0.4}, "the shares of 'sex' sum to 0.9, not to 1"),
        (
            {"man": 0.5, "women": 0.5},
            "humans.sample.quotas.sex.women: names 'women', which is no option",
        ),
        ({"man": 1.0}, "humans.sample.quotas.sex: has no share for 'woman'; 0 draws none"),
    ],
)
def test_quotas_name_every_option_and_sum_to_one(shares: dict[str, float], said: str) -> None:
    assert said in refusal(sample={"size": 20, "quotas": {"sex": shares}})


def test_shares_may_be_rounded_as_published_tables_are() -> None:
    thirds = {"age": {"young": 0.33, "old": 0.67}, "sex": {"man": 0.495, "woman": 0.5}}
    assert study(sample={"size": 20, "quotas": thirds}).humans.quotas == thirds


def test_a_quota_is_of_a_trait() -> None:
    said = refusal(sample={"size": 20, "quotas": {"income": {"low": 1.0}}})
    assert "humans.sample.quotas.income: names 'income', which is not a trait" in said


def test_more_than_is_drawn_cannot_be_simulated() -> None:
    assert "sample asks for 20 of the 10 that draw leaves" in refusal(draw=10, sample=20)
