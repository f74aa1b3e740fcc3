"""Written answers: how they are asked for, read, asked for again and counted."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest
from chat_templates import CHATML, tokenizer_with
from fake_model import LABEL_MASS, FakeModel, FakeTokenizer

from anthology.models.errors import ItemError
from anthology.models.jobs.protocol import Usage
from anthology.models.prompting.prompts import CONSISTENCY, question_turn, story_turn
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.text_model import Generation, PromptRefused, Sampling
from anthology.workers.engine.written_answers import Sample, free_text, reading_of, written

ROADS = Question(
    name="roads", question="Are we spending too much on roads?", column="roads",
    options={"too little": 1, "about right": 2, "too much": 3}, refusal="No answer",
)  # fmt: skip
DAYS = Question.model_validate(
    {
        "name": "days", "question": "How many days?", "column": "days", "refusal": "No answer",
        "number": {"from": 3, "to": 12}, "options": {"few": {"to": 5}, "many": {"from": 6}},
    }
)  # fmt: skip
LIKES = {"too little": 6.0, "about right": 2.0, "too much": 1.0, "No answer": 1.0}
SHARES = [0.6, 0.2, 0.1, 0.1]
WHY = OpenQuestion(name="why", question="Why?", free_text=True, max_tokens=99)
SAMPLE = Readout(readout="sample")
BEFORE = [story_turn("Who are you?", "I build roads.")]


class Saying(FakeModel):
    """Writes the same texts one after another, whatever it is asked."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.texts = list(texts)
        self.asked: list[Sampling] = []

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        self.prompts.append("".join(map(chr, prompt)))
        self.asked.append(sampling)
        return Generation(self.texts[(len(self.asked) - 1) % len(self.texts)], 1, "stop")


def samples(
    model: FakeModel, count: int = 1, how: Readout = SAMPLE, *, question: Question = ROADS,
    shown: list[int] | None = None, purpose: str = "test",
) -> list[Sample]:  # fmt: skip
    order = list(range(len(question.choices))) if shown is None else shown
    one = Interviewer(model, FakeTokenizer(), Usage())
    return asyncio.run(written(one, question, order, BEFORE, PLAIN, how, count, 7, purpose))


def said(model: FakeModel, style: Style = PLAIN, tokenizer: Any = None) -> str:
    one = Interviewer(model, tokenizer or FakeTokenizer(), Usage())
    return asyncio.run(free_text(one, WHY, BEFORE, style, 0.5, 7, "none", 3, "why"))


# --- one answer ----------------------------------------------------------------------------------


def test_an_answer_that_parses_is_asked_for_once() -> None:
    model = Saying("\x00 (B) about right ")
    assert samples(model) == [Sample("(B) about right", 1, 1, "(B) about right", 1)]
    turn = question_turn(ROADS, [0, 1, 2, 3], after=[Turn("Before?", "Yes.")])
    assert model.prompts == [PlainRendering(PLAIN).prompt([*BEFORE, turn])]


def test_it_is_asked_again_until_an_answer_parses() -> None:
    found = samples(Saying(" Well.", " Who knows?", " (D) No answer"))
    assert found == [Sample("Well.", None, 3, "(D) No answer", 3)]


@pytest.mark.parametrize("attempts", [1, 4])
def test_it_is_asked_no_more_often_than_the_limit(attempts: int) -> None:
    model = Saying(" Well.")
    how = SAMPLE.model_copy(update={"attempts": attempts})
    assert samples(model, how=how) == [Sample("Well.", None, attempts, "Well.", None)]
    assert len(model.asked) == attempts


def test_a_label_is_that_of_the_order_shown() -> None:
    (found,) = samples(Saying(" A"), shown=[2, 0, 1, 3])
    assert found.choice == 2


def test_without_labels_only_words_are_answers() -> None:
    how = Readout(readout="text", attempts=2)
    (found,) = samples(Saying(" B", " too much"), how=how)
    assert (found.first_choice, found.choice) == (None, 2)


@pytest.mark.parametrize(
    ("text", "choice"),
    [(" 3", 0), (" It was 12 days.", 9), (" 13", None), (" No answer.", 10), (" (A)", None)],
)
def test_numbers_are_read_as_numbers(text: str, choice: int | None) -> None:
    how = SAMPLE.model_copy(update={"attempts": 1})
    assert samples(Saying(text), how=how, question=DAYS, shown=[])[0].choice == choice


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("<think>It is A. No, it is C.</think> (B)", 1),
        ("It is A.</think> (B)", 1),
        ("<think>It is probably (A), as", None),  # the limit of tokens ended it
        ("<think>A or B?</think>", None),
    ],
)
def test_a_thought_is_no_answer(text: str, choice: int | None) -> None:
    how = SAMPLE.model_copy(update={"attempts": 1})
    assert samples(Saying(text), how=how)[0].choice == choice


def test_an_answer_is_written_as_the_readout_says_and_ends_with_its_line() -> None:
    model = Saying(" A")
    how = Readout(readout="sample", temperature=0.4, answer_tokens=17)
    samples(model, 2, how)
    assert [(one.max_tokens, one.temperature, one.top_p, one.stop) for one in model.asked] == [
        (17, 0.4, 1.0, ["\nQuestion:", "\n"])
    ] * 2


# --- many answers --------------------------------------------------------------------------------


def test_no_two_requests_have_the_same_luck() -> None:
    model = Saying("?")
    how = SAMPLE.model_copy(update={"attempts": 5})
    samples(model, 6, how)
    samples(model, 6, how, purpose="other")
    assert len({one.seed for one in model.asked}) == 2 * 6 * 5


def test_more_samples_begin_with_the_same_ones() -> None:
    assert samples(FakeModel(LIKES), 9)[:4] == samples(FakeModel(LIKES), 4)


@pytest.mark.parametrize("shown", [[0, 1, 2, 3], [2, 0, 1, 3]])
@pytest.mark.parametrize("readout", ["sample", "text"])
def test_known_probabilities_come_back_within_sampling_error(
    shown: list[int], readout: Any
) -> None:
    count = 2000
    found = samples(FakeModel(LIKES), count, Readout(readout=readout), shown=shown)
    reading = reading_of(ROADS, found)
    assert within(reading.choices, SHARES, count)
    assert within([reading.label_mass], [LABEL_MASS], count)
    first = [one.first_choice for one in found]  # what was parsed at once is not conditioned on
    assert within(
        [first.count(c) / count for c in range(4)], [LABEL_MASS * s for s in SHARES], count
    )


def test_known_probabilities_of_numbers_come_back_within_sampling_error() -> None:
    weights = {str(n): float(n) for n in range(3, 13)} | {"No answer": 25.0}
    found = samples(FakeModel(weights), 2000, question=DAYS, shown=[])
    expected = [n / 100 for n in range(3, 13)] + [0.25]
    assert within(reading_of(DAYS, found).choices, expected, 2000)


def within(found: list[float], expected: list[float], count: int) -> bool:
    """Whether shares of `count` draws lie within 4 standard deviations of the binomial."""
    return all(
        abs(one - true) < 4 * math.sqrt(true * (1 - true) / count)
        for one, true in zip(found, expected, strict=True)
    )


def test_what_never_parsed_is_left_out_of_the_shares_and_counted_in_the_mass() -> None:
    parsed = [Sample("A", 0, 1, "A", 0), Sample("?", None, 3, "B", 1), Sample("B", 1, 1, "B", 1)]
    found = reading_of(ROADS, [*parsed, Sample("?", None, 9, "??", None)])
    assert found.choices == pytest.approx([1 / 3, 2 / 3, 0, 0])
    assert found.label_mass == 0.5


def test_nothing_parsed_is_the_items_error() -> None:
    with pytest.raises(ItemError, match="no option could be read from 13 written answers"):
        reading_of(ROADS, [Sample("?", None, 9, "?", None), Sample("?", None, 4, "?", None)])


def test_a_refused_prompt_is_passed_on() -> None:
    with pytest.raises(PromptRefused):
        samples(FakeModel(fault=lambda prompt: PromptRefused("too long")), 3)


# --- free text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" Because\x00 of the\n\nroads. ", "Because of the\n\nroads."),
        ("<think>Hm.</think> Roads.", "Roads."),
        (" \x00 ", ""),
    ],
)
def test_free_text_is_what_was_said(text: str, kept: str) -> None:
    assert said(Saying(text)) == kept


def test_free_text_ends_where_the_model_asks_itself_the_next_question() -> None:
    """Between the turns of a conversation stands a reminder, which became part of the answer."""
    story: Callable[[int], str] = lambda seed: (  # noqa: E731
        f" Roads.\n\nAnd rails.\n\n{CONSISTENCY}\nQuestion: And then?\nAnswer: Nothing."
    )
    assert said(FakeModel(story=story)) == "Roads.\n\nAnd rails."


def test_free_text_is_written_as_the_question_says() -> None:
    model = Saying("Roads.")
    said(model)
    (asked,) = model.asked
    assert (asked.max_tokens, asked.temperature, asked.top_p) == (99, 0.5, 1.0)


def test_a_chat_model_ends_its_answers_by_itself() -> None:
    model = Saying("Roads.")
    chat = Style(turns="chat")
    tokenizer = tokenizer_with(CHATML)
    said(model, chat, tokenizer)
    one = Interviewer(model, tokenizer, Usage())
    asyncio.run(written(one, ROADS, [0, 1, 2, 3], BEFORE, chat, Readout(attempts=1), 1, 7, "x"))
    assert [asked.stop for asked in model.asked] == [[], []]
