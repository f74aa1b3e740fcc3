"""Polls that ask first whether the story states the trait: whose does has it for certain."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, small_study
from imported import imported_study
from mentioned import AGES, NOBODY, WOMAN, YES, Stating, is_mention, mentioning, poll
from sqlalchemy import Engine, delete, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job, Persona, Poll
from anthology.workers.engine.text_model import PromptRefused


def polls(database: Engine) -> list[tuple[str, Poll]]:
    """Each with the story it is of."""
    with Session(database) as session:
        found = session.execute(
            select(Persona.story, Poll)
            .join(Poll, (col(Poll.pool_id) == Persona.pool_id) & (Poll.number == Persona.number))
            .order_by(col(Poll.number), col(Poll.trait_key))
        ).all()
    return [(story, poll) for story, poll in found]


def polled(database: Engine, folder: Path, model: FakeEngine, **trait: Any) -> list[Poll]:
    """What polling nine women found whose stories say that they are; `polling` is that of the
    study."""
    how = {"mention_first": "yes", **trait.pop("polling", {})}
    asked = {"question": "What are you?", "bio": "{}", "options": {"man": 1, "woman": 2}, **trait}
    study = mentioning(folder, measures={}, polling=how, traits={"sex": asked})
    poll(database, study, model)
    found = [one for _, one in polls(database)]
    assert len(found) == 9
    return found


def test_what_a_story_states_is_certain_and_all_else_is_polled(
    database: Engine, tmp_path: Path
) -> None:
    poll(database, mentioning(tmp_path), Stating())
    found = polls(database)
    assert len(found) == 18
    assert {story for story, _ in found} == {WOMAN, NOBODY}
    for story, one in found:
        stated = (story, one.trait) == (WOMAN, "sex")
        assert one.mentioned == pytest.approx(YES[stated])
        spread = [0.2, 0.8] if one.trait == "sex" else [0.75, 0.25]
        assert one.probabilities == ([0.0, 1.0] if stated else pytest.approx(spread))


def test_it_is_asked_after_the_story_alone_with_yes_and_no_in_both_orders(
    database: Engine, tmp_path: Path
) -> None:
    model = Stating(bias={"A": 9.0}, story=lambda seed: f"I am {seed}.")
    poll(database, mentioning(tmp_path), model)
    asked = [prompt for prompt in model.prompts if is_mention(prompt)]
    assert len(set(asked)) == len(asked) == 9 * 2 * 2
    age = [prompt for prompt in asked if '"How old are you?"' in prompt]
    assert all("certain: young; old?\n(A) " in prompt for prompt in age)
    assert sum("(A) Yes\n(B) No\n" in prompt for prompt in age) == 9
    assert sum("(A) No\n(B) Yes\n" in prompt for prompt in age) == 9
    assert all(prompt.count("Question: ") == 2 for prompt in asked)
    # Whatever the model gives the first label.
    assert {round(one.mentioned or 0, 6) for _, one in polls(database)} == {YES[False]}


@pytest.mark.parametrize(
    "trait",
    [
        {"options_order": "averaged"},
        {"options_order": "random"},
        {"asked_as": {"boy": "man", "man": "man", "girl": "woman", "woman": "woman"}},
        {"polling": {"readout": "text"}},
        {"polling": {"readout": "sample", "samples": 25}},
    ],
)
def test_it_is_certain_however_the_trait_is_asked(
    database: Engine, tmp_path: Path, trait: dict[str, Any]
) -> None:
    model = Stating({"man": 2.0, "woman": 9.0, "girl": 2.0}, story=lambda seed: WOMAN)
    for one in polled(database, tmp_path, model, **trait):
        assert one.mentioned == pytest.approx(0.9)
        assert one.probabilities == [0.0, 1.0]


def test_a_number_that_is_stated_is_its_bin(database: Engine, tmp_path: Path) -> None:
    model = Stating({"44": 3.0}, story=lambda seed: "I was young in the war.")
    numbers = {"number": {"from": 40, "to": 70}, "options": AGES, "column": "age"}
    for one in polled(database, tmp_path, model, **numbers):
        assert one.probabilities == [0.0, 1.0]  # older ages are more, though no single one is
        assert one.shown == []


def test_where_two_options_are_as_likely_neither_is_certain(
    database: Engine, tmp_path: Path
) -> None:
    for one in polled(database, tmp_path, Stating({}, story=lambda seed: WOMAN)):
        assert one.mentioned == pytest.approx(0.9)
        assert one.probabilities == pytest.approx([0.5, 0.5])


def test_a_refusal_stays_beside_what_is_certain(database: Engine, tmp_path: Path) -> None:
    model = Stating({"woman": 3.0, "I'd rather not": 4.0}, story=lambda seed: WOMAN)
    for one in polled(database, tmp_path, model, refusal="I'd rather not"):
        assert (one.probabilities, one.refusal) == ([0.0, 1.0], pytest.approx(0.5))
        assert one.error is None


def test_who_refuses_every_time_has_an_error_whatever_the_story_states(
    database: Engine, tmp_path: Path
) -> None:
    model = Stating({"man": 0.0, "woman": 0.0}, story=lambda seed: WOMAN)
    for one in polled(database, tmp_path, model, refusal="No", polling={"readout": "sample"}):
        assert (one.probabilities, one.mentioned) == (None, pytest.approx(0.9))
        assert one.error == "every answer was 'No'"


def test_a_story_that_cannot_be_asked_is_the_error_of_that_trait_alone(
    database: Engine, tmp_path: Path
) -> None:
    def fault(prompt: str) -> Exception | None:
        wrong = is_mention(prompt) and "your sex?" in prompt
        return PromptRefused("too long") if wrong else None

    poll(database, mentioning(tmp_path), Stating(fault=fault))
    assert {(one.trait, one.error, one.mentioned is None) for _, one in polls(database)} == {
        ("age", None, False),
        ("sex", "too long", True),
    }


def test_what_a_file_says_of_its_personas_is_not_asked(database: Engine, tmp_path: Path) -> None:
    study = imported_study(
        tmp_path, {"traits": {"sex": "gender"}}, polling={"mention_first": True}, measures={}
    )
    model = poll(database, study, Stating())
    assert not any("your sex?" in prompt for prompt in model.prompts if is_mention(prompt))
    found = {(one.trait, one.mentioned is None) for _, one in polls(database)}
    assert found == {("age", False), ("sex", True)}


# --- asked once ----------------------------------------------------------------------------------


def test_after_a_crash_only_who_lacks_a_poll_is_asked(database: Engine, tmp_path: Path) -> None:
    poll(database, mentioning(tmp_path), Stating())
    before = [one.model_dump(exclude={"job_id"}) for _, one in polls(database)]
    with writing(database) as session:
        session.execute(delete(Poll).where(col(Poll.number) == 2, col(Poll.trait) == "sex"))
        session.execute(update(Job).where(col(Job.kind) == "poll").values(state="pending"))
    model = poll(database, mentioning(tmp_path), Stating())
    assert [is_mention(prompt) for prompt in model.prompts] == [True, True, False]
    assert [one.model_dump(exclude={"job_id"}) for _, one in polls(database)] == before


def test_polls_are_shared_by_the_studies_that_ask_first(database: Engine, tmp_path: Path) -> None:
    def asked(study: Any) -> int:
        return len(poll(database, study, Stating()).prompts)

    assert asked(mentioning(tmp_path)) == 9 + 9 * 2 * 3
    assert asked(mentioning(tmp_path, study="second")) == 0
    plain = small_study(tmp_path, study="third", conditions=["natural/greedy"])
    assert asked(plain) == 9 * 2
    assert len(polls(database)) == 9 * 2 * 2
    assert sum(one.mentioned is None for _, one in polls(database)) == 18
