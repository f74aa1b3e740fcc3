"""A preview shows what is stored of an answer, and how finely it was read."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, make_runner, run_study, small_study, store
from previewed import FEATURES, OPTIONS, SPENDING, show
from sqlalchemy import Engine, insert, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import (
    FAILURE,
    Answer,
    EngineRow,
    Job,
    LabelPrior,
    Persona,
    Poll,
    WorkerRow,
)


def test_averaged_orders_are_all_shown_the_one_of_the_prompt_first(
    database: Engine, tmp_path: Path
) -> None:
    questionnaire = {"options": OPTIONS, "questions": SPENDING, "options_order": "averaged"}
    run_study(database, small_study(tmp_path, conditions=["none"], questionnaire=questionnaire))
    for person in range(8):
        found = show(database, person, "none", "parks")
        assert found.stored is not None
        assert found.orders[0] == found.stored["order"]
        assert sorted(found.orders) == [
            [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
        ]  # fmt: skip
        shown = [label["label"] for label in found.labels]
        assert [shown[choice] for choice in found.orders[0]] == ["A", "B", "C"]


def test_what_is_stored_is_shown_with_it(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["bio"]), FakeEngine({"too little": 5.0}))
    with Session(database) as session:
        for answer in session.execute(select(Answer)).scalars():
            found = show(database, answer.respondent, "bio", answer.question)
            assert found.stored == {
                "mentioned": None, "probabilities": answer.probabilities,
                "label_mass": answer.label_mass, "refusal": None, "drawn": answer.drawn,
                "text": None, "order": answer.shown, "samples": None, "error": None,
            }  # fmt: skip
            assert found.place == answer.place
            by_label = sorted(found.labels, key=lambda one: one["label"])
            assert [f"({one['label']}) {one['option']}" for one in by_label] == [
                line for line in found.prompt[found.prompt.rindex("Question:") :].splitlines()
                if line.startswith("(")
            ]  # fmt: skip


def test_written_answers_are_shown_as_they_are_stored(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"], **FEATURES["written"]))
    with Session(database) as session:
        for answer in session.execute(select(Answer)).scalars():
            found = show(database, answer.respondent, "none", answer.question)
            assert found.stored is not None
            assert found.stored["samples"] == answer.samples
            assert len(found.stored["samples"]) == 3
            assert (found.readout, found.nodes) == ("sample", None)


def test_a_free_text_is_shown_and_stays_in_later_prompts(database: Engine, tmp_path: Path) -> None:
    changes = FEATURES["free text"]["questionnaire"]
    study = small_study(tmp_path, conditions=["none"], questionnaire={**changes, "order": "fixed"})
    run_study(database, study)
    why, roads = show(database, 3, "none", "why"), show(database, 3, "none", "roads")
    assert (why.readout, why.labels, why.outcomes, why.nodes) == ("free text", [], [], None)
    assert why.stored is not None
    assert f"{why.prompt} {why.stored['text']}" in roads.prompt
    assert why.prompt.endswith("Question: Why?\nAnswer:")


def test_a_refusal_is_an_outcome_of_its_own(database: Engine, tmp_path: Path) -> None:
    engine = FakeEngine({"Won't say": 1e9})
    run_study(database, small_study(tmp_path, conditions=["none"], **FEATURES["refusals"]), engine)
    found = show(database, 0, "none", "roads")
    assert found.outcomes == [*OPTIONS, "Won't say"]
    assert found.stored is not None
    assert found.stored["drawn"] == 3
    assert found.stored["refusal"] == pytest.approx(1.0)
    assert len(found.stored["probabilities"]) == 3


def test_the_label_prior_that_was_removed_is_shown(database: Engine, tmp_path: Path) -> None:
    questionnaire = {"options": OPTIONS, "questions": SPENDING, "debias": "label_prior"}
    changes: dict[str, Any] = {"conditions": ["none", "bio"], "questionnaire": questionnaire}
    store(database, small_study(tmp_path, **changes))
    assert show(database, 0, "bio", "roads").label_prior is None
    drain(make_runner(database, FakeEngine(bias={"A": 3.0})))
    with Session(database) as session:
        prior = session.get_one(LabelPrior, (1, "bio", 3)).logprobs
    assert show(database, 0, "bio", "roads").label_prior == prior
    assert show(database, 0, "poll", "sex").label_prior is None


def test_the_steps_of_a_16_bit_head_are_shown_with_what_it_answered(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    coarse = {"body_dtype": "bfloat16", "head_dtype": "bfloat16", "logit_step": 0.125}
    fine = {"body_dtype": "bfloat16", "head_dtype": "float32", "logit_step": None}
    with writing(database) as session:
        rows = [{"id": "old", "info": {**coarse, "device": "x"}}, {"id": "new", "info": fine}]
        session.execute(insert(EngineRow), rows)
        session.execute(update(Job).where(col(Job.kind) == "survey").values(engine_id="old"))
    assert show(database, 0, "none", "roads").resolution == coarse


def test_before_a_study_ran_the_step_is_that_of_the_worker_that_serves_its_model(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    assert show(database, 0, "none", "roads").resolution is None
    coarse = {"body_dtype": "bfloat16", "head_dtype": "bfloat16", "logit_step": 0.25}
    worker = {"queue": "gpu.fake", "model": "fake", "pid": 1, "started_at": 0.0, "engine_id": "a",
              "stopped": False}  # fmt: skip
    with writing(database) as session:
        session.execute(insert(EngineRow), [{"id": "a", "info": coarse}])
        session.execute(insert(WorkerRow), [{**worker, "name": "w", "seen_at": 1.0}])
    assert show(database, 0, "none", "roads").resolution == coarse
    with writing(database) as session:  # one that could not load tells nothing of its precision
        session.execute(insert(EngineRow), [{"id": "b", "info": {FAILURE: "no memory"}}])
        later = {**worker, "name": "x", "seen_at": 2.0, "engine_id": "b", "stopped": True}
        session.execute(insert(WorkerRow), [later])
    assert show(database, 0, "none", "roads").resolution == coarse


def test_a_poll_is_shown_for_the_name_of_a_trait(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]))
    found = show(database, 4, None, "sex")
    with Session(database) as session:
        persona = session.get_one(Persona, (1, 4))
        mine = select(Poll).where(Poll.number == 4, Poll.trait == "sex")
        poll = session.execute(mine).scalar_one()
    assert persona.story in found.prompt
    assert found.condition == "poll"
    assert found.stored is not None
    assert found.stored["probabilities"] == poll.probabilities
