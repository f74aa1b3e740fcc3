"""Studies of random questions, people and answers, stored as if they had run: filter questions,
refusals, errors, arms, second answers, shared personas, people of weight 0."""

from pathlib import Path
from typing import Any

import numpy as np
from fake_model import small_study, store
from sqlalchemy import Engine, insert, select
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Answer, Respondent
from anthology.models.questionnaire.routing import is_asked
from anthology.models.study.study import Study

CONDITIONS = ["none", "natural/greedy"]
Row = dict[str, Any]


def random_study(folder: Path, seed: int) -> tuple[Engine, Study]:
    """Some 40 humans, of whom all but a few are simulated in both conditions."""
    rng = np.random.default_rng(seed)
    study = _study(folder, rng, seed)
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    store(database, study)
    with Session(database) as session:
        people = session.execute(select(Respondent).order_by(col(Respondent.number))).scalars()
        known = [person.traits for person in people]
    with writing(database) as session:
        for person in session.execute(select(Respondent)).scalars():
            person.weight = float(rng.choice([0.0, 1.0, rng.lognormal(0, 1), 30.0]))
        rows = [
            row
            for condition in CONDITIONS
            for number in range(len(known) - 4)
            for row in _answers(study, condition, number, known[number], rng)
        ]
        session.execute(insert(Answer), rows)
    return database, study


def _study(folder: Path, rng: np.random.Generator, seed: int) -> Study:
    questions: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    people = int(rng.integers(30, 50))
    for place in range(rng.integers(2, 5)):
        options = int(rng.choice([2, 3, 5, 11]))
        one: Row = {
            "question": f"{place}?",
            "options": {f"o{k}": k + 1 for k in range(options)},
            "ordered": bool(rng.random() < 0.8),
        }
        if rng.random() < 0.4:
            one["refusal"] = "no answer"
        if place and rng.random() < 0.5:
            one["ask_if"] = {"q0": ["o0"]}
        if rng.random() < 0.5:
            one["retest"] = f"q{place}_again"
            columns[f"q{place}_again"] = _codes(rng, options, people)
        questions[f"q{place}"] = one
        columns[f"q{place}"] = _codes(rng, options, people)
    columns |= {"arm": rng.integers(1, 3, people), "age": rng.integers(18, 90, people)}
    columns |= {"sex": rng.integers(1, 3, people), "weight": np.ones(people, int)}
    names = ["id", *columns]
    lines = [[f"r{n}", *(columns[name][n] for name in columns)] for n in range(people)]
    folder.mkdir(exist_ok=True)
    fields: Row = {
        "seed": seed,
        "humans": {"file": "people.csv", "id": "id", "weight": "weight", "sample": people - 4},
        "questionnaire": {"questions": questions},
        "conditions": CONDITIONS,
        "arms": {"texts": {"a": "", "b": "Read."}, "column": "arm", "codes": {"a": 1, "b": 2}},
        "measures": {"splits": 2, "bootstrap": 20, "subgroups": ["sex", "sex*age"],
                     "weight_simulated": bool(rng.random() < 0.7)},
    }  # fmt: skip
    text = "\n".join(",".join(map(str, line)) for line in [names, *lines])
    (folder / "people.csv").write_text(f"{text}\n")
    return small_study(folder, **fields)


def _codes(rng: np.random.Generator, options: int, people: int) -> list[str]:
    codes = rng.integers(0, options + 1, people)
    return ["" if code == 0 else str(code) for code in codes]


def _answers(
    study: Study, condition: str, number: int, known: Row, rng: np.random.Generator
) -> list[Row]:
    """One in twelve people fails altogether, and one answer in ten, half with a label mass."""
    persona = None if condition == "none" else int(rng.integers(5))
    fails, said, rows = rng.random() < 1 / 12, dict(known), []
    for place, planned in enumerate(study.plan(condition, number)):
        question = planned.question
        row: Row = dict.fromkeys(Answer.model_fields) | {
            "study_id": 1, "condition": condition, "respondent": number, "place": place,
            "question": question.name, "persona": persona, "shown": [], "job_id": 1,
        }  # fmt: skip
        rows.append(row)
        luck = rng.random()
        if not is_asked(study.routes[question.name], said):
            continue
        if fails or luck < 0.1:
            row |= {"error": "no", "label_mass": 0.0 if luck < 0.05 else None}
            continue
        shares = rng.dirichlet(np.full(len(question.options), 0.5))
        refusal = None if question.refusal is None else float(rng.choice([0, 0.3, 1]))
        refuses = rng.random() < (refusal or 0)
        drawn = len(shares) if refuses else int(rng.choice(len(shares), p=shares))
        row |= {"label_mass": float(rng.random()), "refusal": refusal, "drawn": drawn,
                "probabilities": None if refusal == 1 else shares.tolist()}  # fmt: skip
        if not refuses:
            said[question.name] = drawn
    return rows
