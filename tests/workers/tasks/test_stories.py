"""Stories of `pools`: screened, thrown away and written anew, the same whenever they are made."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from sqlalchemy import Engine, delete, select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Persona, PoolRow
from anthology.models.jobs import protocol
from anthology.models.jobs.protocol import Usage
from anthology.models.study.study import Study
from anthology.producer.submission.estimate import estimate
from anthology.producer.surveys.respondents import read_humans
from anthology.workers.engine.text_model import Generation, Sampling
from anthology.workers.tasks import backstory

SCREENING = {"question": "Do you live here?", "options": ["Yes", "No"], "wanted": "Yes"}
SCREENED = (
    "Question: Do you live here?\n(A) Yes\n(B) No\nAnswer with (A) or (B).\nAnswer: (A) Yes\n\n"
)


def with_pool(folder: Path, pool: dict[str, Any], **changes: Any) -> Study:
    pools = {"lives": {"count": 9, **pool}}
    conditions = [{"pool": "lives", "match": "greedy", "append": "none"}]
    return small_study(folder, pool=None, pools=pools, conditions=conditions, **changes)


def write(database: Engine, model: FakeEngine) -> None:
    runner = make_runner(database, model)
    for job in jobs(database, "backstory"):
        runner.do(job.kind, job.id or 0, print)


def personas(database: Engine) -> list[Persona]:
    with Session(database) as session:
        return list(session.execute(select(Persona).order_by(col(Persona.number))).scalars())


class Listening(FakeEngine):
    """Keeps how it was asked to write."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.received: list[Sampling] = []

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        self.received.append(sampling)
        return await super().generate(prompt, sampling, usage)


def seed_of(number: int, *attempt: int) -> int:
    return seeds.derive(7, "backstory", number, *attempt)


def third_attempt(short: int = 2) -> FakeEngine:
    """A model whose stories are short until a persona's third attempt."""
    brief = {seed_of(n, *([k] if k else [])) for n in range(9) for k in range(short)}
    return FakeEngine(story=lambda seed: "No." if seed in brief else f"{seed} is my number. " * 2)


# --- how it is written ---------------------------------------------------------------------------


def test_the_recipe_reaches_the_model_and_nothing_lengthens_a_story(
    database: Engine, tmp_path: Path
) -> None:
    pool = {"max_tokens": 99, "temperature": 0.7, "top_p": 0.9, "stop": ["###", "\n\n"]}
    store(database, with_pool(tmp_path, {**pool, "count": 1}))
    model = Listening(story=lambda seed: "I was born.### And then?")
    write(database, model)
    (one,) = personas(database)
    assert model.received == [
        Sampling(99, 0, 0.7, 0.9, one.seed, ["\nQuestion:", "###", "\n\n"], False)
    ]
    assert one.story == "I was born."
    assert (one.attempts, one.screening_draws, one.log_likelihood) == (1, None, None)


def test_each_persona_is_asked_its_own_prompt_and_keeps_it(
    database: Engine, tmp_path: Path
) -> None:
    prompts = ["Who are you?", "What do you do?", "Where were you born?"]
    study = with_pool(tmp_path, {"prompts": prompts})
    model = run_study(database, study)
    (pool,) = study.pools_used
    for one in personas(database):
        told = f"Question: {pool.turns(one.number, one.story, study.style)[0].asked}\nAnswer:"
        polled = [p for p in model.prompts if f"{told} {one.story}\n" in p]
        assert len(polled) >= 2, one.number
    asked = [p for p in model.prompts if p.removeprefix("Question: ").split("\n")[0] in prompts]
    written = [p for p in asked if p.endswith("?\nAnswer:")]
    assert {prompt: sum(prompt in p for p in written) for prompt in prompts} == dict.fromkeys(
        prompts, 3
    )


def test_how_likely_a_story_is_is_stored_where_it_is_asked_for(
    database: Engine, tmp_path: Path
) -> None:
    store(database, with_pool(tmp_path, {"log_likelihood": True}))
    write(database, FakeEngine())
    for one in personas(database):
        assert one.log_likelihood == -seeds.uniform(one.seed, "likelihood")


# --- rejection -----------------------------------------------------------------------------------


def test_a_short_story_is_written_anew_with_the_seed_of_the_attempt(
    database: Engine, tmp_path: Path
) -> None:
    store(database, with_pool(tmp_path, {"reject": {"shorter_than": 10, "attempts": 3}}))
    write(database, third_attempt())
    for one in personas(database):
        assert one.error is None
        assert (one.attempts, one.seed) == (3, seed_of(one.number, 2))
        assert one.story.startswith(f"{one.seed} is my number.")


def test_rejected_attempts_are_paid_for(database: Engine, tmp_path: Path) -> None:
    store(database, with_pool(tmp_path, {"reject": {"shorter_than": 10}}, chunk=64))
    write(database, third_attempt())
    (job,) = jobs(database, "backstory")
    kept = sum(one.tokens for one in personas(database))
    assert job.output_tokens == kept + 9 * 2 * len("No.")


def test_after_the_last_attempt_the_persona_has_an_error_that_says_so(
    database: Engine, tmp_path: Path
) -> None:
    store(database, with_pool(tmp_path, {"reject": {"shorter_than": 10, "attempts": 2}}))
    model = third_attempt()
    drain(make_runner(database, model))
    assert {job.state for job in jobs(database, "backstory")} == {"done"}
    for one in personas(database):
        assert one.error == "no story of at least 10 tokens in 2 attempts"
        assert (one.attempts, one.story, one.tokens) == (2, "No.", 3)
    assert len(model.prompts) == 9 * 2  # nobody is polled


# --- screening -----------------------------------------------------------------------------------


def test_a_persona_is_screened_until_it_gives_the_answer_wanted(
    database: Engine, tmp_path: Path
) -> None:
    store(database, with_pool(tmp_path, {"screening": SCREENING, "count": 200}, chunk=64))
    write(database, FakeEngine({"Yes": 1.0, "No": 2.0}))
    found = personas(database)
    assert {one.error for one in found} == {None}
    draws = [one.screening_draws or 0 for one in found]
    first = sum(count == 1 for count in draws) / len(draws)
    assert first == pytest.approx(1 / 3, abs=4 * (2 / 9 / 200) ** 0.5)
    assert sum(draws) / len(draws) == pytest.approx(3, abs=4 * (6 / 200) ** 0.5)  # geometric


def test_who_never_gives_it_has_an_error_and_no_story(database: Engine, tmp_path: Path) -> None:
    store(database, with_pool(tmp_path, {"screening": {**SCREENING, "attempts": 4}}))
    model = FakeEngine({"Yes": 1e-9})
    drain(make_runner(database, model))
    for one in personas(database):
        assert one.error == "the screening question was not answered 'Yes' in 4 draws"
        assert (one.screening_draws, one.attempts, one.story) == (4, 0, "")
    assert len(model.prompts) == 9  # one reading each


def test_stories_are_written_after_the_screening_and_told_without_it(
    database: Engine, tmp_path: Path
) -> None:
    model = run_study(database, with_pool(tmp_path, {"screening": SCREENING}))
    screening = SCREENED.removesuffix("A) Yes\n\n")
    others = [prompt for prompt in model.prompts if prompt != screening]
    assert len(others) == len(model.prompts) - 9
    asked = "Question: Tell me about yourself.\nAnswer:"
    written = [prompt for prompt in others if prompt == SCREENED + asked]
    told = [prompt for prompt in others if prompt.startswith(f"{asked} ")]
    assert (len(written), len(written) + len(told)) == (9, len(others))


def test_the_estimate_counts_the_screening(tmp_path: Path) -> None:
    def tokens(pool: dict[str, Any]) -> tuple[int, int]:
        study = with_pool(tmp_path, pool)
        found = estimate(study, read_humans(study))
        return found.prompt_tokens, found.output_tokens

    plain, screened = tokens({}), tokens({"screening": SCREENING})
    assert screened[1] - plain[1] == 9
    assert screened[0] > plain[0]
    assert tokens({"max_tokens": 700})[1] == plain[1] - 9 * 800


# --- the same again ------------------------------------------------------------------------------


def test_the_same_study_makes_the_same_personas_in_any_chunking(tmp_path: Path) -> None:
    pool = {"prompts": ["a?", "b?"], "screening": SCREENING, "reject": {"shorter_than": 26}}
    found = []
    for chunk in (1, 4, 64):
        folder = tmp_path / str(chunk)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        store(database, with_pool(folder, pool, chunk=chunk))
        write(database, FakeEngine(story=lambda seed: "x" * (seed % 50)))
        found.append([one.model_dump(exclude={"job_id"}) for one in personas(database)])
        database.dispose()
    assert found[0] == found[1] == found[2]
    assert len({(one["attempts"], one["screening_draws"]) for one in found[0]}) > 2


def test_what_is_stored_is_not_written_again_after_a_crash(
    database: Engine, tmp_path: Path
) -> None:
    store(database, with_pool(tmp_path, {"reject": {"shorter_than": 10}}))
    write(database, third_attempt())
    with writing(database) as session:
        session.execute(delete(Persona).where(col(Persona.number) == 2))
        pool_id = session.execute(select(col(PoolRow.id))).scalar_one()
    job = jobs(database, "backstory")[0]
    held = protocol.Claim(job.id or 0, "backstory", 2, "w", None, pool_id, "", 0, 4)
    assert len(backstory.items(database, held)) == 1
