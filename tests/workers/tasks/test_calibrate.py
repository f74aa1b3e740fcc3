"""The `calibrate` job: the labels' own appeal, one row for each number of labels."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, jobs, make_runner, small_study, store
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.tables import LabelPrior
from anthology.models.jobs import ready
from anthology.models.jobs.protocol import Usage
from anthology.workers.engine.text_model import PromptRefused

BIAS = {"A": 4.0, "B": 1.0, "C": 0.5}
LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0, "Yes": 9.0}
SCALE = {"too little": 1, "about right": 2, "too much": 3}
QUESTIONS = {
    "roads": "Are we spending too much on roads?",
    "parks": {"question": "Are we spending too much on parks?", "anchored": ["too much"]},
    "vote": {"question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]}},
    "why": {"question": "Why do you drive?", "free_text": True},
    "age": {
        "question": "How old are you?", "number": {"from": 18, "to": 99},
        "options": {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}},
    },
}  # fmt: skip
THREE, TWO = [4 / 5.5, 1 / 5.5, 0.5 / 5.5], [0.8, 0.2]


def calibrated(
    database: Engine, folder: Path, model: FakeEngine, *, people: int = 8,
    questions: dict[str, Any] = QUESTIONS, conditions: tuple[str, ...] = ("none",), **how: Any,
) -> list[str]:  # fmt: skip
    """Does all jobs up to the calibrations, and returns what the runner said of these."""
    survey = {"options": SCALE, "questions": questions, "debias": "label_prior", **how}
    store(
        database,
        small_study(folder, people=people, conditions=list(conditions), questionnaire=survey),
    )
    runner, said = make_runner(database, model), []
    while due := [r for r in ready.due(database) if r.kind not in ("survey", "measure")]:
        for message in due:
            line = runner.do(message.kind, message.id, print)
            said += [line] if message.kind == "calibrate" else []
    return said


def priors(database: Engine) -> dict[tuple[str, int], LabelPrior]:
    with Session(database) as session:
        found = session.execute(select(LabelPrior).order_by(col(LabelPrior.labels))).scalars()
        return {(one.condition, one.labels): one for one in found}


def shares(prior: LabelPrior) -> list[float]:
    return [math.exp(logprob) for logprob in prior.logprobs]


def test_every_number_of_labels_has_its_own_prior(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES, bias=BIAS)
    calibrated(database, tmp_path, model, conditions=("none", "bio"))
    found = priors(database)
    assert set(found) == {("none", 2), ("none", 3), ("bio", 2), ("bio", 3)}
    for (_, labels), one in found.items():
        assert shares(one) == pytest.approx(THREE if labels == 3 else TWO)
        assert one.n == 8 * (2 * 3 if labels == 3 else 2)
    asked = {p[p.rindex("Question: ") :].split("?")[0] for p in model.prompts}
    assert asked == {
        "Question: Are we spending too much on roads", "Question: Did you vote",
        "Question: Are we spending too much on parks",
    }  # fmt: skip
    assert len(model.prompts) == 2 * 8 * (3 + 3 + 2)


def test_no_bias_is_an_even_prior(database: Engine, tmp_path: Path) -> None:
    calibrated(database, tmp_path, FakeEngine(LIKES))
    assert shares(priors(database)["none", 3]) == pytest.approx([1 / 3] * 3)


def test_a_refusal_has_a_label_as_well(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine({**LIKES, "No answer": 7.0}, bias=BIAS)
    calibrated(
        database, tmp_path, model, questions={"vote": QUESTIONS["vote"]}, refusal="No answer"
    )
    assert shares(priors(database)["none", 3]) == pytest.approx(THREE)


def test_matched_people_are_calibrated_with_their_stories(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES, bias=BIAS)
    calibrated(database, tmp_path, model, conditions=("natural/greedy",))
    assert shares(priors(database)["natural/greedy", 3]) == pytest.approx(THREE)
    asked = [p for p in model.prompts if "Did you vote" in p]
    assert all(p.startswith("Question: Tell me about yourself.\nAnswer: My number") for p in asked)


def test_it_takes_a_sample_of_many_people(database: Engine, tmp_path: Path) -> None:
    calibrated(database, tmp_path, FakeEngine(), people=100, questions={"vote": QUESTIONS["vote"]})
    (job,) = jobs(database, "calibrate")
    assert (job.first, job.count) == (0, 32)
    assert priors(database)["none", 2].n == 64


def test_surveys_wait_for_it(database: Engine, tmp_path: Path) -> None:
    calibrated(database, tmp_path, FakeEngine())
    (job,) = jobs(database, "calibrate")
    surveys = jobs(database, "survey")
    assert job.state == "done"
    assert [one.state for one in surveys] == ["pending", "pending"]
    assert all((one.id or 0) > (job.id or 0) for one in surveys)


class Odd(FakeEngine):
    """Gives the first label of some prompts another log-probability."""

    def __init__(self, value: float, odd: Callable[[str], bool]) -> None:
        super().__init__(LIKES, bias=BIAS)
        self.value, self.odd = value, odd

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        found = await super().logprobs(prompt, ids, usage)
        return [self.value, *found[1:]] if self.odd("".join(map(chr, prompt))) else found


def test_conversations_that_are_too_long_are_left_out(database: Engine, tmp_path: Path) -> None:
    refuse = lambda p: PromptRefused("too long") if "I am old." in p else None  # noqa: E731
    calibrated(database, tmp_path, FakeEngine(LIKES, bias=BIAS, fault=refuse), conditions=("bio",))
    found = priors(database)["bio", 3]
    assert shares(found) == pytest.approx(THREE)
    assert 0 < found.n < 48


def test_a_question_that_fails_in_one_order_is_left_out_in_all(
    database: Engine, tmp_path: Path
) -> None:
    """Else a choice would stand at one label more often than at the others."""
    refuse = lambda p: PromptRefused("?") if "roads?\n(A) too much" in p else None  # noqa: E731
    calibrated(database, tmp_path, FakeEngine(LIKES, bias=BIAS, fault=refuse))
    found = priors(database)["none", 3]
    assert shares(found) == pytest.approx(THREE)
    assert found.n == 8 * 3


@pytest.mark.parametrize("value", [-math.inf, math.nan])
def test_one_impossible_label_does_not_spoil_the_prior(
    database: Engine, tmp_path: Path, value: float
) -> None:
    """The mean of logarithms would be infinite, and every answer of the survey an error."""
    calibrated(database, tmp_path, Odd(value, lambda p: "on roads?\n(A) too much" in p))
    found = priors(database)["none", 3]
    assert shares(found) == pytest.approx(THREE)
    assert found.n == 8 * 3


@pytest.mark.parametrize(
    "model",
    [
        FakeEngine(fault=lambda p: PromptRefused("too long") if "Did you vote" in p else None),
        Odd(math.nan, lambda prompt: "Did you vote" in prompt),
    ],
)
def test_without_any_conversation_the_job_fails_and_its_surveys_are_not_asked(
    database: Engine, tmp_path: Path, model: FakeEngine
) -> None:
    (line,) = calibrated(database, tmp_path, model)
    assert line == "failed: no question with 2 labels could be asked to calibrate them"
    (job,) = jobs(database, "calibrate")
    assert (job.state, job.error) == ("failed", line.removeprefix("failed: "))
    assert jobs(database, "survey") == []
    assert len(jobs(database, "measure")) == 1
    assert priors(database) == {}
