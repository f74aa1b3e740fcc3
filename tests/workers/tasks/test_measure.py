"""`measure` on a whole small study: stored figures are those of the metrics by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study
from measured import figures
from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Answer, Job, Metric
from anthology.models.statistics import comparison
from anthology.models.statistics.by_item.names import names, of_floors
from anthology.models.statistics.figures import FLOOR
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans
from anthology.workers.engine.text_model import PromptRefused

LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0, "young": 2.0, "woman": 3.0}


def by_hand(database: Engine, study: Study, condition: str) -> dict[str, float]:
    """The study's figures from the survey file and the stored answers, without `matrices`."""
    humans = read_humans(study)
    theirs = comparison.Humans(
        np.array([humans.answers[q.name] for q in study.questions]).T, np.array(humans.weights)
    )
    with Session(database) as session:
        stored = {
            (a.respondent, a.question): a
            for a in session.execute(select(Answer)).scalars()
            if a.condition == condition
        }
    people = range(humans.sampled)
    ours = comparison.Simulated(
        np.array([[stored[n, q.name].drawn for q in study.questions] for n in people]),
        np.array(humans.weights[: humans.sampled]),
        [np.array([stored[n, q.name].probabilities for n in people]) for q in study.questions],
    )
    return comparison.compare(theirs, ours)


@pytest.mark.parametrize("sample", [None, 12])
def test_stored_figures_are_those_of_the_metrics(
    database: Engine, tmp_path: Path, sample: int | None
) -> None:
    humans = {"file": "humans.csv", "weight": "weight", "sample": sample}
    study = small_study(tmp_path, people=20, humans=humans, conditions=["none", "bio"])
    run_study(database, study, FakeEngine(LIKES))
    for condition in ("none", "bio"):
        found = figures(database, condition)
        expected = by_hand(database, study, condition)
        for name, value in expected.items():
            assert found[name].value == pytest.approx(value), name
            assert found[name].n == (sample or 20)
        assert found["label_mass"].value == pytest.approx(0.8)
        assert found["missing_answers"].value == 0
        low, value, high = found["tv"].low, found["tv"].value, found["tv"].high
        assert low is not None
        assert value is not None
        assert high is not None
        assert low <= value <= high


def test_the_distance_of_one_question_by_hand(database: Engine, tmp_path: Path) -> None:
    """Humans 1, 2, 3 with weights 1, 2, 1 against shares 0.6, 0.3, 0.1: no metrics code at all."""
    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3},
        "questions": {"roads": "Roads?"},
    }
    path = tmp_path / "humans.csv"
    study = small_study(tmp_path, conditions=["none"], questionnaire=questionnaire, measures={})
    path.write_text("id,weight,age,sex,roads\na,1,20,1,1\nb,2,30,1,2\nc,1,40,2,3\n")
    run_study(database, study, FakeEngine(LIKES))
    found = figures(database, "none")
    # |0.25 - 0.6| + |0.75 - 0.9| over the cumulated shares; half the sum of |differences|
    assert found["wd"].value == pytest.approx(0.35 + 0.15)
    assert found["tv"].value == pytest.approx((0.35 + 0.2 + 0.15) / 2)


def test_simulated_people_may_count_without_their_respondents_weights(
    database: Engine, tmp_path: Path
) -> None:
    """Shares 1 of who is a man, 3 of who is a woman; humans 1, 3 with weights 3, 1. All figures by
    hand: the humans' shares are 3/4 and 1/4, the simulated ones' the same or one half each."""
    questionnaire = {"options": {"low": 1, "high": 3}, "questions": {"roads": "Roads?"}}
    changes = {"conditions": ["bio"], "questionnaire": questionnaire}
    weighted = small_study(tmp_path, study="weighted", **changes, measures={})
    alike = small_study(tmp_path, study="alike", **changes, measures={"weight_simulated": False})
    path = tmp_path / "humans.csv"
    path.write_text("id,weight,age,sex,roads\na,3,20,1,1\nb,1,30,2,3\n")

    class Sexed(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            liked = "low" if "I am a man." in prompt else "high"
            found = super().answers(prompt)
            return {text: float(liked in text) for text in found}

    run_study(database, weighted, Sexed())
    run_study(database, alike, Sexed())
    with Session(database) as session:
        values = {
            (metric.study_id, metric.name): metric.value
            for metric in session.execute(select(Metric)).scalars()
            if metric.condition == "bio"
        }
    assert values[1, "wd"] == pytest.approx(0)
    assert values[2, "wd"] == pytest.approx(1 / 4)
    assert values[2, "wd_drawn"] == pytest.approx(1 / 4)


def test_the_floor_is_between_the_humans_themselves(database: Engine, tmp_path: Path) -> None:
    humans = {"file": "humans.csv", "weight": "weight", "sample": 5}
    study = small_study(tmp_path, people=40, humans=humans, conditions=["none"],
                        measures={"splits": 100})  # fmt: skip
    run_study(database, study)
    floor, at_n = figures(database, "floor"), figures(database, "floor_at_n")
    assert floor["wd"].n == 40
    assert at_n["wd"].n == 5
    assert floor["wd"].value is not None
    assert at_n["wd"].value is not None
    assert 0 < floor["wd"].value < at_n["wd"].value
    of_items = names([(asked.name, asked.ordered) for asked in study.compared], of_floors)
    assert set(floor) == set(at_n) == {*FLOOR, *of_items}


def test_subgroups_are_measured_on_their_own_members(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, people=20, conditions=["none"])
    run_study(database, study)
    men, women = figures(database, "none", "sex=man"), figures(database, "none", "sex=woman")
    assert men["wd"].n == women["wd"].n == 10
    assert men["wd"].value != women["wd"].value


def test_whoever_gave_no_answer_is_counted_and_left_out(database: Engine, tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse(prompt: str) -> Exception | None:
        if "keeping in mind" in prompt:
            return None
        asked.append(prompt)
        return PromptRefused("too long") if len(asked) <= 3 else None

    study = small_study(tmp_path, people=20, conditions=["none"])
    run_study(database, study, FakeEngine(LIKES, fault=refuse))
    found = figures(database, "none")
    assert found["wd"].n == 17
    assert found["missing_answers"].value == 9


VOTE = {"question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]}, "refusal": "Not said"}


def test_refusals_are_a_figure_of_their_own_and_not_missing(
    database: Engine, tmp_path: Path
) -> None:
    questions = {"roads": {"question": "Roads?", "options": {"a": 1, "b": 2, "c": 3}}, "vote": VOTE}
    study = small_study(tmp_path, people=20, conditions=["none"],
                        questionnaire={"questions": questions})  # fmt: skip
    run_study(database, study, FakeEngine({"Yes": 2.0, "No": 1.0, "Not said": 3.0}))
    found = figures(database, "none")
    assert found["refusal"].value == pytest.approx(0.5)
    with Session(database) as session:
        drawn = [row.drawn for row in session.execute(select(Answer)).scalars() if row.refusal]
    assert found["refused_answers"].value == drawn.count(2) > 0
    assert found["missing_answers"].value == 0
    assert found["wd"].n == 20
    men, women = (figures(database, "none", f"sex={who}") for who in ("man", "woman"))
    assert men["refused_answers"].value + women["refused_answers"].value == drawn.count(2)


def test_distances_are_of_the_distribution_among_those_who_answer(
    database: Engine, tmp_path: Path
) -> None:
    """Whoever is shown Yes first refuses nine times in ten; the others say No and never refuse."""

    class Torn(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            first = prompt.index("Yes") < prompt.index("No")
            self.weights = (
                {"Yes": 1.0, "No": 1e-9, "Not said": 9.0} if first
                else {"Yes": 1e-9, "No": 1.0, "Not said": 1e-9}
            )  # fmt: skip
            return super().answers(prompt)

    study = small_study(tmp_path, people=20, conditions=["none"],
                        questionnaire={"questions": {"vote": VOTE}})  # fmt: skip
    run_study(database, study, Torn())
    humans = read_humans(study)
    with Session(database) as session:
        stored = list(session.execute(select(Answer)).scalars())
    weight = {row.respondent: humans.weights[row.respondent] for row in stored}
    yes = sum(0.1 * weight[row.respondent] for row in stored if row.refusal and row.refusal > 0.5)
    no = sum(weight[row.respondent] for row in stored if row.refusal and row.refusal < 0.5)
    said = [w for w, a in zip(humans.weights, humans.answers["vote"], strict=True) if a == 0]
    expected = abs(yes / (yes + no) - sum(said) / sum(humans.weights))
    assert figures(database, "none")["tv"].value == pytest.approx(expected, abs=1e-6)
    assert figures(database, "none")["wd"].n == 20


def test_a_condition_in_which_everybody_refuses_has_no_distances(
    database: Engine, tmp_path: Path
) -> None:
    study = small_study(tmp_path, conditions=["none"],
                        questionnaire={"questions": {"vote": VOTE}})  # fmt: skip
    run_study(database, study, FakeEngine({"Yes": 0.0, "No": 0.0}))
    found = figures(database, "none")
    assert found["refusal"].value == 1
    assert found["refused_answers"].value == found["wd"].n == 8
    assert found["missing_answers"].value == 0
    assert (found["wd"].value, found["tv"].value, found["tv"].low) == (None, None, None)


def test_a_study_that_offers_no_refusal_has_no_figure_of_it(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    assert not {"refusal", "refused_answers"} & set(figures(database, "none"))


def test_the_label_mass_of_written_answers_is_the_share_of_first_ones_that_parsed(
    database: Engine, tmp_path: Path
) -> None:
    how = {"readout": "sample", "samples": 5, "questions": {"vote": VOTE}}
    run_study(database, small_study(tmp_path, conditions=["none"], questionnaire=how))
    with Session(database) as session:
        rows = session.execute(select(Answer)).scalars()
        samples = [sample for row in rows for sample in row.samples or []]
    parsed = [sample["first_choice"] is not None for sample in samples]
    assert len(parsed) == 8 * 5
    assert 0 < sum(parsed) < len(parsed)
    mass = figures(database, "none")["label_mass"].value
    assert mass == pytest.approx(sum(parsed) / len(parsed))


def test_compliance_counts_those_who_never_gave_a_valid_answer(
    database: Engine, tmp_path: Path
) -> None:
    """One sample and one attempt: whoever fails has no answer at all, and is not left out."""
    how = {"readout": "sample", "samples": 1, "attempts": 1, "questions": {"vote": VOTE}}
    run_study(database, small_study(tmp_path, people=40, conditions=["none"], questionnaire=how))
    with Session(database) as session:
        errors = [row.error for row in session.execute(select(Answer)).scalars()]
    failed = sum(error is not None for error in errors)
    found = figures(database, "none")
    assert 0 < failed < len(errors) == 40
    assert found["label_mass"].value == pytest.approx(1 - failed / 40)
    assert found["wd"].n == 40 - failed


def test_a_question_that_only_some_humans_were_asked_is_compared_among_their_doubles(
    database: Engine, tmp_path: Path
) -> None:
    """Men alone were asked: what women's doubles say of it is no part of the comparison."""

    class Mirror(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            found = super().answers(prompt)
            likely = "too much" if "man." in prompt and "woman." not in prompt else "too little"
            return {text: float(likely in text) for text in found}

    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3},
        "questions": {"roads": "Roads?"},
    }
    study = small_study(tmp_path, conditions=["bio"], questionnaire=questionnaire, measures={})
    (tmp_path / "humans.csv").write_text(
        "id,weight,age,sex,roads\na,1,20,1,3\nb,2,30,2,\nc,1,60,1,3\nd,5,60,2,\n"
    )
    run_study(database, study, Mirror())
    found = figures(database, "bio")
    assert found["wd"].value == pytest.approx(0, abs=1e-9)
    assert found["wd_drawn"].value == pytest.approx(0, abs=1e-9)
    assert found["missing_answers"].value == 0


def test_items_without_an_order_are_no_constant_items_of_correlations(
    database: Engine, tmp_path: Path
) -> None:
    options = {"too little": 1, "about right": 2, "too much": 3}
    questionnaire = {
        "options": options,
        "questions": {"roads": "Roads?", "parks": "Parks?", "vote": {**VOTE, "ordered": False}},
    }
    likes = {**LIKES, "Yes": 1.0, "No": 1e-12}
    study = small_study(tmp_path, people=30, conditions=["none"], questionnaire=questionnaire)
    run_study(database, study, FakeEngine(likes))
    found = figures(database, "none")
    assert found["constant_items"].value == 0
    assert found["complete_cases"].value == 30


def test_a_condition_that_nobody_answered_has_no_figures(database: Engine, tmp_path: Path) -> None:
    refuse = lambda prompt: PromptRefused("too long")  # noqa: E731
    run_study(database, small_study(tmp_path, conditions=["none"]), FakeEngine(fault=refuse))
    assert figures(database, "none") == {}
    assert figures(database, "floor") != {}
    assert [job.state for job in jobs(database, "measure")] == ["done"]


def test_what_is_undefined_is_null_and_not_nan(database: Engine, tmp_path: Path) -> None:
    certain = {"too little": 1.0, "about right": 0.0, "too much": 0.0, "Yes": 1.0, "No": 0.0}

    class Certain(FakeEngine):
        def shares(self, options: list[str]) -> list[float]:
            return [max(share, 1e-300) for share in super().shares(options)]

    run_study(database, small_study(tmp_path, conditions=["none"]), Certain(certain))
    found = figures(database, "none")
    assert found["alpha"].value is None
    assert found["constant_items"].value == 3
    with Session(database) as session:
        for row in session.execute(select(Metric)).scalars():
            assert row.value is None or math.isfinite(row.value)


def test_measuring_again_changes_no_figure(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    before = {name: (m.value, m.low, m.high) for name, m in figures(database, "none").items()}
    with writing(database) as session:
        session.execute(update(Job).where(col(Job.kind) == "measure").values(state="pending"))
        session.execute(Metric.metadata.tables["metric"].delete())
    drain(make_runner(database, None))
    after = {name: (m.value, m.low, m.high) for name, m in figures(database, "none").items()}
    assert after == before
