"""Scales of a study as rows: of humans, of conditions, and the alphas that bfi is known for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from fake_model import small_study
from measured_scales import SCALES

import anthology.producer
from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring import scale_scores
from anthology.models.measuring.groups import groups
from anthology.models.measuring.stored import Stored
from anthology.models.statistics.scale_scores import names
from anthology.models.study.scales import item_names
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans

BFI = Path(anthology.producer.__file__).parent / "examples" / "bfi"
KEYED = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}
ALPHAS = {"A": 0.703, "C": 0.727, "E": 0.762, "N": 0.814, "O": 0.600}


def values(rows: Any) -> dict[tuple[str, str, str], Any]:
    return {(row["condition"], row["subgroup"], row["name"]): row for row in rows}


def stored(study: Study, answers: Any, simulated: Any = None) -> Stored:
    people = People(
        answers, np.ones(len(answers)), np.zeros((len(answers), len(study.traits)), dtype=np.int64)
    )
    conditions = {}
    if simulated is not None:
        refused = np.zeros(simulated.shape, dtype=np.bool_)
        nothing = np.full(simulated.shape, np.nan)
        shares = [np.full((len(simulated), len(q.options)), 0.5) for q in study.questions]
        conditions["none"] = Simulation(
            simulated, shares, nothing, refused, nothing, None, list(range(simulated.shape[1]))
        )
    doubles = len(answers if simulated is None else simulated)
    return Stored(study, doubles, people, conditions, {}, list(groups(study, people)))


def test_the_five_scales_of_bfi_have_the_published_alphas() -> None:
    fields = yaml.safe_load((BFI / "study.yaml").read_text())
    items = [f"{scale}{number}" for scale in ALPHAS for number in range(1, 6)]
    fields["humans"]["file"] = str(BFI / "respondents.csv")
    fields["questionnaire"]["questions"]["neuroticism"]["items"] = {i: f"{i}." for i in items}
    fields["measures"] = {"splits": 2, "bootstrap": 20}
    fields["scales"] = {
        scale: [f"-{item}" if item in KEYED else item for item in items if item[0] == scale]
        for scale in ALPHAS
    }
    study = Study.from_spec(fields)
    humans = read_humans(study)
    found = values(
        scale_scores.rows(stored(study, np.column_stack([humans.answers[i] for i in items])))
    )
    for scale, alpha in ALPHAS.items():
        row = found["humans", "all", f"scale/{scale}/alpha"]
        assert round(row["value"], 3) == alpha
        assert row["low"] < alpha < row["high"]
        assert all(found["humans", "all", f"scale/{scale}/rest/{scale}{n}"]["value"] > 0.2
                   for n in range(1, 6))  # fmt: skip
    assert found["humans", "all", "scale/E/r/N"]["value"] < 0


def test_a_copy_of_the_humans_differs_in_nothing_and_rows_are_of_every_group(
    tmp_path: Path,
) -> None:
    study = small_study(tmp_path, conditions=["none"], scales=SCALES)
    answers = np.random.default_rng(0).integers(-1, 2, (60, 3))
    found = values(scale_scores.rows(stored(study, answers, answers)))
    of_both = names.of_both(item_names(study.scales))
    assert all(found["none", "all", name]["value"] == pytest.approx(0) for name in of_both)
    whole = (answers[:, :2] >= 0).all(axis=1)
    score = found["none", "sex=man", "scale/spending/mean"]
    turned = 1 + (answers[whole, 0] + (2 - answers[whole, 1])) / 2
    assert (score["value"], score["n"]) == (pytest.approx(turned.mean()), whole.sum())
    assert found["floor_at_n", "all", "scale/spending/wd"]["n"] == 60
    assert not any(subgroup == "sex=woman" for _, subgroup, _ in found)


def test_a_simulated_score_is_of_the_questions_that_its_own_human_answered(tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["none"], scales=SCALES)
    answers = np.ones((40, 3), dtype=np.int64)
    answers[:10, 0] = -1
    found = values(scale_scores.rows(stored(study, answers, np.ones_like(answers))))
    assert found["none", "all", "scale/spending/mean"]["n"] == 30


def test_a_study_without_scales_has_no_rows(tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["none"])
    assert list(scale_scores.rows(stored(study, np.ones((9, 3), dtype=np.int64)))) == []
