"""Small studies whose personas are interviewed, and a model that finds the faults it is told of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_model import FakeEngine, small_study
from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel

from anthology.models.study.study import Study

QUESTIONS = ["Where were you born?", "What is your work?", "What do you hope for?"]
CRITERIA = {"contradiction": "Does it contradict itself?", "nonsense": "Is it nonsense?"}
CONDITIONS = ["none", {"pool": "lives", "match": "greedy"}]


def told(folder: Path, critic: Any = None, **changes: Any) -> Study:
    """`critic` has what is to be set of it beside its criteria."""
    judge = critic if critic == "none" else {"criteria": CRITERIA, **(critic or {})}
    interview = {"questions": QUESTIONS, "critic": judge}
    pools = {"lives": {"count": 5, "interview": interview}}
    fields = {"pool": None, "pools": pools, "conditions": CONDITIONS, **changes}
    return small_study(folder, **fields)


def rows(database: Engine, table: type[SQLModel]) -> list[Any]:
    with Session(database) as session:
        return list(session.execute(select(table).order_by(*table.__table__.primary_key)).scalars())  # type: ignore[attr-defined]


def is_critic(prompt: str) -> bool:
    return prompt.rpartition("\nQuestion: ")[2].partition("\n")[0] in CRITERIA.values()


def one_in_three(answer: str, fault: str) -> bool:
    """Nonsense is what ends in one of three digits."""
    return fault == CRITERIA["nonsense"] and answer[-2:] in ("0.", "1.", "2.")


class Judged(FakeEngine):
    """Whose critic finds nothing but what `faulty` says of an answer, by the fault's wording."""

    def __init__(
        self, faulty: Callable[[str, str], bool] = lambda answer, fault: False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.faulty = faulty

    def answers(self, prompt: str) -> dict[str, float]:
        found = super().answers(prompt)
        if not is_critic(prompt):
            return found
        before, _, question = prompt.rpartition("\n\nQuestion: ")
        answer = before.rpartition("\nAnswer: ")[2]
        yes = 0.9 if self.faulty(answer, question.partition("\n")[0]) else 0.1
        return dict(zip(found, [yes, 1 - yes], strict=True))
