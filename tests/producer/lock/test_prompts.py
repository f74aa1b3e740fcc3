"""The prompts that a lock is of: what workers send, and another digest where a word is another."""

import re
from pathlib import Path
from typing import Any

import chat_templates
import pytest
from every_condition import every_condition
from fake_model import FakeEngine, run_study, small_study
from sqlalchemy import Engine

from anthology.models.conditions import traits_told
from anthology.models.pools import critic
from anthology.models.prompting import prompts as words
from anthology.models.prompting import rendering
from anthology.models.prompting.chat import ChatRendering
from anthology.models.questionnaire import polling
from anthology.models.questionnaire.polling import Polling
from anthology.models.study.study import Study
from anthology.producer.lock import prompts as locked
from anthology.producer.lock.prompts import PEOPLE, as_text, prompts, prompts_digest
from anthology.producer.surveys.stories.imported_stories import with_stories


@pytest.fixture
def whole(tmp_path: Path) -> Study:
    """Every condition and every pool; stories are asked what they state."""
    study, _ = with_stories(Study.load(every_condition(tmp_path, "fake")))
    return study.model_copy(update={"polling": Polling(mention_first=True)})


def test_every_kind_of_prompt_of_every_condition_and_pool_is_there(whole: Study) -> None:
    found = list(prompts(whole))
    about = {" ".join(prompt.purpose.split()[:2]) for prompt in found}
    assert about >= {f"survey {name}" for name in whole.condition_names}
    assert about >= {f"story {pool.name}" for pool in whole.pools_used if pool.written}
    assert {"poll natural", "poll interviews", "poll published"} <= about
    assert {prompt.person for prompt in found} == set(range(PEOPLE))
    (judged,) = [fault for fault in critic.FAULTS.values() if "nonsense" in fault]
    assert any(judged in as_text(prompt) for prompt in found)


def test_they_are_what_workers_send(database: Engine, tmp_path: Path) -> None:
    """To the word, but for the stories: nobody's own traits are told here, and each question is
    asked alone."""
    options = {"little": 1, "right": 2, "much": 3}
    study = small_study(tmp_path, conditions=["none", "natural/greedy"], questionnaire={
        "in_series": False, "questions": {"roads": {"question": "Roads?", "options": options}},
    })  # fmt: skip
    model = run_study(database, study, FakeEngine())
    sent = {re.sub(r"My number is \d+\.", locked.STORY, text) for text in model.prompts}
    assert {as_text(prompt) for prompt in prompts(study)} == {
        text.removesuffix(" (") for text in sent
    }


def test_all_options_of_a_trait_are_told_and_what_is_unknown_is_not(tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["bio"])
    told = [as_text(prompt) for prompt in prompts(study)]
    assert all(any(f"I am a {sex}." in text for text in told) for sex in ("man", "woman"))
    assert sum("I am " not in text for text in told) == 1


@pytest.mark.parametrize(
    ("module", "name", "changed"),
    [
        (words, "CONSISTENCY", "Keep in mind what you said."),
        (polling, "STATED", 'Is "{question}" answered, one of {options}?'),
        (traits_told, "second_person", lambda trait, option: f"{trait.name}: {option}."),
        (rendering.PlainRendering, "lead", "  "),
    ],
)
def test_a_word_of_the_code_changes_the_digest(
    whole: Study, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, changed: Any
) -> None:
    before = prompts_digest(whole)
    monkeypatch.setattr(module, name, changed)
    assert prompts_digest(whole) != before
    monkeypatch.undo()
    assert prompts_digest(whole) == before


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"chunk": 9}, True),
        ({"measures": {"splits": 9}}, True),
        ({"pool": {"name": "people", "count": 9, "temperature": 0.5}}, True),
        ({"published": [{"source": "s", "condition": "c", "figures": {"wd": 1}}]}, True),
        ({"seed": 8}, False),
        ({"style": {"brackets": "square"}}, False),
        ({"style": {"reminder": "never"}}, False),
        ({"traits_order": "shuffled"}, False),
        ({"pool": {"name": "people", "count": 9, "prompt": "Who are you?"}}, False),
        ({"arms": {"texts": {"control": "", "news": "Roads are crumbling."}}}, False),
    ],
)
def test_the_digest_changes_with_what_a_model_sees_and_with_nothing_else(
    tmp_path: Path, changes: dict[str, Any], same: bool
) -> None:
    plain = prompts_digest(small_study(tmp_path / "plain"))
    assert (prompts_digest(small_study(tmp_path / "other", **changes)) == plain) is same


def test_who_is_in_the_survey_file_changes_nothing(tmp_path: Path) -> None:
    assert prompts_digest(small_study(tmp_path / "a", people=8)) == prompts_digest(
        small_study(tmp_path / "b", people=20)
    )


def test_of_a_chat_model_they_are_the_messages_that_its_template_is_given(tmp_path: Path) -> None:
    style = {"turns": "chat", "system": "You are in the United States."}
    study = small_study(tmp_path, style=style, conditions=["bio"])
    given: list[Any] = []

    class Seen(ChatRendering):
        def _render(self, messages: Any, opened: bool = True) -> str:
            given.append(messages)
            return super()._render(messages, opened)

    shown = Seen(study.style, chat_templates.tokenizer_with(chat_templates.CHATML))
    known = dict.fromkeys(study.traits, 1)
    prompt = next(p for p in prompts(study) if p.person == 1)
    turns = study.opening("bio", 1, known)
    shown.prompt([*turns, words.question_turn(*_first(study), study.style, after=turns)])
    assert prompt.text[: len(given[-1])] == given[-1]
    assert as_text(prompt).startswith("[system]\nYou are in the United States.\n\n[user]\n")


def _first(study: Study) -> tuple[Any, Any]:
    planned = study.plan("bio", 1)[0]
    return planned.question, planned.shown
