"""Which model writes stories, asks who personas are, and takes the survey."""

from pathlib import Path
from typing import Any

from fake_model import small_study
from study_files import changed, refusal

from anthology.models.study import stages
from anthology.models.study.study import Study

POOLS = {
    "lives": {"count": 4, "model": "writer"},
    "own": {"count": 4},
    "published": {"file": "s.jsonl"},
}
CONDITIONS = [
    "none",
    {"pool": "lives", "match": "greedy"},
    {"pool": "own", "match": "greedy"},
    {"pool": "published", "match": "random"},
    {"condition": "qa", "name": "qa-large", "model": "large"},
]


def several(folder: Path, **changes: Any) -> Study:
    fields = {"pool": None, "pools": POOLS, "conditions": CONDITIONS, **changes}
    return small_study(folder, **fields)


def test_every_stage_is_the_studys_models_unless_it_names_another(tmp_path: Path) -> None:
    study = several(tmp_path, polling={"model": "pollster"})
    authors = {pool.name: stages.author(study, pool) for pool in study.pools_used}
    assert authors == {"lives": "writer", "own": "fake", "published": "pollster"}
    assert stages.pollster(study) == "pollster"
    answerers = {way.name: stages.answerer(study, way) for way in study.conditions}
    assert answerers["qa-large"] == "large"
    assert {answerers.pop(name) for name in [*answerers][:-1]} == {"fake"}
    assert stages.models_of(study) == ["fake", "writer", "pollster", "large"]


def test_a_study_that_names_no_other_model_is_stored_as_ever(tmp_path: Path) -> None:
    spec = small_study(tmp_path).spec
    assert "model" not in spec["polling"]
    assert "model" not in spec["pool"]
    named = small_study(tmp_path, polling={"model": "other"})
    assert named.spec["polling"]["model"] == "other"
    assert Study.from_spec(named.spec) == named


def test_polls_by_unlike_models_are_told_apart_and_pools_by_their_authors(tmp_path: Path) -> None:
    one = several(tmp_path)
    two = several(tmp_path, model="another")
    asked = several(tmp_path, polling={"model": "pollster"})
    age = one.traits["age"]
    assert len({study.poll_key(age) for study in (one, two, asked)}) == 3
    lives, own, _ = (study.pools_used for study in (one, two, asked))
    assert one.recipe(lives[0]) == two.recipe(own[0]), "both have it written by the same model"
    assert one.recipe(lives[1]) != two.recipe(own[1])
    alone = small_study(tmp_path, model="org/Fake")
    assert alone.poll_key(age) == small_study(tmp_path).poll_key(age), "the pool tells whose it is"


def test_nobody_writes_an_imported_pool(tmp_path: Path) -> None:
    fields = changed("pool", None) | {
        "pools": {"published": {"file": "s.jsonl", "model": "writer"}},
        "conditions": ["none"],
    }
    [said] = refusal(tmp_path, fields)
    assert said.startswith("pools.published.model: ")
