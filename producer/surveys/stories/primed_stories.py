"""Whose traits prime the stories of a study's pools: how many respondents, and the digest of all
that they are told, by which studies share such a pool.

Knows nothing of databases.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import islice

from anthology.models.pools.primed import PrimedPool
from anthology.models.questionnaire.questions import digest
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans

Known = Mapping[str, int | None]


def with_respondents(study: Study, humans: EncodedHumans) -> Study:
    """The study with what its primed pools must know of the simulated respondents."""
    primed = {key: pool for key, pool in study.pools.items() if isinstance(pool, PrimedPool)}
    if not primed:
        return study
    people = (row["traits"] for row in islice(humans.rows(), humans.sampled))
    found = {"count": humans.sampled, "told": told(study, people)}
    pools = {key: pool.model_copy(update=found) for key, pool in primed.items()}
    return study.model_copy(update={"pools": {**study.pools, **pools}})


def told(study: Study, people: Iterable[Known]) -> str:
    """The digest of what each of these is told, in their order: the answers, and all of the study
    that decides in which words, so that it is the same in every version."""
    shuffled = study.traits_order == "shuffled"
    words = [
        [[trait.text, trait.option_texts, trait.bio, trait.portray]
         for trait in study.traits.values()],
        study.seed if shuffled else None,
        study.style.model_dump(include={"labels", "brackets", "reminder", "portray"}),
        study.questionnaire.labelled,
    ]  # fmt: skip
    found = sha256(digest(words).encode())
    for known in people:
        found.update(json.dumps([known.get(name) for name in study.traits]).encode())
    return found.hexdigest()
