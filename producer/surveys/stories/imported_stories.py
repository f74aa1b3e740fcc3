"""The stories of imported pools: which of a file's rows are personas, and what is left out.

The file is gone through once for each thing to be known of it, a few rows at a time, so that its
size does not matter. Knows nothing of databases.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from anthology.models import seeds
from anthology.models.errors import InputError
from anthology.models.pools.imported import LONGEST_STORY, Contents, ImportedPool
from anthology.models.questionnaire.codes import plain
from anthology.models.questionnaire.questions import Trait
from anthology.models.study.study import Study
from anthology.producer.surveys.stories.given_traits import GivenTrait
from anthology.producer.surveys.stories.story_files import Cells, StoryFile, story_file

STORY_COLUMNS = ("story", "backstory", "text", "content", "life_story", "narrative", "response")
NAMED = 5  # lines of a kind that are named
EMPTY = "are empty"
REPEATED = "repeat an earlier one"
LONG = f"have more than {LONGEST_STORY:,} characters"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
UNSTORABLE = "hold NUL or half of a character, which no database stores"


@dataclass(frozen=True)
class Imported:
    """One persona: its story, what the file calls it, and the traits that the file says."""

    number: int
    story: str
    source_id: str | None
    traits: dict[str, list[float]]


def with_stories(study: Study) -> tuple[Study, dict[str, "ImportedStories"]]:
    """The study with what the files of its imported pools hold, and these by the pools' names.

    Raises `InputError` naming file, line and column for what cannot be imported.
    """
    read = {
        name: read_stories(pool, study)
        for name, pool in study.pools.items()
        if isinstance(pool, ImportedPool)
    }
    pools = {**study.pools, **{name: stories.pool for name, stories in read.items()}}
    by_name = {stories.pool.name: stories for stories in read.values()}
    return study.model_copy(update={"pools": pools}), by_name


@dataclass(frozen=True)
class _Columns:
    """Which column is what: of the story, of its id, of traits."""

    story: str
    id: str | None
    traits: list[GivenTrait]

    @property
    def needed(self) -> list[str]:
        of_traits = [column for given in self.traits for column in given.columns]
        wanted = [self.story, *([self.id] if self.id else []), *of_traits]
        return list(dict.fromkeys(wanted))


@dataclass
class _LeftOut:
    """The rows that become no persona, by the reason: how many, and the first of them."""

    count: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[int]] = field(default_factory=dict)

    def add(self, why: str, number: int) -> None:
        self.count[why] = self.count.get(why, 0) + 1
        if self.count[why] <= NAMED:
            self.first.setdefault(why, []).append(number)

    def told(self, file: StoryFile) -> list[str]:
        lines = []
        for why, count in self.count.items():
            more = f" and {count - NAMED:,} more" if count > NAMED else ""
            shown = ", ".join(map(str, self.first[why]))
            units = file.unit if count == 1 else f"{file.unit}s"
            lines.append(
                f"{file.path.name}: left out {count:,} {'story' if count == 1 else 'stories'} that "
                f"{_of_one(why) if count == 1 else why} ({units} {shown}{more})"
            )
        return lines


def _of_one(why: str) -> str:
    verb, rest = why.split(" ", 1)
    return f"{ {'are': 'is', 'have': 'has'}.get(verb, f'{verb}s') } {rest}"


@dataclass(frozen=True)
class ImportedStories:
    """The stories of one pool, which knows their number and contents; `told` is for people."""

    pool: ImportedPool
    told: list[str]
    _file: StoryFile
    _columns: _Columns
    _chosen: frozenset[int] | None

    def people(self) -> Iterator[Imported]:
        """Raises `InputError` at the end for a file that has changed meanwhile."""
        assert self.pool.contents is not None
        digest = sha256()
        for one in _people(self._file, self._columns, self._chosen):
            digest.update(_digest(one))
            yield one
        if digest.hexdigest() != self.pool.contents.digest:
            raise InputError(f"{self._file.path} changed while it was read; submit again.")

    def story(self, number: int) -> str | None:
        found = next(islice(self.people(), number, None), None)
        return None if found is None else found.story


def read_stories(pool: ImportedPool, study: Study) -> ImportedStories:
    """Looks through the file of a pool, all of which is checked."""
    try:
        file = story_file(Path(pool.file))
    except InputError as error:
        raise InputError(f"pools.{pool.name}.file: {error}") from None
    columns = _columns_of(file, pool, study.traits)
    left_out = _LeftOut()
    there = sum(1 for _ in _usable(file, columns, left_out))
    if not there:
        raise InputError(f"{file.path} has no story in its column {columns.story!r}.")
    count = pool.count or there
    if count > there:
        raise InputError(
            f"pools.{pool.name}.count asks for {count:,} stories, {file.path} has {there:,}; "
            "lower it, or leave it out to take all"
        )
    seed = pool.seeded(study.seed).seed or 0
    chosen = frozenset(seeds.chosen(there, count, seed, "stories")) if count < there else None
    contents = _contents(_people(file, columns, chosen), study.traits)
    known = pool.model_copy(update={"count": count, "contents": contents})
    found = [] if pool.story else [f"{file.path.name}: its stories are column {columns.story!r}"]
    told = [*file.notes, *found, *left_out.told(file)]
    return ImportedStories(known, told, file, columns, chosen)


def _columns_of(file: StoryFile, pool: ImportedPool, traits: Mapping[str, Trait]) -> _Columns:
    def there(column: str, key: str) -> str:
        if column not in file.columns:
            raise InputError(
                f"{file.path} has no column {column!r} (pools.{pool.name}.{key}); it has "
                f"{_listed(file.columns)}"
            )
        return column

    given = []
    for name, columns in pool.traits.items():
        shared = isinstance(columns, list)
        listed = columns if isinstance(columns, list) else [columns]
        named = [there(column, f"traits.{name}") for column in listed]
        given.append(GivenTrait(traits[name], named, shared))
    story = _found(file, pool) if pool.story is None else there(pool.story, "story")
    return _Columns(story, None if pool.id is None else there(pool.id, "id"), given)


def _found(file: StoryFile, pool: ImportedPool) -> str:
    folded = {column.strip().casefold(): column for column in reversed(file.columns)}
    found = next((folded[name] for name in STORY_COLUMNS if name in folded), None)
    if found is None:
        raise InputError(
            f"{file.path} has none of the columns {', '.join(STORY_COLUMNS)}; name that of the "
            f"stories in pools.{pool.name}.story: it has {_listed(file.columns)}"
        )
    return found


def _listed(columns: list[str]) -> str:
    more = f" and {len(columns) - 20} more" if len(columns) > 20 else ""
    return ", ".join(map(repr, columns[:20])) + more


def _contents(people: Iterator[Imported], traits: Mapping[str, Trait]) -> Contents:
    digest, longest, known = sha256(), 0, dict.fromkeys(traits, 0)
    for one in people:
        digest.update(_digest(one))
        longest = max(longest, len(one.story))
        for name in one.traits:
            known[name] += 1
    return Contents(digest=digest.hexdigest(), longest=longest, known=known)


def _digest(one: Imported) -> bytes:
    told = [one.story, one.source_id, one.traits]
    return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).digest()


def _people(
    file: StoryFile, columns: _Columns, chosen: frozenset[int] | None
) -> Iterator[Imported]:
    """Those that are chosen, numbered in the order of the file."""
    number = 0
    for place, (line, story, cells) in enumerate(_usable(file, columns, _LeftOut())):
        if chosen is None or place in chosen:
            yield Imported(number, story, *_said(file, columns, line, cells))
            number += 1


def _usable(
    file: StoryFile, columns: _Columns, left_out: _LeftOut
) -> Iterator[tuple[int, str, Cells]]:
    """The rows with a story that none before had."""
    before: set[bytes] = set()
    for number, cells in file.rows(columns.needed):
        story = cells.get(columns.story)
        if not isinstance(story, str | None):
            raise file.refused(
                number, f"{columns.story!r} is {type(story).__name__}, not text; name another "
                "column of stories"
            )  # fmt: skip
        words = " ".join((story or "").split())
        if story is None or not words:
            left_out.add(EMPTY, number)
        elif len(story) > LONGEST_STORY:
            left_out.add(LONG, number)
        elif not _storable(story):
            left_out.add(UNSTORABLE, number)
        elif (mark := sha256(words.encode()).digest()[:16]) in before:
            left_out.add(REPEATED, number)
        else:
            before.add(mark)
            yield number, story, cells


def _said(
    file: StoryFile, columns: _Columns, number: int, cells: Cells
) -> tuple[str | None, dict[str, list[float]]]:
    """The id and the traits of a row."""
    source_id = None if columns.id is None else _id(cells.get(columns.id))
    if source_id is not None and not _storable(source_id):
        raise file.refused(number, f"{columns.id!r} {UNSTORABLE.replace('hold', 'holds')}")
    try:
        said = {given.trait.name: given.shares(cells) for given in columns.traits}
    except ValueError as error:
        raise file.refused(number, str(error)) from None
    return source_id, {name: shares for name, shares in said.items() if shares is not None}


def _id(cell: Any) -> str | None:
    text = "" if cell is None else str(plain(cell))
    return text if text.strip() else None


def _storable(text: str) -> bool:
    return _UNSTORABLE.search(text) is None
