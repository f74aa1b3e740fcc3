"""Asks a model questions: turns to tokens to log-probabilities of the answers to a reading.

Knows nothing of jobs or databases; the model is any `TextModel`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from anthology.models.errors import InputError
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.tokenizer import Tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.prompts import question_turn
from anthology.models.prompting.rendering import Rendering, Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.readout.distribution import Reading, averaged, read, unshuffled
from anthology.models.readout.labels import answer_trie, in_words, label_trie
from anthology.models.readout.trie import Path, Trie
from anthology.workers.engine.text_model import Generation, Sampling, TextModel

Priors = Mapping[int, Sequence[float]]  # by number of labels, see `readout.label_prior`
LOGPROB = Readout()
# To encode a conversation takes longer than all else that is done for an answer. Tokenizers let go
# of the GIL meanwhile, so that the engine's loop goes on; one thread, for few are safe to share.
_ENCODING = ThreadPoolExecutor(1, thread_name_prefix="encoding")
THOUGHT = ("<think>", "</think>")  # what stands between them is not the answer


class Interviewer:
    """A loaded model with its tokenizer; counts the tokens it costs in `usage`."""

    def __init__(self, model: TextModel, tokenizer: Tokenizer, usage: Usage) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._usage = usage
        self._renderings: dict[Style, Rendering] = {}
        self._tries: dict[tuple[object, ...], Trie] = {}

    async def ask(
        self,
        question: Question,
        orders: Sequence[Sequence[int]],
        turns: Sequence[Turn],
        style: Style = PLAIN,
        readout: Readout = LOGPROB,
        priors: Priors | None = None,
    ) -> Reading:
        """One question after earlier turns, averaged over the orders in which it is shown.

        Raises `ItemError`, `UnreadableLabels`, or `InputError` for a model that cannot be read.
        """
        first, *rest = orders
        # The first reading puts what all share into the prefix cache.
        found = [await self._ask(question, first, turns, style, readout, priors)]
        found += await asyncio.gather(
            *(self._ask(question, shown, turns, style, readout, priors) for shown in rest)
        )
        return averaged(found, readout.temperature)

    async def _ask(
        self,
        question: Question,
        shown: Sequence[int],
        turns: Sequence[Turn],
        style: Style,
        readout: Readout,
        priors: Priors | None,
    ) -> Reading:
        """The reading under one order, before any temperature."""
        turn = question_turn(question, shown, style, readout.labelled, after=turns)
        if not in_words(question, readout):
            logprobs = await self.label_logprobs([*turns, turn], len(shown), style)
            prior = (priors or {}).get(len(shown))
            return unshuffled(read(logprobs, prior=prior), shown)
        rendering = self._readable(style)
        # The number 1 must end before another digit, the option "1" need not.
        key = (tuple(question.choices), question.number is None, readout.readout, style)
        if key not in self._tries:
            self._tries[key] = answer_trie(rendering, question, style, readout)
        trie = self._tries[key]
        logprobs = await self._logprobs(rendering, [*turns, turn], trie)
        return read(logprobs, lengths=_lengths(rendering, question, trie, readout))

    async def label_logprobs(
        self, turns: Sequence[Turn], count: int, style: Style = PLAIN
    ) -> list[float]:
        """Log-probabilities of the first `count` labels as the answer to the last turn."""
        rendering = self._readable(style)
        key = (count, style)
        if key not in self._tries:
            self._tries[key] = label_trie(rendering, count, style)
        return await self._logprobs(rendering, turns, self._tries[key])

    async def write(self, turns: Sequence[Turn], style: Style, sampling: Sampling) -> Generation:
        """Lets the model answer the last turn in its own words."""
        rendering = self._rendering(style)
        prompt = await _encoded(rendering, rendering.prompt(turns))
        stops = replace(sampling, stop=[*rendering.stops, *sampling.stop])
        said = await self._model.generate(prompt, stops, self._usage)
        # Where the template opens a thought, what is written begins within it.
        thought = THOUGHT[0] if rendering.header.rstrip().endswith(THOUGHT[0]) else ""
        return replace(said, text=thought + said.text)

    async def _logprobs(
        self, rendering: Rendering, turns: Sequence[Turn], trie: Trie
    ) -> list[float]:
        """Of each of the trie's options as the answer to the last turn."""
        text = trie.prompt(rendering.prompt(turns), rendering.header)
        prompt = await _encoded(rendering, text)
        root, *others = trie.nodes
        # The root's reading puts the prompt into the prefix cache; the other nodes share it.
        read_ = {root: await self._node(prompt, trie, root)}
        found = await asyncio.gather(*(self._node(prompt, trie, node) for node in others))
        return trie.logprobs(read_ | dict(zip(others, found, strict=True)))

    async def _node(self, prompt: list[int], trie: Trie, node: Path) -> dict[int, float]:
        tokens = trie.nodes[node]
        logprobs = await self._model.logprobs([*prompt, *node], list(tokens), self._usage)
        return dict(zip(tokens, logprobs, strict=True))

    def _rendering(self, style: Style) -> Rendering:
        if style not in self._renderings:
            self._renderings[style] = rendering_of(style, self._tokenizer)
        return self._renderings[style]

    def _readable(self, style: Style) -> Rendering:
        """Raises `InputError` for a model whose next token is not the answer."""
        rendering = self._rendering(style)
        if rendering.refusal:
            raise InputError(rendering.refusal)
        return rendering


async def _encoded(rendering: Rendering, text: str) -> list[int]:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_ENCODING, rendering.encode, text)


def _lengths(
    rendering: Rendering, question: Question, trie: Trie, readout: Readout
) -> Sequence[int] | None:
    """What each choice's log-probability is divided by; None where nothing is."""
    if readout.length_normalization == "token":
        return trie.lengths
    if readout.length_normalization == "byte":
        return [len(rendering.said(choice).encode()) for choice in question.choices]
    return None


def spoken(text: str) -> str:
    """What a person said, of what was written: what follows a thought, nothing while that is not
    over. Without NUL, which PostgreSQL's text cannot hold and models write."""
    begin, end = THOUGHT
    return text.rpartition(end)[2].partition(begin)[0].replace("\x00", "").strip()
