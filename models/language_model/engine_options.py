"""What each of vLLM's engine arguments does to answers: nothing, something, or harm.

What does something belongs to the engine's identity; so does whatever is not listed here, as an
argument of a newer vLLM. Knows nothing of vLLM but names.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from anthology.models.errors import InputError

Options = Mapping[str, Any]

# Memory, parallelism, scheduling, loading speed, logs, and pictures, of which no study has any.
# What they change in a probability is rounding, as another device does.
HARMLESS = {
    "aggregate_engine_logging", "all2all_backend", "allow_deprecated_quantization",
    "allowed_local_media_path", "allowed_media_domains", "async_scheduling", "block_size",
    "collect_detailed_traces", "compilation_config", "cp_kv_cache_interleave_size",
    "cpu_distributed_timeout_seconds", "cpu_offload_gb", "cpu_offload_params", "cuda_graph_sizes",
    "cudagraph_capture_sizes", "cudagraph_metrics", "custom_histogram_buckets",
    "data_parallel_address", "data_parallel_backend", "data_parallel_external_lb",
    "data_parallel_hybrid_lb", "data_parallel_multi_port_external_lb", "data_parallel_rank",
    "data_parallel_rpc_port", "data_parallel_size", "data_parallel_size_local",
    "data_parallel_start_rank", "dbo_decode_token_threshold", "dbo_prefill_token_threshold",
    "dcp_comm_backend", "dcp_kv_cache_interleave_size", "dcp_q_replicate",
    "decode_context_parallel_size", "device_ids", "disable_cascade_attn",
    "disable_chunked_mm_input", "disable_custom_all_reduce", "disable_hybrid_kv_cache_manager",
    "disable_log_requests", "disable_log_stats", "disable_nccl_for_dp_synchronization",
    "distributed_executor_backend", "distributed_timeout_seconds", "download_dir",
    "dp_sync_interval", "ec_manager_config", "ec_transfer_config", "elastic_ep_max_dp_size",
    "enable_batch_sharded_sampling", "enable_chunked_prefill", "enable_cumem_allocator",
    "enable_dbo", "enable_elastic_ep", "enable_ep_weight_filter", "enable_eplb",
    "enable_expert_parallel", "enable_fault_tolerance", "enable_flashinfer_autotune",
    "enable_hc_sp", "enable_layerwise_nvtx_tracing", "enable_log_requests",
    "enable_logging_iteration_details", "enable_mfu_metrics", "enable_mm_embeds",
    "enable_mm_processor_stats", "enable_nccl_comm_suspend", "enable_prefix_caching",
    "enable_return_routed_experts", "enable_shm_tensor_arena", "enable_sleep_mode",
    "enable_trace_replay", "enforce_eager", "eplb_config", "expert_placement_strategy",
    "fail_on_environ_validation", "fault_tolerance_config", "gpu_memory_utilization", "hf_token",
    "interleave_mm_strings", "jit_monitor_mode", "jit_monitor_verbose", "kv_cache_memory_bytes",
    "kv_cache_metrics", "kv_cache_metrics_sample", "kv_events_config", "kv_offloading_backend",
    "kv_offloading_size", "language_model_only", "limit_mm_per_prompt", "log_config_file",
    "log_level", "logging_config", "long_prefill_token_threshold",
    "long_prefill_token_threshold_adaptive", "master_addr", "master_port", "max_cpu_loras",
    "max_cudagraph_capture_size", "max_logprobs", "max_long_partial_prefills", "max_lora_rank",
    "max_loras", "max_model_len", "max_num_active_seqs", "max_num_batched_tokens",
    "max_num_partial_prefills", "max_num_queued_reqs", "max_num_queued_tokens",
    "max_num_scheduled_tokens", "max_num_seqs", "max_parallel_loading_workers", "media_io_kwargs",
    "mm_device_do_normalize", "mm_encoder_attn_backend", "mm_encoder_attn_dtype",
    "mm_encoder_fp8_scale_path", "mm_encoder_fp8_scale_save_margin",
    "mm_encoder_fp8_scale_save_path", "mm_encoder_only", "mm_encoder_tp_mode",
    "mm_hasher_algorithm", "mm_ipc_gpu_memory_gb", "mm_processor_cache_gb",
    "mm_processor_cache_type", "mm_processor_device", "mm_processor_kwargs",
    "mm_shm_cache_max_object_size_mb", "mm_tensor_ipc", "model", "nnodes", "node_rank",
    "num_gpu_blocks_override", "numa_bind", "numa_bind_cpus", "numa_bind_nodes",
    "offload_backend", "offload_group_size", "offload_num_in_group", "offload_params",
    "offload_prefetch_step", "optimization_level", "otlp_traces_endpoint",
    "per_request_spec_decode_metrics", "performance_mode", "pipeline_parallel_size",
    "prefill_context_parallel_size", "prefill_schedule_interval",
    "prefix_cache_retention_interval", "prefix_caching_hash_algo", "prefix_match_unit",
    "profiler_config", "pt_load_map_location", "ray_workers_use_nsight", "reasoning_parser",
    "reasoning_parser_plugin", "renderer_num_workers", "return_sampling_mask",
    "safetensors_load_strategy", "safetensors_prefetch_block_size",
    "safetensors_prefetch_num_threads", "scheduler_reserve_full_isl", "scheduling_policy", "seed",
    "served_model_name", "show_hidden_metrics_for_version", "shutdown_timeout",
    "skip_mm_profiling", "sleep_mode_offload_cudagraph", "sleep_preserve_parameter_names",
    "stream_interval", "swap_space", "tensor_parallel_size", "ubatch_size", "use_tqdm_on_load",
    "video_pruning_method", "video_pruning_rate", "watermark", "_api_process_count",
    "_api_process_rank",
}  # fmt: skip

# What a fingerprint tells by itself: the loaded model's precisions, the content of its files.
TOLD = {"dtype", "quantization", "revision", "tokenizer", "tokenizer_revision"}

# Values that stand for what vLLM does of its own accord with a model of the usual format.
USUAL = {
    "load_format": {"hf", "safetensors", "fastsafetensors", "runai_streamer"},
    "config_format": {"hf"},
    "model_impl": {"vllm"},
    "tokenizer_mode": {"hf"},  # what the tokenizer does is looked at when it is loaded
}

# Environment variables by which vLLM computes with fewer bits, or with something else altogether.
VARIABLES = (
    "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "VLLM_B12X_MOE_FP4_FORCE_A16",
    "VLLM_BLOCKSCALE_FP8_GEMM_FLASHINFER", "VLLM_CPU_INT4_W4A8", "VLLM_DEEPEPLL_NVFP4_DISPATCH",
    "VLLM_FLASHINFER_MOE_A2A_LOW_PRECISION_COMBINE", "VLLM_FLOAT32_MATMUL_PRECISION",
    "VLLM_HUMMING_INPUT_QUANT_CONFIG", "VLLM_HUMMING_ONLINE_QUANT_CONFIG",
    "VLLM_HUMMING_USE_F16_ACCUM", "VLLM_MARLIN_INPUT_DTYPE", "VLLM_MODEL_REDIRECT_PATH",
    "VLLM_MOE_ROUTING_SIMULATION_STRATEGY", "VLLM_PLUGINS", "VLLM_ROCM_FP8_MFMA_PAGE_ATTN",
    "VLLM_ROCM_QUICK_REDUCE_QUANTIZATION", "VLLM_TEST_FORCE_LOAD_FORMAT",
    "VLLM_USE_DEEP_GEMM_E8M0", "VLLM_USE_MODELSCOPE",
)  # fmt: skip

# How a tokenizer is found and read: what `submit`, `preview` and `doctor` heed.
OF_THE_TOKENIZER = ("tokenizer", "revision", "tokenizer_revision", "tokenizer_mode")

SECRET = {"hf_token"}

_DECODING = "answers are read from one token's probabilities, and a text's tokens are drawn by them"
_SAMPLING = "how texts are sampled the study's file says"
_ADAPTER = (
    "no request of a study names an adapter, so the model would answer without it; merge it into "
    "the model and serve that"
)
_SERVER = "it is for servers of another kind than a study's"

# Per argument the values that do no harm, beside vLLM's default of none, and what the others do.
REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "logprobs_mode": (("raw_logprobs",), "label probabilities are made of raw log-probabilities"),
    "speculative_config": ((), _DECODING),
    "spec_method": ((), _DECODING),
    "spec_model": ((), _DECODING),
    "spec_tokens": ((), _DECODING),
    "diffusion_config": ((), _DECODING),
    "watermark_config": ((), f"a watermark changes what is drawn: {_DECODING}"),
    "logits_processors": ((), "it would change probabilities behind the readout's back"),
    "logits_processor_pattern": ((), "it would change probabilities behind the readout's back"),
    "structured_outputs_config": ((), f"no answer is forced by a grammar: {_DECODING}"),
    "guided_decoding_backend": ((), f"no answer is forced by a grammar: {_DECODING}"),
    "reasoning_config": ((), f"no thought goes before an answer: {_DECODING}"),
    "generation_config": (("auto", "vllm"), _SAMPLING),
    "override_generation_config": ((), _SAMPLING),
    "runner": (("auto", "generate"), _SERVER),
    "task": (("auto", "generate"), _SERVER),
    "convert": (("auto", "none"), _SERVER),
    "pooler_config": ((), _SERVER),
    "override_pooler_config": ((), _SERVER),
    "io_processor_plugin": ((), _SERVER),
    "tokens_only": ((), _SERVER),
    "weight_transfer_config": ((), "a model's weights must not change while it answers"),
    "skip_tokenizer_init": ((), "stories are written as text"),
    "enable_prompt_embeds": ((), "prompts are tokens"),
    "enable_lora": ((), _ADAPTER),
    "default_mm_loras": ((), _ADAPTER),
    "lora_modules": ((), _ADAPTER),
}


def refuse(options: Options) -> None:
    """Raises `InputError` for an argument with which answers would not be what they should be."""
    for name, value in options.items():
        harmless, reason = REFUSED.get(name, ((value,), ""))
        if value not in (None, False, {}, [], "", *harmless):
            raise InputError(f"--engine-arg {name}={_shown(value)} is not taken: {reason}")
    if not isinstance(options.get("hf_overrides") or {}, dict):
        raise InputError("--engine-arg hf_overrides takes a mapping, e.g. {rope_theta: 1000000.0}")
    allowed = options.get("max_logprobs")
    if isinstance(allowed, int) and 0 <= allowed < 5:
        raise InputError(
            f"--engine-arg max_logprobs={allowed} is not taken: how finely an engine tells answers "
            "apart is seen from at least 5"
        )


def that_count(options: Options, defaults: Options) -> dict[str, Any]:
    """The arguments that answers may depend on, without those that say what vLLM does anyway.

    As JSON would have them, whole numbers without a fraction: 1e6 and 1000000 are the same.
    """
    return {
        name: _canonical(value)
        for name, value in sorted(options.items())
        if counts(name)
        and value not in (None, {}, [], "")
        and _canonical(value) != _canonical(defaults.get(name))
        and not (isinstance(value, str) and value in USUAL.get(name, ()))
    }


def counts(name: str) -> bool:
    """Whether an argument belongs to an engine's identity, unless it is refused."""
    return name not in HARMLESS and name not in TOLD and name not in REFUSED


def of_the_tokenizer(options: Options, names: Collection[str] = OF_THE_TOKENIZER) -> dict[str, Any]:
    """The arguments that say where a tokenizer is, of those that a worker was given."""
    return {name: options[name] for name in names if options.get(name) not in (None, "auto")}


def shown(arguments: Options) -> str:
    """For people: "kv_cache_dtype=fp8, hf_overrides={"rope_theta": 500000}". No secret is told:
    messages are logged, and stored for everybody who asks for the status."""
    return ", ".join(
        f"{name}={'(secret)' if name in SECRET else _shown(value)}"
        for name, value in arguments.items()
    )


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_canonical(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
