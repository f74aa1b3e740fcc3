"""The two sides of the worker's bench: jobs through queue, worker and database, and vLLM alone.

Both write the same number of stories and take the very same surveys; the worker's conversations
are read back from its database, and given to `LLM.generate` question by question.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select, update
from sqlmodel import col

from anthology import submit
from anthology.models import seeds
from anthology.models.database.namespace import namespace_of
from anthology.models.database.sessions import now_s, open_database, reading, writing
from anthology.models.database.tables import Answer, Job, Match, Persona, PoolRow, StudyRow
from anthology.models.jobs import messages
from anthology.models.jobs.chunks import span_jobs
from anthology.models.jobs.planning import insert_jobs
from anthology.models.language_model.names import queue_for
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.prompts import question_turn, reply, story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import PLAIN
from anthology.models.readout.labels import label_trie
from anthology.models.runtime import safe_path
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.local.serving import launcher_command
from anthology.producer.monitoring.progress import progress
from anthology.workers.engine.engine_arguments import engine_arguments

EXAMPLE = Path(__file__).parents[2] / "producer" / "examples" / "gss2018" / "study.yaml"
CONDITION = "natural/max_weight"  # one to one: no two conversations share their story
Wave = tuple[list[list[int]], list[int]]  # prompts, and the label tokens read after them


@dataclass(frozen=True)
class Figures:
    """What one side did between two times of day (s): `answers` is 0 where it wrote stories."""

    began: float
    ended: float
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    answers: int

    def as_json(self) -> dict[str, float]:
        seconds = self.ended - self.began
        return {
            "seconds": round(seconds, 2),
            "prompt_tokens_per_s": round(self.prompt_tokens / seconds, 1),
            "output_tokens_per_s": round(self.output_tokens / seconds, 1),
            "answers_per_s": round(self.answers / seconds, 1),
            "cached_share": round(self.cached_tokens / max(1, self.prompt_tokens), 3),
        }


@dataclass(frozen=True)
class Load:
    """How much work a round is."""

    people: int
    max_tokens: int
    chunk: int

    def study(self, name: str, seed: int, model: str) -> Study:
        """The bundled survey, taken by people with stories of their own."""
        study = Study.load(EXAMPLE)
        assert study.pool is not None
        pool = study.pool.model_copy(
            update={
                "name": name, "count": self.people, "max_tokens": self.max_tokens,
                "min_tokens": 16, "temperature": 1.0,
            }
        )  # fmt: skip
        humans = study.humans.model_copy(update={"sample": self.people})
        return study.model_copy(
            update={
                "study": name, "seed": seed, "model": model, "pool": pool,
                "humans": humans, "conditions": [CONDITION], "chunk": self.chunk,
            }
        )  # fmt: skip


class Alone:
    """vLLM's `LLM.generate` over all prompts at once, with the worker's engine arguments."""

    def __init__(self, model: str, engine_args: dict[str, Any]) -> None:
        from vllm import LLM

        self._llm = LLM(**engine_arguments(model, engine_args))
        self._rendering = rendering_of(PLAIN, load_tokenizer(model))

    def stories(self, study: Study, *, seeded: bool = True) -> Figures:
        from vllm import SamplingParams

        pool = study.pool
        assert pool is not None
        prompt = self._rendering.encode(self._rendering.prompt([story_turn(pool.prompt)]))
        parameters = [
            SamplingParams(
                max_tokens=pool.max_tokens, min_tokens=pool.min_tokens,
                temperature=pool.temperature, stop=self._rendering.stops,
                seed=seeds.derive(study.seed, "alone", number) if seeded else None,
            )
            for number in range(pool.count)
        ]  # fmt: skip
        return self._timed([prompt] * pool.count, parameters)

    def survey(self, waves: list[Wave], in_flight: int) -> Figures:
        """As many people at a time as the worker has in flight: all their first questions, then all
        second ones, for each waits for the answer before."""
        parts = [
            self._answers(prompts[first : first + in_flight], labels)
            for first in range(0, len(waves[0][0]), in_flight)
            for prompts, labels in waves
        ]
        return Figures(
            began=parts[0].began,
            ended=parts[-1].ended,
            prompt_tokens=sum(part.prompt_tokens for part in parts),
            cached_tokens=sum(part.cached_tokens for part in parts),
            output_tokens=sum(part.output_tokens for part in parts),
            answers=sum(len(prompts) for prompts, _ in waves),
        )

    def _answers(self, prompts: list[list[int]], labels: list[int]) -> Figures:
        from vllm import SamplingParams

        read = SamplingParams(
            max_tokens=1, temperature=0.0, logprob_token_ids=labels, detokenize=False
        )
        return self._timed(prompts, [read] * len(prompts))

    def _timed(self, prompts: list[list[int]], parameters: list[Any]) -> Figures:
        from vllm import TokensPrompt

        began = time.time()
        outputs = self._llm.generate(
            [TokensPrompt(prompt_token_ids=prompt) for prompt in prompts], parameters,
            use_tqdm=False,
        )  # fmt: skip
        return Figures(
            began=began,
            ended=time.time(),
            prompt_tokens=sum(map(len, prompts)),
            cached_tokens=sum(output.num_cached_tokens or 0 for output in outputs),
            output_tokens=sum(len(output.outputs[0].token_ids) for output in outputs),
            answers=0,
        )


class Worker:
    """The product: a study is submitted, a launcher's worker does its jobs."""

    def __init__(self, model: str, database: Engine) -> None:
        self._tokenizer = load_tokenizer(model)
        self._database = database

    def stories(self, study: Study) -> Figures:
        """The study's pool alone, nothing that it would plan: from the first claim to the last
        story stored, by the database's clock."""
        pool = study.pool
        assert pool is not None
        user = self._user_without_polls(study)
        with writing(self._database) as session:
            pool_id = session.execute(
                insert(PoolRow).returning(col(PoolRow.id)).values(
                    name=pool.name, recipe=study.recipe, model=study.recipe["model"],
                    count=pool.count, created_at=now_s(),
                )
            ).scalar_one()  # fmt: skip
            session.execute(
                update(StudyRow).where(col(StudyRow.name) == user).values(pool_id=pool_id)
            )
            jobs = span_jobs(
                "backstory", None, pool.name, 0, pool.count, study.chunk,
                queue_for(study.model, None), pool_id=pool_id,
            )  # fmt: skip
            to_enqueue = insert_jobs(session, jobs)
        messages.enqueue(
            messages.make_app(Settings().broker_url, namespace_of(self._database)), to_enqueue
        )
        return self._finished(study, "backstory")

    def survey(self, study: Study) -> Figures:
        """The study over its pool: from the first claim of a survey to the last answer stored; its
        polls and its matching come before."""
        submit(study)
        return self._finished(study, "survey")

    def waves(self, study: Study) -> list[Wave]:
        """Prompts of the stored conversations: everybody's first question, then the second, ..."""
        rendering = rendering_of(PLAIN, self._tokenizer)
        trie = label_trie(rendering, 3, PLAIN)
        labels = [option[0] for option in trie.options]
        conversations = list(self._conversations(study))
        return [
            (
                [rendering.encode(trie.prompt(rendering.prompt(turns), rendering.header))
                 for turns in place],
                labels,
            )
            for place in zip(*conversations, strict=True)
        ]  # fmt: skip

    def _conversations(self, study: Study) -> Iterator[list[list[Turn]]]:
        """Of each person, the turns up to each of their questions."""
        assert study.pool is not None
        for number, story, drawn in self._people(study):
            turns = study.opening(CONDITION, {}, story)
            asked = []
            for planned in study.plan(CONDITION, number):
                assert isinstance(planned.question, Question)
                turn = question_turn(planned.question, planned.shown, reminder=bool(turns))
                asked.append([*turns, turn])
                said = reply(planned.question, planned.shown, drawn[planned.question.name])
                turns = [*turns, turn.replied(said)]
            yield asked

    def _people(self, study: Study) -> Iterator[tuple[int, str, dict[str, int]]]:
        with reading(self._database) as session:
            study_id = session.execute(
                select(col(StudyRow.id)).where(col(StudyRow.name) == study.study)
            ).scalar_one()
            people = session.execute(
                select(col(Match.respondent), col(Persona.story))
                .join(StudyRow, col(StudyRow.id) == col(Match.study_id))
                .join(
                    Persona,
                    (col(Persona.pool_id) == col(StudyRow.pool_id))
                    & (col(Persona.number) == col(Match.persona)),
                )
                .where(col(Match.study_id) == study_id)
                .order_by(col(Match.respondent))
            ).all()
            answers = session.execute(
                select(col(Answer.respondent), col(Answer.question), col(Answer.drawn)).where(
                    col(Answer.study_id) == study_id
                )
            ).all()
        drawn: dict[int, dict[str, int]] = {}
        for respondent, question, choice in answers:
            drawn.setdefault(respondent, {})[question] = choice
        for respondent, story in people:
            yield respondent, story, drawn[respondent]

    def _user_without_polls(self, study: Study) -> str:
        """A small study that has ended: workers write the stories of a pool that a study uses."""
        humans = study.humans.model_copy(update={"sample": 2})
        user = study.model_copy(
            update={
                "study": f"{study.study}-user", "humans": humans, "conditions": ["none"],
                "measures": study.measures.model_copy(update={"subgroups": []}),
            }
        )  # fmt: skip
        submit(user)
        while not progress(self._database, user.study).ended:
            time.sleep(0.2)
        return user.study

    def _finished(self, study: Study, kind: str) -> Figures:
        """Waits until all people of a kind of job are done; what that took."""
        assert study.pool is not None
        pool = select(col(PoolRow.id)).where(col(PoolRow.name) == study.pool.name)
        mine = select(col(StudyRow.id)).where(col(StudyRow.name) == study.study)
        wanted = select(
            func.coalesce(func.sum(col(Job.count)), 0),
            func.min(col(Job.started_at)), func.max(col(Job.finished_at)),
            func.sum(col(Job.prompt_tokens)), func.sum(col(Job.cached_tokens)),
            func.sum(col(Job.output_tokens)),
        ).where(
            col(Job.kind) == kind, col(Job.state) == "done",
            col(Job.pool_id).in_(pool) | col(Job.study_id).in_(mine),
        )  # fmt: skip
        while True:
            with reading(self._database) as session:
                people, began, ended, prompt, cached, output = session.execute(wanted).one()
            if people == study.pool.count:
                break
            time.sleep(0.2)
        answers = people * len(study.questions) if kind == "survey" else 0
        return Figures(began, ended, prompt, cached, output, answers)


@contextmanager
def worker(
    model: str, gpus: str, concurrency: int | None, engine_args: dict[str, Any], log: Path
) -> Iterator[Worker]:
    """A launcher with one worker, stopped at the end."""
    database = open_database(os.environ["ANTHOLOGY_DATABASE_URL"])
    command = launcher_command(model, gpus, 1, concurrency, engine_args, "warning")
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=safe_path.environment(), stdout=out, stderr=out)
    try:
        yield Worker(model, database)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
