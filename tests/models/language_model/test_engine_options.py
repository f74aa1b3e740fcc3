"""Every engine argument of vLLM is sorted: taken, taken and told, or refused with a reason."""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from anthology.models.errors import InputError
from anthology.models.language_model.engine_options import (
    HARMLESS,
    REFUSED,
    TOLD,
    counts,
    refuse,
    shown,
    that_count,
)

# Of vLLM 0.32. One that is new there is in the identity until somebody has thought about it.
COUNTING = {
    "additional_config", "attention_backend", "attention_config", "aux_output_config",
    "code_revision", "config_format", "disable_sliding_window",
    "enable_mamba_cache_stochastic_rounding", "enable_mamba_shared_prefix_checkpoint",
    "enable_mixed_moe_lora_format", "enable_moe_shared_loras", "enable_tower_connector_lora",
    "engram_config", "fully_sharded_loras", "gdn_prefill_backend", "hf_config_path",
    "hf_overrides", "ignore_patterns", "ir_op_priority", "kda_decode_backend",
    "kda_prefill_backend", "kernel_config", "kv_cache_dtype", "kv_cache_dtype_skip_layers",
    "kv_sharing_fast_prefill", "kv_transfer_config", "linear_backend", "load_format",
    "lora_dtype", "lora_target_modules", "mamba_backend", "mamba_block_size", "mamba_cache_dtype",
    "mamba_cache_mode", "mamba_cache_philox_rounds", "mamba_config", "mamba_ssm_cache_dtype",
    "mamba_ssu_algorithm", "max_lora_cls_labels", "model_class_overrides", "model_impl",
    "model_loader_extra_config", "model_weights", "moe_backend", "quantization_config",
    "replayssm_buffer_len", "scheduler_cls", "sparse_indexer_topk_backend",
    "specialize_active_lora", "swa_bounded_replay", "tokenizer_mode", "trust_remote_code",
    "use_fp64_gumbel", "use_replayssm", "worker_cls", "worker_extension_cls",
}  # fmt: skip


def vllms_arguments() -> set[str]:
    """The fields of its `AsyncEngineArgs`, read and not imported, which would take ten seconds."""
    spec = find_spec("vllm")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "engine" / "arg_utils.py").read_text()
    return {
        field.target.id
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name in ("EngineArgs", "AsyncEngineArgs")
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


def test_every_argument_of_vllm_is_sorted() -> None:
    known = vllms_arguments()
    assert len(known) > 200
    assert {name for name in known if counts(name)} == COUNTING
    assert not HARMLESS & REFUSED.keys()
    assert not TOLD & (HARMLESS | REFUSED.keys())


def test_an_argument_that_nobody_knows_belongs_to_the_identity() -> None:
    assert that_count({"of_a_newer_vllm": 3}, {"of_a_newer_vllm": 2}) == {"of_a_newer_vllm": 3}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("logprobs_mode", "raw_logits", "label probabilities are made of raw log-probabilities"),
        ("logprobs_mode", "processed_logprobs", "raw log-probabilities"),
        ("speculative_config", {"method": "ngram"}, "answers are read from one token"),
        ("spec_model", "/m/draft", "answers are read from one token"),
        ("logits_processors", ["my.Processor"], "behind the readout's back"),
        ("override_generation_config", {"temperature": 0.5}, "the study's file says"),
        ("generation_config", "/my/folder", "the study's file says"),
        ("enable_lora", True, "merge it into the model"),
        ("runner", "pooling", "servers of another kind"),
        ("skip_tokenizer_init", True, "stories are written as text"),
        ("enable_prompt_embeds", True, "prompts are tokens"),
        ("max_logprobs", 1, "at least 5"),
    ],
)
def test_what_breaks_the_reading_of_answers_is_refused_with_the_reason(
    name: str, value: Any, said: str
) -> None:
    with pytest.raises(InputError, match=rf"^--engine-arg {name}=.* is not taken: .*{said}"):
        refuse({name: value})


def test_what_vllm_does_anyway_is_not_refused() -> None:
    refuse({"logprobs_mode": "raw_logprobs", "runner": "generate", "generation_config": "vllm"})
    refuse({"speculative_config": None, "enable_lora": False, "override_generation_config": {}})
    refuse({"max_logprobs": -1, "gpu_memory_utilization": 0.9, "of_a_newer_vllm": True})


def test_random_weights_are_taken_for_a_bench_and_are_another_engine_than_the_models() -> None:
    refuse({"load_format": "dummy"})
    assert that_count({"load_format": "dummy"}, {"load_format": "auto"}) == {"load_format": "dummy"}


def test_overrides_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(InputError, match="hf_overrides takes a mapping"):
        refuse({"hf_overrides": "rope_theta"})


def test_what_is_typed_in_other_ways_or_as_it_is_anyway_counts_the_same() -> None:
    one = {"hf_overrides": {"rope_theta": 1000000.0, "a": {"z": 1, "b": [2.0]}}, "max_num_seqs": 8}
    two = {"hf_overrides": {"a": {"b": [2], "z": 1}, "rope_theta": 1000000}, "seed": 5}
    defaults = {"hf_overrides": {}, "kv_cache_dtype": "auto", "disable_sliding_window": False}
    assert that_count(one, defaults) == that_count(two, defaults)
    anyway = {
        "kv_cache_dtype": "auto", "disable_sliding_window": False, "model_impl": "vllm",
        "load_format": "safetensors", "tokenizer_mode": "hf", "code_revision": None,
    }  # fmt: skip
    assert that_count(anyway, defaults) == {}


def test_arguments_are_shown_in_the_order_of_their_names() -> None:
    counting = that_count({"moe_backend": "triton", "hf_overrides": {"rope_theta": 5e5}}, {})
    assert shown(counting) == 'hf_overrides={"rope_theta": 500000}, moe_backend=triton'
