"""`vary` of a study file: which studies come of it, what they and their pools are called."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import write_study
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.models.study.vary.fields import name_of, placed

PUBLISHED = {"file": "stories.jsonl", "count": 3}


def grid(folder: Path, vary: Any, **changes: Any) -> dict[str, Study]:
    return {study.study: study for study in Study.grid(write_study(folder, vary=vary, **changes))}


def refused(folder: Path, vary: Any, **changes: Any) -> str:
    path = write_study(folder, vary=vary, **changes)
    with pytest.raises(InputError) as raised:
        Study.grid(path)
    said = str(raised.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


def test_every_combination_is_a_plain_study_called_after_its_values(tmp_path: Path) -> None:
    vary = {"questionnaire.temperature": [0.7, 1.0], "style.labels": ["lower", "digits"]}
    found = grid(tmp_path, vary)
    assert list(found) == [
        "small-0.7-lower", "small-0.7-digits", "small-1.0-lower", "small-1.0-digits",
    ]  # fmt: skip
    one = found["small-0.7-digits"]
    assert (one.questionnaire.temperature, one.style.labels) == (0.7, "digits")
    assert "vary" not in one.spec
    assert Study.from_spec(one.spec) == one


def test_a_cell_is_the_study_that_its_own_file_would_be(tmp_path: Path) -> None:
    [cell, _] = grid(tmp_path / "a", {"chunk": [4, 8]}).values()
    alone = Study.load(write_study(tmp_path / "b", study="small-4", chunk=4))
    assert cell.digest == alone.digest


def test_a_file_without_vary_is_one_study(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    assert Study.grid(path) == [Study.load(path)]


def test_loading_one_study_of_a_file_with_several_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"several studies; .*`Study.grid\(path\)`$"):
        Study.load(write_study(tmp_path, vary={"chunk": [4, 8]}))


def test_names_stay_when_a_value_is_added(tmp_path: Path) -> None:
    few = grid(tmp_path, {"model": ["org/A", "B"], "questionnaire.temperature": [1.0, 2.0]})
    more = grid(
        tmp_path, {"model": ["C", "org/A", "B"], "questionnaire.temperature": [0.5, 1.0, 2.0]}
    )
    assert {name: study.digest for name, study in few.items()}.items() <= {
        name: study.digest for name, study in more.items()
    }.items()


def test_a_pool_is_shared_by_all_whose_recipe_is_the_same(tmp_path: Path) -> None:
    found = grid(
        tmp_path,
        {"questionnaire.temperature": [0.7, 1.0], "model": ["org/A", "B"], "pool.count": [4, 9]},
    )
    names = {name: study.pool.name for name, study in found.items() if study.pool}
    assert names["small-0.7-A-4"] == names["small-1.0-A-9"] == "people-A"
    assert names["small-0.7-B-4"] == "people-B"


@pytest.mark.parametrize(
    ("vary", "shared"),
    [
        ({"seed": [1, 2]}, False),
        ({"pool.temperature": [0.5, 1.0]}, False),
        ({"style.asker": ["Question", "Q"]}, False),
        ({"style.labels": ["lower", "digits"]}, True),
        ({"polling.readout": ["logprob", "text"]}, True),
        ({"chunk": [2, 3]}, True),
    ],
)
def test_a_pool_has_a_name_of_its_own_where_the_value_changes_who_it_is(
    tmp_path: Path, vary: dict[str, Any], shared: bool
) -> None:
    pools = [study.pool for study in grid(tmp_path, vary).values() if study.pool]
    assert (len({pool.name for pool in pools}) == 1) == shared


def test_pools_keep_their_keys_so_that_conditions_keep_their_names(tmp_path: Path) -> None:
    changes = {
        "pool": None,
        "pools": {"wide": {"count": 9}, "published": PUBLISHED},
        "conditions": [
            {"pool": "wide", "match": "greedy"}, {"pool": "published", "match": "random"},
        ],
    }  # fmt: skip
    found = grid(tmp_path, {"pools.wide.temperature": [0.5, 1.0]}, **changes)
    first, second = found.values()
    assert (
        first.condition_names == second.condition_names == ["wide/greedy+qa", "published/random+qa"]
    )
    assert [pool.name for pool in first.pools_used] == ["wide-0.5", "published"]
    assert [pool.name for pool in second.pools_used] == ["wide-1.0", "published"]
    again = Study.from_spec(first.spec)
    assert again.pool_of(again.conditions[0]).name == "wide-0.5"
    files = grid(tmp_path, {"pools.published.file": ["a.jsonl", "b.jsonl"]}, **changes)
    assert [study.pools["published"].name for study in files.values()] == [
        "published-a.jsonl", "published-b.jsonl",
    ]  # fmt: skip


def test_a_primed_pool_is_apart_wherever_people_could_be_told_other_words(tmp_path: Path) -> None:
    changes = {
        "pool": None, "pools": {"own": {"primed_by": "qa"}}, "conditions": [{"pool": "own"}],
    }  # fmt: skip
    found = grid(tmp_path, {"style.labels": ["lower", "digits"], "chunk": [2, 3]}, **changes)
    assert [study.pools["own"].name for study in found.values()] == [
        "own-lower", "own-lower", "own-digits", "own-digits",
    ]  # fmt: skip


def test_two_pools_of_a_study_with_one_name_are_refused(tmp_path: Path) -> None:
    pools = {"a": {"count": 3}, "b": {"count": 3, "name": "a"}}
    conditions = [{"pool": "a", "match": "greedy"}]
    with pytest.raises(InputError, match=r"pools\.b: is called 'a', as another pool is"):
        Study.load(write_study(tmp_path, pool=None, pools=pools, conditions=conditions))


def test_a_mapping_names_values_that_make_no_name(tmp_path: Path) -> None:
    prompts = {"short": "Who are you?", "long": "Tell me all about yourself, from the beginning."}
    conditions = {"none": ["none"], "both": ["none", "bio"]}
    found = grid(tmp_path, {"pool.prompt": prompts, "conditions": conditions})
    assert list(found) == [
        "small-short-none",
        "small-short-both",
        "small-long-none",
        "small-long-both",
    ]
    assert [pool.prompt for pool in found["small-long-both"].pools_declared] == [prompts["long"]]


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({}, "vary: should be a mapping of fields to their values"),
        ([1], "vary: should be a mapping of fields"),
        ({"model": "A"}, "vary.model: should be a list of two values or more"),
        ({"model": ["A"]}, "vary.model: should be a list of two values or more"),
        ({"study": ["a", "b"]}, "vary.study: cannot vary: the studies are named by what varies"),
        ({"model": ["a/x", "b/x"]}, "vary.model: 'a/x' and 'b/x' would both be called 'x'"),
        ({"chunk": {"a b": 4, "c": 5}}, "vary.chunk: the name 'a b' should be at most 32 letters"),
        ({"style": [{}, {"labels": "digits"}]}, "vary.style: {} makes no short name"),
        ({"pool.prompt": ["x" * 40, "b"]}, "makes no short name"),
        ({"conditions.0": ["bio", "qa"]}, "vary.conditions.0: stands within a list"),
        ({"style": {"a": {}, "b": {}}, "style.labels": ["lower", "digits"]},
         "vary.style.labels: is a part of style, which varies, too"),
        ({"questionnaire.temperature": [0.7, 11], "chunk": [4, 8]},
         "with questionnaire.temperature 11: questionnaire.temperature: should be less than"),
        ({"chunk": [4, 0], "questionnaire.readout": ["logprob", "text"]},
         "with chunk 0: chunk: should be"),
        ({"temperature": [0.5, 1.0]},
         "temperature: is not a field here; did you mean pool.temperature or polling.temp"),
        ({"chunks": [4, 8]}, "chunks: is not a field here; did you mean 'chunk'?"),
        ({"model": {"m" * 32: "A", "b": "B"}, "chunk": {"c" * 32: 4, "d": 5}},
         "vary: a study would be called"),
        ({"model": ["a-b", "a"], "style.asker": ["c", "b-c"]},
         "vary: two studies would be called 'small-a-b-c'"),
        ({f"a.{n}": [1, 2] for n in range(11)}, "vary: would be 2,048 studies; 1,000 are the most"),
    ],
)  # fmt: skip
def test_what_cannot_vary_is_refused_in_a_sentence(tmp_path: Path, vary: Any, said: str) -> None:
    assert said in refused(tmp_path, vary)


def test_a_mistake_of_all_studies_is_told_as_that_of_the_file(tmp_path: Path) -> None:
    said = refused(tmp_path, {"questionnaire.temperature": [0.7, 1.0]}, seed=-1)
    assert said.startswith("seed: should be")


def test_a_condition_that_names_the_one_pool_by_a_name_that_varies_is_refused(
    tmp_path: Path,
) -> None:
    conditions = [{"pool": "people", "match": "greedy"}]
    assert "write `pool: natural`" in refused(tmp_path, {"seed": [1, 2]}, conditions=conditions)


def test_a_refusal_says_where_in_the_file_the_value_stands(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    head = len(path.read_text().splitlines())
    path.write_text(path.read_text() + "vary:\n  chunk:\n  - 4\n  - 0\n")
    with pytest.raises(InputError, match=rf"\(line {head + 4}, column 5\)$"):
        Study.grid(path)


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_what_a_text_is_called_can_be_part_of_a_name(text: str) -> None:
    name = name_of(text)
    assert name is None or (0 < len(name) <= 32 and set(name) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
    ))  # fmt: skip


def test_values_are_set_in_a_copy_at_places_whose_names_may_hold_dots() -> None:
    data = {"questions": {"Q1.2": {"ordered": True}, "Q1": {}}, "style": None}
    assert placed(data, "questions.Q1.2.ordered", False)["questions"]["Q1.2"] == {"ordered": False}
    assert placed(data, "style.labels", "digits")["style"] == {"labels": "digits"}
    assert data == {"questions": {"Q1.2": {"ordered": True}, "Q1": {}}, "style": None}
