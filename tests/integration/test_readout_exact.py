"""The readout against transformers on the same weights: vLLM and tries give the same numbers.

The model is random and its answers mean nothing; that the two agree on them is the point. Every
tokenizer family reads the same model, whose vocabulary holds the tokens of all.
"""

import asyncio
import copy
import math
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import chat_templates
import families
import pytest
from reference import TransformersModel, option_logprobs, string_logprob, tokens_added

from anthology.models.errors import InputError, UnreadableLabels
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.engine_options import REFUSED
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.prompts import question_turn, story_turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.readout.distribution import Reading
from anthology.models.readout.labels import answer_trie
from anthology.workers.engine.asking import LOGPROB, Interviewer
from anthology.workers.engine.engine import Engine
from anthology.workers.engine.soundness import check_logprobs
from anthology.workers.engine.text_model import TextModel
from anthology.workers.process.environments import CPU_ENVIRONMENT, CPU_OPTIONS

BLOCK = int(CPU_OPTIONS["block_size"])
STORY = [
    story_turn(
        "Tell me about yourself.",
        "I was born in 1956 in a small town in Ohio, the second of four children. I build roads "
        "(and bridges), and on Sunday we go to church together.",
    )
]
AGREEMENT = [
    "Strongly disagree", "Disagree", "Somewhat disagree", "Neither agree nor disagree",
    "Somewhat agree", "Agree", "Strongly agree",
]  # fmt: skip
PREFIXES = ["Essential", "Important", "Important, but not essential", "Not important"]
CHAT = {
    "sentencepiece": chat_templates.MISTRAL_OLD, "tekken": chat_templates.MISTRAL,
    "smollm2": chat_templates.SMOLLM2, "unigram": chat_templates.GEMMA,
    "bytes": chat_templates.QWEN3, "one-digit": chat_templates.CHATML,
    "three-digits": chat_templates.LLAMA3, "merging": chat_templates.CHATML,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A question and, written out by hand, what its answers are read as after an opening.

    strings: in the order displayed where they are labels, else in the question's. others: what is
    no answer but goes on from one. checked: the places compared; all of a hundred take long.
    """

    question: Question
    strings: list[str]
    opening: str = ""
    style: Style = PLAIN
    readout: Readout = LOGPROB
    others: Sequence[str] = ()
    checked: Sequence[int] | None = None

    @property
    def labelled(self) -> bool:
        return self.strings != self.question.choices


def choice(options: list[str], **fields: Any) -> Question:
    return Question(
        name="view", question="What do you think?", column="view",
        options={option: code for code, option in enumerate(options)}, **fields,
    )  # fmt: skip


def number(low: int, high: int) -> Question:
    middle = (low + high) // 2
    return Question(
        name="many", question="How many?", column="many", number={"from": low, "to": high},
        options={"few": {"to": middle}, "many": {"from": middle + 1}},
    )  # fmt: skip


def texts(options: list[str], normalized: str = "none") -> Case:
    readout = Readout(readout="text", length_normalization=normalized)
    return Case(choice(options), options, readout=readout)


def numbers(low: int, high: int, *, checked: Sequence[int] | None = None) -> Case:
    """Each ends before another digit: the others are numbers outside that go on from one."""
    strings = [str(n) for n in range(low, high + 1)]
    ending = strings if checked is None else [strings[place] for place in checked]
    longer = [f"{n}{digit}" for n in ending for digit in range(10)]
    others = [n for n in longer if n not in strings]
    return Case(number(low, high), strings, others=others, checked=checked)


def labels(count: int, before: str, after: str, style: Style, **fields: Any) -> Case:
    strings = [f"{n}{after}" for n in range(1, count + 1)]
    return Case(choice([f"view {n}" for n in range(count)]), strings, before, style, **fields)


CASES = {
    "letters": Case(choice(["too little", "right", "too much"]), ["A)", "B)", "C)"], "("),
    "1 to 10 in brackets": labels(10, "(", ")", Style(labels="digits")),
    "1 to 10 with dots": labels(10, "", ".", Style(labels="digits", brackets="dot")),
    "two-digit labels": labels(
        25, "(", ")", Style(labels="digits"), checked=[0, 1, 8, 9, 10, 18, 19, 24]
    ),
    "numbers 1 to 10": numbers(1, 10),
    "numbers 0 to 100": numbers(0, 100, checked=[0, 1, 9, 10, 11, 37, 99, 100]),
    "numbers 18 to 99": numbers(18, 99, checked=[0, 1, 2, 12, 40, 81]),
    "agreement": texts(AGREEMENT),
    "agreement by token": texts(AGREEMENT, "token"),
    "agreement by byte": texts(AGREEMENT, "byte"),
    "one option the beginning of another": texts(PREFIXES),
}
CHAT_CASES = {
    "letters": CASES["letters"],
    "two-digit labels in square brackets": labels(
        12, "[", "]", Style(labels="digits", brackets="square")
    ),
    "bare lower-case letters": Case(
        choice(["left", "right"]), ["a", "b"], "", Style(labels="lower", brackets="none")
    ),
    "numbers 1 to 10": CASES["numbers 1 to 10"],
    "one option the beginning of another": CASES["one option the beginning of another"],
}


def in_chat(case: Case) -> Case:
    return replace(case, style=case.style.model_copy(update={"turns": "chat"}))


in_every_family = pytest.mark.parametrize("family", families.MAKERS)

Run = Callable[[Coroutine[Any, Any, Reading]], Reading]


@pytest.fixture(scope="module")
def tokenizers(family_folders: dict[str, Path]) -> dict[str, Any]:
    return {name: load_tokenizer(str(folder)) for name, folder in family_folders.items()}


@pytest.fixture(scope="module")
def chat_tokenizers(tokenizers: dict[str, Any]) -> dict[str, Any]:
    """Copies with templates; `tokenizers` stay as they are."""
    found = copy.deepcopy(tokenizers)
    for name, tokenizer in found.items():
        tokenizer.chat_template = CHAT[name]
    return found


@pytest.fixture(scope="module")
def reference(big_model: Path) -> TransformersModel:
    return TransformersModel(big_model)


@pytest.fixture(scope="module")
def leaning(big_model: Path) -> TransformersModel:
    """The same with a bias for each next token, for a test to set."""
    import torch

    found = TransformersModel(big_model)
    found.model.lm_head.bias = torch.nn.Parameter(torch.zeros(families.BIG_VOCABULARY))
    return found


@contextmanager
def loaded(folder: Path, **options: Any) -> Iterator[Engine]:
    """The real engine as a CPU worker starts it, except that it has no tokenizer of its own, and
    that its process is forked from this one: it need not import what this one has imported."""
    mine = {"max_model_len": 4096, "skip_tokenizer_init": True}
    environment = {
        **CPU_ENVIRONMENT,
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for key, value in environment.items():
            patch.setenv(key, value)
        patch.setattr("vllm.v1.engine.utils.get_mp_context", lambda: get_context("fork"))
        patch.delitem(REFUSED, "skip_tokenizer_init", raising=False)  # stories are not written here
        engine = Engine(str(folder), {**CPU_OPTIONS, **mine, **options})
        try:
            yield engine
        finally:
            engine.shutdown()


@pytest.fixture(scope="module")
def engine(big_model: Path) -> Iterator[Engine]:
    with loaded(big_model) as found:
        yield found


def test_log_probabilities_are_those_of_the_whole_vocabulary(
    engine: Engine, tokenizers: dict[str, Any]
) -> None:
    """131,072 tokens, asked for as a worker does at its start."""
    on(engine)(check_logprobs(engine, tokenizers["tekken"]))


def on(engine: Engine) -> Run:
    return lambda work: engine.run(work).result(timeout=120)


def asked(model: TextModel, run: Run, tokenizer: Any, case: Case) -> Reading:
    interviewer = Interviewer(model, tokenizer, Usage())
    order = shown(case)
    return run(interviewer.ask(case.question, [order], STORY, case.style, case.readout))


def shown(case: Case) -> list[int]:
    """Options turned round, so that a label's probability is never that of its own place."""
    order = list(range(len(case.question.choices)))
    return order if case.question.number else order[::-1]


def gap(model: TextModel, run: Run, tokenizer: Any, case: Case, whole: TransformersModel) -> float:
    """The largest difference between a log-probability and the reference's."""
    reading = asked(model, run, tokenizer, case)
    rendering = rendering_of(case.style, tokenizer)
    turn = question_turn(
        case.question,
        shown(case),
        case.style,
        case.readout.labelled,
        after=STORY,
    )
    prompt = f"{rendering.prompt([*STORY, turn])}{rendering.lead}{case.opening}"
    expected = option_logprobs(
        whole.model, rendering.encode, prompt, case.strings,
        others=case.others, whole=case.readout.readout == "text", only=case.checked,
    )  # fmt: skip
    mass = reading.label_mass
    if case.readout.length_normalization != "none":
        expected, mass = normalized(expected, lengths(rendering.encode, prompt, case)), 1.0
    positions = shown(case) if case.labelled else range(len(case.strings))
    places = range(len(case.strings)) if case.checked is None else case.checked
    found = [math.log(reading.choices[positions[place]] * mass) for place in places]
    return max(abs(one - other) for one, other in zip(found, expected, strict=True))


def lengths(encode: Callable[[str], list[int]], prompt: str, case: Case) -> list[int]:
    if case.readout.length_normalization == "byte":
        return [len(string.encode()) for string in case.strings]
    return tokens_added(encode, prompt, case.strings)


def normalized(logprobs: Sequence[float], lengths: Sequence[int]) -> list[float]:
    scores = [logprob / length for logprob, length in zip(logprobs, lengths, strict=True)]
    total = math.log(math.fsum(map(math.exp, scores)))
    return [score - total for score in scores]


# --- the engine ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
@in_every_family
def test_the_engine_is_read_exactly(
    case: str, family: str, engine: Engine, tokenizers: dict[str, Any], reference: TransformersModel
) -> None:
    assert gap(engine, on(engine), tokenizers[family], CASES[case], reference) < 0.001


@in_every_family
def test_the_engine_is_read_exactly_in_a_chat(
    family: str, engine: Engine, chat_tokenizers: dict[str, Any], reference: TransformersModel
) -> None:
    for case in map(in_chat, CHAT_CASES.values()):
        assert gap(engine, on(engine), chat_tokenizers[family], case, reference) < 0.001


@pytest.mark.parametrize("case", ["letters", "two-digit labels", "agreement"])
def test_every_reading_after_the_first_reuses_the_storys_blocks(
    case: str, engine: Engine, tokenizers: dict[str, Any]
) -> None:
    tokenizer, asked_of = tokenizers["smollm2"], CASES[case]
    story = story_turn(f"Who likes {case}?", " ".join([STORY[0].reply] * 3))
    usage = Usage()
    interviewer = Interviewer(engine, tokenizer, usage)
    first, second = shown(asked_of), shown(asked_of)[::-1]
    for order in (first, second):
        before = replace(usage)
        on(engine)(
            interviewer.ask(asked_of.question, [order], [story], asked_of.style, asked_of.readout)
        )
        readings = usage.output_tokens - before.output_tokens
        reused = usage.cached_tokens - before.cached_tokens
        turn = question_turn(asked_of.question, order, labelled=asked_of.readout.labelled)
        prompt = rendering_of(PLAIN, tokenizer).prompt([story, turn])
        before_question = prompt[: prompt.index("Question: What do you think?")]
        blocks = len(tokenizer.encode(before_question)) // BLOCK * BLOCK
        assert blocks >= 3 * BLOCK
        assert reused >= blocks * (readings - (order is first))


def test_a_body_of_16_bits_moves_log_probabilities_by_less_than_a_quarter(
    big_model: Path, tokenizers: dict[str, Any], reference: TransformersModel
) -> None:
    """A float32 head on a bfloat16 body. Of this random model; the project's aim, 0.05, is not
    reached on it: 0.127 at most in these 16 cases, over 0.05 in 6 of them. That is rounding in the
    body: transformers with the same precisions is up to 0.37 off."""
    with loaded(big_model, dtype="bfloat16") as rough:
        gaps = [
            gap(rough, on(rough), tokenizers[family], CASES[case], reference)
            for family in ("sentencepiece", "tekken", "smollm2", "merging")
            for case in ("letters", "1 to 10 in brackets", "numbers 1 to 10", "agreement")
        ]
    assert 0.001 < max(gaps) < 0.25


# --- transformers in this process ----------------------------------------------------------------


HOSTILE = {
    "emoji": ["👍", "👎", "👍🏽", "🤷\u200d♀️"],
    "right to left": ["موافق", "غير موافق", "לא יודע"],
    "the header itself": ["Answer:", "Question: Answer:", "Yes"],
    "control tokens": ["<s>", "</s>", "<|endoftext|>", "<|im_end|>", "[INST]", "Yes"],
    "rare characters": ["\u2603", "\U00013000", "a\u0301\u0323b"],
    "brackets": ["(none)", "(B) x", "A"],
}


@pytest.mark.parametrize("options", HOSTILE.values(), ids=HOSTILE)
@in_every_family
def test_hostile_options_are_read_or_refused_in_one_sentence(
    options: list[str], family: str, tokenizers: dict[str, Any], reference: TransformersModel
) -> None:
    for case in (texts(options), texts(options, "byte"), Case(choice(options), options)):
        reading = asked_or_refused(reference, tokenizers[family], case)
        if isinstance(reading, str):
            assert "\n" not in reading
        else:
            assert all(map(math.isfinite, reading.choices))
            assert math.fsum(reading.choices) == pytest.approx(1)


@in_every_family
def test_an_option_with_the_text_of_a_control_token_is_not_read_as_that_token(
    family: str, tokenizers: dict[str, Any]
) -> None:
    tokenizer = tokenizers[family]
    ending = tokenizer.eos_token
    question = choice([ending, "Yes"])
    rendering = rendering_of(PLAIN, tokenizer)
    trie = answer_trie(rendering, question, PLAIN, Readout(readout="text"))
    assert tokenizer.eos_token_id not in trie.options[0]


def asked_or_refused(model: TextModel, tokenizer: Any, case: Case) -> Reading | str:
    try:
        return asked(model, asyncio.run, tokenizer, case)
    except (UnreadableLabels, InputError) as error:
        return str(error)


@pytest.mark.parametrize("case", ["one option the beginning of another", "numbers 1 to 10"])
@in_every_family
def test_an_option_that_others_go_on_from_is_read_exactly_where_going_on_is_likely(
    case: str, family: str, tokenizers: dict[str, Any], leaning: TransformersModel
) -> None:
    """A random model goes on with anything so seldom that nobody would miss the leaving."""
    asked_of, tokenizer = CASES[case], tokenizers[family]
    bias = leaning.model.lm_head.bias.data
    bias.zero_()
    for string in (*asked_of.strings, *asked_of.others):
        bias[tokenizer.encode(f"Answer: {string}", add_special_tokens=False)] = 16.0
    assert gap(leaning, asyncio.run, tokenizer, asked_of, leaning) < 0.001
    if case == "one option the beginning of another":
        encode, prompt = tokenizer.encode, "Answer: "
        alone = string_logprob(leaning.model, encode, prompt, "Important")
        both = option_logprobs(leaning.model, encode, prompt, PREFIXES, whole=True)
        assert both[1] < alone - 0.002  # else the leaving would not be seen


@in_every_family
def test_sixty_options_are_read_exactly(
    family: str, tokenizers: dict[str, Any], reference: TransformersModel
) -> None:
    case = labels(60, "(", ")", Style(labels="digits"), checked=[0, 5, 9, 59])
    assert gap(reference, asyncio.run, tokenizers[family], case, reference) < 0.001
