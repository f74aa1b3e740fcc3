"""What can be said of the engine without loading a model: fingerprint, requests."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anthology.models.errors import EngineDied
from anthology.models.jobs.protocol import Usage
from anthology.workers.engine.admission import Admission
from anthology.workers.engine.engine import Engine
from anthology.workers.engine.text_model import PromptRefused, Sampling


def unloaded(**config: Any) -> Engine:
    """An engine without a model; `config` is what vLLM would say of it."""
    engine = Engine.__new__(Engine)
    engine.model, engine.options, engine._defaults = "/models/Fake", {}, {}
    known = SimpleNamespace(hf_text_config=SimpleNamespace(model_type="llama"), **config)
    engine._llm = SimpleNamespace(model_config=known)
    engine._llm.vllm_config = SimpleNamespace(
        model_config=known, cache_config=SimpleNamespace(cache_dtype="fp8_e4m3")
    )
    engine.admission = Admission(None)
    return engine


@pytest.mark.parametrize("step", [0.125, None])
def test_the_fingerprint_names_precisions_and_the_step_of_the_logits(step: float | None) -> None:
    engine = unloaded(
        dtype="torch.bfloat16", head_dtype="torch.float32", quantization=None, max_model_len=4096
    )
    found = engine.fingerprint(step)
    assert (found["body_dtype"], found["head_dtype"]) == ("bfloat16", "float32")
    assert found["logit_step"] == step


def fingerprint(options: dict[str, Any], folder: str = "/models/Fake") -> dict[str, Any]:
    engine = unloaded(
        dtype="torch.bfloat16", head_dtype="torch.float32", quantization=None, max_model_len=4096,
        trust_remote_code=False,
    )  # fmt: skip
    engine.model, engine.options = folder, options
    return engine.fingerprint(None)


def test_what_changes_answers_is_told_and_belongs_to_the_identity() -> None:
    plain = fingerprint({"gpu_memory_utilization": 0.5, "dtype": "bfloat16"})
    other = fingerprint({"gpu_memory_utilization": 0.5, "hf_overrides": {"rope_theta": 5e5}})
    assert plain["arguments"] is None
    assert other["arguments"] == 'hf_overrides={"rope_theta": 500000}'
    assert plain["identity"] != other["identity"]


def test_a_precision_of_the_cache_is_told_in_vllms_own_name() -> None:
    assert fingerprint({"kv_cache_dtype": "fp8"})["arguments"] == "kv_cache_dtype=fp8_e4m3"


def test_a_tokenizer_of_another_place_is_told_by_its_files(tmp_path: Path) -> None:
    mine, other, same = (tmp_path / name for name in ("mine", "other", "same"))
    for folder, content in ((mine, "{}"), (other, '{"a": 1}'), (same, '{"a": 1}')):
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "tokenizer.json").write_text(content)
    own = fingerprint({}, str(mine))
    found = [fingerprint({"tokenizer": str(folder)}, str(mine)) for folder in (other, same)]
    assert found[0]["tokenizer"] == found[1]["tokenizer"] != own["tokenizer"]
    assert found[0]["identity"] == found[1]["identity"] != own["identity"]
    assert found[0]["tokenizer_arguments"] == {"tokenizer": str(other)}
    assert own["tokenizer_arguments"] is None


@pytest.mark.parametrize(("allowed", "asked"), [(20, 20), (100, 20), (5, 5), (-1, 20)])
def test_as_many_of_the_largest_are_read_as_the_engine_allows(
    allowed: int, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def request(self: Engine, prompt: list[int], parameters: Any, usage: Any) -> Any:
        found = {n: SimpleNamespace(logprob=-1.0 - n) for n in range(parameters.logprobs)}
        return SimpleNamespace(outputs=[SimpleNamespace(logprobs=[found])])

    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(SamplingParams=SimpleNamespace))
    monkeypatch.setattr(Engine, "_request", request)
    engine = unloaded(max_logprobs=allowed)
    assert asyncio.run(engine.largest_logprobs([1, 2])) == [-1.0 - n for n in range(asked)]


@pytest.mark.parametrize(
    ("finish", "stop", "said"),
    [("stop", None, "stop"), ("stop", 128009, "stop"), ("stop", "\nQuestion:", "stop string"),
     ("length", None, "length")],
)  # fmt: skip
def test_a_text_that_a_stop_string_ended_is_told_from_one_that_the_model_ended(
    finish: str, stop: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def request(self: Engine, *_: Any) -> Any:
        written = {"text": "I", "token_ids": [1], "cumulative_logprob": None}
        return SimpleNamespace(
            outputs=[SimpleNamespace(**written, finish_reason=finish, stop_reason=stop)]
        )

    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(SamplingParams=SimpleNamespace))
    monkeypatch.setattr(Engine, "_request", request)
    sampling = Sampling(16, 0, 1.0, 1.0, 7, [])
    assert asyncio.run(unloaded().generate([1], sampling, Usage())).finish_reason == said


# --- requests, with a stub in vLLM's place --------------------------------------------------------


class Dead(Exception):
    """In the place of vLLM's EngineDeadError."""


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = SimpleNamespace(FINAL_ONLY=2)
    for name, module in {
        "vllm": SimpleNamespace(SamplingParams=SimpleNamespace, exceptions=SimpleNamespace()),
        "vllm.inputs": SimpleNamespace(tokens_input=lambda ids: {"prompt_token_ids": ids}),
        "vllm.sampling_params": SimpleNamespace(RequestOutputKind=kinds),
        "vllm.v1.engine.exceptions": SimpleNamespace(EngineDeadError=Dead),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)


class StubLLM:
    """Hands over three steps of its engine process and then what a test says."""

    def __init__(self, end: Exception | None) -> None:
        self.end = end
        self.model_config = SimpleNamespace(max_model_len=100)
        self.engine_core = SimpleNamespace(get_output_async=self.step)

    async def step(self) -> str:
        return "a token"

    async def generate(self, *_: Any) -> AsyncIterator[Any]:
        for _ in range(3):
            assert await self.engine_core.get_output_async() == "a token"
        if self.end:
            raise self.end
        for _ in ():
            yield


def asked(end: Exception | None) -> tuple[Engine, StubLLM]:
    llm = StubLLM(end)
    engine = unloaded()
    engine.steps, engine._in_flight, engine._ids = 0, 0, itertools.count()
    engine._llm = llm
    engine._sees_steps = engine._count_steps(llm)
    return engine, llm


@pytest.mark.usefixtures("stubbed")
@pytest.mark.parametrize(
    ("end", "raised", "said"),
    [
        (None, EngineDied, "without an answer"),
        (Dead(), EngineDied, "the engine process died"),
        (ValueError("too hot\nat line 3"), PromptRefused, "^too hot$"),
        (RuntimeError("out of memory"), RuntimeError, "out of memory"),
    ],
)
def test_however_a_request_ends_it_is_owed_no_longer(
    end: Exception | None, raised: type[Exception], said: str
) -> None:
    engine, _ = asked(end)
    with pytest.raises(raised, match=said):
        asyncio.run(engine._request([1], SimpleNamespace(), Usage()))
    assert (engine.owes, engine.steps) == (0, 3)


@pytest.mark.usefixtures("stubbed")
def test_a_request_in_flight_is_owed_and_a_cancelled_one_is_not() -> None:
    async def cancelled() -> list[int]:
        engine, llm = asked(None)
        never = asyncio.Event()
        llm.engine_core.get_output_async = never.wait
        request = asyncio.create_task(engine._request([1], SimpleNamespace(), Usage()))
        await asyncio.sleep(0)
        owed = [engine.owes]
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        return [*owed, engine.owes]

    assert asyncio.run(cancelled()) == [1, 0]


def test_a_vllm_that_hides_its_steps_is_never_thought_to_hang(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = unloaded()
    engine._in_flight = 5
    engine._sees_steps = engine._count_steps(SimpleNamespace())
    assert engine.owes == 0
    assert "does not show its steps" in caplog.text
