"""A preview shows the very prompt that a worker asks, and the answer that is stored."""

from pathlib import Path
from typing import Any

import chat_templates
import pytest
from fake_model import FakeEngine, drain, make_runner, run_study, small_study, store, write_study
from previewed import (
    CONDITIONS,
    FEATURES,
    FINER,
    OPTIONS,
    SPENDING,
    everything,
    model_folder,
    readings,
    show,
)
from sqlalchemy import Engine, update

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Persona
from anthology.models.errors import InputError
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.questionnaire.style import PLAIN
from anthology.producer.preview.preview import preview_file
from anthology.workers.engine.text_model import Generation, Sampling

STORY = "Question: Tell me about yourself.\nAnswer:"


# Studies in which more is asked beside: other orders, calibrations, written checks.
MORE: dict[str, dict[str, Any]] = {
    "averaged": {"options_order": "averaged"},
    "averaged over some": {"options_order": "averaged", "permutations": 3},
    "freed of the label prior": {"debias": "label_prior"},
    "checked": {"readout_check": 1.0},
}


class Recorder(FakeEngine):
    """Finds all answers equally likely, under any tokenizer, and keeps the tokens it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: set[tuple[int, ...]] = set()

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        return Generation("I was born in Ohio.", 6, "stop")

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        self.sent.add(tuple(prompt))
        return [-5.0 for _ in ids]


# --- of a study that ran -------------------------------------------------------------------------


def test_every_preview_is_a_prompt_that_the_worker_asked(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=CONDITIONS)
    model = run_study(database, study, FakeEngine({"too little": 5.0}))
    previews = [
        show(database, person, condition, question)
        for condition in CONDITIONS
        for person in range(8)
        for question in ("roads", "parks", "vote")
    ]
    polled = [show(database, n, "poll", trait) for n in range(9) for trait in ("age", "sex")]
    asked = [prompt for prompt in model.prompts if prompt.endswith(PLAIN.opening)]
    assert sorted(one.prompt for one in [*previews, *polled]) == sorted(asked)


@pytest.mark.parametrize("feature", FEATURES)
def test_previews_show_every_reading_of_the_worker_and_no_other(
    database: Engine, tmp_path: Path, of_characters: str, feature: str
) -> None:
    study = small_study(tmp_path, conditions=CONDITIONS, **FEATURES[feature])
    model = run_study(database, study, FakeEngine({"too little": 5.0, "Important": 3.0}))
    previews = everything(database, study, of_characters)
    predicted = {prompt for found in previews for prompt in readings(found)}
    assert predicted == set(model.prompts) - {STORY}
    assert all(found.stored and found.stored["error"] is None for found in previews)


@pytest.mark.parametrize("feature", MORE)
def test_previews_show_what_is_asked_where_more_is_asked_beside(
    database: Engine, tmp_path: Path, of_characters: str, feature: str
) -> None:
    questionnaire = {"options": OPTIONS, "questions": SPENDING, **MORE[feature]}
    study = small_study(tmp_path, conditions=CONDITIONS, questionnaire=questionnaire)
    model = run_study(database, study, FakeEngine({"too little": 5.0}))
    predicted = {p for one in everything(database, study, of_characters) for p in readings(one)}
    assert predicted < set(model.prompts)


@pytest.mark.parametrize(
    "style",
    [
        {"labels": "lower", "brackets": "square", "asker": "Interviewer", "answerer": "Me"},
        {"labels": "digits", "brackets": "dot"},
        {"brackets": "none"},
        {"turns": "chat", "system": "You are a person."},
    ],
)
def test_the_tokens_of_a_preview_are_those_that_the_worker_sent(
    database: Engine, tmp_path: Path, style: dict[str, str]
) -> None:
    chat = "turns" in style
    folder = model_folder(tmp_path / "real", chat_templates.CHATML if chat else None)
    study = small_study(tmp_path, conditions=CONDITIONS, style=style)
    store(database, study)
    engine = Recorder()
    runner = make_runner(database, engine)
    runner.tokenizer = load_tokenizer(folder)
    drain(runner)
    assert engine.sent == {
        (*(found.prompt_token_ids or []), *node["after"])
        for found in everything(database, study, folder)
        for node in found.nodes or []
    }


def test_finer_answers_are_shown_with_what_they_count_as(database: Engine, tmp_path: Path) -> None:
    changes = FEATURES["finer answers"]["questionnaire"]
    store(database, small_study(tmp_path, conditions=["none"], questionnaire=changes))
    found = show(database, 0, "none", "roads")
    assert {one["option"]: one["counts_as"] for one in found.labels} == FINER
    assert found.outcomes == list(OPTIONS)


def test_without_a_question_a_poll_is_of_the_first_trait(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    assert show(database, 4, "poll", None) == show(database, 4, "poll", "age")


def test_a_persona_without_a_story_has_a_placeholder_for_it(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), FakeEngine())
    with writing(database) as session:
        session.execute(update(Persona).values(story="", error="wrote nothing"))
    assert "⟨the story of persona 4⟩" in show(database, 4, "poll", "sex").prompt


def test_without_a_question_the_first_that_is_asked_is_shown(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    assert [show(database, person, None, None).place for person in range(8)] == [0] * 8


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "condition", "question", "message"),
    [
        (8, None, None, "--persona 8: give a number from 0 to 7"),
        (-1, None, None, "--persona -1: give a number from 0 to 7"),
        (0, "natural/x", None, "has no condition 'natural/x'; it has none, bio"),
        (0, "natural/x", None, "natural/max_weight, poll"),
        (0, "poll", "roads", "has no trait 'roads' to poll; it has age, sex"),
        (0, None, "rods", "has no question 'rods'; it has roads, parks, vote, age, sex"),
        (0, "bio", "age", "'age' is a trait of study 'small', no question; leave --condition out"),
        (9, "poll", "age", "--persona 9: give a number from 0 to 8"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    database: Engine, tmp_path: Path, person: int, condition: str | None, question: str | None,
    message: str,
) -> None:  # fmt: skip
    store(database, small_study(tmp_path))
    with pytest.raises(InputError) as raised:
        show(database, person, condition, question)
    assert message in str(raised.value)


def test_a_trait_that_nobody_is_asked_is_refused_for_what_it_is(tmp_path: Path) -> None:
    path = write_study(tmp_path, pool=None, conditions=["bio"])
    with pytest.raises(InputError, match="'age' is a trait of study 'small', no question; only a"):
        preview_file(path, 0, "bio", "age", None)


def test_an_unknown_study_is_refused(database: Engine) -> None:
    with pytest.raises(InputError, match="there is no study 'small'"):
        show(database, 0, None, None)


def test_a_chat_without_the_models_folder_is_refused(tmp_path: Path) -> None:
    path = write_study(tmp_path, style={"turns": "chat"})
    with pytest.raises(InputError, match="give the model's folder with --model"):
        preview_file(path, 0, "none", None, None)


def test_a_model_that_reasons_first_is_refused_unless_it_writes(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "thinker", chat_templates.QWEN3_THINKING)
    chat: dict[str, Any] = {"style": {"turns": "chat"}, "conditions": ["none"]}
    with pytest.raises(InputError, match="readout: sample"):
        preview_file(write_study(tmp_path, **chat), 0, None, "roads", folder)
    path = write_study(tmp_path, **chat, **FEATURES["written"])
    assert preview_file(path, 0, None, "roads", folder).readout == "sample"
