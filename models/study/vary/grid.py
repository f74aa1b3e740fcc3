"""The studies that a file with `vary` is: one for every combination of the values.

Each is a study of its own, called after its values, and shares its pools with all whose recipe is
the same; a pool whose recipe a field changes is called after that field's value, too.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from anthology.models.conditions.base import ONLY
from anthology.models.errors import InputError
from anthology.models.pools.base import Pool
from anthology.models.questionnaire.questions import digest
from anthology.models.study import stages, study_file
from anthology.models.study.study import Study
from anthology.models.study.vary.fields import (
    VARY,
    Places,
    Value,
    Varied,
    placed,
    varied_fields,
)

MOST = 1000  # studies of one file; more are seldom meant
LONGEST = 64  # characters of a name
Cell = tuple[int, ...]  # which value of each field


def load(path: Path, stored: bool = False) -> list[Study]:
    """The studies of a file in the order of its values, the last field's changing first; of a file
    without `vary` its one study.

    Raises `InputError` naming the file and what is wrong with it, or with which values; where
    studies that are `stored` are sought, not for what only this version refuses.
    """
    data, places = study_file.read(path)
    if VARY not in data:
        return [study_file.validated(data, path, places, stored)]
    fields = varied_fields(data[VARY], path, places)
    if (count := prod(len(field.values) for field in fields)) > MOST:
        raise InputError(f"{path}: {VARY}: would be {count:,} studies; {MOST:,} are the most")
    base = {key: value for key, value in data.items() if key != VARY}
    names = _names(base.get("study"), fields, path)
    read = {cell: _read(base, _chosen(fields, cell), path, places, stored) for cell in names}
    studies = {}
    for cell, found in read.items():
        if isinstance(found, str):
            raise InputError(_what_is_wrong(cell, fields, read, path))
        studies[cell] = found
    return _with_pools(studies, names, fields, path)


def _chosen(fields: list[Varied], cell: Cell) -> dict[str, Value]:
    return {field.key: field.values[n] for field, n in zip(fields, cell, strict=True)}


def _cells(fields: list[Varied]) -> Iterator[Cell]:
    return product(*(range(len(field.values)) for field in fields))


def _names(study: Any, fields: list[Varied], path: Path) -> dict[Cell, str]:
    """What each study is called; raises `InputError` for names that are long or not of one."""
    found: dict[Cell, str] = {}
    for cell in _cells(fields):
        name = "-".join([str(study), *(v.name for v in _chosen(fields, cell).values())])
        if len(name) > LONGEST:
            raise InputError(
                f"{path}: {VARY}: a study would be called {name[:80]!r}, over {LONGEST} "
                "characters; write long values as a mapping, each after a short name"
            )
        if name in found.values():
            raise InputError(
                f"{path}: {VARY}: two studies would be called {name!r}; write the values of a "
                "field as a mapping, each after its name"
            )
        found[cell] = name
    return found


def _read(
    base: Any, chosen: Mapping[str, Value], path: Path, places: Places, stored: bool
) -> Study | str:
    """The study with these values, or what is wrong with it."""
    marks = dict(places)
    for key, value in chosen.items():
        try:
            base = placed(base, key, value.value)
        except ValueError as error:
            return f"{VARY}.{key}: {error}"
        marks |= {tuple(key.split(".")): places[value.place]} if value.place in places else {}
    try:
        return study_file.checked(base, path, stored)
    except ValidationError as error:
        said = study_file.said_of(error, path, marks)
        return said.splitlines()[0].removeprefix(f"{path}: ")


def _what_is_wrong(
    cell: Cell, fields: list[Varied], read: Mapping[Cell, Study | str], path: Path
) -> str:
    """Says with which values it is wrong; nothing of them where it is so with all."""
    said = read[cell]
    chosen = _chosen(fields, cell)
    guilty = [
        f"{field.key} {chosen[field.key].name}"
        for place, field in enumerate(fields)
        if any(read[other] != said for other in _beside(cell, place, len(field.values)))
    ]
    with_these = f"with {' and '.join(guilty)}: " if guilty else ""
    return f"{path}: {with_these}{said}"


def _beside(cell: Cell, place: int, values: int) -> Iterator[Cell]:
    """The cells that differ from one in one field alone."""
    return ((*cell[:place], n, *cell[place + 1 :]) for n in range(values) if n != cell[place])


# --- pools ---------------------------------------------------------------------------------------


def _with_pools(
    studies: Mapping[Cell, Study], names: Mapping[Cell, str], fields: list[Varied], path: Path
) -> list[Study]:
    """The studies under their names, their pools under names that say their recipes apart."""
    made = {cell: _recipes(study) for cell, study in studies.items()}
    deciding = {
        key: [
            place
            for place, field in enumerate(fields)
            if any(
                recipes.get(key) != made[other].get(key)
                for cell, recipes in made.items()
                for other in _beside(cell, place, len(field.values))
            )
        ]
        for key in {key for recipes in made.values() for key in recipes}
    }
    found: list[Study] = []
    recipes_by_name: dict[str, str] = {}
    for cell, study in studies.items():
        pools = {}
        for key, pool in _pools(study).items():
            parts = [fields[place].values[cell[place]].name for place in deciding[key]]
            pools[key] = _renamed(pool, "-".join([pool.name, *parts]), path)
            recipe = recipes_by_name.setdefault(pools[key].name, made[cell][key])
            if recipe != made[cell][key]:
                raise InputError(
                    f"{path}: {VARY}: two pools of other recipes would be called "
                    f"{pools[key].name!r}; give one another name"
                )
        found.append(_under(names[cell], study, pools, path))
    return found


def _pools(study: Study) -> Mapping[str, Pool]:
    """By their keys in the file."""
    return study.pools if study.pool is None else {ONLY: study.pool}


def _recipes(study: Study) -> dict[str, str]:
    """By pool what decides who its personas are, as far as the study file alone says it."""
    found = {}
    for key, pool in _pools(study).items():
        parts: list[Any] = [stages.author(study, pool), study.recipe(pool)]
        if not pool.written:  # which stories a file has is known when it is read
            parts.append(pool.model_dump(mode="json", exclude={"name"}))
        if pool.priming != "none":  # and so is what respondents are told
            told = {"seed", "humans", "traits", "traits_order", "style"}
            parts += [study.model_dump(mode="json", include=told), study.questionnaire.labelled]
        found[key] = digest(parts)
    return found


def _renamed(pool: Pool, name: str, path: Path) -> Pool:
    if len(name) > LONGEST:
        raise InputError(
            f"{path}: {VARY}: a pool would be called {name[:80]!r}, over {LONGEST} characters; "
            "write long values as a mapping, each after a short name"
        )
    return pool.model_copy(update={"name": name})


def _under(name: str, study: Study, pools: dict[str, Pool], path: Path) -> Study:
    if study.pool is None:
        return study.model_copy(update={"study": name, "pools": pools})
    only = pools[ONLY]
    if only.name != study.pool.name:
        for way in study.conditions:
            if way.pool_name not in (None, ONLY):
                raise InputError(
                    f"{path}: condition {way.name!r}: the pool's name differs between the studies "
                    f"of {VARY}; write `pool: {ONLY}`"
                )
    return study.model_copy(update={"study": name, "pool": only})
