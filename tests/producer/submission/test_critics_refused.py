"""A question of yes and no is read from the next token, whatever the readout of all others is, so a
model that thinks first cannot be asked it: no critic, and no story is asked what it states."""

from pathlib import Path
from typing import Any

import pytest
from chat_templates import CHATML, REASONING, tokenizer_with
from interviewed import CONDITIONS, told

from anthology.models.errors import InputError
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.study.study import Study
from anthology.producer.submission.readable import refuse_unreadable


def study(folder: Path, critic: Any) -> Study:
    questions = {"options": {"yes": 1, "no": [2, 3]}, "questions": {"vote": "Did you vote?"}}
    return told(
        folder, critic, conditions=CONDITIONS[1:], style={"turns": "chat"},
        polling={"readout": "sample"}, questionnaire={**questions, "readout": "sample"},
    )  # fmt: skip


def tokenizer(template: str) -> Tokenizer:
    return tokenizer_with(template)  # type: ignore[return-value]


def test_a_model_that_reasons_is_refused_as_a_critic_and_told_how_to_do_without(
    tmp_path: Path,
) -> None:
    template = next(iter(REASONING.values()))
    with pytest.raises(InputError, match="sample, and for interviews critic: none"):
        refuse_unreadable(study(tmp_path, {}), "fake", tokenizer(template))
    refuse_unreadable(study(tmp_path, "none"), "fake", tokenizer(template))
    refuse_unreadable(study(tmp_path, {}), "fake", tokenizer(CHATML))


def test_a_model_that_reasons_is_refused_as_the_critic_of_what_another_one_writes(
    tmp_path: Path,
) -> None:
    template = tokenizer(next(iter(REASONING.values())))
    found = study(tmp_path, {"model": "large"})
    with pytest.raises(InputError, match="sample, and for interviews critic: none"):
        refuse_unreadable(found, "large", template)
    refuse_unreadable(found, "fake", template)


def test_a_model_that_reasons_is_not_asked_what_stories_state(tmp_path: Path) -> None:
    def asks(mention_first: str) -> Study:
        found = study(tmp_path, "none").spec
        found["polling"]["mention_first"] = mention_first
        return Study.from_spec(found)

    template = next(iter(REASONING.values()))
    with pytest.raises(InputError, match=r"sample, and polling.mention_first: no"):
        refuse_unreadable(asks("yes"), "fake", tokenizer(template))
    refuse_unreadable(asks("no"), "fake", tokenizer(template))
    refuse_unreadable(asks("yes"), "fake", tokenizer(CHATML))
