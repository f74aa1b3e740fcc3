"""What a checklist says of the models: which they were, how they ran, with which settings."""

from typing import Any

from anthology.models.pools.base import Pool
from anthology.models.pools.interview import InterviewPool
from anthology.models.runtime import timestamps
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.reporting.layout.numbers import folderless
from anthology.producer.reporting.method import how_read

Found = dict[str, Any]

DIGESTS = {"weights": "weights", "config": "config", "tokenizer": "tokenizer",
           "template": "chat template", "generation": "generation config",
           "code": "code"}  # fmt: skip
SAMPLING = {"temperature": "temperature", "top_p": "top-p"}
UNKNOWN = "unknown: no engine’s fingerprint is stored"


def identity(found: Found, study: Study) -> list[str]:
    """Names, digests of contents, dates."""
    said = [f"Asked for as {', '.join(stages.models_of(study))}."]
    contents: dict[str, None] = {}
    for engine in found["engines"]:
        digests = engine.get("content") or engine
        parts = [f"{of} {digests[key]}" for key, of in DIGESTS.items() if digests.get(key)]
        kind = f", architecture {digests['kind']}" if digests.get("kind") else ""
        shown = f"; digests of its files: {', '.join(parts)}" if parts else ""
        contents[f"Done by {folderless(str(engine.get('model')))}{kind}{shown}."] = None
    said += contents or [f"What did it is {UNKNOWN}."]
    usage = found["usage"]
    if usage["started_at"] is not None and usage["finished_at"] is not None:
        first, last = (timestamps.shown(usage[end]) for end in ("started_at", "finished_at"))
        said.append(f"Used from {first} to {last}.")
    return said


def access(found: Found, study: Study) -> list[str]:
    engines = [
        f"vLLM {e.get('vllm')} on {e.get('device')}, body {e.get('body_dtype')}, output layer "
        f"{e.get('head_dtype')}, quantization {e.get('quantization') or 'none'}"
        for e in found["engines"]
    ]
    ran = "; ".join(dict.fromkeys(engines)) if engines else UNKNOWN
    conversation = dict(how_read(study))["Conversation"]
    return [
        f"Loaded from its files by one’s own workers, through no provider’s interface: {ran}.",
        f"One conversation for each virtual person in each condition: {conversation}.",
    ]


def settings(found: Found, study: Study) -> list[str]:
    told = dict(how_read(study))
    terms = ("Answers", "Numbers", "Length normalisation", "Temperature", "Questions", "Options",
             "Polls of personas")  # fmt: skip
    how = study.questionnaire
    runs = "each virtual person took the survey once in each condition"
    if how.readout == "sample" and how.samples > 1:
        runs += f", with {how.samples:,} written answers to a question"
    return [
        f"Seed {study.seed}, from which every draw follows.",
        *(f"Stories of pool {p.name}: {_writing(p)}." for p in study.pools_used if p.written),
        *(f"{term}: {told[term]}." for term in terms if term in told),
        f"Number of runs: one; {runs}.",
    ]


def _writing(pool: Pool) -> str:
    writes = pool.recipe.get("interview", pool.recipe)
    parts = [f"{said} {writes[key]:g}" for key, said in SAMPLING.items() if key in writes]
    parts.append(f"up to {pool.longest:,} tokens, seed {pool.seed}")
    if isinstance(pool, InterviewPool):
        judge = pool.interview.judge
        parts.append(f"{len(pool.interview.questions)} questions in turn")
        parts.append(f"a critic, up to {judge.attempts} attempts" if judge else "no critic")
    return ", ".join(parts)


def customised(found: Found, study: Study) -> list[str]:
    arguments = {str(e["arguments"]) for e in found["engines"] if e.get("arguments")}
    with_ = f"; engine arguments {'; '.join(sorted(arguments))}" if arguments else ""
    return [
        "Nothing was added to the model: no retrieval, tools, web search, agents or optimisation "
        f"of prompts{with_}."
    ]


def memory(found: Found, study: Study) -> list[str]:
    series = study.questionnaire.in_series
    kept = "its own earlier answers of the same survey" if series else "nothing it answered before"
    return [
        f"No: a virtual person’s conversation begins empty, and it reads {kept}, nothing of others."
    ]


def computing(found: Found, study: Study) -> list[str]:
    usage = found["usage"]
    devices = sorted({str(e["device"]) for e in found["engines"] if e.get("device")})
    hours = "unknown" if usage["hours"] is None else f"{usage['hours']:.2f}"
    return [
        f"{', '.join(devices) or 'Unknown devices'}; {hours} hours by the clock from the "
        f"first job’s start to the last one’s end; {usage['prompt_tokens']:,} tokens read "
        f"({usage['cached_tokens']:,} of them from the prefix cache), "
        f"{usage['output_tokens']:,} written."
    ]
