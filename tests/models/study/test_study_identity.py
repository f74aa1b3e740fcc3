"""What makes two study files the same study, the same poll, the same pool."""

import random
from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study, study_fields
from study_files import changed, load


def test_the_digest_does_not_depend_on_where_the_files_lie(tmp_path: Path) -> None:
    assert small_study(tmp_path / "here").digest == small_study(tmp_path / "there").digest


def test_the_digest_does_not_depend_on_the_order_of_fields(tmp_path: Path) -> None:
    fields = list(study_fields().items())
    expected = load(tmp_path, study_fields()).digest
    for seed in range(5):
        random.Random(seed).shuffle(fields)
        assert load(tmp_path, dict(fields)).digest == expected


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("seed", 8),
        ("chunk", 5),
        ("model", "other"),
        ("humans.weight", None),
        ("questionnaire.options", {"too much": 3, "about right": 2, "too little": 1}),
        ("questionnaire.order", "fixed"),
        ("questionnaire.questions.roads", "Are we spending too much on roads ?"),
        ("traits.age.bio", "I'm {}."),
        ("conditions", ["bio", "none"]),
        ("questionnaire.refusal", "Prefer not to answer"),
        ("questionnaire.options_order", "averaged"),
        ("questionnaire.anchored", ["too much"]),
        ("questionnaire.readout", "text"),
        ("questionnaire.readout_check", 0.05),
        ("questionnaire.debias", "label_prior"),
        ("questionnaire.temperature", 1.5),
        ("polling.readout", "text"),
        ("polling.mention_first", "yes"),
        ("style.brackets", "square"),
        ("traits.age.asked_as", {"18 to 49": "young", "50 and more": "old"}),
        ("traits.age.number", {"from": 18, "to": 99}),
    ],
)
def test_the_digest_changes_with_whatever_changes_an_answer(
    tmp_path: Path, place: str, value: Any
) -> None:
    assert load(tmp_path, changed(place, value)).digest != load(tmp_path, study_fields()).digest


def test_a_trait_is_polled_again_only_if_what_is_asked_has_changed(tmp_path: Path) -> None:
    age = load(tmp_path, study_fields()).traits["age"]
    bio = load(tmp_path, changed("traits.age.bio", "{}!")).traits["age"]
    codes = load(tmp_path, changed("traits.age.options", {"young": 1, "old": 2})).traits["age"]
    turned = load(tmp_path, changed("traits.age.options", {"old": 2, "young": 1})).traits["age"]
    assert age.key == bio.key == codes.key != turned.key


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("polling.readout", "text"),
        ("polling.mention_first", "yes"),
        ("polling.temperature", 1.5),
        ("style.brackets", "square"),
        ("traits.age.refusal", "Prefer not to answer"),
        ("traits.age.number", {"from": 18, "to": 99}),
    ],
)
def test_a_poll_is_used_again_only_by_a_study_that_asks_and_reads_alike(
    tmp_path: Path, place: str, value: Any
) -> None:
    def key(fields: dict[str, Any]) -> str:
        study = load(tmp_path, fields)
        return study.poll_key(study.traits["age"])

    assert key(changed(place, value)) != key(study_fields())
    assert key(changed("questionnaire.readout", "text")) == key(study_fields())


def test_a_recipe_knows_everything_but_name_and_size(tmp_path: Path) -> None:
    def made(fields: dict[str, Any]) -> dict[str, Any]:
        study = load(tmp_path, fields)
        return study.recipe(study.pools_used[0])

    recipe = made(study_fields())
    assert made(changed("pool.count", 99)) == recipe
    assert made(changed("pool.name", "others")) == recipe
    assert made(changed("model", "/models/FAKE")) == recipe
    assert made(changed("style.brackets", "square")) == recipe
    others = (("seed", 8), ("model", "b"), ("pool.temperature", 0.5), ("style.asker", "Q"))
    for place, value in (*others, ("style.turns", "chat")):
        assert made(changed(place, value)) != recipe
