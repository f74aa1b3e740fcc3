"""How far the stories of a pool repeat each other: duplicates, nearly so, distinct n-grams."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.tables import Persona
from anthology.models.study.study import Study
from anthology.producer.reporting.pools.near_duplicates import Near, near_duplicates, shingles
from anthology.producer.reporting.pools.ngrams import Numbers, distinct, words
from anthology.producer.reporting.pools.sample import Sample

Json = dict[str, Any]

LOOKED_AT = 20_000  # characters of a story that are read
COUNTED = 1000  # stories whose n-grams are counted: so many of every pool, to be compared


def repetition(session: Session, study: Study, sample: Sample) -> Json:
    """Of the `stories` looked at, the mean number of `words`; `exact`, those that are word for
    word one before; `near`, those in `groups` of near-duplicates, the `largest` of so many; and an
    `example` of a pair. `distinct` has the shares of distinct n-grams, of fewer stories."""
    kept = [number for (number,) in sample.rows(session, Persona, col(Persona.number))]
    most = min(COUNTED, len(kept))
    counted = {kept[i] for i in seeds.chosen(len(kept), most, study.seed, "report", "distinct")}
    texts, sets, lengths, marks = [], [], 0, set()
    for number, story, length in _stories(session, sample):
        found = words(story)
        lengths += len(found)
        sets.append(shingles(found))
        marks.add((length, blake2b(story.encode(errors="replace"), digest_size=16).digest()))
        if number in counted:
            texts.append(found)
    near = near_duplicates(sets, seeds.derive(study.seed, "report", "near"))
    return {
        "stories": len(kept),
        "words": lengths / len(kept) if kept else None,
        "exact": len(kept) - len(marks),
        "near": sum(map(len, near.groups)),
        "groups": len(near.groups),
        "largest": max(map(len, near.groups), default=0),
        "example": _example(near, kept),
        "distinct": _distinct(texts),
    }


def _stories(session: Session, sample: Sample) -> Iterator[tuple[int, str, int]]:
    story = col(Persona.story)
    columns = (col(Persona.number), func.substr(story, 1, LOOKED_AT), func.length(story))
    yield from sample.rows(session, Persona, *columns)


def _example(near: Near, numbers: list[int]) -> Json | None:
    """The first pair that is not the same to the last word or, where all are, the first."""
    if not near.pairs:
        return None
    a, b, alike = min(near.pairs, key=lambda pair: (pair[2] == 1, pair))
    return {"personas": [numbers[a], numbers[b]], "jaccard": alike}


def _distinct(texts: list[Numbers]) -> Json:
    return {
        "stories": len(texts),
        "words": sum(map(len, texts)),
        **{f"distinct_{n}": distinct(texts, n) for n in (1, 2, 3)},
    }
