"""A study file is previewed before it is submitted, as the study will be."""

from pathlib import Path

import chat_templates
import pytest
from fake_model import small_study, store, write_study
from previewed import FEATURES, model_folder, show
from sqlalchemy import Engine

from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.study.study import Study
from anthology.producer.preview.preview import preview_file


def test_a_file_can_be_previewed_before_it_is_submitted(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    first = preview_file(path, 0, "none", None, None)
    assert first.stored is None
    assert first.prompt.startswith("Question: ")
    assert first.prompt_token_ids is None
    assert all(label["token_ids"] is None for label in first.labels)


def test_what_is_not_known_yet_stands_as_a_placeholder(database: Engine, tmp_path: Path) -> None:
    path = write_study(tmp_path)
    store(database, small_study(tmp_path))
    for found in (
        preview_file(path, 3, "natural/greedy", "roads", None),
        show(database, 3, "natural/greedy", "roads"),
    ):
        assert "⟨the story of the persona matched to respondent 3⟩" in found.prompt
        assert found.prompt.count("⟨the answer drawn here⟩") == found.place


def test_a_preview_of_the_file_is_that_of_the_study(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    path = write_study(tmp_path)
    for condition in ("none", "bio", "qa"):
        for person in range(8):
            of_file = preview_file(path, person, condition, "parks", None)
            assert of_file == show(database, person, condition, "parks")


def test_the_poll_of_a_file_is_that_of_the_study(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    path = write_study(tmp_path)
    for persona in range(9):
        for trait in ("age", "sex"):
            of_file = preview_file(path, persona, None, trait, None)
            assert of_file == show(database, persona, "poll", trait)
            assert f"⟨the story of persona {persona}⟩" in of_file.prompt


def test_token_ids_are_those_of_the_models_tokenizer(tmp_path: Path, model: str) -> None:
    from transformers import AutoTokenizer

    found = preview_file(write_study(tmp_path), 0, "bio", "roads", model)
    tokenizer = AutoTokenizer.from_pretrained(model)
    assert found.prompt_token_ids == tokenizer.encode(found.prompt)
    for label in found.labels:
        (token,) = label["token_ids"]
        assert tokenizer.decode([token]) == label["label"]


@pytest.mark.parametrize("feature", ["words", "numbers"])
def test_words_and_numbers_are_read_token_by_token(
    tmp_path: Path, model: str, feature: str
) -> None:
    """A choice's tokens follow the prompt's, and every one that is read stands in a node."""
    path = write_study(tmp_path, **FEATURES[feature])
    tokenizer = load_tokenizer(model)
    for question in Study.load(path).questions:
        if feature == "numbers" and question.number is None:
            continue
        found = preview_file(path, 0, "none", question.name, model)
        nodes = {tuple(node["after"]): node["token_ids"] for node in found.nodes or []}
        for label in found.labels:
            ids = label["token_ids"]
            whole = tokenizer.encode(found.prompt + found.merged + label["option"])
            read = [*(found.prompt_token_ids or []), *ids]
            assert whole[: len(read)] == read
            assert feature == "numbers" or whole == read
            assert nodes[()]
            assert all(ids[i] in nodes[tuple(ids[:i])] for i in range(len(ids))
                       if tuple(ids[:i]) in nodes)  # fmt: skip


def test_a_chat_is_shown_through_the_models_own_template(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "chat", chat_templates.CHATML)
    path = write_study(tmp_path, style={"turns": "chat"}, conditions=["natural/greedy"])
    found = preview_file(path, 2, None, "age", folder)
    assert found.prompt.startswith(
        "<|im_start|>user\nTell me about yourself.<|im_end|>\n"
        "<|im_start|>assistant\n⟨the story of persona 2⟩<|im_end|>\n<|im_start|>user\n"
    )
    assert found.opening == "<|im_start|>assistant\n("
    assert found.prompt.endswith(found.opening)


def test_a_folder_that_only_has_the_models_name_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_study(tmp_path)
    (tmp_path / "fake").mkdir()
    assert preview_file(path, 0, "none", None, None).prompt_token_ids is None
