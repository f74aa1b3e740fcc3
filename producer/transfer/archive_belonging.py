"""Whether an archive's rows, right by themselves, can be their study's: the people, the questions.

Whoever forged an archive signed it, too: what is let in must not make a report, an export or a
worker fail later. Knows nothing of files and databases.
"""

import json
import math
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from anthology.models.jobs.kinds import BY_NAME, KINDS, RETIRED
from anthology.models.jobs.rounds import is_round
from anthology.models.language_model.engine_identity import DIGESTS, VALUES
from anthology.models.pools.critic import EMPTY
from anthology.models.pools.interview import InterviewPool
from anthology.models.questionnaire.retest import asked_again
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.transfer.archive_figures import LARGEST, StudyFigures
from anthology.producer.transfer.archive_rows import (
    JOB_STATES,
    MOST_SAMPLES,
    ROUNDING,
    Asked,
    Row,
    Why,
    one_of,
    share,
    under,
)

LARGEST_CHUNK = 4096
LARGEST_ENGINE = 1 << 16  # characters of JSON
LARGEST_STEP = 100.0  # nats
IDENTITY = re.compile(r"[\w.:@+-]{1,128}", re.ASCII)


class Belonging:
    """Asked row by row, in the order of an archive: matches name personas that came before.

    humans: people of the survey file; respondents: those simulated; personas: those of each pool,
    by the names of the pools as they stand in the archive.
    """

    def __init__(
        self, study: Study, humans: int, respondents: int, personas: dict[str, int]
    ) -> None:
        self.study, self.humans, self.respondents = study, humans, respondents
        self.personas = list(personas.values())
        places = {name: place for place, name in enumerate(personas)}
        self.pools = {way.name: places[study.pool_of(way).name]
                      for way in study.conditions if way.needs_pool}  # fmt: skip
        self.methods = {way.matching: self.pools[way.name]
                        for way in study.conditions if way.matching}  # fmt: skip
        self.recipes = [study.pool_named(name) for name in personas]
        self.marks = [study.scope(pool) for pool in self.recipes]
        self.written: set[tuple[int, int]] = set()
        self.weight = 0.0
        self.questions = {question.name: Asked(question) for question in study.questions}
        self.traits = {study.poll_key(trait): Asked(trait) for trait in study.traits.values()}
        compared = study.compared
        self.answered = {asked.name: asked for asked in (*compared, *asked_again(compared))}
        self.names = set(study.questionnaire.questions)
        self.figures = StudyFigures(study)
        self.labels = {len(q.choices) for q in study.questions if q.number is None}

    def stranger(self, member: str, row: Row) -> Why:
        """The row's field that cannot be this study's, and why; None where all can."""
        found: Callable[[Row], Iterator[tuple[str, Why]]] = getattr(self, f"_{member}")
        return next((f"{field} {why}" for field, why in found(row) if why), None)

    def _respondents(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "number", under(row["number"], self.humans)
        yield "weight", None if 0 <= row["weight"] <= LARGEST else "is no weight"
        self.weight += row["weight"]
        last = row["number"] == self.humans - 1
        yield "weight", "of all together is 0" if last and not self.weight else None
        yield "traits", _positions(row["traits"], self.study.known)
        yield "answers", _positions(row["answers"], self.answered)

    def _engines(self, row: Row) -> Iterator[tuple[str, Why]]:
        """Known entries of a fingerprint are words and numbers; others are shown as they are."""
        yield "id", None if IDENTITY.fullmatch(row["id"]) else "is none"
        info = row["info"]
        size = len(json.dumps(info))
        yield "info", None if size <= LARGEST_ENGINE else "is larger than any engine's"
        for name in (*DIGESTS, *VALUES, "model", "device", "identity"):
            words = isinstance(info.get(name), str | None)
            yield f"info.{name}"[:80], None if words else "is no text"
        step = info.get("logit_step")
        number = step is None or (isinstance(step, int | float) and 0 < step <= LARGEST_STEP)
        yield "info.logit_step", None if number else "is no step"

    def _study_models(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "model", one_of(row["model"], stages.others_of(self.study))
        identity = row.get("identity")
        yield "identity", None if identity is None or IDENTITY.fullmatch(identity) else "is none"

    def _personas(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "pool", under(row.get("pool", 0), len(self.personas))
        yield "number", under(row["number"], self.personas[row.get("pool", 0)])
        yield "finish_reason", None if len(row["finish_reason"]) <= 64 else "is too long"
        for field in ("attempts", "screening_draws"):
            few = (row.get(field) or 0) <= MOST_SAMPLES
            yield field, None if few else "are more than there can be"
        likely = row.get("log_likelihood")
        fits = likely is None or -LARGEST <= likely <= ROUNDING
        yield "log_likelihood", None if fits else "is none"
        self.written.add((row.get("pool", 0), row["number"]))

    def _interview_answers(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "pool", under(row.get("pool", 0), len(self.recipes))
        pool = self.recipes[row.get("pool", 0)]
        yield "pool", None if isinstance(pool, InterviewPool) else "is of no interviews"
        assert isinstance(pool, InterviewPool)
        yield "number", under(row["number"], self.personas[row.get("pool", 0)])
        yield "place", under(row["place"], len(pool.interview.questions))
        judge = pool.interview.judge
        yield "attempts", under(row["attempts"], (judge.attempts if judge else 1) + 1)
        known = {*judge.criteria, EMPTY} if judge else set()
        for verdicts in (row.get("verdicts") or {}, *_rejecting(row)):
            yield "verdicts", None if verdicts.keys() <= known else "are of no critic of this study"
            yield from (("verdicts", share(one)) for one in verdicts.values())

    def _polls(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "pool", under(row.get("pool", 0), len(self.personas))
        yield "number", under(row["number"], self.personas[row.get("pool", 0)])
        asked = self.traits.get(row["trait_key"])
        if asked is None:
            yield "trait_key", "is of no trait"
            return
        yield "trait", None if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", row["trait"]) else "is no name"
        yield from asked.wrong({**row, "drawn": None})
        if (mentioned := row.get("mentioned")) is not None:
            first = self.study.polling.mention_first
            yield "mentioned", share(mentioned) if first else "is not asked by this study"
        if row.get("probabilities") is None and row.get("error") is None:
            yield "probabilities", "are missing, and so is an error"

    def _matches(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "method", one_of(row["method"], self.methods)
        yield "respondent", under(row["respondent"], self.respondents)
        pool = self.methods[row["method"]]
        yield "persona", under(row["persona"], self.personas[pool])
        yield "persona", None if (pool, row["persona"]) in self.written else "has no story"
        yield "weight", share(row["weight"])

    def _label_priors(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "condition", one_of(row["condition"], self.study.condition_names)
        yield "labels", one_of(row["labels"], self.labels if self.study.calibrated else ())
        fits = len(row["logprobs"]) == row["labels"] and max(row["logprobs"]) <= ROUNDING
        yield "logprobs", None if fits else "are none of so many labels"
        total = sum(map(math.exp, row["logprobs"]))
        yield "logprobs", None if abs(total - 1) < 1e-3 else "do not sum to a probability of 1"

    def _answers(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield "condition", one_of(row["condition"], self.study.condition_names)
        yield "question", one_of(row["question"], self.names)
        way = self.study.condition(row["condition"])
        yield "respondent", under(row["respondent"], self.study.people_in(way, self.respondents))
        if way.own_story:
            itself = row.get("persona") == row["respondent"]
            yield "persona", None if itself else "is not who answers"
        yield "place", under(row["place"], len(self.names))
        persona = row.get("persona")
        pool = self.pools.get(row["condition"])
        most = max(self.personas, default=0) if pool is None else self.personas[pool]
        yield "persona", None if persona is None else under(persona, most)
        asked = self.questions.get(row["question"])
        if asked is not None:
            yield from asked.wrong(row)
            yield from asked.unlike(row)
            return
        for field in ("probabilities", "drawn", "refusal", "label_mass", "samples"):
            yield field, None if row.get(field) is None else "is of no free text"
        yield "shown", None if not row["shown"] else "is of no free text"

    def _metrics(self, row: Row) -> Iterator[tuple[str, Why]]:
        yield from self.figures.wrong(row)

    def _jobs(self, row: Row) -> Iterator[tuple[str, Why]]:
        kind, end = row["kind"], row["first"] + row["count"]
        yield "kind", one_of(kind, (*KINDS, RETIRED))
        states = ("cancelled",) if kind == RETIRED else JOB_STATES
        yield "state", one_of(row["state"], states)
        if not (kind in BY_NAME and BY_NAME[kind].turns and is_round(row["condition"])):
            yield "condition", one_of(row["condition"], self._conditions(kind))
        yield "pool", under(row.get("pool", 0), max(1, len(self.personas)))
        if self.recipes and kind in BY_NAME and BY_NAME[kind].each == "chunk":
            yield "kind", one_of(kind, self.recipes[row.get("pool", 0)].jobs)
        most, chunk = self._people(kind, row.get("pool", 0))
        yield "count", None if 1 <= row["count"] <= chunk else "is of no job"
        yield "first", None if end <= most else "is beyond the last person"

    def _conditions(self, kind: str) -> Collection[str]:
        if kind == RETIRED:  # it was a poll, a match or a measuring
            return ("", *self.study.condition_names, *self.marks)
        found = BY_NAME.get(kind)
        if found is not None and found.each == "chunk" and found.waits:
            return self.marks
        if found is None or found.each != "condition":
            return ("",)
        return [way.name for way in self.study.conditions if found.applies(self.study, way)]

    def _people(self, kind: str, pool: int) -> tuple[int, int]:
        """How many people there are for a kind of jobs, and how many of them one has at most."""
        if (found := BY_NAME.get(kind)) is None:
            most = max([*self.personas, self.respondents])
            return most, most
        if found.each == "study":
            return 1, 1
        people = self.respondents
        if found.each == "chunk":
            people = self.personas[pool] if self.personas else 0
        return people, LARGEST_CHUNK if found.divisible else found.most or people


def _rejecting(row: Row) -> list[dict[str, float]]:
    return [answer["verdicts"] for answer in row.get("rejected") or []]


def _positions(found: Row, asked: dict[str, Any]) -> Why:
    if found.keys() != asked.keys():
        return "are not of the study's columns"
    for name, position in found.items():
        if position is not None and position >= len(asked[name].options):
            return f"have an option of {name} that is none"
    return None
