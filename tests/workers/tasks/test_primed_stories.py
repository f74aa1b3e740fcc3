"""Primed stories: told after a respondent's own traits, and alone before the survey."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, store
from primed import PROMPT, Telling, asked_to_write, primed_study, stories, write
from sqlalchemy import Engine, delete, select, update
from sqlmodel import Session, col
from surveyed import answers, asked, conversation, drain_but_measure

from anthology.models.database.sessions import writing
from anthology.models.database.tables import Job, Match, Metric, Persona, Respondent, StudyRow
from anthology.models.jobs import ready
from anthology.models.prompting.prompts import story_turn
from anthology.models.prompting.rendering import PlainRendering
from anthology.models.study.study import Study
from anthology.producer.monitoring.progress import progress
from anthology.producer.submission.estimate import planned_jobs

OLD_WOMAN = (
    "Question: How old are you?\n(A) young\n(B) old\nAnswer with (A) or (B).\nAnswer: (B) old\n\n"
    "Answer the following question keeping in mind your previous answers.\n"
    "Question: What is your sex?\n(A) man\n(B) woman\nAnswer with (A) or (B).\n"
    "Answer: (B) woman\n\n"
)
APPENDED = [{"pool": "primed"}, {"pool": "primed", "append": "qa"}]


def respondents(database: Engine) -> list[Respondent]:
    with Session(database) as session:
        return list(session.execute(select(Respondent).order_by(col(Respondent.number))).scalars())


# --- what is told before a story -----------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"traits_order": "shuffled", "style": {"labels": "digits", "reminder": "in_surveys"}},
        {"questionnaire": {"options": {"a": 1, "b": [2, 3]}, "questions": {"roads": "Roads?"},
                           "readout": "text"}},
    ],
    ids=["shuffled and styled", "in words"],
)  # fmt: skip
def test_a_story_is_told_after_what_the_condition_of_that_name_says_of_the_respondent(
    database: Engine, tmp_path: Path, changes: dict[str, Any]
) -> None:
    ways = ["bio", "qa", "portray"]
    pools = {f"by-{way}": {"primed_by": way} for way in ways}
    conditions = [*ways, *({"pool": name} for name in pools)]
    study = primed_study(tmp_path, pools=pools, conditions=conditions, **changes)
    store(database, study)
    model, rendering = write(database, FakeEngine()), PlainRendering(study.style)
    expected = [
        rendering.prompt(
            [*study.opening(way, one.number, one.traits), story_turn("Tell me about yourself.")]
        )
        for one in respondents(database)
        for way in ways
    ]
    assert sorted(model.prompts) == sorted(expected)
    assert len(set(expected)) >= 3 * 3


def test_a_primed_prompt_is_this_text(database: Engine, tmp_path: Path) -> None:
    store(database, primed_study(tmp_path))
    model = write(database, FakeEngine())
    old_women = [one for one in respondents(database) if one.traits == {"age": 1, "sex": 1}]
    assert old_women
    assert asked_to_write(model).count(OLD_WOMAN + PROMPT) == len(old_women)


def test_keys_of_natural_pools_hold_for_primed_ones(database: Engine, tmp_path: Path) -> None:
    keys = {"prompts": ["Who are you?", "What do you do?"], "stop": [" is"],
            "reject": {"shorter_than": 99, "attempts": 2}}  # fmt: skip
    store(database, primed_study(tmp_path, keys))
    model = write(database, FakeEngine())
    ends = [prompt.rpartition("Question: ")[2] for prompt in model.prompts]
    assert [ends.count(f"{prompt}\nAnswer:") for prompt in keys["prompts"]] == [8, 8]
    with Session(database) as session:
        for one in session.execute(select(Persona)).scalars():
            assert (one.story, one.attempts) == ("My number", 2)
            assert one.error == "no story of at least 99 tokens in 2 attempts"


# --- the survey ----------------------------------------------------------------------------------


def test_the_survey_is_taken_after_the_prompt_and_the_story_alone(
    database: Engine, tmp_path: Path
) -> None:
    study, model = primed_study(tmp_path, conditions=APPENDED), Telling()
    store(database, study)
    drain_but_measure(database, model)
    surveyed = [
        prompt
        for condition in study.condition_names
        for person in range(8)
        for prompt in conversation(database, study, condition, person)
    ]
    assert study.condition_names == ["primed", "primed+qa"]
    assert sorted(prompt for prompt in asked(model) if not prompt.endswith(PROMPT)) == sorted(
        surveyed
    )
    told = stories(database)
    first = conversation(database, study, "primed", 3)[0]
    assert first.startswith(f"{PROMPT} {told[3]}\n\nAnswer the following question keeping in mind")
    assert first.count("Question: ") == 2
    appended = conversation(database, study, "primed+qa", 3)[0]
    assert appended.startswith(f"{PROMPT} {told[3]}\n\nAnswer the following")
    assert appended.count("Question: ") == 4
    assert "What is your sex?" in appended


def test_stories_and_answers_follow_the_traits_of_each_respondent(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, primed_study(tmp_path), Telling())
    women = {one.number for one in respondents(database) if one.traits["sex"] == 1}
    assert 0 < len(women) < 8
    assert {n for n, story in stories(database).items() if story.startswith("I am a woman.")} == (
        women
    )
    for one in answers(database):
        if one.question != "vote":
            assert one.drawn == (2 if one.respondent in women else 0)
        assert one.persona == one.respondent
    with Session(database) as session:
        figures = {(m.subgroup, m.name): m for m in session.execute(select(Metric)).scalars()}
        assert session.execute(select(Match)).all() == []
    assert figures["sex=woman", "wd"].n == len(women)


def test_its_jobs_are_as_many_as_was_promised_and_nobody_is_polled_or_matched(
    database: Engine, tmp_path: Path
) -> None:
    study = primed_study(tmp_path, humans={"file": "humans.csv", "sample": 6})
    run_study(database, study)
    found = [job.kind for job in jobs(database)]
    promised = {"backstory": 2, "interview": 0, "critic": 0, "poll": 0, "match": 0, "calibrate": 0,
                "survey": 2, "measure": 1}  # fmt: skip
    with Session(database) as session:
        stored = Study.from_spec(session.execute(select(StudyRow)).scalar_one().spec)
    assert planned_jobs(stored, 6) == promised
    assert {kind: found.count(kind) for kind in promised} == promised
    assert stored.pools["primed"].count == 6
    assert progress(database, "small").state == "done"


def test_a_respondent_whose_story_failed_is_not_asked(database: Engine, tmp_path: Path) -> None:
    told = iter(["", *(f"My number is {n}." for n in range(1, 8))])
    study = primed_study(tmp_path, conditions=["none", *APPENDED])
    run_study(database, study, FakeEngine(story=lambda seed: next(told)))
    missing = set(range(8)) - stories(database).keys()
    assert len(missing) == 1
    for condition in study.condition_names:
        people = {one.respondent for one in answers(database, condition)}
        assert people == set(range(8)) - (set() if condition == "none" else missing)
    assert progress(database, "small").state == "done with 1 error"


def test_label_priors_are_found_after_the_stories(database: Engine, tmp_path: Path) -> None:
    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3}, "debias": "label_prior",
        "questions": {"roads": "Roads?"},
    }  # fmt: skip
    store(database, primed_study(tmp_path, questionnaire=questionnaire))
    model = FakeEngine()
    drain_but_measure(database, model)
    assert [job.state for job in jobs(database, "calibrate")] == ["done"]
    later = model.prompts[8:]
    assert len(later) > 8
    assert all(prompt.startswith(f"{PROMPT} My number is ") for prompt in later)


# --- the same again ------------------------------------------------------------------------------


def test_what_is_stored_is_not_made_again_after_a_crash(database: Engine, tmp_path: Path) -> None:
    study = primed_study(tmp_path)
    store(database, study)
    runner = make_runner(database, Telling())
    for _ in range(2):  # the job of each turn twice, as after a lost lease
        for message in ready.due(database):
            runner.do(message.kind, message.id, lambda progress: None)
            runner.do(message.kind, message.id, lambda progress: None)
    assert store(database, study) == []
    model = Telling()
    drain(make_runner(database, model))
    assert model.prompts == []
    assert len(stories(database)) == 8
    assert len(answers(database)) == 8 * 3


def test_a_chunk_that_was_cut_off_goes_on_with_whom_it_lacks(
    database: Engine, tmp_path: Path
) -> None:
    store(database, primed_study(tmp_path))
    write(database, Telling())
    before = stories(database)
    with writing(database) as session:
        session.execute(delete(Persona).where(col(Persona.number) == 5))
        lost = update(Job).where(col(Job.kind) == "backstory").values(state="pending")
        session.execute(lost)
    assert len(write(database, Telling()).prompts) == 1
    assert stories(database) == before


def test_a_shared_pool_is_primed_by_whoever_shares_it(database: Engine, tmp_path: Path) -> None:
    store(database, primed_study(tmp_path))
    to_enqueue = store(database, primed_study(tmp_path, study="second"))
    assert to_enqueue == []
    with writing(database) as session:
        first = update(StudyRow).where(col(StudyRow.name) == "small")
        session.execute(first.values(cancelled=True))
    model = Telling()
    drain_but_measure(database, model)
    assert len(asked_to_write(model)) == 8
    assert len(answers(database)) == 8 * 3
