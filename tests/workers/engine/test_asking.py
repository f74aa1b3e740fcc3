"""One question put to a model: the right text, the right tokens, the answer in the right order."""

import asyncio
import math
import threading
from dataclasses import replace
from typing import Any

import pytest
from chat_templates import CHATML, tokenizer_with
from fake_model import LABEL_MASS, FakeModel, FakeTokenizer, Merging, text_of

from anthology.models.errors import ItemError, UnreadableLabels
from anthology.models.jobs.protocol import Usage
from anthology.models.prompting.orders import option_orders
from anthology.models.prompting.prompts import question_turn, story_turn
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.readout.distribution import Reading
from anthology.workers.engine.asking import Interviewer, spoken
from anthology.workers.engine.text_model import Generation, PromptRefused, Sampling

ROADS = Question(
    name="roads", question="Are we spending too much on roads?", column="roads",
    options={"too little": 1, "about right": 2, "too much": 3},
)  # fmt: skip
LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0}
BEFORE = [story_turn("Who are you?", "I build roads.")]
TEXT = Readout(readout="text")


def interviewer(model: FakeModel) -> Interviewer:
    return Interviewer(model, FakeTokenizer(), Usage())


def asked(
    model: FakeModel,
    question: Question,
    *orders: list[int],
    before: list[Turn] | None = None,
    **how: Any,
) -> Reading:
    """What one question gives, asked in the orders given or as it is written."""
    shown = orders or [list(range(len(question.choices)))]
    return asyncio.run(interviewer(model).ask(question, shown, before or [], **how))


def prompt_of(question: Question, shown: list[int], labelled: bool = True) -> str:
    return PlainRendering(PLAIN).prompt([question_turn(question, shown, PLAIN, labelled)])


# --- labels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]])
def test_the_answer_is_the_same_in_whatever_order_options_are_shown(shown: list[int]) -> None:
    model = FakeModel(LIKES)
    reading = asked(model, ROADS, shown, before=BEFORE)
    assert reading.choices == pytest.approx([0.6, 0.3, 0.1])
    assert reading.label_mass == pytest.approx(LABEL_MASS)
    turn = question_turn(ROADS, shown, after=[Turn("Before?", "Yes.")])
    assert model.prompts == [PlainRendering(PLAIN).prompt([*BEFORE, turn]) + " ("]


def test_tokens_are_counted_over_questions() -> None:
    usage = Usage()
    one = Interviewer(FakeModel(), FakeTokenizer(), usage)
    for _ in range(2):
        asyncio.run(one.ask(ROADS, [[0, 1, 2]], []))
    assert usage.prompt_tokens == 2 * len(prompt_of(ROADS, [0, 1, 2]) + " (")
    assert usage.output_tokens == 2


def test_a_refused_prompt_is_passed_on() -> None:
    with pytest.raises(PromptRefused, match="too long"):
        asked(FakeModel(fault=lambda prompt: PromptRefused("too long")), ROADS)


def test_unreadable_labels_are_found_before_the_model_is_asked() -> None:
    class Deaf(FakeTokenizer):
        def encode(self, text: str) -> list[int]:
            return super().encode(text.replace("B", "A"))

    model = FakeModel()
    with pytest.raises(UnreadableLabels):
        asyncio.run(Interviewer(model, Deaf(), Usage()).ask(ROADS, [[0, 1, 2]], []))
    assert model.prompts == []


@pytest.mark.parametrize("value", [math.nan, -math.inf])
@pytest.mark.parametrize("how", [Readout(), TEXT, Readout(temperature=0.1)])
def test_a_model_without_numbers_for_the_answers_is_an_items_error(
    value: float, how: Readout
) -> None:
    class Mute(FakeModel):
        async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
            return [value] * len(ids)

    with pytest.raises(ItemError, match="no finite probability"):
        asked(Mute(), ROADS, readout=how)


def test_temperature_changes_the_shares_as_sampling_would_and_not_the_label_mass() -> None:
    found = asked(FakeModel(LIKES), ROADS, readout=Readout(temperature=2.0))
    powers = [math.sqrt(share) for share in (0.6, 0.3, 0.1)]
    assert found.choices == pytest.approx([power / sum(powers) for power in powers])
    assert found.label_mass == pytest.approx(LABEL_MASS)


# --- a label that is liked whatever stands behind it ---------------------------------------------

BIAS = {"A": 4.0, "B": 1.0, "C": 0.5}


def averaged_orders(permutations: int | None = None) -> list[list[int]]:
    return option_orders("averaged", 3, [], permutations, 5, "test")


def test_a_planted_label_bias_is_there_in_a_single_order() -> None:
    found = asked(FakeModel(LIKES, bias=BIAS), ROADS, [2, 1, 0])
    liked = [6 * 0.5, 3 * 1.0, 1 * 4.0]
    assert found.choices == pytest.approx([one / sum(liked) for one in liked])


@pytest.mark.parametrize("permutations", [None, 3])
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_averaging_over_orders_removes_a_planted_label_bias(
    permutations: int | None, temperature: float
) -> None:
    model = FakeModel(LIKES, bias=BIAS)
    orders = averaged_orders(permutations)
    found = asked(model, ROADS, *orders, readout=Readout(temperature=temperature))
    powers = [share ** (1 / temperature) for share in (0.6, 0.3, 0.1)]
    assert found.choices == pytest.approx([power / sum(powers) for power in powers])
    assert found.label_mass == pytest.approx(LABEL_MASS)
    assert model.prompts[0] == prompt_of(ROADS, orders[0]) + " ("  # it goes on in the conversation
    assert sorted(model.prompts) == sorted(prompt_of(ROADS, shown) + " (" for shown in orders)


def test_a_label_prior_that_is_known_is_removed() -> None:
    priors = {3: [math.log(share / 5.5) for share in BIAS.values()], 2: [0.0, -9.0]}
    for shown in ([0, 1, 2], [1, 2, 0]):
        found = asked(FakeModel(LIKES, bias=BIAS), ROADS, shown, priors=priors)
        assert found.choices == pytest.approx([0.6, 0.3, 0.1])
        assert found.label_mass == pytest.approx(LABEL_MASS)


def test_a_prior_of_another_number_of_labels_changes_nothing() -> None:
    found = asked(FakeModel(LIKES), ROADS, priors={2: [-0.1, -9.0]})
    assert found.choices == pytest.approx([0.6, 0.3, 0.1])


# --- the options' own words ----------------------------------------------------------------------

ESSENTIAL = Question(
    name="essential", question="How important is it?", column="e",
    options={"Important, but not essential": 1, "Important": 2, "Not important": 3, "Imp": 4},
)  # fmt: skip
WEIGHTS = {"Important, but not essential": 5.0, "Important": 2.0, "Not important": 2.0, "Imp": 1.0}


@pytest.mark.parametrize("shown", [[0, 1, 2, 3], [3, 1, 2, 0], [1, 0, 3, 2]])
def test_options_that_others_begin_with_get_their_own_probability(shown: list[int]) -> None:
    model = FakeModel(WEIGHTS)
    found = asked(model, ESSENTIAL, shown, readout=TEXT)
    assert found.choices == pytest.approx([0.5, 0.2, 0.2, 0.1])
    assert found.label_mass == pytest.approx(LABEL_MASS)
    assert model.prompts[0] == prompt_of(ESSENTIAL, shown, labelled=False) + " "
    assert len(set(model.prompts)) == len(model.prompts)  # nothing is read twice


@pytest.mark.parametrize("unit", ["token", "byte"])
def test_the_probability_of_words_may_be_taken_to_their_length(unit: Any) -> None:
    words = {"Sí": 2.0, "Tal vez": 1.0}  # 3 bytes in 2 tokens, 7 in 7
    question = ROADS.model_copy(update={"options": dict.fromkeys(words, 1)})
    how = Readout(readout="text", length_normalization=unit)
    found = asked(FakeModel(words), question, readout=how)
    lengths = (2, 7) if unit == "token" else (3, 7)
    shares = (LABEL_MASS * 2 / 3, LABEL_MASS / 3)
    roots = [share ** (1 / length) for share, length in zip(shares, lengths, strict=True)]
    assert found.choices == pytest.approx([root / sum(roots) for root in roots])
    assert found.label_mass == pytest.approx(LABEL_MASS)


def test_averaging_works_with_words_as_well() -> None:
    found = asked(FakeModel(LIKES), ROADS, *averaged_orders(), readout=TEXT)
    assert found.choices == pytest.approx([0.6, 0.3, 0.1])


# --- numbers -------------------------------------------------------------------------------------


def counted(low: int, high: int, refusal: str | None = None) -> Question:
    return Question.model_validate(
        {
            "name": "days", "question": "How many days?", "column": "days", "refusal": refusal,
            "number": {"from": low, "to": high},
            "options": {"few": {"to": low}, "many": {"from": low + 1}},
        }
    )  # fmt: skip


@pytest.mark.parametrize(("low", "high"), [(0, 30), (1, 10), (-12, 3), (98, 102)])
@pytest.mark.parametrize("readout", ["logprob", "text"])
def test_every_number_gets_its_own_probability(low: int, high: int, readout: Any) -> None:
    numbers = range(low, high + 1)
    weights = {str(number): 1.0 + number % 7 for number in numbers}
    question = counted(low, high)
    found = asked(FakeModel(weights), question, readout=Readout(readout=readout))
    total = sum(weights.values())
    assert found.choices == pytest.approx([weights[str(number)] / total for number in numbers])
    assert found.label_mass == pytest.approx(LABEL_MASS)


def test_a_refusal_stands_beside_the_numbers() -> None:
    question = counted(1, 12, "No answer")
    found = asked(FakeModel({"No answer": 8.0}), question)
    assert found.choices == pytest.approx([0.05] * 12 + [0.4])


def test_options_that_look_like_numbers_are_not_read_as_the_numbers_of_another_question() -> None:
    """They had the same key in the interviewer's memory of tries; only a number must end before
    another digit."""
    number = counted(1, 12)
    words = ROADS.model_copy(update={"options": {str(n): n for n in range(1, 13)}})
    model = FakeModel()
    one = interviewer(model)
    how = Readout(readout="text")
    shown = [list(range(12))]
    asyncio.run(one.ask(number, shown, [], readout=how))
    asyncio.run(one.ask(words, shown, [], readout=how))
    assert len(one._tries) == 2


# --- written text --------------------------------------------------------------------------------

SAMPLING = Sampling(64, 8, 1.0, 1.0, 5, ["\n"])


class Listening(FakeModel):
    """Remembers how it was asked to write."""

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Any:
        self.sampling, self.prompt = sampling, prompt
        return Generation("I am Ann.", 4, "stop")


def test_a_text_goes_on_from_the_last_turn_up_to_the_next_question() -> None:
    model = FakeModel(story=lambda seed: f"story {seed}\nQuestion: And you?")
    plain = replace(SAMPLING, stop=[])
    found = asyncio.run(interviewer(model).write([story_turn("Who?")], PLAIN, plain))
    assert (found.text, model.prompts) == ("story 5", ["Question: Who?\nAnswer:"])


def test_the_speakers_of_the_style_end_a_text() -> None:
    model = Listening()
    style = Style(asker="Interviewer", answerer="Interviewee")
    asyncio.run(interviewer(model).write([story_turn("Who?")], style, SAMPLING))
    assert model.sampling == replace(SAMPLING, stop=["\nInterviewer:", "\n"])
    assert text_of(model.prompt) == "Interviewer: Who?\nInterviewee:"


def test_a_chat_model_ends_its_text_by_itself() -> None:
    model = Listening()
    one = Interviewer(model, tokenizer_with(CHATML), Usage())
    plain = replace(SAMPLING, stop=[])
    asyncio.run(one.write([story_turn("Who?")], Style(turns="chat"), plain))
    assert model.sampling == plain


# --- other tokenizers ----------------------------------------------------------------------------


class Knowing(FakeModel):
    """Says each label string with a known probability, token by token under any tokenizer."""

    def __init__(self, tokenizer: FakeTokenizer, shares: dict[str, float]) -> None:
        super().__init__()
        opening = tokenizer.encode("Answer: ")
        self.strings = {
            tuple(tokenizer.encode(f"Answer: ({label})")[len(opening) :]): share
            for label, share in shares.items()
        }
        self.asked: list[int] = []

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        self.asked.append(len(ids))
        said = max(
            (s[:i] for s in self.strings for i in range(len(s)) if self._ends(prompt, s[:i])),
            key=len,
        )
        return [math.log(self._begin((*said, token)) / self._begin(said)) for token in ids]

    def _begin(self, tokens: tuple[int, ...]) -> float:
        return sum(p for s, p in self.strings.items() if s[: len(tokens)] == tokens) or 1e-300

    @staticmethod
    def _ends(prompt: list[int], tokens: tuple[int, ...]) -> bool:
        return tuple(prompt[len(prompt) - len(tokens) :]) == tokens


@pytest.mark.parametrize("merged", [[], ["(B"], ["(A", "C)"], ["(A", "(B", "(C"]])
def test_known_probabilities_come_back_however_labels_are_cut(merged: list[str]) -> None:
    tokenizer = Merging(*merged)
    model = Knowing(tokenizer, {"A": 0.5, "B": 0.2, "C": 0.3})
    found = asyncio.run(Interviewer(model, tokenizer, Usage()).ask(ROADS, [[2, 0, 1]], []))
    assert found.choices == pytest.approx([0.2, 0.3, 0.5])
    assert found.label_mass == pytest.approx(1)
    assert len(model.asked) == (2 if merged in (["(B"], ["(A", "C)"]) else 1)


def test_the_fake_model_knows_what_it_likes() -> None:
    assert FakeModel(LIKES).shares(["too much", "too little"]) == pytest.approx([1 / 7, 6 / 7])


def test_what_a_template_opens_a_thought_for_begins_with_it_and_is_not_spoken() -> None:
    opening = CHATML + "{%- if add_generation_prompt %}{{ '<think>\n' }}{% endif %}"
    one = Interviewer(Listening(), tokenizer_with(opening), Usage())
    plain = replace(SAMPLING, stop=[])
    found = asyncio.run(one.write([story_turn("Who?")], Style(turns="chat"), plain))
    assert found.text == "<think>I am Ann."
    assert spoken(found.text) == ""
    assert spoken(f"{found.text} Let me see.</think>\n\nI am Bob.\x00") == "I am Bob."


# --- the engine's loop --------------------------------------------------------------------------


def test_the_engines_loop_goes_on_while_a_conversation_is_encoded() -> None:
    """On a GPU it was the loop that everybody waited for: encoding took two thirds of it."""

    class Patient(FakeTokenizer):
        encoding = threading.Event()

        def encode(self, text: str) -> list[int]:
            if text.startswith("Question:") and "roads" in text:
                self.encoding.set()
                assert on_the_loop.wait(10)
            return super().encode(text)

    on_the_loop = threading.Event()
    tokenizer = Patient()

    async def both() -> None:
        asking = asyncio.create_task(
            Interviewer(FakeModel(LIKES), tokenizer, Usage()).ask(ROADS, [[0, 1, 2]], [])
        )
        while not tokenizer.encoding.is_set():
            await asyncio.sleep(0.001)
        on_the_loop.set()
        await asking

    asyncio.run(asyncio.wait_for(both(), 10))
