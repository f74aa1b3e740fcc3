"""The `backstory` job: a story for everybody in the chunk, the same one whenever it is written."""

from pathlib import Path

from chat_templates import CHATML, tokenizer_with
from fake_model import FakeEngine, drain, jobs, make_runner, small_study, store
from sqlalchemy import Engine, delete, select
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Persona
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Usage
from anthology.models.study.study import Study
from anthology.workers.engine.text_model import Generation, PromptRefused, Sampling
from anthology.workers.tasks import backstory


def only_stories(tmp_path: Path, **changes: object) -> Study:
    return small_study(tmp_path, conditions=["natural/greedy"], **changes)


def write(database: Engine, model: FakeEngine) -> None:
    runner = make_runner(database, model)
    for job in jobs(database, "backstory"):
        runner.do(job.kind, job.id or 0, print)


def personas(database: Engine) -> list[Persona]:
    with Session(database) as session:
        return list(session.execute(select(Persona).order_by(col(Persona.number))).scalars())


def test_everybody_has_a_story_of_their_own(database: Engine, tmp_path: Path) -> None:
    store(database, only_stories(tmp_path))
    model = FakeEngine()
    write(database, model)
    found = personas(database)
    assert [one.number for one in found] == list(range(9))
    assert len({one.story for one in found}) == 9
    assert all(one.story == f"My number is {one.seed}." for one in found)
    assert all(one.error is None and one.finish_reason == "stop" for one in found)
    assert model.prompts == ["Question: Tell me about yourself.\nAnswer:"] * 9


def test_the_same_study_writes_the_same_stories_in_any_chunking(tmp_path: Path) -> None:
    found = []
    for chunk in (1, 4, 64):
        folder = tmp_path / str(chunk)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        store(database, only_stories(folder, chunk=chunk))
        write(database, FakeEngine())
        found.append([(one.number, one.seed, one.story) for one in personas(database)])
        database.dispose()
    assert found[0] == found[1] == found[2]


def test_the_recipe_reaches_the_model(database: Engine, tmp_path: Path) -> None:
    recipe = {
        "name": "people", "count": 1, "prompt": "Who are you?", "max_tokens": 99,
        "min_tokens": 5, "temperature": 0.7, "top_p": 0.9, "seed": 3,
    }  # fmt: skip
    received: list[Sampling] = []

    class Listening(FakeEngine):
        async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
            received.append(sampling)
            return await super().generate(prompt, sampling, usage)

    store(database, only_stories(tmp_path, pool=recipe))
    model = Listening()
    write(database, model)
    (one,) = personas(database)
    assert received == [Sampling(99, 5, 0.7, 0.9, one.seed, ["\nQuestion:"])]
    assert model.prompts == ["Question: Who are you?\nAnswer:"]


def test_a_story_ends_where_the_next_question_begins(database: Engine, tmp_path: Path) -> None:
    style = {"asker": "Interviewer", "answerer": "Interviewee"}
    story = "I was born.\nQuestion: no speaker here.\nInterviewer: And then?\nInterviewee: Later."
    store(database, only_stories(tmp_path, style=style))
    model = FakeEngine(story=lambda seed: story)
    write(database, model)
    assert {one.story for one in personas(database)} == {"I was born.\nQuestion: no speaker here."}
    assert {*model.prompts} == {"Interviewer: Tell me about yourself.\nInterviewee:"}


def test_a_chat_model_ends_its_story_by_itself(database: Engine, tmp_path: Path) -> None:
    received: list[list[str]] = []

    class Chatting(FakeEngine):
        async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
            received.append(sampling.stop)
            return Generation("I was born.\nQuestion: Where?", 5, "stop")

    store(database, only_stories(tmp_path, style={"turns": "chat", "system": "Be brief."}))
    runner = make_runner(database, Chatting())
    runner.tokenizer = tokenizer_with(CHATML)
    for job in jobs(database, "backstory"):
        runner.do(job.kind, job.id or 0, print)
    assert received == [[]] * 9
    assert {one.story for one in personas(database)} == {"I was born.\nQuestion: Where?"}


def test_a_resumed_chunk_writes_only_what_is_missing(database: Engine, tmp_path: Path) -> None:
    store(database, only_stories(tmp_path))
    write(database, FakeEngine())
    before = {one.number: one.story for one in personas(database)}
    with writing(database) as session:
        session.execute(delete(Persona).where(col(Persona.number).in_([1, 2])))
    job = jobs(database, "backstory")[0]
    held = protocol.Claim(job.id or 0, "backstory", 2, "w", None, job.pool_id, "", 0, 4)
    assert len(backstory.items(database, held)) == 2
    assert {one.number for one in personas(database)} == set(before) - {1, 2}


def test_a_refused_prompt_is_the_error_of_that_persona_alone(
    database: Engine, tmp_path: Path
) -> None:
    refused = [0]

    def once(prompt: str) -> Exception | None:
        refused[0] += 1
        return PromptRefused("too long") if refused[0] == 3 else None

    store(database, only_stories(tmp_path, chunk=64))
    write(database, FakeEngine(fault=once))
    errors = [one.error for one in personas(database)]
    assert errors.count("too long") == 1
    assert errors.count(None) == 8


def test_an_empty_story_is_an_error(database: Engine, tmp_path: Path) -> None:
    store(database, only_stories(tmp_path))
    write(database, FakeEngine(story=lambda seed: " \n "))
    assert {one.error for one in personas(database)} == {"the model wrote an empty story"}


def test_a_story_keeps_hostile_text_but_for_nul(database: Engine, tmp_path: Path) -> None:
    hostile = "I\x00 am '; DROP TABLE persona; -- <script>\u202e\U0001f600"
    store(database, only_stories(tmp_path))
    write(database, FakeEngine(story=lambda seed: hostile))
    assert {one.story for one in personas(database)} == {hostile.replace("\x00", "")}


def test_personas_without_a_story_are_not_polled_and_not_matched(
    database: Engine, tmp_path: Path
) -> None:
    study = only_stories(tmp_path)
    store(database, study)
    model = FakeEngine(story=lambda seed: "" if seed % 2 else "I was born.")
    said = drain(make_runner(database, model))
    assert not [line for line in said if line.startswith(("failed", "postponed"))]
    written = sum(one.error is None for one in personas(database))
    assert 0 < written < 9
    polls = [prompt for prompt in model.prompts if prompt.endswith("Answer: (")]
    asked = [p for p in polls if "How old are you?" in p or "What is your sex?" in p]
    assert len(asked) == written * 2
