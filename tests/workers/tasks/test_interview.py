"""The `interview` job: lives told answer by answer, each answer judged before the next."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, jobs, make_runner, run_study, store
from interviewed import CRITERIA, QUESTIONS, Judged, is_critic, one_in_three, rows, told
from sqlalchemy import Engine
from surveyed import answers, asked, conversation

from anthology.models.database.sessions import open_database
from anthology.models.database.tables import InterviewAnswer, Persona, Poll
from anthology.models.jobs.protocol import Usage
from anthology.workers.engine.text_model import Generation, PromptRefused, Sampling


def test_a_life_is_the_answers_to_the_questions_in_turn(database: Engine, tmp_path: Path) -> None:
    model = run_study(database, told(tmp_path), Judged())
    found = rows(database, InterviewAnswer)
    assert [(one.number, one.place) for one in found] == [
        (n, p) for n in range(5) for p in range(3)
    ]
    assert len({one.text for one in found}) == 15
    for person in rows(database, Persona):
        mine = [one for one in found if one.number == person.number]
        assert person.story == "\n\n\n".join(one.text for one in mine)
        assert person.tokens == sum(one.tokens for one in mine)
        assert (person.error, person.finish_reason) == (None, "stop")
    assert model.prompts.count("Question: Where were you born?\nAnswer:") == 5


def test_every_request_begins_with_the_one_before_and_the_critic_leaves_nothing(
    database: Engine, tmp_path: Path
) -> None:
    store(database, told(tmp_path, chunk=1))
    model = Judged()
    runner = make_runner(database, model)
    runner.do("interview", jobs(database, "interview")[0].id or 0, print)
    said = [one.text for one in rows(database, InterviewAnswer)]
    before = ""
    for question, answer in zip(QUESTIONS, said, strict=True):
        written, *judged = model.prompts[:3]
        del model.prompts[:3]
        assert written == f"{before}Question: {question}\nAnswer:"
        before = f"{written} {answer}\n\n"
        assert [prompt.startswith(f"{before}Question: ") for prompt in judged] == [True, True]
        assert [prompt.removeprefix(before).partition("\n")[0] for prompt in judged] == [
            f"Question: {text}" for text in CRITERIA.values()
        ]
    assert model.prompts == []


def test_polls_and_surveys_follow_the_whole_interview(database: Engine, tmp_path: Path) -> None:
    study = told(tmp_path)
    model = run_study(database, study, Judged())
    prompts = set(asked(model))
    for person in range(8):
        assert prompts.issuperset(conversation(database, study, "lives/greedy+qa", person))
    story = rows(database, Persona)[0].story.split("\n\n\n")
    told_before = "".join(
        f"Question: {question}\nAnswer: {answer}\n\n"
        for question, answer in zip(QUESTIONS, story, strict=True)
    )
    polled = [prompt for prompt in prompts if prompt.startswith(told_before)]
    assert any(
        "Question: How old are you?" in prompt.removeprefix(told_before) for prompt in polled
    )
    assert len(rows(database, Poll)) == 5 * 2
    assert [one.error for one in answers(database) if one.error] == []
    assert {job.state for job in jobs(database)} == {"done"}


def test_a_rejected_answer_is_written_again_and_both_are_kept(
    database: Engine, tmp_path: Path
) -> None:
    model = run_study(database, told(tmp_path), Judged(one_in_three))
    found = rows(database, InterviewAnswer)
    again = [one for one in found if one.attempts > 1]
    assert len(again) > 2
    rejected = {r["text"] for one in again for r in one.rejected}
    assert {text[-2:] for text in rejected} <= {"0.", "1.", "2."}
    for one in again:
        assert one.attempts == 1 + len(one.rejected)
        assert one.text not in rejected
        assert one.rejected[0]["verdicts"] == pytest.approx({"contradiction": 0.1, "nonsense": 0.9})
    for one in found:
        assert one.verdicts == pytest.approx({"contradiction": 0.1, "nonsense": 0.1})
    stays = [prompt for prompt in model.prompts if not is_critic(prompt)]
    assert not any(f"{text}\n\n" in prompt for prompt in stays for text in rejected)


def test_a_life_that_stays_faulty_ends_with_what_was_wrong(
    database: Engine, tmp_path: Path
) -> None:
    model = Judged(lambda answer, fault: fault == CRITERIA["contradiction"])
    run_study(database, told(tmp_path, {"attempts": 3}), model)
    why = "rejected 3 times, last as contradiction"
    assert {one.error for one in rows(database, Persona)} == {f"answer 1: {why}"}
    found = rows(database, InterviewAnswer)
    assert [(one.place, one.error, len(one.rejected)) for one in found] == [(0, why, 3)] * 5
    assert len({r["text"] for one in found for r in one.rejected}) == 15
    assert rows(database, Poll) == []


def test_without_a_critic_nothing_is_asked_beside_the_questions(
    database: Engine, tmp_path: Path
) -> None:
    model = run_study(database, told(tmp_path, "none"))
    found = rows(database, InterviewAnswer)
    assert {(one.attempts, one.verdicts, one.rejected) for one in found} == {(1, None, None)}
    assert not any(map(is_critic, model.prompts))


@pytest.mark.parametrize(
    ("critic", "why", "attempts"),
    [({"attempts": 2}, "rejected 2 times, last as empty", 2),
     ("none", "the model wrote an empty answer", 1)],
)  # fmt: skip
def test_an_empty_answer_needs_no_critic(
    database: Engine, tmp_path: Path, critic: Any, why: str, attempts: int
) -> None:
    model = FakeEngine(story=lambda seed: " \n ")
    run_study(database, told(tmp_path, critic), model)
    assert {(one.error, one.attempts) for one in rows(database, InterviewAnswer)} == {
        (why, attempts)
    }
    assert not any(map(is_critic, model.prompts))


def test_an_answer_that_outgrows_the_context_ends_that_life_alone(
    database: Engine, tmp_path: Path
) -> None:
    grown: list[str] = []

    def fault(prompt: str) -> Exception | None:
        last = prompt.rpartition("Question: ")[2].startswith(QUESTIONS[2])
        if last and prompt.count("Question: ") == 3 and not grown:
            grown.append(prompt)
            return PromptRefused("too long")
        return None

    run_study(database, told(tmp_path), Judged(fault=fault))
    assert [one.error for one in rows(database, Persona) if one.error] == ["answer 3: too long"]
    assert len(rows(database, InterviewAnswer)) == 15


def test_the_same_study_tells_the_same_lives_in_any_chunking(tmp_path: Path) -> None:
    found = []
    for chunk in (1, 64):
        folder = tmp_path / str(chunk)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        run_study(database, told(folder, chunk=chunk), Judged())
        found.append([(one.number, one.place, one.text) for one in rows(database, InterviewAnswer)])
        database.dispose()
    assert found[0] == found[1]


def test_the_recipe_reaches_the_model(database: Engine, tmp_path: Path) -> None:
    received: list[Sampling] = []

    class Listening(FakeEngine):
        async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
            received.append(sampling)
            return await super().generate(prompt, sampling, usage)

    interview = {"questions": ["Who?"], "max_tokens": 99, "temperature": 0.7, "top_p": 0.9,
                 "critic": "none"}  # fmt: skip
    store(database, told(tmp_path, pools={"lives": {"count": 1, "interview": interview}}))
    runner = make_runner(database, Listening())
    runner.do("interview", jobs(database, "interview")[0].id or 0, print)
    [one] = received
    assert one == Sampling(99, 1, 0.7, 0.9, one.seed, ["\nQuestion:"])
