"""Stored people and answers as arrays, for metrics and the report.

Positions are in the questionnaire's own order, -1 (or a row of NaN) where an answer is missing.
Questions are the closed ones: free text is no position and is not read here.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sqlalchemy import Text, cast, select
from sqlmodel import Session, col

from anthology.models.database.tables import Answer, Poll, Respondent
from anthology.models.questionnaire.retest import again, asked_again
from anthology.models.questionnaire.routing import is_asked
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.readings import Readings
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

BATCH = 20_000  # answers read at once: some 10 MB


@dataclass(frozen=True)
class People:
    """All humans of a study: answers (N, m), weights (N,), trait positions (N, T).

    The first ones are those that are simulated, in the same order. unasked (N, m): whom a question
    is not for (`ask_if`), None where all are for everybody. arms (N,): -1 where there is none.
    weighted: whether their doubles count with the same weights. again (N, m): what they answered
    when they were asked again, None where no question has a `retest`.
    """

    answers: Ints
    weights: Floats
    traits: Ints
    arms: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    unasked: Bools | None = None
    weighted: bool = True
    again: Ints | None = None

    @property
    def silent(self) -> Bools:
        """Which questions people who were asked have no answer to."""
        lacking = np.asarray(self.answers < 0)
        return lacking if self.unasked is None else lacking & ~self.unasked

    @property
    def counted(self) -> Bools:
        """Who counts in figures: people of weight 0 are in none, however few the others are."""
        return np.asarray(self.weights > 0)

    @property
    def weights_of_doubles(self) -> Floats:
        """Of the simulated people: their respondents', or 1 for everybody who counts."""
        return self.weights if self.weighted else self.counted.astype(np.float64)

    def only(self, mask: Bools) -> Humans:
        return Humans(self.answers[mask], self.weights[mask])


@dataclass(frozen=True)
class Simulation:
    """One condition's simulated people, row i being respondent number i, or persona number i where
    those answer for themselves.

    answers (n, m) and refused (n, m): who drew the refusal option has no answer there, but is not
    missing. probabilities: per question (n, K_j), of drawing each option; a row sums to 1 less the
    refusal, so that a mean over people, normalised, is the distribution among those who answer.
    refusal (n, m): probability of the refusal option, NaN where none is offered. label_mass (n, m):
    0 where no try gave an answer. personas (n,): whose story it was, None without stories.
    compared: which of the m questions humans answered, too. unasked (n, m): whom a question was not
    for, None where all were for everybody.
    """

    answers: Ints
    probabilities: list[Floats]
    label_mass: Floats
    refused: Bools
    refusal: Floats
    personas: Ints | None
    compared: list[int]
    unasked: Bools | None = None

    @property
    def answered(self) -> Bools:
        """Who took at least one question: gave an answer or drew a refusal.

        Leaving out those who only refused would count refusals twice: their probabilities say
        already how seldom they answer.
        """
        return np.asarray(((self.answers >= 0) | self.refused).any(axis=1))

    def only(self, mask: Bools, people: People) -> Simulated:
        """Some of them, each with the compared questions that their own respondent answered.

        Of a question that only the employed were asked, or that some refused, the others' doubles
        would be another population than the humans who answered it. Where `ask_if` says whom it is
        for, who belongs to these is each one's own answer.
        """
        silent = people.silent[: len(self.answers)]
        probabilities = [
            np.where(silent[mask, place, None], np.nan, self.probabilities[item][mask])
            for place, item in enumerate(self.compared)
        ]
        answers = np.where(silent, -1, self.answers[:, self.compared])[mask]
        weights = people.weights_of_doubles[: len(self.answers)][mask]
        return Simulated(answers, weights, probabilities, self._stories(mask))

    def alone(self, mask: Bools, weights: Floats) -> Simulated:
        """Some of them, with weights (n,) and all they answered, whatever a respondent did."""
        probabilities = [joint[mask] for joint in self.probabilities]
        return Simulated(self.answers[mask], weights[mask], probabilities, self._stories(mask))

    def _stories(self, mask: Bools) -> Ints | None:
        if self.personas is None:
            return None
        return np.unique(self.personas[mask], return_inverse=True)[1]

    def readings(self, members: Bools) -> Readings:
        """How the answers of some of them were taken, whether or not they gave any."""
        missing = (self.answers < 0) & ~self.refused
        if self.unasked is not None:
            missing &= ~self.unasked
        return Readings(
            self.answered[members], missing[members], self.refused[members],
            self.label_mass[members], self.refusal[members],
        )  # fmt: skip


def load_people(session: Session, study_id: int, study: Study) -> People:
    """The humans in the order of their numbers: those that are simulated come first."""
    rows = session.execute(
        select(col(Respondent.weight), col(Respondent.traits), col(Respondent.answers))
        .where(col(Respondent.study_id) == study_id)
        .order_by(col(Respondent.number))
    ).all()
    questions = [question.name for question in study.compared]
    unasked = None
    if any(question.ask_if for question in study.compared):
        routes = study.routes
        rules = [routes[name] for name in questions]
        unasked = np.array(
            [[not is_asked(rule, {**known, **said}) for rule in rules] for _, known, said in rows]
        )
    arms = np.empty(0, dtype=np.int64)
    if study.arms is not None:
        arms = _positions([known for _, known, _ in rows], [ARM])[:, 0]
    return People(
        arms=arms,
        unasked=unasked,
        answers=_positions([answers for _, _, answers in rows], questions),
        weights=np.array([weight for weight, _, _ in rows], dtype=np.float64),
        traits=_positions([traits for _, traits, _ in rows], list(study.traits)),
        weighted=study.measures.weight_simulated,
        again=_again(study, [answers for _, _, answers in rows]),
    )


def _again(study: Study, rows: list[dict[str, int | None]]) -> Ints | None:
    if not asked_again(study.compared):
        return None
    names = [again(question.name) for question in study.compared]
    return _positions([{name: row.get(name) for name in names} for row in rows], names)


def second_wave(study: Study, people: People, respondents: int) -> Simulation:
    """What the simulated respondents answered when they were asked again, as if a condition had
    answered for them: certain of the one answer that they gave."""
    compared = [j for j, question in enumerate(study.questions) if question in study.compared]
    answers = np.full((respondents, len(study.questions)), -1, dtype=np.int64)
    if people.again is not None:
        answers[:, compared] = people.again[:respondents]
    probabilities = [
        np.where(given[:, None] < 0, np.nan, np.eye(len(question.options))[given])
        for given, question in zip(answers.T, study.questions, strict=True)
    ]
    nothing = np.full(answers.shape, np.nan)
    refused = np.zeros(answers.shape, dtype=np.bool_)
    return Simulation(answers, probabilities, nothing, refused, nothing, None, compared)


def load_simulation(
    session: Session, study_id: int, study: Study, condition: str, respondents: int
) -> Simulation:
    """A condition's stored answers; what is missing or an error stays missing."""
    questions = study.questions
    options = [len(question.options) for question in questions]
    place = {question.name: i for i, question in enumerate(questions)}
    answers = np.full((respondents, len(questions)), -1, dtype=np.int64)
    refused = np.zeros(answers.shape, dtype=np.bool_)
    mass, refusal = np.full(answers.shape, np.nan), np.full(answers.shape, np.nan)
    probabilities = [np.full((respondents, k), np.nan) for k in options]
    personas = np.full(respondents, -1, dtype=np.int64)
    # Of the connection: a session would look at every row for objects.
    stored = session.connection().execute(
        select(
            col(Answer.respondent), col(Answer.question), col(Answer.label_mass),
            col(Answer.drawn), col(Answer.refusal), col(Answer.persona),
            cast(col(Answer.probabilities), Text),
        ).where(
            col(Answer.study_id) == study_id,
            col(Answer.condition) == condition,
            col(Answer.label_mass).is_not(None),  # other errors and free texts have none
        ).execution_options(yield_per=BATCH)
    )  # fmt: skip
    for batch in stored.partitions():  # by columns: a million answers one by one take their time
        numbers, names, *values, shares = zip(*batch, strict=True)
        people, items = np.array(numbers), np.array([place[name] for name in names])
        found_mass, drawn, refusing, stories = np.array(values, dtype=np.float64)
        mass[people, items] = found_mass
        for item in np.unique(items):
            rows = np.flatnonzero((items == item) & ~np.isnan(drawn))
            who, option = people[rows], drawn[rows].astype(np.int64)
            refused[who, item] = option == options[item]
            answers[who, item] = np.where(option == options[item], -1, option)
            refusal[who, item] = refusing[rows]
            probabilities[item][who] = _shares([shares[row] for row in rows], options[item])
            personas[who] = np.where(np.isnan(stories[rows]), -1, stories[rows])
    for item, joint in enumerate(probabilities):
        joint *= 1 - np.nan_to_num(refusal[:, item])[:, None]
    theirs = personas if (personas >= 0).any() else None
    unasked = None
    if any(question.ask_if for question in questions):
        unasked = _unasked(session, study_id, condition, place, answers.shape)
    compared = [place[question.name] for question in study.compared]
    return Simulation(answers, probabilities, mass, refused, refusal, theirs, compared, unasked)


def _shares(stored: list[str | None], options: int) -> Floats:
    """The numbers of lists of so many, as JSON has them, in an array. Without shares there was
    nothing but refusal: every option has probability 0."""
    nothing = ",".join(["0"] * options)
    told = ",".join(nothing if text in (None, "null") else text[1:-1] for text in stored)
    return np.fromstring(told, sep=",").reshape(-1, options)


def _unasked(
    session: Session, study_id: int, condition: str, place: dict[str, int], shape: tuple[int, ...]
) -> Bools:
    """Whose rows are there with nothing in them."""
    found = np.zeros(shape, dtype=np.bool_)
    nothing = [
        column.is_(None) for column in (col(Answer.label_mass), col(Answer.error), col(Answer.text))
    ]
    for number, name in session.execute(
        select(col(Answer.respondent), col(Answer.question)).where(
            col(Answer.study_id) == study_id, col(Answer.condition) == condition, *nothing
        )
    ):
        if name in place:
            found[number, place[name]] = True
    return found


def load_polls(session: Session, pool_id: int | None, study: Study, personas: int) -> list[Floats]:
    """Per trait the polled distributions (P, K_t) of personas 0..P-1, NaN rows where missing."""
    polls = []
    for trait in study.traits.values():
        shares = np.full((personas, len(trait.options)), np.nan)
        for number, probabilities in session.execute(
            select(col(Poll.number), col(Poll.probabilities)).where(
                col(Poll.pool_id) == pool_id,
                col(Poll.trait_key) == study.poll_key(trait),
                col(Poll.number) < personas,
                col(Poll.error).is_(None),
            )
        ):
            shares[number] = probabilities
        polls.append(shares)
    return polls


def _positions(rows: list[dict[str, int | None]], names: list[str]) -> Ints:
    table = [[-1 if row[name] is None else row[name] for name in names] for row in rows]
    return np.array(table, dtype=np.int64).reshape(len(rows), len(names))
