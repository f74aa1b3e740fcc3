"""Studies of every kind of question, and previews of all that they ask."""

from pathlib import Path
from typing import Any

import chat_templates
import tiny_model
from fake_model import text_of
from sqlalchemy import Engine

from anthology.models.study.study import Study
from anthology.producer.preview.preview import Preview, preview_study

CONDITIONS = ["none", "bio", "qa", "natural/greedy"]
OPTIONS = {"too little": 1, "about right": 2, "too much": 3}
SPENDING = {"roads": "Too much on roads?", "parks": "And on parks?"}
IMPORTANT = {"Important": 1, "Important, but not essential": 2, "Not important": 3}
AGES = {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}}
NUMBER = {"number": {"from": 18, "to": 99}, "options": AGES}
FINER = {"bad": "too little", "poor": "too little", "good": "about right", "great": "too much"}
AGE = {"question": "How old are you?", "bio": "I am {}.", "options": AGES}


# Studies whose every prompt is a preview's.
FEATURES: dict[str, dict[str, Any]] = {
    "labels": {"questionnaire": {"options": OPTIONS, "questions": SPENDING}},
    "each alone": {
        "questionnaire": {"options": OPTIONS, "questions": SPENDING, "in_series": False}
    },
    "words": {
        "questionnaire": {"options": IMPORTANT, "questions": SPENDING, "readout": "text"},
        "polling": {"readout": "text", "length_normalization": "token"},
    },
    "numbers": {
        "questionnaire": {
            "questions": {"age": {"question": "Your age?", **NUMBER, "refusal": "I forgot"},
                          "roads": {"question": "Too much?", "options": OPTIONS}},
        },
        "traits": {"age": {**AGE, **NUMBER}},
        "measures": {},
    },
    "written": {
        "questionnaire": {
            "options": OPTIONS, "questions": SPENDING, "readout": "sample", "samples": 3,
        },
        "polling": {"readout": "sample", "samples": 2},
    },
    "finer answers": {
        "questionnaire": {
            "questions": {"roads": {"question": "Roads?", "options": OPTIONS, "asked_as": FINER},
                          "parks": {"question": "Parks?", "options": OPTIONS}},
        },
        "traits": {"age": {**AGE, "asked_as": {"18-30": "young", "31-49": "young", "50+": "old"}}},
        "measures": {},
    },
    "refusals": {
        "questionnaire": {"options": OPTIONS, "questions": SPENDING, "refusal": "Won't say"}
    },
    "free text": {
        "questionnaire": {
            "options": OPTIONS,
            "questions": {"why": {"question": "Why?", "free_text": True}, **SPENDING},
        },
    },
    "a battery": {
        "questionnaire": {
            "order": "shuffled_in_blocks",
            "questions": {
                "spending": {"battery": "Too much on {}?", "options": OPTIONS,
                             "items": {"roads": "roads", "parks": "parks"}},
                "all": {"select_all": "Which do you do?", "options": {"Yes": 1, "No": [2, 3]},
                        "items": {"vote": "vote"}},
            },
        },
    },
}  # fmt: skip


def show(database: Engine, person: int, condition: str | None, question: str | None) -> Preview:
    return preview_study(database, "small", person, condition, question, None)


def everything(database: Engine, study: Study, model: str | None = None) -> list[Preview]:
    """Previews of every question to every person and of every poll."""
    asked = [
        (person, condition, question)
        for condition in study.condition_names
        for person in range(8)
        for question in study.questionnaire.questions
    ]
    asked += [(persona, "poll", trait) for persona in range(9) for trait in study.traits]
    return [preview_study(database, "small", *each, model) for each in asked]


def readings(found: Preview) -> list[str]:
    """The prompts of a preview under the fake tokenizer, whose tokens are characters."""
    nodes: list[Any] = found.nodes or [{"after": []}]
    return [found.prompt + text_of(node["after"]) for node in nodes]


def model_folder(folder: Path, template: str | None = None) -> str:
    """A tokenizer with what makes its folder a model's: a small one, or one with a template."""
    folder.mkdir()
    if template is None:
        tiny_model.write_tokenizer(folder, tiny_model.VOCABULARY, tiny_model.CONTEXT)
    else:
        chat_templates.tokenizer_with(template).save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    return str(folder)
