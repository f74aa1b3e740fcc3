"""Plain text of conversations: every turn once, and nothing in it that a tokenizer obeys."""

import pytest
from fake_model import FakeTokenizer
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.style import PLAIN, Style

END = "<|endoftext|>"
WORDS = st.text(st.characters(exclude_characters="<|>"), max_size=20)
TURNS = st.lists(st.builds(Turn, WORDS.filter(bool), WORDS, st.just("")), min_size=1, max_size=5)


class Obedient(FakeTokenizer):
    """Reads the text of its one control token as that token wherever it stands, as real ones do."""

    all_special_tokens = (END,)

    def encode(self, text: str) -> list[int]:
        return [
            token
            for i, piece in enumerate(text.split(END))
            for token in [*([-1] if i else []), *super(Obedient, self).encode(piece)]
        ]


def test_a_turn_is_two_lines_a_reminder_stands_before_it_and_a_space_follows() -> None:
    turns = [Turn("Who?", "Me."), Turn("And you?", reminder="Keep it short.")]
    assert PlainRendering(PLAIN).prompt(turns) == (
        "Question: Who?\nAnswer: Me.\n\nKeep it short.\nQuestion: And you?\nAnswer:"
    )


def test_what_nobody_asked_for_is_said_without_speakers() -> None:
    assert PlainRendering(PLAIN).prompt([Turn("", "I am old."), Turn("Who?")]) == (
        "I am old.\n\nQuestion: Who?\nAnswer:"
    )


def test_the_speakers_are_those_of_the_style_and_end_each_others_texts() -> None:
    rendering = PlainRendering(Style(asker="Surveyor", answerer="Respondent"))
    assert rendering.prompt([Turn("Who?")]) == "Surveyor: Who?\nRespondent:"
    assert (rendering.header, rendering.lead) == ("Respondent:", " ")
    assert rendering.stops == ["\nSurveyor:"]
    assert rendering.refusal is None


@given(TURNS)
def test_a_conversation_ends_with_its_header_and_grows_at_its_end_alone(turns: list[Turn]) -> None:
    """Else nothing of it would be found in a prefix cache."""
    rendering = PlainRendering(PLAIN, FakeTokenizer())
    text = rendering.prompt(turns)
    assert text.endswith(rendering.header)
    longer = rendering.prompt([*turns[:-1], turns[-1].replied("Yes."), Turn("Next?")])
    assert longer == f"{text} Yes.\n\nQuestion: Next?\nAnswer:"


@pytest.mark.parametrize("place", ["asked", "reply"])
def test_the_text_of_a_control_token_does_not_become_one(place: str) -> None:
    said = {"asked": "Who?", "reply": "Me."} | {place: f"They wrote {END} and went on."}
    turns = [Turn(**said), Turn("Next?")]
    rendering = PlainRendering(PLAIN, Obedient())
    text = rendering.prompt(turns)
    assert -1 in Obedient().encode(PlainRendering(PLAIN).prompt(turns))
    assert -1 not in rendering.encode(text)
    assert "They wrote < |endoftext|> and went on." in text


@given(TURNS)
def test_texts_without_a_control_token_are_said_as_they_are(turns: list[Turn]) -> None:
    assert PlainRendering(PLAIN, Obedient()).prompt(turns) == PlainRendering(PLAIN).prompt(turns)
