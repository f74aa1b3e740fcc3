"""One side of the worker's bench: vLLM's `LLM.generate`, with nothing around it."""

import time
from typing import Any

from load import Figures, Wave

from anthology.models import seeds
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.prompts import story_turn
from anthology.models.questionnaire.style import PLAIN
from anthology.models.study.study import Study
from anthology.workers.engine.engine_arguments import engine_arguments


class Alone:
    """vLLM's `LLM.generate` over all prompts at once, with the worker's engine arguments."""

    def __init__(self, model: str, engine_args: dict[str, Any]) -> None:
        from vllm import LLM

        self._llm = LLM(**engine_arguments(model, engine_args))
        self._rendering = rendering_of(PLAIN, load_tokenizer(model))

    def stories(self, study: Study, *, seeded: bool = True) -> Figures:
        from vllm import SamplingParams

        pool = study.pool
        assert pool is not None
        prompt = self._rendering.encode(self._rendering.prompt([story_turn(pool.prompt)]))
        parameters = [
            SamplingParams(
                max_tokens=pool.max_tokens, min_tokens=pool.min_tokens,
                temperature=pool.temperature, stop=self._rendering.stops,
                seed=seeds.derive(study.seed, "alone", number) if seeded else None,
            )
            for number in range(pool.count)
        ]  # fmt: skip
        return self._timed([prompt] * pool.count, parameters)

    def survey(self, waves: list[Wave], in_flight: int) -> Figures:
        """As many people at a time as the worker has in flight: all their first questions, then all
        second ones, for each waits for the answer before."""
        parts = [
            self._answers(prompts[first : first + in_flight], labels)
            for first in range(0, len(waves[0][0]), in_flight)
            for prompts, labels in waves
        ]
        return Figures(
            began=parts[0].began,
            ended=parts[-1].ended,
            prompt_tokens=sum(part.prompt_tokens for part in parts),
            cached_tokens=sum(part.cached_tokens for part in parts),
            output_tokens=sum(part.output_tokens for part in parts),
            answers=sum(len(prompts) for prompts, _ in waves),
        )

    def _answers(self, prompts: list[list[int]], labels: list[int]) -> Figures:
        from vllm import SamplingParams

        read = SamplingParams(
            max_tokens=1, temperature=0.0, logprob_token_ids=labels, detokenize=False
        )
        return self._timed(prompts, [read] * len(prompts))

    def _timed(self, prompts: list[list[int]], parameters: list[Any]) -> Figures:
        from vllm import TokensPrompt

        began = time.time()
        outputs = self._llm.generate(
            [TokensPrompt(prompt_token_ids=prompt) for prompt in prompts], parameters,
            use_tqdm=False,
        )  # fmt: skip
        return Figures(
            began=began,
            ended=time.time(),
            prompt_tokens=sum(map(len, prompts)),
            cached_tokens=sum(output.num_cached_tokens or 0 for output in outputs),
            output_tokens=sum(len(output.outputs[0].token_ids) for output in outputs),
            answers=0,
        )
