"""A language model of which every answer is known, and a small study for it to answer.

Its tokens are characters. How likely an option is depends on the option's text, never on where it
stands, so that whoever mixes up the order shown gets other numbers; unless a test plants a bias.
"""

import asyncio
import math
import random
import re
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from anthology.models import seeds
from anthology.models.database.tables import Job
from anthology.models.jobs import ready
from anthology.models.jobs.messages import make_app
from anthology.models.jobs.planning import Message
from anthology.models.jobs.protocol import Usage
from anthology.models.questionnaire.style import PLAIN
from anthology.models.readout.distribution import draw
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.submission import storage
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories
from anthology.producer.surveys.stories.primed_stories import with_respondents
from anthology.workers.engine.admission import Admission
from anthology.workers.engine.text_model import Generation, Sampling
from anthology.workers.runner.job_runner import JobRunner

T = TypeVar("T")
LABELS = [PLAIN.label(place) for place in range(26)]
OPENING = "Answer: ("
LABEL_MASS = 0.8
JUNK = " It depends.\n"
NUMBERS = re.compile(r'Answer with a whole number from (-?\d+) to (-?\d+)(?:, or "(.+)")?\.')


class FakeTokenizer:
    """One token a character."""

    def encode(self, text: str) -> list[int]:
        return [ord(character) for character in text]


class Merging(FakeTokenizer):
    """Characters, but some pieces of text are one token."""

    def __init__(self, *merged: str) -> None:
        self.merged = {piece: 1_000_000 + i for i, piece in enumerate(merged)}
        self._pieces = re.compile("|".join([*map(re.escape, merged), "."]), re.DOTALL)

    def encode(self, text: str) -> list[int]:
        return [self.merged.get(piece, ord(piece[0])) for piece in self._pieces.findall(text)]


def text_of(prompt: list[int]) -> str:
    return "".join(map(chr, prompt))


class FakeModel:
    """A `TextModel` of the workers; `fault` and `hangs` look at the prompt's text.

    `weights` says how much an option's text (or number) is liked, 1 if it is not named; `bias` how
    much a label is, whatever stands behind it. What it writes has the probabilities it gives.
    """

    def __init__(
        self,
        weights: Mapping[str, float] | None = None,
        *,
        bias: Mapping[str, float] | None = None,
        fault: Callable[[str], Exception | None] = lambda prompt: None,
        hangs: Callable[[str], bool] = lambda prompt: False,
        delay_s: float = 0.0,
        story: Callable[[int], str] = lambda seed: f"My number is {seed}.",
    ) -> None:
        self.weights = weights or {}
        self.bias = bias or {}
        self.fault = fault
        self.hangs = hangs
        self.delay_s = delay_s
        self.story = story
        self.prompts: list[str] = []
        self.cancelled = 0

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        text = await self._receive(prompt)
        answers = self.answers(text)
        if answers:
            luck = seeds.uniform(sampling.seed)
            answers = {answer: LABEL_MASS * share for answer, share in answers.items()}
            place = draw([*answers.values(), 1 - LABEL_MASS], luck)
            written = [*answers, JUNK][place].rstrip("\n")
        else:
            written = self.story(sampling.seed)
        for stop in sampling.stop:
            written = written.partition(stop)[0]
        usage.add(len(prompt), 0, len(written))
        likely = -seeds.uniform(sampling.seed, "likelihood") if sampling.log_likelihood else None
        return Generation(written, len(written), "stop", likely)

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        """Of the next character, by what all answers that begin as the prompt ends go on with."""
        text = await self._receive(prompt)
        usage.add(len(prompt), len(prompt) // 2, 1)
        said = text[text.rindex("\nAnswer:") + len("\nAnswer:") :]
        left = {a: share for a, share in self.answers(text).items() if a.startswith(said)}
        assert left, f"nothing is answered that begins with {said!r}"
        mass = LABEL_MASS if said in (" (", " ", "") else 1.0
        following = [sum(s for a, s in left.items() if a.startswith(said + chr(i))) for i in ids]
        return [math.log(mass * f / sum(left.values())) if f else -math.inf for f in following]

    def answers(self, prompt: str) -> dict[str, float]:
        """What can be answered to a prompt's last question, each with its share of all answers."""
        shown = options_shown(prompt)
        question = prompt.rpartition("Question: ")[2]
        if numbers := NUMBERS.search(question):
            shown = [str(number) for number in range(int(numbers[1]), int(numbers[2]) + 1)]
            shown += [numbers[3]] if numbers[3] else []
        labels = LABELS if "\n(A) " in question else [""] * len(shown)
        liked = [
            self.weights.get(option, 1.0) * self.bias.get(label, 1.0)
            for label, option in zip(labels, shown, strict=False)
        ]
        written = [
            f" ({label}) {option}\n" if label else f" {option}\n"
            for label, option in zip(labels, shown, strict=False)
        ]
        return {text: weight / sum(liked) for text, weight in zip(written, liked, strict=True)}

    def shares(self, options: list[str]) -> list[float]:
        """The probabilities of options, of all that is a label, in the order given."""
        liked = [self.weights.get(option, 1.0) for option in options]
        return [weight / sum(liked) for weight in liked]

    async def _receive(self, prompt: list[int]) -> str:
        text = text_of(prompt)
        self.prompts.append(text)
        try:
            if self.hangs(text):
                await asyncio.Event().wait()
            await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if error := self.fault(text):
            raise error
        return text


class FakeEngine(FakeModel):
    """The fake model behind the face of `engine.Engine`, with a loop thread of its own."""

    died = False
    owes = 0
    steps = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.admission = Admission(None)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def shutdown(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


def options_shown(prompt: str) -> list[str]:
    """The option texts of the last question of a prompt, in the order shown."""
    lines = prompt.rpartition("Question: ")[2].splitlines()
    labelled = [line[4:] for line in lines if line[:1] == "(" and line[2:4] == ") "]
    return labelled or [line[2:] for line in lines if line[:2] == "- "]


# --- a small study -------------------------------------------------------------------------------

ALL_CONDITIONS = ["none", "bio", "qa", "natural/random", "natural/greedy", "natural/max_weight"]


def study_fields(**changes: Any) -> dict[str, Any]:
    """The fields of a small study as its file has them; `changes` replace top-level ones."""
    fields: dict[str, Any] = {
        "study": "small",
        "seed": 7,
        "model": "fake",
        "humans": {"file": "humans.csv", "id": "id", "weight": "weight"},
        "pool": {"name": "people", "count": 9, "max_tokens": 64},
        "traits": {
            "age": {
                "question": "How old are you?",
                "bio": "I am {}.",
                "options": {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}},
            },
            "sex": {
                "question": "What is your sex?",
                "bio": "I am a {}.",
                "options": {"man": 1, "woman": 2},
            },
        },
        "questionnaire": {
            "options": {"too little": 1, "about right": 2, "too much": 3},
            "questions": {
                "roads": "Are we spending too much on roads?",
                "parks": "Are we spending too much on parks?",
                "vote": {"question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]}},
            },
        },
        "conditions": ALL_CONDITIONS,
        "chunk": 4,
        "measures": {"splits": 4, "bootstrap": 20, "subgroups": ["sex"]},
    }
    return {**fields, **changes}


def write_study(folder: Path, *, people: int = 8, **changes: Any) -> Path:
    """Writes `small.yaml` and its `humans.csv` into a folder and returns the study file."""
    rng = random.Random(0)
    lines = ["id,weight,age,sex,roads,parks,vote"]
    for number in range(people):
        answers = [rng.randint(1, 3) for _ in range(3)]
        person = [f"r{number}", 1 + number % 3, 20 + 7 * number % 70, 1 + number % 2, *answers]
        lines.append(",".join(map(str, person)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "humans.csv").write_text("\n".join(lines) + "\n")
    fields = study_fields(**changes)
    path = folder / f"{fields['study']}.yaml"
    path.write_text(yaml.dump(fields, Dumper=yaml.CSafeDumper, sort_keys=False))
    return path


def small_study(folder: Path, **changes: Any) -> Study:
    return Study.load(write_study(folder, **changes))


def store(database: Database, study: Study) -> list[Message]:
    """Writes a study as a submission does, without any Redis; returns the jobs to enqueue."""
    study, stories = with_stories(study)
    humans = read_humans(study)
    study = with_respondents(study, humans)
    _, to_enqueue = storage.write(database, study, humans, stories=stories)
    return to_enqueue


def make_runner(database: Database, model: FakeEngine | None, **settings: Any) -> JobRunner:
    """A job runner that to_enqueue in this process's memory, where nobody hears it."""
    wanted = {"broker_url": "memory://", "max_deaths": 5, "grace_s": 0.0, **settings}
    found = Settings(**wanted)
    app = make_app("memory://", "test")
    return JobRunner("tester", found, database, app, model, FakeTokenizer())  # type: ignore[arg-type]


def drain(runner: JobRunner) -> list[str]:
    """Does every job that is due until there is none; returns what the runner said of each."""
    said = []
    while to_enqueue := ready.due(runner.database):
        said += [
            runner.do(message.kind, message.id, lambda progress: None) for message in to_enqueue
        ]
    return said


def run_study(database: Database, study: Study, model: FakeEngine | None = None) -> FakeEngine:
    """The whole study from submission to figures."""
    model = model or FakeEngine()
    store(database, study)
    drain(make_runner(database, model))
    return model


def jobs(database: Database, kind: str | None = None) -> list[Job]:
    """All jobs (of a kind) in the order of their ids."""
    with Session(database) as session:
        chosen = select(Job).order_by(col(Job.id))
        if kind is not None:
            chosen = chosen.where(col(Job.kind) == kind)
        return list(session.execute(chosen).scalars())


def emptied(database: Database) -> Database:
    """Empties a PostgreSQL database's tables: far cheaper than a new database for every test."""
    kept = {"namespace"}
    names = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables.keys() - kept)
    with database.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    return database
