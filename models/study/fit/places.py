"""Where the parts of a study stand in its file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from anthology.models.pools.base import Pool
from anthology.models.questionnaire.questions import Question

if TYPE_CHECKING:
    from anthology.models.study.study import Study

QUESTIONS = ("questionnaire", "questions")
Place = tuple[str, ...]


def known_placed(study: "Study") -> Iterator[tuple[Place, Question]]:
    """What is known of respondents from the file, each with its place there."""
    yield from ((("traits", name), trait) for name, trait in study.traits.items())
    yield from ((("earlier", name), asked) for name, asked in study.earlier.items())


def pools_placed(study: "Study") -> Iterator[tuple[Place, Pool]]:
    """Every pool, with its place in the file."""
    if study.pool is not None:
        yield ("pool",), study.pool
    yield from ((("pools", key), pool) for key, pool in study.pools.items())
