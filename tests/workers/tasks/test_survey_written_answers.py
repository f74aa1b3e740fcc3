"""A `survey` whose answers are written, or checked by written ones."""

from pathlib import Path

import pytest
from fake_model import LABEL_MASS, FakeEngine
from sqlalchemy import Engine
from surveyed import LIKES, MIXED, PARKS, ROADS, answers, conversation, stored, surveyed, within

from anthology.models import seeds
from anthology.models.database.sessions import open_database


def test_written_answers_are_stored_with_every_attempt_counted(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine(LIKES)
    study = surveyed(
        database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, people=60, readout="sample"
    )
    found = answers(database)
    for one in found:
        (sample,) = one.samples or []
        assert sample["choice"] == one.drawn
        assert (sample["first_choice"] is None) == (sample["attempts"] > 1)
        assert one.label_mass == (1.0 if sample["attempts"] == 1 else 0.0)
        assert one.probabilities == [float(option == one.drawn) for option in range(3)]
        assert study.questions[0].option_texts[one.drawn or 0] in sample["final"]
    junk = [one for one in found if one.label_mass == 0.0]
    assert {(one.samples or [{}])[0]["first"] for one in junk} == {"It depends."}
    assert within(len(junk), 1 - LABEL_MASS, len(found))
    for option, share in enumerate([0.6, 0.3, 0.1]):
        assert within([one.drawn for one in found].count(option), share, len(found))
    assert len(model.prompts) == sum((one.samples or [{}])[0]["attempts"] for one in found)
    expected = {p for n in range(60) for p in conversation(database, study, "none", n)}
    assert {*model.prompts} == expected


def test_many_written_answers_make_a_distribution(database: Engine, tmp_path: Path) -> None:
    surveyed(database, tmp_path, FakeEngine(LIKES), {"roads": ROADS}, readout="sample", samples=50)
    for one in answers(database):
        assert one.probabilities is not None
        finals = [sample["choice"] for sample in one.samples or []]
        assert one.probabilities == pytest.approx([finals.count(o) / 50 for o in range(3)])
        assert one.drawn in finals


def test_nothing_parsed_is_the_answers_error_with_its_samples_kept(
    database: Engine, tmp_path: Path
) -> None:
    class Vague(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            found = super().answers(prompt)
            return {" Who knows?\n": 1.0} if "parks" in prompt else found

    model = Vague(LIKES)
    study = surveyed(
        database, tmp_path, model, {"parks": PARKS, "roads": ROADS},
        order="fixed", readout="sample", samples=2, attempts=3,
    )  # fmt: skip
    for one in answers(database):
        samples = one.samples or []
        assert len(samples) == 2
        if one.question == "parks":
            assert one.error == "no option could be read from 6 written answers"
            assert (one.drawn, one.probabilities, one.label_mass) == (None, None, 0.0)
            assert {(s["attempts"], s["choice"]) for s in samples} == {(3, None)}
        else:
            assert one.error is None
    expected = {p for n in range(8) for p in conversation(database, study, "none", n)}
    assert {*model.prompts} == expected


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_answers_is_checked_by_a_written_one(
    database: Engine, tmp_path: Path, share: float
) -> None:
    model = FakeEngine(LIKES)
    questions = {"roads": ROADS, "parks": PARKS}
    surveyed(database, tmp_path, model, questions, people=60, readout_check=share)
    found = answers(database)
    checked = [one for one in found if one.samples is not None]
    by_seed = [
        one
        for one in found
        if seeds.uniform(7, "check", one.condition, one.respondent, one.question) < share
    ]
    assert [one.model_dump() for one in checked] == [one.model_dump() for one in by_seed]
    assert share == 0.3 or len(checked) == share * 120
    assert share != 0.3 or 0 < len(checked) < 120
    for one in checked:
        (sample,) = one.samples or []
        assert sample["attempts"] == 1
        assert sample["first"] == sample["final"]
    for one in found:
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
    assert len(model.prompts) == 120 + len(checked)


def test_a_check_changes_no_answer(tmp_path: Path) -> None:
    found = []
    for share in (0.0, 1.0):
        folder = tmp_path / str(share)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        surveyed(database, folder, FakeEngine(LIKES), MIXED, readout_check=share)
        found.append([{**one, "samples": None} for one in stored(database)])
        database.dispose()
    assert found[0] == found[1]
