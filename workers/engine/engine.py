"""One loaded vLLM model in a thread of its own: text in, text or label log-probabilities out.

The only file that imports vLLM, and only when an engine starts. Knows nothing of studies or jobs.
"""

import asyncio
import itertools
import logging
import platform
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import MISSING, fields
from math import isfinite
from typing import Any, TypeVar

from pydantic import ValidationError

from anthology.models.errors import EngineDied
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.engine_options import refuse
from anthology.workers.engine.admission import Admission
from anthology.workers.engine.engine_arguments import (
    check_names,
    check_numbers,
    check_version,
    engine_arguments,
    not_loaded,
    refusal,
    that_count,
)
from anthology.workers.engine.fingerprint import fingerprint
from anthology.workers.engine.load_errors import load_error, noted_errors
from anthology.workers.engine.text_model import Generation, PromptRefused, Sampling

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_IDS = 128  # vLLM's limit of logprob_token_ids in one request
STOP_STRING = "stop string"  # what ended a text; vLLM says "stop" of it as of the model's own end
LARGEST = 20  # what vLLM's `max_logprobs` allows unless told otherwise


class Engine:
    """vLLM's AsyncLLM, loaded once; its event loop runs in a daemon thread.

    Raises `SetupError` from the constructor when the model cannot be loaded, and `NoEngine` or
    `InputError` when it never could be as configured.
    """

    def __init__(self, model: str, options: dict[str, Any]) -> None:
        self.import_vllm()
        refuse(options)
        self.model = model
        self.options = options
        self.steps = 0  # outputs that vLLM's engine process has sent, one a step
        self._in_flight = 0
        self._ids = itertools.count()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="engine-loop", daemon=True).start()
        self._llm: Any = self.run(self._load(options)).result()
        self.admission = Admission(self._capacity())

    @staticmethod
    def import_vllm() -> None:
        """And torch and transformers with it, which who needs one without the other comes after.

        Raises `NoEngine` where there is none that can be used.
        """
        check_version()
        from vllm import AsyncEngineArgs  # noqa: F401

    def run(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Starts a coroutine on the engine's loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        """Continues a prompt. Raises `PromptRefused` or `EngineDied`."""
        from vllm import SamplingParams

        output = await self._request(
            prompt,
            SamplingParams(
                max_tokens=sampling.max_tokens,
                min_tokens=sampling.min_tokens,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=sampling.seed,
                stop=sampling.stop,
                logprobs=0 if sampling.log_likelihood else None,  # 0: of the tokens drawn alone
            ),
            usage,
        )
        completion = output.outputs[0]
        tokens, total = len(completion.token_ids), completion.cumulative_logprob
        mean = None if total is None or not tokens or not isfinite(total) else total / tokens
        by_string = isinstance(completion.stop_reason, str)  # else a token's id, or None
        ended = STOP_STRING if by_string else str(completion.finish_reason)
        return Generation(completion.text, tokens, ended, mean)

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        """Log-probabilities (natural, over the whole vocabulary) of exactly these next tokens.

        `logprob_token_ids` returns the ids asked for; a top-k could miss one. Prompt
        log-probabilities would switch off the prefix cache, so the label's position is generated.
        """
        found: list[float] = []
        for start in range(0, len(ids), MAX_IDS):
            found += (await self.next_token(prompt, ids[start : start + MAX_IDS], usage))[1]
        return found

    async def next_token(
        self, prompt: list[int], ids: list[int], usage: Usage, **drawn: Any
    ) -> tuple[int, list[float]]:
        """The next token and the log-probabilities of these ids (at most `MAX_IDS`) in its place.

        drawn: vLLM's parameters of how it is drawn, of which log-probabilities know nothing.
        """
        from vllm import SamplingParams

        how = {"temperature": 0.0, **drawn}
        output = await self._request(
            prompt,
            SamplingParams(max_tokens=1, logprob_token_ids=ids, detokenize=False, **how),
            usage,
        )
        completion = output.outputs[0]
        found = completion.logprobs[0]
        return int(completion.token_ids[0]), [float(found[token].logprob) for token in ids]

    async def largest_logprobs(self, prompt: list[int]) -> list[float]:
        return list((await self.likeliest(prompt)).values())

    async def likeliest(self, prompt: list[int]) -> dict[int, float]:
        """The likeliest next tokens with their log-probabilities: 20, fewer if `max_logprobs` is
        less."""
        from vllm import SamplingParams

        allowed = int(self._llm.model_config.max_logprobs)  # -1: any number
        count = LARGEST if allowed < 0 else min(LARGEST, allowed)
        output = await self._request(
            prompt,
            SamplingParams(max_tokens=1, temperature=0.0, logprobs=count, detokenize=False),
            Usage(),
        )
        found = output.outputs[0].logprobs[0]
        return {int(token): float(one.logprob) for token, one in found.items()}

    @property
    def tokenizer(self) -> Any:
        """vLLM's own, which makes text of what it writes."""
        return self._llm.get_tokenizer()

    @property
    def vocabulary(self) -> int:
        """How many tokens a probability is distributed over."""
        return int(self._llm.model_config.get_vocab_size())

    @property
    def died(self) -> bool:
        return bool(self._llm.errored)

    @property
    def owes(self) -> int:
        """Requests in flight; as long as there are any, `steps` has to grow."""
        return self._in_flight if self._sees_steps else 0

    @property
    def max_model_len(self) -> int:
        return int(self._llm.model_config.max_model_len)

    def fingerprint(self, logit_step: float | None) -> dict[str, Any]:
        """What answers depend on: model, files, versions, precisions, device.

        `logit_step` is what `resolution.py` measured, which the options may not tell;
        `identity` what engines must share to work for one study.
        """
        counting = that_count(self._llm.vllm_config, self.options, self._defaults)
        return fingerprint(
            self.model, self.options, self._llm.model_config, counting, _device_name(), logit_step
        )

    def shutdown(self) -> None:
        """Ends the engine's processes; without this the Celery process would hang at exit."""
        try:
            self._llm.shutdown(timeout=1.0)  # nothing in it is worth waiting for
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)

    async def _load(self, options: dict[str, Any]) -> Any:
        from vllm import AsyncEngineArgs
        from vllm.usage.usage_lib import UsageContext
        from vllm.v1.engine.async_llm import AsyncLLM

        self._defaults = _defaults()
        check_names(options, self._defaults)
        check_numbers(options, {field.name: field.type for field in fields(AsyncEngineArgs)})
        with noted_errors() as first_noted:
            try:
                llm = AsyncLLM.from_engine_args(
                    AsyncEngineArgs(**engine_arguments(self.model, options)),
                    # vLLM's batch limits follow from it: those of `LLM.generate`, which also works
                    # offline. By default AsyncLLM gets an eighth (128 sequences, not 1,024).
                    usage_context=UsageContext.LLM_CLASS,
                )
            except ValidationError as error:
                raise refusal(self.model, options, error) from error
            except Exception as error:
                log.exception("the engine could not load %s", self.model)
                found = first_noted() or load_error(error)
                raise not_loaded(self.model, options, found) from error
        self._sees_steps = self._count_steps(llm)
        return llm

    def _count_steps(self, llm: Any) -> bool:
        """Counts what passes between vLLM's engine process and its front end; whether it can.

        A request shows nothing before it is done (FINAL_ONLY), and vLLM's stat loggers switch its
        statistics on, which costs more than one addition a step.
        """
        try:
            receive = llm.engine_core.get_output_async
        except AttributeError:
            log.warning("this vLLM does not show its steps: that it hangs would not be noticed")
            return False

        async def counted() -> Any:
            outputs = await receive()
            self.steps += 1
            return outputs

        llm.engine_core.get_output_async = counted
        return True

    async def _request(self, prompt: list[int], parameters: Any, usage: Usage) -> Any:
        from vllm import exceptions
        from vllm.inputs import tokens_input
        from vllm.sampling_params import RequestOutputKind
        from vllm.v1.engine.exceptions import EngineDeadError

        # Older versions raise ValueError for a prompt they refuse, newer ones a class of their own.
        refusals = (ValueError, getattr(exceptions, "VLLMClientError", ValueError))

        parameters.output_kind = RequestOutputKind.FINAL_ONLY
        if len(prompt) + 1 > self.max_model_len:
            raise PromptRefused(
                f"the prompt has {len(prompt)} tokens; the model's context holds "
                f"{self.max_model_len}"
            )
        name = f"anthology-{next(self._ids)}"
        output = None
        self._in_flight += 1
        try:
            # As vLLM's own renderer gives it: a raw prompt goes through a thread of its own first.
            rendered = tokens_input(prompt)
            async for part in self._llm.generate(rendered, parameters, name):
                output = part  # the only one: FINAL_ONLY
        except EngineDeadError as error:
            raise EngineDied("the engine process died") from error
        except refusals as error:
            raise PromptRefused(str(error).splitlines()[0]) from error
        finally:
            self._in_flight -= 1
        if output is None or not output.finished:
            raise EngineDied("the engine ended a request without an answer")
        written = len(output.outputs[0].token_ids)
        usage.add(len(prompt), output.num_cached_tokens or 0, written)
        self.admission.saw(len(prompt) + written)
        return output

    def _capacity(self) -> int | None:
        """Tokens that the KV cache holds; None where this vLLM does not say."""
        cache = self._llm.vllm_config.cache_config
        return cache.num_gpu_blocks * cache.block_size if cache.num_gpu_blocks else None


def _defaults() -> dict[str, Any]:
    """All engine arguments of this vLLM with what it takes unless told otherwise."""
    from vllm import AsyncEngineArgs

    return {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(AsyncEngineArgs)
    }


def _device_name() -> str:
    """The GPU's name, from its driver: torch would take GPU memory for this process."""
    from vllm.platforms import current_platform

    if current_platform.is_cuda_alike():
        return str(current_platform.get_device_name(0))
    return f"{platform.machine()} CPU"
