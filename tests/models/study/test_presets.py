"""Presets fill what a study file leaves open, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import small_study, study_fields

from anthology.models.errors import InputError
from anthology.models.study.presets import PRESETS
from anthology.models.study.study import Study


def preset(folder: Path, **changes: Any) -> Study:
    return small_study(folder, preset="method-2024", **changes)


def test_a_preset_sets_what_the_file_leaves_open(tmp_path: Path) -> None:
    study = preset(tmp_path)
    assert study.traits_order == "shuffled"
    assert study.style.reminder == "in_surveys"
    assert (study.polling.readout, study.polling.samples) == ("sample", 40)
    assert (study.questionnaire.readout, study.questionnaire.attempts) == ("sample", 100)
    assert {question.options_order for question in study.questions} == {"reversed"}
    assert study.measures.subgroups == ["sex"]


def test_what_the_file_says_wins(tmp_path: Path) -> None:
    questionnaire = {**study_fields()["questionnaire"], "readout": "logprob"}
    study = preset(tmp_path, questionnaire=questionnaire, measures={"splits": 7})
    assert study.questionnaire.readout == "logprob"
    assert study.measures.splits == 7
    assert study.style.reminder == "in_surveys"


def test_it_sets_what_conditions_and_pools_leave_open_too(tmp_path: Path) -> None:
    pools = {
        "a": {"count": 9}, "b": {"count": 9, "reject": {"shorter_than": 7}},
        "short": {"count": 9, "max_tokens": 32}, "lives": {"count": 9, "interview": {}},
    }  # fmt: skip
    how = [("a", {}), ("b", {"ties": "random"})]
    ways = [{"pool": pool, "match": "greedy", **keys} for pool, keys in how]
    study = preset(tmp_path, pool=None, pools=pools, conditions=[*ways, "none"])
    assert not study.measures.weight_simulated
    assert [way.method_settings for way in study.conditions[:2]] == [
        {"ties": "first"}, {"ties": "random"},
    ]  # fmt: skip
    rejected = {name: pool.writing.reject for name, pool in study.pools.items() if name != "lives"}
    assert rejected["short"] is None
    assert [rejected[name].shorter_than for name in "ab"] == [41, 7]


@pytest.mark.parametrize("name", [["method-2024"], {"method-2024": True}, 2024])
def test_a_preset_that_is_no_name_is_refused(tmp_path: Path, name: Any) -> None:
    with pytest.raises(InputError, match="is not one of method-2024"):
        small_study(tmp_path, preset=name)


def test_the_settings_are_stored_and_not_the_name(tmp_path: Path) -> None:
    study = preset(tmp_path)
    assert "preset" not in study.spec
    assert Study.from_spec(study.spec) == study
    written_out = small_study(
        tmp_path, traits_order="shuffled", style={"reminder": "in_surveys"},
        polling={"readout": "sample", "samples": 40}, measures=study.spec["measures"],
        questionnaire={**study_fields()["questionnaire"], "readout": "sample", "attempts": 100,
                       "options_order": "reversed"},
    )  # fmt: skip
    assert written_out.digest == study.digest


def test_an_unknown_preset_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"preset: 'tarot' is not one of {', '.join(PRESETS)}"):
        small_study(tmp_path, preset="tarot")
