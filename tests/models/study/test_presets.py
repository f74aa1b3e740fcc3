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
    assert study.measures.subgroups == ["sex"]


def test_what_the_file_says_wins(tmp_path: Path) -> None:
    questionnaire = {**study_fields()["questionnaire"], "readout": "logprob"}
    study = preset(tmp_path, questionnaire=questionnaire, measures={"splits": 7})
    assert study.questionnaire.readout == "logprob"
    assert study.measures.splits == 7
    assert study.style.reminder == "in_surveys"


def test_the_settings_are_stored_and_not_the_name(tmp_path: Path) -> None:
    study = preset(tmp_path)
    assert "preset" not in study.spec
    assert Study.from_spec(study.spec) == study
    written_out = small_study(
        tmp_path, traits_order="shuffled", style={"reminder": "in_surveys"},
        polling={"readout": "sample", "samples": 40}, measures=study.spec["measures"],
        questionnaire={**study_fields()["questionnaire"], "readout": "sample", "attempts": 100},
    )  # fmt: skip
    assert written_out.digest == study.digest


def test_an_unknown_preset_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"preset 'tarot' is not one of {', '.join(PRESETS)}"):
        small_study(tmp_path, preset="tarot")
