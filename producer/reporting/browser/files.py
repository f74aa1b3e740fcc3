"""Writes `personas.html` and its data: `personas/index.js`, by which personas are found, and files
of a few personas each.

They are scripts that hand over one literal: a page that is opened from a disk may load no others.
"""

import math
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from anthology.models.database.sessions import reading
from anthology.models.database.tables import StudyRow
from anthology.models.errors import InputError
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.reporting.browser.doubles import Doubles, doubles
from anthology.producer.reporting.browser.personas import likeliest, personas
from anthology.producer.reporting.layout.scripts import as_data, script
from anthology.producer.reporting.layout.signing import as_bytes, is_signed, signed
from anthology.producer.reporting.page import environment
from anthology.producer.reporting.pools.sample import Sample, samples

PAGE, DATA = "personas.html", "personas"
SIZE = 40  # personas in one file
Json = dict[str, Any]


def write_browser(database: Engine, name: str, directory: Path, *, force: bool = False) -> Path:
    """Writes page and data into the directory, of at most 10,000 personas a pool, drawn by the
    study's seed.

    Raises `InputError` for a study that is unknown or has no personas, and, unless `force`, where
    something lies that this did not write.
    """
    page = Path(directory) / PAGE
    with reading(database) as session, explained(page, "folder"):
        row = find_study(session, name)
        study = Study.from_spec(row.spec)
        pools = samples(session, row, study)
        if not pools:
            raise InputError(f"study {name} has no personas: none of its conditions tells a story")
        targets = _targets(page, pools)
        refuse_others(targets, lambda file: is_signed(file, name), force)
        make_folder(page.parent / DATA)
        with drafts_in(page.parent) as folder:
            drafts = {}
            for target, content in zip(targets, _contents(session, row, study, pools), strict=True):
                draft = folder / target.name
                draft.write_bytes(signed(content, name, target.suffix))
                drafts[draft] = target
            refuse_others(targets, lambda file: is_signed(file, name), force)
            publish(drafts)
    _clear(page.parent / DATA, targets, name)
    return page


def _targets(page: Path, pools: list[Sample]) -> list[Path]:
    """The page, the files of personas, and last the index."""
    files = sum(math.ceil(len(pool.numbers) / SIZE) for pool in pools)
    data = page.parent / DATA
    return [page, *(data / f"{number}.js" for number in range(files)), data / "index.js"]


def _clear(folder: Path, targets: list[Path], study: str) -> None:
    """Takes away what a report of more personas left."""
    for file in set(folder.glob("*.js")) - set(targets):
        if is_signed(file, study):
            file.unlink()


def _contents(
    session: Session, row: StudyRow, study: Study, pools: list[Sample]
) -> Iterator[bytes]:
    """What is in each target, made one after the other."""
    template = environment().get_template(PAGE)
    yield as_bytes(template.render(study=row.name, script=script("personas.js")))
    index = _Index(row, study)
    numbers = count()
    for place, pool in enumerate(pools):
        uses = [
            doubles(session, row, way, pool.numbers, study.people_in(way, row.respondents))
            for way in study.conditions
            if way.needs_pool and study.pool_of(way).name == pool.name
        ]
        index.add_pool(place, pool, uses)
        for start in range(0, len(pool.numbers), SIZE):
            some = pool.numbers[start : start + SIZE]
            read = personas(session, row, study, pool.pool_id, some, uses)
            index.add(read)
            yield _handed_over("some", [index.stamp, next(numbers), read])
    yield _handed_over("index", [index.as_json()])


def _handed_over(what: str, values: list[Any]) -> bytes:
    literals = b",".join(map(as_data, values))
    return b"anthologyPersonas." + what.encode() + b"(" + literals + b");\n"


class _Index:
    """What the page can filter by, of all personas; the `stamp` tells files of one report from
    those of another study."""

    def __init__(self, row: StudyRow, study: Study) -> None:
        self.stamp = f"{row.name} {row.digest[:16]}"
        self._study = study
        self._pools: list[Json] = []
        self._conditions: list[Json] = []
        self._likeliest: list[list[int]] = [[] for _ in study.traits]

    def add_pool(self, place: int, pool: Sample, uses: list[Doubles]) -> None:
        self._pools.append({"name": pool.name, "personas": pool.personas, "numbers": pool.numbers})
        self._conditions += [
            {
                "name": of.condition.name, "pool": place,
                "matched": of.condition.matching is not None,
                "people": [of.counts.get(number, 0) for number in pool.numbers],
                "weights": [_significant(of.weight(number)) for number in pool.numbers],
            }
            for of in uses
        ]  # fmt: skip

    def add(self, read: list[Json]) -> None:
        for person in read:
            for column, poll in zip(self._likeliest, person["polls"], strict=True):
                column.append(likeliest(poll))

    def as_json(self) -> Json:
        study = self._study
        return {
            "stamp": self.stamp,
            "size": SIZE,
            "humans": study.humans is not None,
            "pools": self._pools,
            "conditions": self._conditions,
            "questions": [_asked(question) for question in study.questionnaire.questions.values()],
            "traits": [
                {**_asked(trait), "likeliest": column}
                for trait, column in zip(study.traits.values(), self._likeliest, strict=True)
            ],
        }


def _asked(question: Question | OpenQuestion) -> Json:
    if isinstance(question, OpenQuestion):
        return {"name": question.name, "text": question.text, "options": [], "refusal": None}
    return {
        "name": question.name, "text": question.text,
        "options": question.option_texts, "refusal": question.refusal,
    }  # fmt: skip


def _significant(weight: float | None) -> float | None:
    """Match weights are products: their digits count from the first that is not 0."""
    return None if weight is None else float(f"{weight:.3g}")
