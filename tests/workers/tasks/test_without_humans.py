"""A study without humans: personas answer for themselves, from submission to figures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_model import (
    FakeEngine,
    drain,
    jobs,
    make_runner,
    run_study,
    small_study,
    store,
)
from sqlalchemy import Engine, select
from sqlmodel import Session, col
from surveyed import LIKES, answers

from anthology.models.database.tables import Metric, Respondent, StudyRow
from anthology.models.errors import InputError
from anthology.models.jobs import ready
from anthology.models.study.study import Study
from anthology.producer.monitoring.progress import progress
from anthology.producer.submission.estimate import planned_jobs

PEOPLE = {**LIKES, "young": 3.0, "old": 1.0}


def alone(folder: Path, **changes: Any) -> Study:
    fields = {"humans": None, "conditions": [{"pool": "natural"}], **changes}
    return small_study(folder, **fields)


def figures(database: Engine, subgroup: str = "all") -> dict[str, Metric]:
    with Session(database) as session:
        chosen = select(Metric).where(col(Metric.subgroup) == subgroup)
        return {row.name: row for row in session.execute(chosen).scalars()}


def test_every_persona_takes_the_survey_once_after_its_own_story(
    database: Engine, tmp_path: Path
) -> None:
    study = alone(tmp_path)
    model = run_study(database, study)
    found = answers(database)
    assert [a.error for a in found if a.error] == []
    assert sorted({(a.respondent, a.persona) for a in found}) == [(n, n) for n in range(9)]
    assert len(found) == 9 * 3
    asked = [p for p in model.prompts if "on roads" in p.rpartition("Question: ")[2]]
    assert len({p.partition("My number is ")[2].partition(".")[0] for p in asked}) == 9
    with Session(database) as session:
        row = session.execute(select(StudyRow)).scalar_one()
        assert (row.humans, row.respondents) == (0, 9)
        assert session.execute(select(Respondent)).scalars().all() == []


def test_its_jobs_are_as_many_as_was_promised_and_end(database: Engine, tmp_path: Path) -> None:
    study = alone(tmp_path)
    promised = planned_jobs(study, 9)
    run_study(database, study)
    found = [job.kind for job in jobs(database)]
    assert {kind: found.count(kind) for kind in promised} == promised
    assert promised == {
        "backstory": 3, "interview": 0, "critic": 0, "poll": 3, "match": 0, "calibrate": 0,
        "survey": 3, "measure": 1,
    }  # fmt: skip
    where = progress(database, "small")
    assert where.state == "done"
    assert where.answers == {"stored": 27, "errors": 0}


def test_shares_means_and_deviations_are_those_of_the_answers(
    database: Engine, tmp_path: Path
) -> None:
    """Everybody answers by the shares 0.6, 0.3, 0.1 of roads, and by a half of vote."""
    run_study(database, alone(tmp_path), FakeEngine(PEOPLE))
    found = figures(database)
    assert [found[f"share/roads/{k}"].value for k in (1, 2, 3)] == pytest.approx([0.6, 0.3, 0.1])
    assert [found[f"share/vote/{k}"].value for k in (1, 2)] == pytest.approx([0.5, 0.5])
    assert found["mean/roads"].value == pytest.approx(1.5)
    assert found["sd/roads"].value == pytest.approx(np.sqrt(0.6 * 0.25 + 0.3 * 0.25 + 0.1 * 2.25))
    assert found["label_mass"].value == pytest.approx(0.8)
    assert found["alpha"].n == found["mean/roads"].n == 9
    assert "wd" not in found
    assert {metric.condition for metric in found.values()} == {"natural"}


def test_a_subgroup_are_the_personas_by_how_likely_they_belong_to_it(
    database: Engine, tmp_path: Path
) -> None:
    """Two kinds of personas: of the seeds' parity, in which answers and polls agree."""

    class Mixed(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            number = int("0" + prompt.partition("My number is ")[2].partition(".")[0])
            odd = number % 2 == 1
            liked = {"man": 3.0 if odd else 1.0, "too much": 8.0 if odd else 1.0}
            shown = super().answers(prompt)
            weights = {
                text: next(
                    (w for option, w in liked.items() if text.strip().endswith(f" {option}")), 1.0
                )
                for text in shown
            }
            return {text: w / sum(weights.values()) for text, w in weights.items()}

    study = alone(tmp_path)
    run_study(database, study, Mixed())
    with Session(database) as session:
        from anthology.models.database.tables import Persona

        told = session.execute(select(Persona).order_by(col(Persona.number))).scalars()
        odd = np.array([int(p.story.split()[-1].rstrip(".")) % 2 for p in told])
    likely = np.where(odd, 0.75, 0.5)
    much = np.where(odd, 0.8, 1 / 3)
    men = figures(database, "sex=man")
    assert men["share/roads/3"].value == pytest.approx((likely * much).sum() / likely.sum())
    assert men["share/roads/3"].n == round(likely.sum())
    women = figures(database, "sex=woman")
    expected = ((1 - likely) * much).sum() / (1 - likely).sum()
    assert women["share/roads/3"].value == pytest.approx(expected)
    assert "alpha" not in women
    everybody = figures(database)["share/roads/3"]
    assert everybody.low is not None
    assert everybody.value is not None
    assert everybody.high is not None
    assert everybody.low < everybody.value < everybody.high


def test_pools_of_unlike_sizes_answer_each_for_themselves(database: Engine, tmp_path: Path) -> None:
    pools = {"lives": {"count": 9}, "works": {"count": 5, "prompt": "Tell me about your work."}}
    study = alone(
        tmp_path, pool=None, pools=pools,
        conditions=[{"pool": "lives"}, {"pool": "works", "name": "at-work"}],
    )  # fmt: skip
    promised = planned_jobs(study, 9)
    run_study(database, study)
    found = [job.kind for job in jobs(database)]
    assert {kind: found.count(kind) for kind in promised} == promised
    people = {(a.condition, a.respondent) for a in answers(database)}
    assert sorted(people) == [
        *(("at-work", n) for n in range(5)), *(("lives", n) for n in range(9)),
    ]  # fmt: skip


def test_a_persona_without_a_story_is_not_asked(database: Engine, tmp_path: Path) -> None:
    stories = iter(["", *(f"My number is {n}." for n in range(1, 9))])
    run_study(database, alone(tmp_path), FakeEngine(story=lambda seed: next(stories)))
    assert len({a.respondent for a in answers(database)}) == 8
    assert figures(database)["mean/roads"].n == 8
    assert progress(database, "small").state == "done with 1 error"


def test_it_needs_no_traits(database: Engine, tmp_path: Path) -> None:
    run_study(database, alone(tmp_path, traits={}, measures={"bootstrap": 20}))
    assert len(answers(database)) == 9 * 3
    assert {job.state for job in jobs(database)} == {"done"}


def test_label_priors_are_found_in_the_personas_own_conversations(
    database: Engine, tmp_path: Path
) -> None:
    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3}, "debias": "label_prior",
        "questions": {"roads": "Roads?"},
    }  # fmt: skip
    study = alone(tmp_path, questionnaire=questionnaire)
    run_study(database, study, FakeEngine(PEOPLE, bias={"A": 5.0}))
    assert figures(database)["share/roads/1"].value == pytest.approx(0.6, abs=0.01)
    assert [job.count for job in jobs(database, "calibrate")] == [9]


def test_a_survey_that_was_cut_off_goes_on_where_it_was(database: Engine, tmp_path: Path) -> None:
    store(database, alone(tmp_path))
    runner = make_runner(database, FakeEngine())
    for _ in range(3):  # the job of each turn twice, as after a lost lease
        for message in ready.due(database):
            runner.do(message.kind, message.id, lambda progress: None)
            runner.do(message.kind, message.id, lambda progress: None)
    drain(runner)
    assert len(answers(database)) == 27


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"conditions": ["none"]}, "conditions.0: condition 'none' is about respondents, and"),
        (
            {"conditions": [{"pool": "natural", "match": "greedy"}]},
            "conditions.0: condition 'natural/greedy+qa' is about respondents, and humans is",
        ),
        (
            {"humans": {"file": "humans.csv"}},
            "condition 'natural' lets personas answer for themselves; give it match",
        ),
        ({"pool": None}, "condition 'natural' needs a pool"),
        ({"pools": {"floor": {"count": 3}}, "pool": None, "conditions": [{"pool": "floor"}]},
         "'floor' is what other rows of figures are called"),
    ],
)  # fmt: skip
def test_what_it_cannot_be_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as raised:
        alone(tmp_path, **changes)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


# --- a question of a study with humans that is compared with nobody ------------------------------


def with_a_question_alone(folder: Path, **changes: Any) -> Study:
    questions = {
        "roads": "Are we spending too much on roads?",
        "parks": {"question": "Are we spending too much on parks?", "column": None},
        "vote": {"question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]}},
    }
    options = {"too little": 1, "about right": 2, "too much": 3}
    asked = {"options": options, "questions": questions}
    return small_study(
        folder, questionnaire=asked, conditions=["none", "natural/greedy"], **changes
    )


def test_a_question_without_a_column_is_asked_and_shown_and_not_compared(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, with_a_question_alone(tmp_path), FakeEngine(PEOPLE))
    with Session(database) as session:
        found = {(m.condition, m.name): m for m in session.execute(select(Metric)).scalars()
                 if m.subgroup == "all"}  # fmt: skip
        said = session.get_one(Respondent, (1, 0)).answers
    assert set(said) == {"roads", "vote"}
    assert found["none", "share/parks/1"].value == pytest.approx(0.6)
    assert found["natural/greedy", "mean/parks"].value == pytest.approx(1.5)
    assert found["natural/greedy", "mean/parks"].n == 8
    parts = [name.split("/") for _, name in found if "/" in name]
    assert {of for kind, of, *_ in parts if kind in ("share", "mean", "sd")} == {"parks"}
    assert {of for kind, of, *_ in parts if kind == "item"} == {"roads", "vote"}
    assert len(answers(database, "none")) == 8 * 3


def test_other_questions_are_compared_as_without_it(database: Engine, tmp_path: Path) -> None:
    run_study(database, with_a_question_alone(tmp_path))
    options = {"too little": 1, "about right": 2, "too much": 3}
    without = {
        "options": options,
        "questions": {
            "roads": "Are we spending too much on roads?",
            "vote": {"question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]}},
        },
    }
    run_study(database, small_study(tmp_path, study="two", questionnaire=without,
                                    conditions=["none"]))  # fmt: skip
    with Session(database) as session:
        found = {(m.study_id, m.name): m.value for m in session.execute(select(Metric)).scalars()
                 if (m.condition, m.subgroup) == ("none", "all")}  # fmt: skip
    for name in ("wd", "tv"):
        assert found[1, name] == pytest.approx(found[2, name])


def test_a_study_with_humans_compares_something(tmp_path: Path) -> None:
    asked = {"options": {"a": 1, "b": 2}, "questions": {"q": {"question": "Q?", "column": None}}}
    with pytest.raises(InputError, match="questions: none has a column to compare humans by"):
        small_study(tmp_path, questionnaire=asked, conditions=["none"])
