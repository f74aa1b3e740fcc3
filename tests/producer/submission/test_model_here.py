"""A study whose model lies on this machine: its tokenizer must tell the answers apart."""

from pathlib import Path
from typing import Any

import chat_templates
import pytest
from fake_model import write_study
from queues import in_queue
from submitted import ALIKE, model_folder

from anthology import submit
from anthology.models.errors import InputError

TWINS = {"sex": {"question": "Sex?", "bio": "{}", "options": {"feme": 1, "eeme": 2}}}


@pytest.mark.parametrize("dry_run", [True, False])
def test_answers_that_the_models_tokenizer_cannot_tell_apart_are_refused(
    only_redis: Path, tmp_path: Path, redis_url: str, dry_run: bool
) -> None:
    model = model_folder(tmp_path / "model")
    path = write_study(tmp_path, model=model, questionnaire={**ALIKE, "readout": "text"})
    with pytest.raises(InputError, match="'roads' cannot be read: 'beef' and 'beee' have the same"):
        submit(path, dry_run=dry_run)
    assert not only_redis.exists()
    assert in_queue(redis_url, "gpu.model") == 0


def test_what_is_not_read_by_its_words_needs_no_words_of_its_own(
    only_redis: Path, tmp_path: Path
) -> None:
    model = model_folder(tmp_path / "model")
    for readout in ("logprob", "sample"):
        questionnaire = {**ALIKE, "readout": readout}
        assert submit(write_study(tmp_path, model=model, questionnaire=questionnaire), dry_run=True)


def test_traits_are_read_only_where_they_are_polled(only_redis: Path, tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "model": model_folder(tmp_path / "model"), "traits": TWINS, "polling": {"readout": "text"},
    }  # fmt: skip
    with pytest.raises(InputError, match="'sex' cannot be read: 'feme' and 'eeme'"):
        submit(write_study(tmp_path, **changes, conditions=["natural/greedy"]), dry_run=True)
    assert submit(write_study(tmp_path, **changes, conditions=["bio"]), dry_run=True)


def test_a_model_that_reasons_before_it_answers_is_refused_for_all_but_written_answers(
    only_redis: Path, tmp_path: Path
) -> None:
    model = model_folder(tmp_path / "thinker", chat_templates.QWEN3_THINKING)
    chat: dict[str, Any] = {"model": model, "style": {"turns": "chat"}}
    with pytest.raises(InputError, match="the next token is not the answer"):
        submit(write_study(tmp_path, **chat), dry_run=True)
    written = {**ALIKE, "readout": "sample"}
    baselines = write_study(tmp_path, **chat, conditions=["none"], questionnaire=written)
    assert submit(baselines, dry_run=True)
    polled = write_study(tmp_path, **chat, conditions=["natural/greedy"], questionnaire=written)
    with pytest.raises(InputError, match="the next token is not the answer"):
        submit(polled, dry_run=True)
    assert submit(write_study(tmp_path, model=model), dry_run=True)


def test_chat_turns_of_a_model_without_a_template_are_refused(
    only_redis: Path, tmp_path: Path
) -> None:
    model = model_folder(tmp_path / "model")
    path = write_study(tmp_path, model=model, style={"turns": "chat"}, conditions=["none"])
    with pytest.raises(InputError, match="has no chat template"):
        submit(path)
    assert not only_redis.exists()


def test_a_study_whose_model_is_elsewhere_is_not_looked_at(
    only_redis: Path, tmp_path: Path
) -> None:
    path = write_study(tmp_path, questionnaire={**ALIKE, "readout": "text"})
    (tmp_path / "fake").mkdir()  # a folder of the model's name that is none
    assert submit(path).new
