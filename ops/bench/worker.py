"""The worker, queue and storage included, against vLLM's `LLM.generate` on the same work.

Both engines are loaded at once and take turns, so that a machine whose speed drifts slows both.
A round writes people's stories, then has them take the bundled survey in series; the figures are
ratios, round by round. `--variants` asks two questions more of `LLM.generate`: what seeds for
every story cost, and (with an engine of its own) what the float32 output layer costs.
Run it with: python ops/bench/worker.py --model FOLDER [--gpus cpu]
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from gpu_use import GpuUse
from load import Figures, Load
from product import Worker, worker
from vllm_alone import Alone

from anthology.models.language_model.names import model_slug
from anthology.models.runtime.vllm_version import usable
from anthology.models.study.study import Study
from anthology.producer.local.local_redis import LocalRedis
from anthology.workers.process.environments import CPU_ENVIRONMENT, CPU_OPTIONS
from anthology.workers.process.gpus import detect
from anthology.workers.process.vllm_plugin import WORKER_MARK

Round = dict[str, dict[str, Any]]


def main() -> None:
    options = _options()
    engine_args = _engine_args(options)
    os.environ[WORKER_MARK] = "1"  # vLLM's processes end with this one, however it ends
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # stdout is for the result
    load = Load(options.people, options.max_tokens, options.chunk)
    with tempfile.TemporaryDirectory() as folder, LocalRedis(Path(folder) / "redis") as redis:
        os.environ["ANTHOLOGY_BROKER_URL"] = redis.url
        os.environ["ANTHOLOGY_DATABASE_URL"] = f"sqlite:///{folder}/anthology.db"
        os.environ["ANTHOLOGY_HOME"] = folder
        with worker(
            options.model, options.gpus, options.concurrency, engine_args,
            options.log or Path(folder) / "worker.log",
        ) as ours:  # fmt: skip
            started = time.monotonic()
            alone = Alone(options.model, engine_args)
            variants = _variants(options, engine_args, alone)
            _round(alone, variants, ours, load.study("warm-up", 0, options.model), options)
            _say(f"loaded and warm after {time.monotonic() - started:.0f} s")
            rounds = [
                _round(
                    alone, variants, ours, load.study(f"round-{n}", n, options.model), options, n
                )
                for n in range(1, options.rounds + 1)
            ]
    _print(options, rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--gpus", default="cpu", help="cpu or one GPU's number")
    parser.add_argument("--people", type=int, default=96, help="stories and surveys a round")
    parser.add_argument("--max-tokens", type=int, default=128, help="of a story")
    parser.add_argument("--chunk", type=int, default=32, help="people a job")
    parser.add_argument("--concurrency", type=int, default=3, help="jobs in flight")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kv-gib", type=int, default=32, help="GPU: all KV caches together")
    parser.add_argument("--variants", action="store_true", help="also unseeded, and 16-bit head")
    parser.add_argument("--engine-arg", action="append", default=[], help="NAME=JSON, as workers")
    parser.add_argument("--log", type=Path, help="where the worker's log goes")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _engine_args(options: argparse.Namespace) -> dict[str, Any]:
    """Both engines as the launcher would start them, but for memory that they have to share."""
    found: dict[str, Any] = {"max_model_len": 2048, "max_num_seqs": _in_flight(options)}
    if options.gpus == "cpu":
        os.environ.update({k: os.environ.get(k, v) for k, v in CPU_ENVIRONMENT.items()})
        found |= CPU_OPTIONS
    else:
        # They load at the same time: what one measures as free, another is about to take.
        share = (options.kv_gib << 30) // (3 if options.variants else 2)
        found |= {"gpu_memory_utilization": 0.1, "kv_cache_memory_bytes": share}
    pairs = (argument.partition("=") for argument in options.engine_arg)
    return found | {name: json.loads(value) for name, _, value in pairs}


def _in_flight(options: argparse.Namespace) -> int:
    return int(options.concurrency * options.chunk)


def _variants(
    options: argparse.Namespace, engine_args: dict[str, Any], alone: Alone
) -> dict[str, tuple[Alone, bool]]:
    """By name an engine, and whether its stories have seeds."""
    if not options.variants:
        return {}
    rounded = {**engine_args, "hf_overrides": {"head_dtype": "model"}}
    return {
        "unseeded": (alone, False),
        "head of the model's dtype": (Alone(options.model, rounded), True),
    }


def _round(
    alone: Alone,
    variants: dict[str, tuple[Alone, bool]],
    ours: Worker,
    study: Study,
    options: argparse.Namespace,
    number: int = 0,
) -> Round:
    """Who goes first alternates, so that neither always has the cooler machine; the survey of
    `LLM.generate` comes second, for it repeats the worker's."""
    gpu = None if options.gpus == "cpu" else int(options.gpus)
    turns = {
        "worker, stories": lambda: ours.stories(study),
        "generate, stories": lambda: alone.stories(study),
    }
    found: Round = {}
    for name in sorted(turns, reverse=number % 2 == 0):
        found[name] = _measured(gpu, turns[name])
    found["worker, survey"] = _measured(gpu, lambda: ours.survey(study))
    waves = ours.waves(study)
    found["generate, survey"] = _measured(gpu, lambda: alone.survey(waves, _in_flight(options)))
    for name, (engine, seeded) in variants.items():
        found[f"generate {name}, stories"] = _measured(
            gpu, lambda e=engine, s=seeded: e.stories(study, seeded=s)
        )
        if engine is not alone:
            found[f"generate {name}, survey"] = _measured(
                gpu, lambda e=engine: e.survey(waves, _in_flight(options))
            )
    _say(f"{study.study}: " + json.dumps(found))
    return found


def _product(gpu: int) -> str:
    return next(found.product for found in detect() if found.number == gpu)


def _measured(gpu: int | None, work: Any) -> dict[str, Any]:
    with GpuUse(gpu) as use:
        figures: Figures = work()
    return {**figures.as_json(), "gpu_busy": use.busy(figures.began, figures.ended)}


def _ratio(one: Round, kind: str) -> float:
    """How fast the worker is, `LLM.generate` being 1: the same work in how much less time."""
    measure = "answers_per_s" if kind == "survey" else "output_tokens_per_s"
    return float(one[f"worker, {kind}"][measure] / one[f"generate, {kind}"][measure])


def _print(options: argparse.Namespace, rounds: list[Round]) -> None:
    ratios = {
        kind: [round(_ratio(one, kind), 3) for one in rounds] for kind in ("stories", "survey")
    }
    result = {
        "ratios": ratios,
        "rounds": rounds,
        "model": model_slug(options.model),
        "people": options.people,
        "vllm": usable(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "gpu": None if options.gpus == "cpu" else _product(int(options.gpus)),
    }
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for name in rounds[0]:
        measure = "answers_per_s" if name.endswith("survey") else "output_tokens_per_s"
        middle = statistics.median(one[name][measure] for one in rounds)
        print(f"{name:45} {middle:10,.1f} {measure.removesuffix('_per_s').replace('_', ' ')}/s")
    for kind, found in ratios.items():
        print(f"ratio, {kind}: {statistics.median(found):.3f} ({min(found):.3f}-{max(found):.3f})")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    code = 1
    try:
        main()
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)  # Python would wait for vLLM's offline engines, after an error for ever
