"""Previews after an interview: every question and answer of it stands before what is asked."""

from pathlib import Path

from fake_model import run_study, write_study
from interviewed import CONDITIONS, QUESTIONS, Judged, is_critic, rows, told
from previewed import show
from sqlalchemy import Engine

from anthology.models.database.tables import InterviewAnswer
from anthology.models.questionnaire.style import PLAIN
from anthology.producer.preview.preview import preview_file


def test_every_preview_is_a_prompt_that_the_worker_asked(database: Engine, tmp_path: Path) -> None:
    model = run_study(database, told(tmp_path), Judged())
    names = ("roads", "parks", "vote")
    previews = [
        show(database, person, condition, question)
        for condition in ("none", "lives/greedy+qa")
        for person in range(8)
        for question in names
    ]
    polled = [show(database, n, "poll", trait) for n in range(5) for trait in ("age", "sex")]
    asked = [
        prompt
        for prompt in model.prompts
        if prompt.endswith(PLAIN.opening) and not is_critic(prompt)
    ]
    assert sorted(one.prompt for one in [*previews, *polled]) == sorted(asked)
    said = [one.text for one in rows(database, InterviewAnswer) if one.number == 3]
    assert all(f"Answer: {text}\n" in polled[3 * 2].prompt for text in said)


def test_before_a_study_runs_every_answer_is_still_to_come(tmp_path: Path) -> None:
    pools = {"lives": {"count": 5, "interview": {"questions": QUESTIONS}}}
    path = write_study(tmp_path, pool=None, pools=pools, conditions=CONDITIONS)
    poll = preview_file(path, 0, "poll", "age", None)
    survey = preview_file(path, 0, "lives/greedy+qa", "roads", None)
    for question in QUESTIONS:
        assert f"Question: {question}\nAnswer: ⟨the story of persona 0⟩\n" in poll.prompt
        assert f"Question: {question}\nAnswer: ⟨the story of the persona matched" in survey.prompt
