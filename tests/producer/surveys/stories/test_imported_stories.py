"""Files of stories as they are read: every story as it was built, what is left out named."""

import csv
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_model import small_study
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import peak_of

from anthology.models.errors import InputError
from anthology.models.pools.imported import LONGEST_STORY
from anthology.producer.surveys.stories.imported_stories import ImportedStories, with_stories

Rows = list[dict[str, Any]]


def as_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, row in enumerate(rows):
            file.write(json.dumps(row, ensure_ascii=bool(number % 2)) + "\n")


def as_csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def as_parquet(path: Path, rows: Rows) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)


WRITERS: dict[str, Callable[[Path, Rows], None]] = {
    "jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet,
}  # fmt: skip


def imported(folder: Path, rows: Rows, kind: str = "jsonl", **keys: Any) -> ImportedStories:
    folder.mkdir(parents=True, exist_ok=True)
    WRITERS[kind](folder / f"s.{kind}", rows)
    return of_file(folder, f"s.{kind}", **keys)


def of_file(folder: Path, name: str, **keys: Any) -> ImportedStories:
    study = small_study(
        folder, pool=None, pools={"told": {"file": name, **keys}}, conditions=["none"]
    )
    return with_stories(study)[1]["told"]


def stories(read: ImportedStories) -> list[str]:
    return [one.story for one in read.people()]


# Neither NUL nor halves of characters, which have a test of their own.
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)
LIKELY = st.sampled_from(
    ["", " ", 'say "no", twice', "a\nb", "a\r\nb", "a  b", "a b", ",", ";", "=1+1"]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS | LIKELY, min_size=1, max_size=12), st.sampled_from(list(WRITERS)))
def test_any_file_is_imported_as_it_was_built(texts: list[str], kind: str) -> None:
    wanted = [text for i, text in enumerate(texts) if text.split()
              and not any(text.split() == other.split() for other in texts[:i])]  # fmt: skip
    rows = [{"id": f"n{n}", "story": text} for n, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        if not wanted:
            with pytest.raises(InputError, match="has no story in its column 'story'"):
                imported(Path(folder), rows, kind, id="id")
            return
        read = imported(Path(folder), rows, kind, id="id")
        people = list(read.people())
    assert [one.story for one in people] == wanted
    assert [one.source_id for one in people] == [f"n{texts.index(text)}" for text in wanted]
    assert [one.number for one in people] == list(range(len(wanted)))


def test_what_is_left_out_is_told_with_its_lines(tmp_path: Path) -> None:
    texts = ["one", "", "two", " one ", "x" * (LONGEST_STORY + 1), "t\x00wo", "on\ud800e", "three"]
    texts += ["two"] * 7
    (tmp_path / "s.jsonl").write_text("\n".join(json.dumps({"story": text}) for text in texts))
    read = of_file(tmp_path, "s.jsonl")
    assert stories(read) == ["one", "two", "three"]
    assert read.told == [
        "s.jsonl: its stories are column 'story'",
        "s.jsonl: left out 1 story that is empty (line 2)",
        "s.jsonl: left out 8 stories that repeat an earlier one (lines 4, 9, 10, 11, 12 and 3 "
        "more)",
        "s.jsonl: left out 1 story that has more than 4,194,304 characters (line 5)",
        "s.jsonl: left out 2 stories that hold NUL or half of a character, which no database "
        "stores (lines 6, 7)",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", WRITERS)
def test_fewer_are_a_sample_of_the_seed_in_the_order_of_the_file(tmp_path: Path, kind: str) -> None:
    rows = [{"backstory": f"I am {n}."} for n in range(50)]
    read = imported(tmp_path, rows, kind, count=10, seed=1)
    found = stories(read)
    assert (read.pool.count, len(found)) == (10, 10)
    assert found == sorted(found, key=lambda story: int(story[5:-1]))
    assert found != [row["backstory"] for row in rows[:10]]
    assert stories(imported(tmp_path / "b", rows, kind, count=10, seed=1)) == found
    assert stories(imported(tmp_path / "c", rows, kind, count=10, seed=2)) != found


def test_the_same_stories_are_the_same_pool_in_any_kind_of_file(tmp_path: Path) -> None:
    rows = [{"id": f"n{n}", "story": f"I am {n}."} for n in range(9)]
    read = [imported(tmp_path / kind, rows, kind, id="id").pool for kind in WRITERS]
    assert len({pool.contents.digest for pool in read if pool.contents}) == 1
    other = imported(tmp_path / "other", rows[::-1], id="id").pool
    assert other.recipe != read[0].recipe
    without = imported(tmp_path / "without", rows).pool
    assert without.recipe != read[0].recipe


def test_traits_are_options_codes_or_shares(tmp_path: Path) -> None:
    rows = [
        {"story": "a", "age": "young", "man": 0.25, "woman": 0.75},
        {"story": "b", "age": 63, "man": 1, "woman": 0},
        {"story": "c", "age": "21", "man": "0.5", "woman": "0.5"},
        {"story": "d", "age": "", "man": None, "woman": None},
    ]
    read = imported(tmp_path, rows, traits={"age": "age", "sex": ["man", "woman"]})
    assert [one.traits for one in read.people()] == [
        {"age": [1.0, 0.0], "sex": [0.25, 0.75]},
        {"age": [0.0, 1.0], "sex": [1.0, 0.0]},
        {"age": [1.0, 0.0], "sex": [0.5, 0.5]},
        {},
    ]
    assert read.pool.contents
    assert read.pool.contents.known == {"age": 3, "sex": 3}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_shares_may_stand_together_in_one_column(tmp_path: Path, kind: str) -> None:
    rows = [{"story": "a", "sex": [0.25, 0.75]}, {"story": "b", "sex": None}]
    read = imported(tmp_path, rows, kind, traits={"sex": "sex"})
    assert [one.traits for one in read.people()] == [{"sex": [0.25, 0.75]}, {}]
    rows = [{"story": "a", "sex": {"woman": 1, "man": 0}}]
    read = imported(tmp_path / "named", rows, kind, traits={"sex": "sex"})
    assert [one.traits for one in read.people()] == [{"sex": [0.0, 1.0]}]
    for cell in ([1.0], {"man": 1.0, "other": 0.0}):
        with pytest.raises(InputError, match=r"'sex' has .*, which is not a share for each"):
            imported(tmp_path / "short", [{"story": "a", "sex": cell}], kind, traits={"sex": "sex"})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"story": "tale"}, r"has no column 'tale' \(pools.told.story\); it has 'words', 'a'"),
        ({}, "has none of the columns story, backstory, .* name that of the stories in pools.told"),
        ({"story": "words", "id": "x"}, r"has no column 'x' \(pools.told.id\)"),
        ({"story": "words", "traits": {"age": "x"}}, r"no column 'x' \(pools.told.traits.age\)"),
        ({"story": "words", "count": 3}, "pools.told.count asks for 3 stories, .* has 2; lower it"),
        ({"story": "a"}, "line 1: 'a' is int, not text; name another column of stories"),
        ({"story": "words", "traits": {"sex": "a"}},
         "line 2: 'a' has '7', which is no option and no code of one of trait 'sex'; it has 'man'"),
        ({"story": "words", "traits": {"sex": ["a", "b"]}},
         "line 2: the shares of trait 'sex' are '7', '0', which are no numbers from 0 to 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused(
    tmp_path: Path, keys: dict[str, Any], said: str
) -> None:
    rows = [{"words": "I.", "a": 1, "b": 0}, {"words": "We.", "a": 7, "b": 0}]
    with pytest.raises(InputError, match=said):
        imported(tmp_path, rows, **keys)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("s.docx", "x", "is of an unknown kind; give a file of stories ending in .jsonl, .ndjson"),
        ("s.jsonl", "", "is empty; give the file with the stories"),
        ("s.jsonl", '{"story": "a"}\n{"story"\n', "line 2: is not JSON"),
        ("s.jsonl", '["a"]\n', "line 1: is list, not an object such as"),
        ("s.csv", "story,id\na,1\nb\n", "line 3: 1 fields where the header has 2"),
        ("s.csv", 'story,id\n"a,1\n', "not valid CSV"),
        ("s.csv", "story,story\na,b\n", "has two columns named 'story'; rename one"),
        ("s.parquet", "PAR1", "cannot be read as Parquet"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        of_file(tmp_path, name)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"pools\.told\.file: .*s\.jsonl does not exist; check the path to the file of",
    ):
        of_file(tmp_path, "s.jsonl")


def test_bytes_that_leave_a_doubt_are_told_with_what_can_be_done(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes("story\nIn my café.\nAt home.\n".encode("latin-1"))
    assert "read as Windows-1252; else save it as UTF-8" in of_file(tmp_path, "s.csv").told[0]


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    read = imported(tmp_path, [{"story": "a"}, {"story": "b"}])
    as_jsonl(tmp_path / "s.jsonl", [{"story": "a"}, {"story": "c"}])
    with pytest.raises(InputError, match=r"s\.jsonl changed while it was read; submit again"):
        stories(read)


def test_a_long_cell_of_a_text_file_is_read(tmp_path: Path) -> None:
    read = imported(tmp_path, [{"story": "word " * 50_000}], "csv")
    assert len(stories(read)[0]) == 250_000


@pytest.mark.parametrize("kind", WRITERS)
def test_ten_thousand_stories_take_seconds_and_no_more_memory_than_few(
    tmp_path: Path, kind: str
) -> None:
    rows = [{"story": f"{n} " + "My life. " * 333} for n in range(10_000)]
    WRITERS[kind](tmp_path / f"s.{kind}", rows)
    del rows
    start = time.monotonic()
    read = of_file(tmp_path, f"s.{kind}")
    assert sum(1 for _ in read.people()) == 10_000
    assert time.monotonic() - start < 60
    some = peak_of(lambda: sum(1 for _ in islice(read.people(), 500)))
    assert peak_of(lambda: sum(1 for _ in islice(read.people(), 1500))) < some + 1_000_000
