"""How exact and how fast answers are read: precision of head and body, and polling by sampling.

Prints the largest and mean difference of label log-probabilities from `transformers` in float32
for three precisions, and traits polled a second by log-probabilities against 40 written answers
each, on one engine in one run. Run it with: python ops/bench/readout.py --model FOLDER [--gpus cpu]
"""

import argparse
import asyncio
import itertools
import json
import os
import sys
import time
from pathlib import Path
from statistics import mean
from typing import Any

from anthology.models import seeds
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.conversation import poll_orders
from anthology.models.prompting.prompts import question_turn, reply, story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.style import PLAIN
from anthology.models.readout.labels import label_trie
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans
from anthology.workers.engine.asking import Interviewer
from anthology.workers.engine.engine import Engine
from anthology.workers.engine.text_model import Sampling
from anthology.workers.engine.written_answers import written
from anthology.workers.process.environments import CPU_ENVIRONMENT, CPU_OPTIONS

STUDY = Path(__file__).parents[2] / "producer" / "examples" / "gss2018" / "study.yaml"
PRECISIONS: dict[str, dict[str, Any]] = {
    "16-bit head and body": {"dtype": "bfloat16", "hf_overrides": {"head_dtype": "bfloat16"}},
    "float32 head, 16-bit body": {"dtype": "bfloat16"},
    "float32 head and body": {"dtype": "float32"},
}
# The method asks a trait 40 times, each time again until the answer parses (Moon et al. 2024).
SAMPLED = Readout(readout="sample", samples=40)
ONCE = Readout(readout="sample", samples=40, attempts=1)


def main() -> None:
    options = _options()
    common: dict[str, Any] = {"max_model_len": 4096}
    if options.gpus == "cpu":
        os.environ.update({k: os.environ.get(k, v) for k, v in CPU_ENVIRONMENT.items()})
        common |= CPU_OPTIONS
    else:
        common["gpu_memory_utilization"] = 0.3  # an engine starts while the last one's ends
    common |= {k: json.loads(v) for k, _, v in (a.partition("=") for a in options.engine_arg)}
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
    rendering = rendering_of(PLAIN, load_tokenizer(options.model))
    trie = label_trie(rendering, 3, PLAIN)
    labels = [option[0] for option in trie.options]
    prompts = [
        rendering.encode(trie.prompt(rendering.prompt(turns), rendering.header))
        for turns in _prompts(options.prompts)
    ]
    device = "cpu" if options.gpus == "cpu" else "cuda"
    reference = _reference(options.model, prompts, labels, device)
    result: dict[str, Any] = {"prompts": len(prompts), "difference_in_nats": {}}
    for name, precision in PRECISIONS.items():
        engine = Engine(options.model, {**common, **precision})
        found = engine.run(_labels(engine, prompts, labels)).result()
        result["difference_in_nats"][name] = _difference(found, reference)
        if name == "float32 head and body":
            result["polling"] = engine.run(_polling(engine, options)).result()
        engine.shutdown()
        print(f"{name}: {result['difference_in_nats'][name]}", file=sys.stderr)
    print(json.dumps(result, indent=2))
    sys.stdout.flush()
    os._exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--gpus", default="cpu", help="cpu, or anything else for CUDA")
    parser.add_argument("--prompts", type=int, default=64, help="survey questions compared")
    parser.add_argument("--personas", type=int, default=64, help="personas polled")
    parser.add_argument("--engine-arg", action="append", default=[], help="NAME=JSON")
    return parser.parse_args()


def _prompts(count: int) -> list[list[Turn]]:
    """Questions of the bundled survey, each at the end of a conversation with made-up answers."""
    study = Study.load(STUDY)
    prompts: list[list[Turn]] = []
    for person in read_humans(study).rows():
        turns = study.opening("bio", person["number"], person["traits"])
        for planned in study.plan("bio", person["number"]):
            assert isinstance(planned.question, Question)
            turn = question_turn(planned.question, planned.shown, after=turns)
            prompts.append([*turns, turn])
            luck = seeds.derive(0, person["number"], planned.question.name) % len(planned.shown)
            turns = [*turns, turn.replied(reply(planned.question, planned.shown, luck))]
        if len(prompts) >= count:
            return prompts[:count]
    return prompts


def _reference(
    model: str, prompts: list[list[int]], labels: list[int], device: str
) -> list[list[float]]:
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, device_map=device)
    found = []
    for prompt in prompts:
        with torch.no_grad():
            logits = loaded(torch.tensor([prompt], device=device)).logits[0, -1]
        found.append([float(x) for x in torch.log_softmax(logits.float(), -1)[labels]])
    return found


async def _labels(engine: Engine, prompts: list[list[int]], labels: list[int]) -> list[list[float]]:
    usage = Usage()
    return list(await asyncio.gather(*(engine.logprobs(p, labels, usage) for p in prompts)))


def _difference(found: list[list[float]], reference: list[list[float]]) -> dict[str, float]:
    pairs = list(zip(found, reference, strict=True))
    gaps = [abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True)]
    turned = sum(_ranks(one) != _ranks(other) for one, other in pairs)
    return {
        "largest": round(max(gaps), 5),
        "mean": round(mean(gaps), 5),
        "orders_changed": turned / len(pairs),
    }


def _ranks(values: list[float]) -> list[int]:
    return sorted(range(len(values)), key=values.__getitem__)


async def _polling(engine: Engine, options: argparse.Namespace) -> dict[str, float]:
    """Traits a second: log-probabilities of all personas, then samples of an eighth of them."""
    study = Study.load(STUDY)
    assert study.pool is not None
    prompt = study.pool.prompt
    tokenizer = load_tokenizer(options.model)
    interviewer = Interviewer(engine, tokenizer, Usage())
    stories = await asyncio.gather(
        *(
            interviewer.write([story_turn(prompt)], PLAIN, Sampling(160, 96, 0.7, 1.0, n, []))
            for n in range(options.personas)
        )
    )
    people = [(n, [story_turn(prompt, story.text)]) for n, story in enumerate(stories)]
    traits = list(study.traits.values())
    by_logprobs, read = await _polled(engine, tokenizer, people, traits, Readout())
    few = people[: max(1, len(people) // 8)]
    once, _ = await _polled(engine, tokenizer, few, traits, ONCE)
    until_parsed, _ = await _polled(engine, tokenizer, few, traits, SAMPLED)
    return {
        "traits_per_s_logprobs": round(by_logprobs, 2),
        "traits_per_s_40_samples_until_parsed": round(until_parsed, 3),
        "traits_per_s_40_samples_once": round(once, 3),
        "ratio_until_parsed": round(by_logprobs / until_parsed, 1),
        "ratio_once": round(by_logprobs / once, 1),
        "cached_share": round(read.cached_tokens / read.prompt_tokens, 3),
        "cached_of_shareable": round(read.cached_tokens / _shareable(tokenizer, people, traits), 3),
    }


def _shareable(tokenizer: Any, people: list[tuple[int, list[Turn]]], traits: list[Trait]) -> int:
    """Prompt tokens that all of a persona's polls begin with: its story, written just before."""
    rendering = rendering_of(PLAIN, tokenizer)
    total = 0
    for number, turns in people:
        prompts = [
            rendering.encode(rendering.prompt([*turns, question_turn(t, shown, after=turns)]))
            for t in traits
            for shown in poll_orders(t, 0, number)
        ]
        alike = itertools.takewhile(lambda ids: len(set(ids)) == 1, zip(*prompts, strict=False))
        total += len(prompts) * len(list(alike))
    return total


async def _polled(
    engine: Engine,
    tokenizer: Any,
    people: list[tuple[int, list[Turn]]],
    traits: list[Trait],
    readout: Readout,
) -> tuple[float, Usage]:
    """Traits a second and tokens, asked as the `poll` job asks: one trait, then all others."""
    usage = Usage()
    interviewer = Interviewer(engine, tokenizer, usage)

    async def ask(number: int, turns: list[Turn], trait: Trait) -> None:
        orders = poll_orders(trait, 0, number)
        if readout.readout == "sample":
            await written(
                interviewer, trait, orders[0], turns, PLAIN, readout, readout.samples, 0, number,
                trait.name,
            )  # fmt: skip
        else:
            await interviewer.ask(trait, orders, turns, PLAIN, readout)

    async def poll(number: int, turns: list[Turn]) -> None:
        await ask(number, turns, traits[0])
        await asyncio.gather(*(ask(number, turns, trait) for trait in traits[1:]))

    started = time.monotonic()
    await asyncio.gather(*(poll(number, turns) for number, turns in people))
    return len(people) * len(traits) / (time.monotonic() - started), usage


if __name__ == "__main__":
    main()
