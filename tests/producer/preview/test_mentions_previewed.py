"""Previews of polls that ask first whether the story states the trait."""

from pathlib import Path

import pytest
from fake_model import write_study
from mentioned import WOMAN, Stating, is_mention, mentioning, poll
from previewed import readings, show
from sqlalchemy import Engine

from anthology.producer.cli.preview_lines import print_preview
from anthology.producer.preview.preview import Preview, preview_file, preview_study


def test_what_is_asked_first_is_shown_as_the_worker_asks_it(
    database: Engine, tmp_path: Path, of_characters: str
) -> None:
    model = poll(database, mentioning(tmp_path), Stating())
    found = [
        preview_study(database, "small", persona, "poll", trait, of_characters)
        for persona in range(9)
        for trait in ("age", "sex")
    ]
    first = [one.mention for one in found if one.mention]
    predicted = {prompt for one in first for prompt in readings(one)}
    asked = {prompt for prompt in model.prompts if is_mention(prompt)}
    assert predicted == {prompt for prompt in asked if "(A) Yes\n" in prompt}
    assert {prompt for one in found for prompt in readings(one)} < set(model.prompts)
    assert all(one.orders == [[0, 1], [1, 0]] and one.readout == "logprob" for one in first)


def test_surveys_and_polls_that_ask_nothing_first_show_nothing_before(tmp_path: Path) -> None:
    asks = write_study(tmp_path, polling={"mention_first": "yes", "readout": "text"})
    assert preview_file(asks, 0, "bio", "roads", None).mention is None
    first = preview_file(asks, 0, "poll", "sex", None).mention
    assert first is not None
    assert "(A) Yes\n(B) No\n" in first.prompt  # labels, whatever the readout of the trait
    assert [label["option"] for label in first.labels] == ["Yes", "No"]
    plain = write_study(tmp_path / "b")
    assert preview_file(plain, 0, "poll", "sex", None).mention is None


def test_it_is_printed_before_the_poll_with_what_was_found(
    database: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poll(database, mentioning(tmp_path), Stating())

    def found(persona: int) -> Preview:
        return show(database, persona, "poll", "sex")

    stating = next(one for one in map(found, range(9)) if WOMAN in one.prompt)
    print_preview(stating)
    said = capsys.readouterr()
    assert stating.mention
    assert said.out == f"{stating.mention.prompt}\n{stating.prompt}\n"
    assert "question 'sex, mentioned'" in said.err
    assert "  the first of 2 orders, which are averaged\n" in said.err
    assert "stored: the story states it with probability 0.900\n" in said.err
    assert "stored: man 0.000, woman 1.000\n" in said.err
    assert stating.as_json()["mention"]["prompt"] == stating.mention.prompt
