"""The `survey` job: one growing conversation a virtual person, the same one every time."""

import math
from pathlib import Path
from typing import Any

import pytest
from fake_model import LABEL_MASS, FakeEngine, jobs, run_study, small_study, text_of
from sqlalchemy import Engine, select
from sqlmodel import Session
from surveyed import LIKES, PARKS, ROADS, SHARES, answers, asked, conversation, surveyed

from anthology.models.database.tables import Match, Respondent
from anthology.models.prompting.prompts import question_turn
from anthology.models.prompting.rendering import PlainRendering
from anthology.workers.engine.text_model import PromptRefused


def test_every_condition_asks_everybody_everything(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    run_study(database, study, FakeEngine(LIKES))
    found = answers(database)
    assert len(found) == 6 * 8 * 3
    for one in found:
        assert one.probabilities == pytest.approx(SHARES[one.question])
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.drawn in range(len(SHARES[one.question]))
        assert (one.persona is not None) == one.condition.startswith("natural/")


@pytest.mark.parametrize("condition", ["none", "bio", "qa", "natural/greedy"])
def test_a_conversation_is_what_was_stored_of_it_with_the_drawn_answers_in_it(
    database: Engine, tmp_path: Path, condition: str
) -> None:
    study = small_study(tmp_path, conditions=[condition])
    model = run_study(database, study, FakeEngine(LIKES))
    expected = [
        prompt for person in range(8) for prompt in conversation(database, study, condition, person)
    ]
    assert sorted(asked(model, len(expected))) == sorted(expected)
    assert len({len(prompt) for prompt in expected}) > 3


def test_the_order_asked_and_shown_is_stored(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["none"])
    run_study(database, study, FakeEngine(LIKES))
    for person in range(8):
        mine = [one for one in answers(database) if one.respondent == person]
        plan = [(one.question.name, one.shown) for one in study.plan("none", person)]
        assert [(one.question, one.shown) for one in mine] == plan
        assert [one.place for one in mine] == [0, 1, 2]
    assert {tuple(one.shown) for one in answers(database)} == {
        (0, 1, 2), (2, 1, 0), (0, 1), (1, 0),
    }  # fmt: skip


def test_a_respondent_speaks_with_the_story_of_the_matched_persona(
    database: Engine, tmp_path: Path
) -> None:
    study = small_study(tmp_path, conditions=["natural/max_weight"])
    run_study(database, study)
    with Session(database) as session:
        matches = dict(session.execute(select(Match.respondent, Match.persona)).all())
    assert len(set(matches.values())) == 8
    assert {(one.respondent, one.persona) for one in answers(database)} == set(matches.items())


def test_draws_follow_the_probabilities(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, people=400, conditions=["none"], chunk=400)
    run_study(database, study, FakeEngine(LIKES))
    for name, shares in SHARES.items():
        found = [one.drawn for one in answers(database) if one.question == name]
        for option, share in enumerate(shares):
            assert abs(found.count(option) / 400 - share) < 0.11


# --- refusals ------------------------------------------------------------------------------------


def test_a_refused_prompt_ends_the_conversation_of_that_person_alone(
    database: Engine, tmp_path: Path
) -> None:
    """Here the second question of whoever drew "too much" before."""
    refuse = lambda p: PromptRefused("too long") if ") too much\n\n" in p else None  # noqa: E731
    study = small_study(tmp_path, people=30, conditions=["none"], chunk=30)
    run_study(database, study, FakeEngine(LIKES, fault=refuse))
    assert [job.state for job in jobs(database, "survey")] == ["done"]
    refused = 0
    for person in range(30):
        mine = [one for one in answers(database) if one.respondent == person]
        errors = [one.error for one in mine]
        assert len(mine) == 3
        if None in errors[1:] and "too long" not in errors:
            continue
        refused += 1
        first = errors.index("too long")
        assert errors == [None] * first + ["too long"] * (3 - first)
        assert all(one.drawn is None and one.probabilities is None for one in mine[first:])
        assert all(one.drawn is not None for one in mine[:first])
    assert 0 < refused < 30


def test_an_answer_without_any_label_is_the_error_of_that_answer_alone(
    database: Engine, tmp_path: Path
) -> None:
    """DESIGN 5.6: one bad item is that item's error; its neighbours are stored as usual."""

    class Mute(FakeEngine):
        async def logprobs(self, prompt: list[int], ids: list[int], usage: Any) -> list[float]:
            mute = not self.prompts
            found = await super().logprobs(prompt, ids, usage)
            return [float("-inf")] * len(found) if mute else found

    study = small_study(tmp_path, conditions=["none"], chunk=8)
    run_study(database, study, Mute(LIKES))
    (job,) = jobs(database, "survey")
    assert job.state == "done"
    assert sum(one.error is not None for one in answers(database)) == 1


# --- in series and each alone --------------------------------------------------------------------


def test_each_alone_follows_the_context_and_nothing_else(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES)
    questions = {"roads": ROADS, "parks": PARKS}
    study = surveyed(database, tmp_path, model, questions, conditions=["bio"], in_series=False)
    expected = []
    for one in answers(database):
        with Session(database) as session:
            traits = session.get_one(Respondent, (1, one.respondent)).traits
        opening = study.opening("bio", one.respondent, traits)
        question = study.questionnaire.questions[one.question]
        turn = question_turn(question, one.shown, after=opening)
        expected.append(PlainRendering(study.style).prompt([*opening, turn]))
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
    assert len(expected) == 16
    assert sorted(asked(model)) == sorted(expected)


def test_each_alone_a_refused_prompt_is_that_answers_error(
    database: Engine, tmp_path: Path
) -> None:
    refuse = lambda p: PromptRefused("too long") if "on roads" in p else None  # noqa: E731
    model = FakeEngine(LIKES, fault=refuse)
    surveyed(database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, in_series=False)
    errors = {(one.question, one.error) for one in answers(database)}
    assert errors == {("roads", "too long"), ("parks", None)}


def test_an_answer_that_cannot_be_read_leaves_only_its_question_out(
    database: Engine, tmp_path: Path
) -> None:
    class Blank(FakeEngine):
        async def logprobs(self, prompt: list[int], ids: list[int], usage: Any) -> list[float]:
            found = await super().logprobs(prompt, ids, usage)
            question = text_of(prompt).rpartition("Question: ")[2]
            blank = "parks" in question
            return [math.nan] * len(found) if blank else found

    model = Blank(LIKES)
    questions = {"parks": PARKS, "roads": ROADS, "vote": {"question": "Did you vote?"}}
    study = surveyed(database, tmp_path, model, questions, order="fixed")
    for one in answers(database):
        lost = one.question == "parks"
        assert (one.error is not None, one.drawn is None, one.label_mass is None) == (lost,) * 3
    expected = [prompt for n in range(8) for prompt in conversation(database, study, "none", n)]
    assert sorted(asked(model)) == sorted(expected)
    assert not any("parks" in prompt for prompt in model.prompts if "roads" in prompt)
