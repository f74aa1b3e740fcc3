"""The `poll` job: each trait of each persona once, each alone after the story."""

import math
from pathlib import Path
from typing import Any

import pytest
from fake_model import LABEL_MASS, FakeEngine, jobs, make_runner, small_study, store
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import Persona, Poll
from anthology.models.prompting.prompts import question_turn, story_turn
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN
from anthology.workers.engine.text_model import PromptRefused

LIKES = {"young": 3.0, "old": 1.0, "man": 1.0, "woman": 4.0}


def poll(database: Engine, model: FakeEngine) -> list[str]:
    runner = make_runner(database, model)
    return [
        runner.do(job.kind, job.id or 0, print)
        for kind in ("backstory", "poll")
        for job in jobs(database, kind)
        if job.state == "pending"
    ]


def polls(database: Engine) -> list[Poll]:
    with Session(database) as session:
        order = (col(Poll.number), col(Poll.trait))
        return list(session.execute(select(Poll).order_by(*order)).scalars())


def prompt_of(story: str, trait: Question, shown: list[int]) -> str:
    turn = question_turn(trait, shown, after=[Turn("Before?", "Yes.")])
    turns = [story_turn("Tell me about yourself.", story), turn]
    return PlainRendering(PLAIN).prompt(turns)


def polled(
    database: Engine, folder: Path, model: FakeEngine, trait: dict[str, Any], **polling: Any
) -> list[Poll]:
    """What polling nine personas on one trait found."""
    study = small_study(
        folder, conditions=["natural/greedy"], measures={}, polling=polling,
        traits={"age": {"question": "How old are you?", "bio": "{}", **trait}},
    )  # fmt: skip
    store(database, study)
    poll(database, model)
    found = polls(database)
    assert len(found) == 9
    return found


AGES = {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}}


def test_every_trait_of_every_persona_gets_its_distribution(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    poll(database, FakeEngine(LIKES))
    found = polls(database)
    assert [(one.number, one.trait) for one in found] == [
        (number, trait) for number in range(9) for trait in ("age", "sex")
    ]
    for one in found:
        expected = [0.75, 0.25] if one.trait == "age" else [0.2, 0.8]
        assert one.probabilities == pytest.approx(expected)
        assert one.label_mass == pytest.approx(LABEL_MASS)


def test_each_trait_is_asked_alone_after_the_story(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["natural/greedy"])
    store(database, study)
    model = FakeEngine()
    poll(database, model)
    with Session(database) as session:
        stories = dict(session.execute(select(Persona.number, Persona.story)).all())
    expected = []
    for story in stories.values():
        expected += [prompt_of(story, trait, [0, 1]) + " (" for trait in study.traits.values()]
    assert sorted(model.prompts[9:]) == sorted(expected)


def test_the_order_shown_is_stored_and_undone(database: Engine, tmp_path: Path) -> None:
    traits = {
        "age": {
            "question": "How old are you?", "bio": "{}", "options_order": "random",
            "options": {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}},
        }
    }  # fmt: skip
    study = small_study(
        tmp_path, conditions=["natural/greedy"], traits=traits, measures={},
        pool={"name": "p", "count": 40, "max_tokens": 64},
    )  # fmt: skip
    store(database, study)
    model = FakeEngine(LIKES)
    poll(database, model)
    found = polls(database)
    assert {tuple(one.shown) for one in found} == {(0, 1), (1, 0)}
    assert all(one.probabilities == pytest.approx([0.75, 0.25]) for one in found)
    with Session(database) as session:
        stories = dict(session.execute(select(Persona.number, Persona.story)).all())
    for one in found:
        expected = prompt_of(stories[one.number], study.traits["age"], one.shown)
        assert expected + " (" in model.prompts


def test_a_refused_question_is_the_error_of_that_poll_alone(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    refuse = lambda prompt: PromptRefused("too long") if "your sex?" in prompt else None  # noqa: E731
    poll(database, FakeEngine(LIKES, fault=refuse))
    assert {(one.trait, one.error, one.probabilities is None) for one in polls(database)} == {
        ("age", None, False),
        ("sex", "too long", True),
    }


def test_a_second_study_of_the_pool_asks_only_its_new_traits(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    poll(database, FakeEngine(LIKES))
    traits = small_study(tmp_path).spec["traits"]
    options = {"yes": 1, "no": 2}
    work = {"question": "Do you work?", "bio": "{}", "column": "sex", "options": options}
    again = small_study(
        tmp_path, study="second", conditions=["natural/greedy"], traits={**traits, "work": work}
    )
    store(database, again)
    model = FakeEngine(LIKES)
    poll(database, model)
    assert len(model.prompts) == 9
    assert all("Do you work?" in prompt for prompt in model.prompts)
    assert len(polls(database)) == 27


# --- other ways to ask ---------------------------------------------------------------------------


def test_finer_answers_collapse_to_the_traits_bins(database: Engine, tmp_path: Path) -> None:
    finer = {"18-29": "young", "30-49": "young", "50-64": "old", "65 or older": "old"}
    model = FakeEngine({"18-29": 3.0, "30-49": 2.0, "50-64": 4.0, "65 or older": 1.0})
    trait = {"options": AGES, "asked_as": finer, "options_order": "random"}
    found = polled(database, tmp_path, model, trait)
    for one in found:
        assert one.probabilities == pytest.approx([0.5, 0.5])
        assert sorted(one.shown) == [0, 1, 2, 3]
    assert len({tuple(one.shown) for one in found}) > 3


def test_a_number_is_polled_into_bins(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine({str(age): 3.0 for age in range(18, 50)})
    trait = {"options": AGES, "number": {"from": 18, "to": 99}}
    for one in polled(database, tmp_path, model, trait):
        assert one.probabilities == pytest.approx([96 / 146, 50 / 146])
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.shown == []


@pytest.mark.parametrize("readout", ["logprob", "text"])
def test_a_refusal_is_beside_the_distribution(
    database: Engine, tmp_path: Path, readout: str
) -> None:
    model = FakeEngine({**LIKES, "No answer": 4.0})
    trait = {"options": AGES, "refusal": "No answer"}
    for one in polled(database, tmp_path, model, trait, readout=readout):
        assert one.probabilities == pytest.approx([0.75, 0.25])
        assert one.refusal == pytest.approx(0.5)
        assert one.error is None


def test_a_persona_that_only_refuses_has_no_distribution(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine({"young": 0.0, "old": 0.0})
    trait = {"options": AGES, "refusal": "No answer"}
    for one in polled(database, tmp_path, model, trait, readout="sample", samples=3):
        assert (one.probabilities, one.refusal) == (None, 1.0)
        assert one.error == "every answer was 'No answer'"
        assert len(one.samples or []) == 3


def test_forty_written_answers_are_a_distribution(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine({**LIKES, "No answer": 1.0})
    trait = {"options": AGES, "refusal": "No answer", "options_order": "random"}
    found = polled(database, tmp_path, model, trait, readout="sample", samples=40)
    choices = []
    for one in found:
        finals = [sample["choice"] for sample in one.samples or []]
        assert len(finals) == 40
        kept = [choice for choice in finals if choice != 2]
        assert one.probabilities == pytest.approx([kept.count(o) / len(kept) for o in range(2)])
        assert one.refusal == pytest.approx(finals.count(2) / 40)
        choices += finals
    for option, share in enumerate([0.6, 0.2, 0.2]):
        error = 4 * math.sqrt(share * (1 - share) / len(choices))
        assert abs(choices.count(option) / len(choices) - share) < error
    assert len({tuple(s["choice"] for s in one.samples or []) for one in found}) == 9


def test_written_answers_that_name_nothing_are_kept_with_the_error(
    database: Engine, tmp_path: Path
) -> None:
    class Vague(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            return {" Who knows?\n": 1.0} if super().answers(prompt) else {}

    how = {"readout": "sample", "samples": 2, "attempts": 3}
    for one in polled(database, tmp_path, Vague(), {"options": AGES}, **how):
        assert one.error == "no option could be read from 6 written answers"
        assert [sample["attempts"] for sample in one.samples or []] == [3, 3]
        assert (one.probabilities, one.label_mass) == (None, 0.0)


def test_a_trait_may_be_averaged_over_orders(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES, bias={"A": 5.0})
    trait = {"options": AGES, "options_order": "averaged"}
    for one in polled(database, tmp_path, model, trait):
        assert one.probabilities == pytest.approx([0.75, 0.25])
    assert len(model.prompts) == 9 + 9 * 2
    # Without that the bias is there.
    other = small_study(
        tmp_path, study="other", conditions=["natural/greedy"], measures={},
        traits={"age": {"question": "How old are you?", "bio": "{}", "options": AGES}},
    )  # fmt: skip
    store(database, other)
    poll(database, model)
    biased = [one for one in polls(database) if one.probabilities != pytest.approx([0.75, 0.25])]
    assert len(biased) == 9
    assert biased[0].probabilities == pytest.approx([15 / 16, 1 / 16])


def test_one_seed_writes_the_same_answers_in_any_chunking(tmp_path: Path) -> None:
    found = []
    for chunk in (1, 64):
        folder = tmp_path / str(chunk)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        study = small_study(
            folder, conditions=["natural/greedy"], chunk=chunk,
            polling={"readout": "sample", "samples": 5},
        )  # fmt: skip
        store(database, study)
        poll(database, FakeEngine(LIKES))
        found.append([one.model_dump(exclude={"job_id"}) for one in polls(database)])
        database.dispose()
    assert len(found[0]) == 18
    assert found[0] == found[1]
