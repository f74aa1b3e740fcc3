"""A reporting checklist, filled in from what is stored, and a sentence of disclosure.

The items are the 14 core ones of GUIDE-LLM 1.0 (Feuerriegel et al. 2026, www.llm-checklist.com), by
their numbers and in words of our own, and of its optional ones that on computing. What a database
cannot know is left to the author, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.runtime import timestamps
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.reporting.appendix import data_told, model_told, outputs_told
from anthology.producer.reporting.appendix.example_prompt import example_prompt
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.layout.numbers import folderless
from anthology.producer.reporting.method import listed

Found = dict[str, Any]

SOURCE = (
    "The items are the 14 core ones of GUIDE-LLM 1.0 (Feuerriegel et al. 2026, "
    "www.llm-checklist.com), by their numbers and in words of our own, and its optional one on "
    "computing."
)
SECTIONS = {
    "A": "What the model was for", "B": "The model", "C": "Prompts", "D": "Data",
    "E": "Validation", "F": "Reproducing it", "G": "Interests", "+": "Optional",
}  # fmt: skip


QUOTING = "C.1"  # the item that is about prompts


@dataclass(frozen=True)
class Item:
    """One item: what it `asks`, what is stored about it, a text to quote, and what is for the
    `author` to fill in (empty where nothing is)."""

    number: str
    asks: str
    known: list[str]
    author: str
    quoted: str


@dataclass(frozen=True)
class Checklist:
    study: str
    disclosure: str
    items: list[Item]

    @property
    def sections(self) -> list[tuple[str, list[Item]]]:
        """The items under their headings, in their order."""
        return [
            (title, [item for item in self.items if item.number.startswith(mark)])
            for mark, title in SECTIONS.items()
        ]


Told = Callable[[Found, Study], list[str]]


def _nothing(found: Found, study: Study) -> list[str]:
    return []


ITEMS: tuple[tuple[str, str, Told, str], ...] = (
    ("A.1", "What the language model was used for", data_told.purpose,
     "other uses of language models in this work, such as writing, coding or analysis"),
    ("A.2", "How much was automated, and where people looked", data_told.automation,
     "who has looked at stories and answers since, at how many, and what came of it"),
    ("B.1", "Which model: name, maker, size, exact version, dates of use, source",
     model_told.identity, "maker, size and source of each model, as a link"),
    ("B.2", "How the model was reached, and what its calls shared", model_told.access, ""),
    ("B.3", "Settings on which outputs depend, and number of runs", model_told.settings, ""),
    ("B.4", "What was changed in the model or added to it", model_told.customised,
     "whether these weights were fine-tuned, from which model and on which data"),
    ("B.5", "Whether it remembered other conversations", model_told.memory, ""),
    ("C.1", "The prompts, word for word", data_told.prompts, "why they are worded so"),
    ("C.2", "System messages", data_told.system, ""),
    ("D.1", "Personal and sensitive data", data_told.personal,
     "consent, ethical approval, the data’s licence, and who could read the files"),
    ("E.1", "How outputs were validated against people", outputs_told.validated,
     "whether people judged stories or answers, who, how many, and how far they agreed"),
    ("E.2", "What was done to outputs, and what was left out", outputs_told.processed,
     "what was left out or recoded after the figures here"),
    ("F.1", "Where code, prompts and outputs are", outputs_told.shared,
     "the link or DOI under which they can be had"),
    ("G.1", "Funding, support and relations that may matter", _nothing,
     "funding, support, and relations to makers of models"),
    ("+", "Computing", model_told.computing, ""),
)  # fmt: skip


def checklist(found: Found, study: Study) -> Checklist:
    """`found` are the study's findings."""
    quoted = example_prompt(study)
    items = [
        Item(number, asks, told(found, study), author, quoted if number == QUOTING else "")
        for number, asks, told, author in ITEMS
    ]
    return Checklist(study.study, disclosure(found, study), items)


def checklist_of(database: Engine, name: str) -> Checklist:
    """Raises `InputError` for a study that is unknown or not measured yet."""
    found = findings(database, name)
    with reading(database) as session:
        return checklist(found, Study.from_spec(find_study(session, name).spec))


def disclosure(found: Found, study: Study) -> str:
    """One sentence for a paper."""
    models = listed([folderless(model) for model in found["models"]] or [study.model])
    vllm = sorted({str(engine["vllm"]) for engine in found["engines"] if engine.get("vllm")})
    engine = f" (vLLM {listed(vllm)})" if vllm else ""
    return (
        f"Responses of {_whose(found, study)} were generated by {models} with Anthology{engine} "
        f"{_when(found)}; no human gave them."
    )


def _whose(found: Found, study: Study) -> str:
    count = len(study.conditions)
    each = f"in {count} conditions" if count > 1 else "in one condition"
    if study.humans is None:
        people = sum(study.people_in(condition, 0) for condition in study.conditions)
        return f"{people:,} virtual people {each}"
    return (
        f"{found['respondents']:,} virtual people, each standing for one respondent of a survey "
        f"and answering {each},"
    )


def _when(found: Found) -> str:
    start, end = found["usage"]["started_at"], found["usage"]["finished_at"]
    if start is None or end is None:
        return "on a day that is not stored"
    first, last = timestamps.day(start), timestamps.day(end)
    return f"on {first}" if first == last else f"from {first} to {last}"
