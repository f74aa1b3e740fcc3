"""What written answers say of the readout: do they agree with it, and how often could they be read?

Counts stored written answers by condition and question, everybody once, whatever their survey
weight. An outcome is an option, or after the options a refusal where one is offered. Computes no
distance to humans and knows nothing of pages; reading the words is `models/readout/parsing.py`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from anthology.models.database.tables import Answer, StudyRow
from anthology.models.study.study import Study

BATCH = 10_000

Json = dict[str, Any]


def readout_checks(session: Session, row: StudyRow, study: Study) -> list[Json]:
    """How the written answers of a study with a `readout_check` agree with its readout.

    One entry for each condition and question, with `n` answers checked: `parsed` is the share of
    them in which an outcome could be read. Of these, `agreement` is the mean probability that the
    readout gave to the outcome written, `expected` the mean of the sum of squared probabilities,
    which is what `agreement` would be if written answers were drawn from the readout, and `same`
    the share in which the outcome written is the one drawn. Null where nothing was counted.
    """
    if not study.questionnaire.readout_check:
        return []
    found = {
        (condition, question.name): _Check(question.bins, len(question.options))
        for condition in study.condition_names
        for question in study.questions
    }
    for answer in _written(session, row, study):
        if answer.drawn is not None:
            found[answer.condition, answer.question].add(answer)
    return [_named(key) | check.as_json() for key, check in found.items()]


def written_answers(session: Session, row: StudyRow, study: Study) -> list[Json]:
    """What the written answers of a study with readout `sample` say before and after asking again.

    One entry for each condition and question: the number of `answers`, the mean of `attempts` that
    one took, `unparsed` answers that were given up, and `shares` of the outcomes among the others.
    Of the first attempts alone, which nothing conditions on being readable, `first_parsed` is the
    share that could be read, `first_unparsed` the rest, and `first_shares` those of the outcomes
    among the readable ones. Null where nothing was counted.
    """
    if study.questionnaire.readout != "sample":
        return []
    found = {
        (condition, question.name): _Written(question.bins, len(question.outcomes))
        for condition in study.condition_names
        for question in study.questions
    }
    for answer in _written(session, row, study):
        for sample in answer.samples:
            found[answer.condition, answer.question].add(sample)
    return [_named(key) | written.as_json() for key, written in found.items()]


def _named(key: tuple[str, str]) -> Json:
    return dict(zip(("condition", "question"), key, strict=True))


def _written(session: Session, row: StudyRow, study: Study) -> Iterator[Row[Any]]:
    """Every answer beside which written ones are stored, a few thousand of those at a time."""
    batch = max(1, BATCH // study.questionnaire.samples)
    answers = session.execute(
        select(
            col(Answer.condition), col(Answer.question), col(Answer.probabilities),
            col(Answer.refusal), col(Answer.drawn), col(Answer.samples),
        )
        .where(col(Answer.study_id) == row.id)
        .execution_options(yield_per=batch)
    )  # fmt: skip
    return (answer for answer in answers if answer.samples)


@dataclass
class _Check:
    """Sums over the answers to one question in one condition.

    bins: the outcome of each choice, as `Question.bins`, which takes its time to find them.
    """

    bins: list[int]
    options: int
    n: int = 0
    parsed: int = 0
    same: int = 0
    given: float = 0.0
    expected: float = 0.0

    def add(self, answer: Row[Any]) -> None:
        shares = self._outcomes(answer.probabilities, answer.refusal)
        for sample in answer.samples:
            self.n += 1
            if sample["choice"] is not None:
                outcome = self.bins[sample["choice"]]
                self.parsed += 1
                self.same += outcome == answer.drawn
                self.given += shares[outcome]
                self.expected += sum(share * share for share in shares)

    def _outcomes(self, shares: list[float] | None, refusal: float | None) -> list[float]:
        """Stored shares as probabilities of the outcomes; without any there was only refusal."""
        shares = [0.0] * self.options if shares is None else shares
        if refusal is None:
            return shares
        return [*(share * (1 - refusal) for share in shares), refusal]

    def as_json(self) -> Json:
        return {
            "n": self.n,
            "parsed": _share(self.parsed, self.n),
            "agreement": _share(self.given, self.parsed),
            "expected": _share(self.expected, self.parsed),
            "same": _share(self.same, self.parsed),
        }


@dataclass
class _Written:
    """Counts over the written answers to one question in one condition; bins as in `_Check`."""

    bins: list[int]
    outcomes: int
    attempts: int = 0
    first: Counter[int | None] = field(default_factory=Counter)
    final: Counter[int | None] = field(default_factory=Counter)

    def add(self, sample: Json) -> None:
        self.attempts += sample["attempts"]
        self.first[self._outcome(sample["first_choice"])] += 1
        self.final[self._outcome(sample["choice"])] += 1

    def _outcome(self, choice: int | None) -> int | None:
        return None if choice is None else self.bins[choice]

    def as_json(self) -> Json:
        answers = self.final.total()
        return {
            "answers": answers,
            "attempts": _share(self.attempts, answers),
            "first_parsed": _share(answers - self.first[None], answers),
            "unparsed": self.final[None],
            "shares": self._shares(self.final),
            "first_shares": self._shares(self.first),
            "first_unparsed": _share(self.first[None], answers),
        }

    def _shares(self, counts: Counter[int | None]) -> list[float] | None:
        parsed = counts.total() - counts[None]
        if not parsed:
            return None
        return [counts[outcome] / parsed for outcome in range(self.outcomes)]


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
