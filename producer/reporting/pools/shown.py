"""What the page shows of pools besides their figures: pictures of these, and some of the stories.

Arranges what `pools.py` found; computes nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.tables import Persona, Poll, StudyRow
from anthology.models.questionnaire.questions import Trait
from anthology.models.statistics.figures import HUMANS
from anthology.models.study.study import Study
from anthology.producer.reporting.pictures.colours import palette
from anthology.producer.reporting.pictures.histograms import histogram
from anthology.producer.reporting.pictures.inline import Picture
from anthology.producer.reporting.pictures.rows import distribution
from anthology.producer.reporting.pools.near_duplicates import NEAR, SHINGLE
from anthology.producer.reporting.pools.ngrams import MOST_WORDS
from anthology.producer.reporting.pools.repetition import COUNTED, LOOKED_AT
from anthology.producer.reporting.pools.sample import Sample, samples
from anthology.producer.reporting.pools.spread import Floats

Json = dict[str, Any]

EXAMPLES = 2  # personas of each pool
TRIED = 50  # personas among which those are found, in case some have no story
LONGEST = 1500  # characters of a story that are shown
LONGEST_OF_PAIR = 500


def shown(session: Session, row: StudyRow, study: Study, entries: list[Json]) -> Json:
    """For the entries of the pools: pictures of their traits and of lengths and likelihoods, each
    kind on one scale; the texts of a pair of near-duplicates; and examples of personas; and by what
    limits the entries were found."""
    drawn = {sample.name: sample for sample in samples(session, row, study)}
    found = [(entry, drawn[entry["pool"]]) for entry in entries]
    return {
        "pool_traits": _traits(study, entries),
        "pool_lengths": _histograms(entries, "lengths"),
        "pool_likelihoods": _histograms(entries, "log_likelihoods"),
        "pool_pairs": [(entry, _pair(session, sample, entry)) for entry, sample in found],
        "pool_examples": {s.name: _examples(session, study, s) for _, s in found},
        "near": NEAR,
        "shingle": SHINGLE,
        "most_counted": COUNTED,
        "most_words": MOST_WORDS,
    }


# --- pictures ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownTrait:
    """One trait: its distribution in every pool, the humans' first where there are any."""

    trait: Trait
    colours: list[str]
    picture: Picture
    by_pool: dict[str, Json]


def _traits(study: Study, pools: list[Json]) -> list[ShownTrait]:
    if not pools:
        return []
    by_trait = zip(*(pool["traits"] for pool in pools), strict=True)
    names = [pool["pool"] for pool in pools]
    return [
        _trait(trait, dict(zip(names, found, strict=True)), study.humans is not None)
        for trait, found in zip(study.traits.values(), by_trait, strict=True)
    ]


def _trait(trait: Trait, by_pool: dict[str, Json], compared: bool) -> ShownTrait:
    first = next(iter(by_pool.values()))
    humans = [(HUMANS, _shares(first, "humans"), None)] if compared else []
    rows = [*humans, *((name, _shares(one, "pool"), one["tv"]) for name, one in by_pool.items())]
    colours = palette(len(trait.options), trait.ordered)
    picture = distribution(rows, colours, "TV" if compared else "")
    return ShownTrait(trait, colours, picture, by_pool)


def _shares(entry: Json, side: str) -> Floats:
    return np.array([share[side] for share in entry["shares"]], dtype=float)


def _histograms(pools: list[Json], name: str) -> list[tuple[str, Json, Picture]]:
    """By pool that has the values their spread and its picture, all on one axis."""
    spreads = [(pool["pool"], pool[name]) for pool in pools if pool[name]]
    edges = [edge for _, spread in spreads for edge in spread["classes"]["edges"]]
    return [
        (
            pool,
            spread,
            histogram(
                spread["classes"]["edges"], spread["classes"]["counts"],
                spread["quantiles"]["50%"], (min(edges), max(edges)),
            ),
        )
        for pool, spread in spreads
    ]  # fmt: skip


# --- stories -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One persona with its story, cut where it is long, and by trait its likeliest option with that
    option's probability; None without a poll, or with nothing but refusal in it."""

    number: int
    story: str
    polls: dict[str, tuple[str, float] | None]


def _examples(session: Session, study: Study, sample: Sample) -> list[Told]:
    """The first with a story, in an order drawn by the study's seed."""
    order = seeds.shuffled(sample.numbers, study.seed, "report", "told")[:TRIED]
    found = _read(session, sample, order, LONGEST + 1)
    picked = [number for number in order if number in found][:EXAMPLES]
    return [
        Told(number, _cut(found[number], LONGEST), _polls(session, study, sample, number))
        for number in sorted(picked)
    ]


def _pair(session: Session, sample: Sample, entry: Json) -> list[tuple[int, str]]:
    """Where they begin to differ; one where they do not."""
    example = entry["repetition"]["example"]
    if example is None:
        return []
    numbers = example["personas"]
    found = _read(session, sample, numbers, LOOKED_AT)
    if example["jaccard"] == 1:
        return [(numbers[0], _cut(found[numbers[0]], LONGEST_OF_PAIR))]
    together = enumerate(zip(*found.values(), strict=False))
    shorter = min(map(len, found.values()))
    differ = next((place for place, (one, other) in together if one != other), shorter)
    start = max(0, differ - LONGEST_OF_PAIR // 2)
    return [(n, "…" * (start > 0) + _cut(found[n][start:], LONGEST_OF_PAIR)) for n in numbers]


def _read(session: Session, sample: Sample, numbers: list[int], longest: int) -> dict[int, str]:
    some = Sample(sample.pool_id, sample.name, sample.personas, sorted(numbers))
    story = func.substr(col(Persona.story), 1, longest)
    return dict(some.rows(session, Persona, col(Persona.number), story))


def _polls(
    session: Session, study: Study, sample: Sample, number: int
) -> dict[str, tuple[str, float] | None]:
    stored = select(col(Poll.trait_key), col(Poll.probabilities)).where(
        col(Poll.pool_id) == sample.pool_id, col(Poll.number) == number, col(Poll.error).is_(None)
    )
    found = dict(session.execute(stored).all())
    return {
        name: _likeliest(trait, found.get(study.poll_key(trait)))
        for name, trait in study.traits.items()
    }


def _likeliest(trait: Trait, shares: list[float] | None) -> tuple[str, float] | None:
    if not shares:
        return None
    place = max(range(len(shares)), key=lambda option: shares[option])
    return trait.option_texts[place], shares[place]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
