"""Fills a database with a study that has run: invented personas and answers, real measuring.

Answers lean towards the humans' own by a fixed amount for each condition, the rest is seeded noise.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sqlalchemy import Engine, insert, select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.sessions import writing
from anthology.models.database.tables import (
    Answer,
    EngineRow,
    Job,
    LabelPrior,
    Persona,
    Poll,
    PoolRow,
    Respondent,
    StudyPool,
    StudyRow,
)
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.kinds import CALIBRATION_PEOPLE
from anthology.models.jobs.protocol import Claim, insert_new
from anthology.models.language_model.names import queue_for
from anthology.models.prompting.conversation import Planned
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.readout.distribution import Reading
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans
from anthology.workers.engine.written_answers import Sample, reading_of
from anthology.workers.tasks import match, measure

HOSTILE_STORY = (
    'I\'m "Zoë" <script>alert(1)</script> & <img src=https://evil.example/x onerror=alert(2)>\n'
    "null NaN \u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \U0001f600 {{ 7*7 }} {% raw %}"
)
HOSTILE_OPTION = "<b>R&D</b> </td></style>"
FORMULA = "=SUM(A1:A9)"
ENGINE = {"model": "/models/tiny", "vllm": "0.32.0", "body_dtype": "bfloat16",
          "head_dtype": "float32", "logit_step": None, "quantization": None,
          "device": "x86_64 CPU"}  # fmt: skip
FIDELITY = {"none": 0.1, "bio": 0.45, "qa": 0.35, "natural/random": 0.5,
            "natural/greedy": 0.8, "natural/max_weight": 0.7}  # fmt: skip
MASS = {"none": 0.31, "bio": 0.74, "qa": 0.92}
REFUSED = 0.2
PARSED = 0.7
START = 1_800_000_000.0


def small_study(name: str = "small", **changes: Any) -> Study:
    """Two traits, three questions (one nominal, with hostile options), three conditions."""
    return Study.from_spec(
        {
            "study": name, "seed": 7, "model": "models/tiny", "humans": {"file": "/home/me/h.csv"},
            "pool": {"name": f"{name}-pool", "count": 9},
            "traits": {
                "age": {"question": "How old?", "bio": "I am {}.",
                        "options": {"young": 1, "middle": 2, "old": 3}},
                "gender": {"question": "Gender?", "bio": "I am {}.", "ordered": False,
                           "options": {"Male": 1, "Female": 2}},
            },
            "questionnaire": {
                "questions": {
                    "spend": {"question": "Too much & too little <i>spending</i>?",
                              "options": {"Too little": 1, "Right": 2, "Too much": 3}},
                    "war": {"question": "And war?", "options": {"No": 1, "Maybe": 2, "Yes": 3}},
                    "job": {"question": "What do you do?", "ordered": False,
                            "options": {HOSTILE_OPTION: 1, FORMULA: 2, "None": 3, "-5": 4}},
                }
            },
            "conditions": ["none", "natural/greedy", "natural/max_weight"],
            "chunk": 4,
            "measures": {"splits": 60, "bootstrap": 20, "subgroups": ["gender"]},
            **changes,
        }
    )  # fmt: skip


def full_study(name: str = "full", **changes: Any) -> Study:
    """Every kind of question: with a refusal, finer choices, a number, free text; `changes` are
    the questionnaire's own settings. A written answer is stored beside every other one."""
    traits = small_study(name).spec["traits"]
    traits["gender"]["refusal"] = "Rather not"
    return small_study(
        name,
        traits=traits,
        questionnaire={
            "readout_check": 1.0,
            "questions": {
                "spend": {"question": "Spending?", "refusal": "Prefer not to say",
                          "options_order": "random",
                          "options": {"Too little": 1, "Right": 2, "Too much": 3}},
                "war": {"question": "And war?", "options": {"No": 1, "Yes": 2},
                        "asked_as": {"Never": "No", "Hardly": "No", "=Always": "Yes"}},
                "visits": {"question": "How often?", "number": {"from": 0, "to": 12},
                           "options": {"Seldom": {"to": 3}, "Often": {"from": 4}}},
                "why": {"question": "Why?", "free_text": True},
            },
            **changes,
        },
    )  # fmt: skip


def some_humans(study: Study, people: int = 40, sampled: int = 8) -> EncodedHumans:
    """Invented respondents with ids that a spreadsheet would run, a few of them silent."""
    rng = np.random.default_rng(11)

    def columns(questions: list[Any]) -> dict[str, list[int]]:
        return {
            q.name: [int(i) for i in rng.integers(-(k % 2), len(q.options), people)]
            for k, q in enumerate(questions)
        }

    return EncodedHumans(
        ids=[f"@{i}" if i % 2 else f"-{i}" for i in range(people)],
        weights=[float(w) for w in rng.uniform(0.5, 2, people)],
        traits=columns(list(study.traits.values())),
        answers=columns(study.questions),
        sampled=sampled,
    )


def hostile_story(number: int) -> str:
    return f"{HOSTILE_STORY} {number}"


def fill(
    database: Engine,
    study: Study,
    humans: EncodedHumans,
    story: Callable[[int], str] = hostile_story,
    *,
    measured: bool = True,
) -> int:
    """Writes the study as if workers had done it and returns its id.

    The last persona has no story; with two or more respondents, the last one's last question was
    not answered.
    """
    with writing(database) as session:
        study_id, pool_id = _write_study(session, study, humans)
        session.execute(insert(Respondent), [{"study_id": study_id, **r} for r in humans.rows()])
        _write_jobs(session, study, (study_id, pool_id), humans.sampled, measured)
        if study.matchings:
            _write_personas(session, study, story)
    for method in study.matchings:
        held = _claim("match", study_id, f"natural/{method}")
        _insert(database, match.rows(database, held))
    for condition in study.condition_names:
        _insert(database, [(LabelPrior, _priors(study, study_id, condition))])
        _insert(database, [(Answer, _answers(study, study_id, humans, condition))])
    if measured:
        _insert(database, measure.rows(database, _claim("measure", study_id, "")))
    return study_id


def _insert(database: Engine, rows: Any) -> None:
    with writing(database) as session:
        insert_new(session, rows)


def _claim(kind: str, study_id: int, condition: str) -> Claim:
    return Claim(0, kind, 1, "cpu@test", study_id, None, condition, 0, 1)


def _write_study(session: Session, study: Study, humans: EncodedHumans) -> tuple[int, int | None]:
    pool = None
    if study.matchings and study.pool is not None:
        pool = PoolRow(name=study.pool.name, recipe=study.recipe(study.pool), model="tiny",
                       count=study.pool.count, created_at=START)  # fmt: skip
        session.add(pool)
        session.flush()
    row = StudyRow(
        name=study.study, spec=study.spec, digest=study.digest, humans_digest=humans.digest,
        humans=len(humans.ids), respondents=humans.sampled, pool_id=pool.id if pool else None,
        created_at=START,
    )  # fmt: skip
    session.add(row)
    session.flush()
    assert row.id is not None
    if pool is not None and pool.id is not None:
        session.add(StudyPool(study_id=row.id, pool_id=pool.id, count=pool.count))
    return row.id, row.pool_id


def _write_jobs(
    session: Session, study: Study, row: tuple[int, int | None], respondents: int, measured: bool
) -> None:
    """All jobs that the study had, a minute apart and a minute and a half long: they overlap."""
    if session.get(EngineRow, "e1") is None:
        session.add(EngineRow(id="e1", info=ENGINE))
        session.flush()
    for i, job in enumerate(_jobs(study, row, respondents, measured)):
        ran = {"state": "done", "attempt": 1, "started_at": START + 60 * i,
               "finished_at": START + 60 * i + 90}  # fmt: skip
        if job["queue"] != "cpu":
            ran |= {"engine_id": "e1", "prompt_tokens": 1000, "cached_tokens": 900,
                    "output_tokens": 24}  # fmt: skip
        session.add(Job(**(job | ran)))


def _jobs(
    study: Study, row: tuple[int, int | None], respondents: int, measured: bool
) -> list[dict[str, Any]]:
    (study_id, pool_id), name, chunk, queue = (
        row,
        study.study,
        study.chunk,
        queue_for(study.model, None),
    )
    jobs = []
    if study.pool is not None and study.matchings:
        size = study.pool.count
        jobs += span_jobs("backstory", None, "pool", 0, size, chunk, queue, pool_id=pool_id)
        jobs += span_jobs("poll", study_id, name, 0, size, chunk, queue, pool_id=pool_id)
    for method in study.matchings:
        jobs += span_jobs("match", study_id, name, 0, respondents, respondents, "cpu",
                          condition=f"natural/{method}", pool_id=pool_id)  # fmt: skip
    for condition in study.condition_names:
        about = pool_id if study.condition(condition).needs_pool else None
        if study.calibrated:
            people = min(respondents, CALIBRATION_PEOPLE)
            jobs += span_jobs("calibrate", study_id, name, 0, people, people, queue,
                              condition=condition, pool_id=about)  # fmt: skip
        jobs += span_jobs("survey", study_id, name, 0, respondents, chunk, queue,
                          condition=condition, pool_id=about)  # fmt: skip
    return jobs + (span_jobs("measure", study_id, name, 0, 1, 1, "cpu") if measured else [])


def _write_personas(session: Session, study: Study, story: Callable[[int], str]) -> None:
    assert study.pool is not None
    pool_id = session.execute(
        select(col(PoolRow.id)).where(col(PoolRow.name) == study.pool.name)
    ).scalar_one()
    last = study.pool.count - 1
    personas: list[dict[str, Any]] = [
        {
            "pool_id": pool_id, "number": n, "seed": seeds.derive(study.seed, "backstory", n),
            "job_id": 1, "story": "" if n == last else story(n), "tokens": 0 if n == last else 97,
            "finish_reason": "error" if n == last else "stop",
            "error": "the model wrote an empty story" if n == last else None,
        }
        for n in range(study.pool.count)
    ]  # fmt: skip
    rng = np.random.default_rng(study.seed)
    polls = [
        {
            "pool_id": pool_id, "number": n, "trait_key": study.poll_key(trait), "trait": name,
            "job_id": 1,
            "probabilities": [float(p) for p in rng.dirichlet(np.full(len(trait.options), 0.6))],
            "label_mass": 0.9, "shown": list(range(len(trait.choices))),
            "refusal": None if trait.refusal is None else REFUSED, "samples": None, "error": None,
        }
        for n in range(last)
        for name, trait in study.traits.items()
    ]  # fmt: skip
    session.execute(insert(Persona), personas)
    session.execute(insert(Poll), polls)


def _priors(study: Study, study_id: int, condition: str) -> list[dict[str, Any]]:
    """For each number of labels that a calibrated study shows: the first one is liked best."""
    counts = {len(q.choices) for q in study.questions if not q.number} if study.calibrated else ()
    return [
        {"study_id": study_id, "condition": condition, "labels": count, "n": 8 * count,
         "logprobs": [float(p) for p in np.log(np.arange(count, 0, -1) / sum(range(count + 1)))]}
        for count in sorted(counts)
    ]  # fmt: skip


def _answers(
    study: Study, study_id: int, humans: EncodedHumans, condition: str
) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seeds.derive(study.seed, condition) % 2**32)
    centres = {q.name: _centre(humans, q.name, len(q.options), rng) for q in study.questions}
    rows = []
    for respondent, mood in enumerate(rng.normal(0, 1, humans.sampled)):
        for place, planned in enumerate(study.plan(condition, respondent)):
            question, row = planned.question, _empty_answer(planned)
            row |= {"study_id": study_id, "condition": condition, "respondent": respondent,
                    "place": place}  # fmt: skip
            if isinstance(question, OpenQuestion):
                row["text"] = f"{FORMULA} said {respondent} of {condition}"
            else:
                human, odd = centres[question.name]
                lean = FIDELITY[condition]
                scale = np.linspace(-0.6, 0.6, len(question.options)) * mood
                shares = (lean * human + (1 - lean) * odd) * np.exp(scale)
                mass = float(np.clip(rng.normal(MASS.get(condition, 0.85), 0.06), 0, 1))
                reading = Reading(_over_choices(question, shares / shares.sum()), mass)
                row |= _taken(study, question, reading, rng)
            rows.append(row)
    nothing = dict.fromkeys(("probabilities", "label_mass", "refusal", "drawn", "text"))
    rows[-1] |= {**nothing, "error": "the prompt has 2049 tokens; <the> context holds 2048"}
    return rows


def _empty_answer(planned: Planned) -> dict[str, Any]:
    displayed = isinstance(planned.question, Question) and planned.question.number is None
    return {
        "question": planned.question.name, "persona": None,
        "shown": planned.shown if displayed else [], "probabilities": None, "label_mass": None,
        "refusal": None, "drawn": None, "text": None, "samples": None, "job_id": 1, "error": None,
    }  # fmt: skip


def _over_choices(question: Question, shares: Any) -> list[float]:
    """Option shares as shares of the choices, alike among those of one option."""
    answers = question.bins if question.refusal is None else question.bins[:-1]
    each = [float(shares[option]) / answers.count(option) for option in answers]
    if question.refusal is None:
        return each
    return [share * (1 - REFUSED) for share in each] + [REFUSED]


def _taken(study: Study, question: Question, reading: Reading, rng: Any) -> dict[str, Any]:
    """What a worker stores of one answer, with the written ones where the study asks for them."""
    how = study.questionnaire
    samples: list[Sample] = []
    if how.readout == "sample" or rng.random() < how.readout_check:
        attempts = how.attempts if how.readout == "sample" else 1
        samples = [_sample(question, reading, attempts, rng) for _ in range(how.samples)]
    if how.readout == "sample":
        reading = reading_of(question, samples)
    choice = int(rng.choice(len(reading.choices), p=reading.choices))
    shares, refusal = question.collapsed(reading.choices)
    finer = question.number is not None or bool(question.asked_as)
    return {
        "probabilities": shares, "label_mass": reading.label_mass, "refusal": refusal,
        "drawn": question.bins[choice], "text": question.choices[choice] if finer else None,
        "samples": [sample.as_json() for sample in samples] or None,
    }  # fmt: skip


def _sample(question: Question, reading: Reading, attempts: int, rng: Any) -> Sample:
    """Seven in ten first answers name an option, and of the others those asked for again."""
    choice = int(rng.choice(len(reading.choices), p=reading.choices))
    said = question.choices[choice]
    if rng.random() < PARSED:
        return Sample(said, choice, 1, said, choice)
    if attempts > 1:
        return Sample("It depends.", None, 2, said, choice)
    return Sample("It depends.", None, 1, "It depends.", None)


def _centre(humans: EncodedHumans, name: str, options: int, rng: Any) -> tuple[Any, Any]:
    """The humans' distribution, and another that a model might believe in."""
    given = np.array([a for a in humans.answers[name] if a >= 0])
    return np.bincount(given, minlength=options) / len(given), rng.dirichlet(np.full(options, 1.5))
