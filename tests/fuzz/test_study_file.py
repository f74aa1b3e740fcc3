"""Study files with anything in them: accepted, or refused in a sentence, before any write."""

import copy
from typing import Any

import fake_model
import yaml
from fuzz.inputs import inputs
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 2**31, 2**63, 10**40, 1e308])
TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\x1b[2J",
        "\ud800",
        "{}",
        "{0}",
        "%s",
        "../..",
        "A" * 10_000,
        "‮",
        "Ω",
        "ne\nw",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
TRICKS = [
    "&a [*a]", "!!python/object/apply:os.system [ls]", "<<: 3", "? [x]\n: y", "{[1]: 2}",
    "--- a\n--- b",
    "!!binary x", "!!set {a, b}", "!!omap [a: 1]", "!!int abc", "!!float x", "!!timestamp x",
    "!!null x",
    "!!bool maybe", "&a {<<: *a}", "[" * 2000, "{a: " * 1000, "- " * 3000, "1" * 5000, "1e999",
    "\t", "%YAML 9.9\n---",
    "<<: [1, {a: b}]", "!!str [a]", "!!seq {}", "!!map []", "*nobody", "!foo bar",
    "'", "|\n x\n\ty", "!!pairs [a: 1]",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in nested mappings and lists, itself included."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


PLACES = [place for place in places(fake_model.study_fields()) if place]


def changed(fields: Any, place: tuple[Any, ...], value: Any) -> Any:
    """With another value at a place, where it is still there."""
    fields = copy.deepcopy(fields)
    at = fields
    for key in place[:-1]:
        try:
            at = at[key]
        except (KeyError, IndexError, TypeError):
            return fields
    if isinstance(at, dict | list):
        try:
            at[place[-1]] = value
        except (IndexError, TypeError):
            return fields
    return fields


@inputs(150)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=3))
def test_a_study_with_wrong_values_is_refused_in_a_sentence(
    anthology: Any, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    path = fake_model.write_study(anthology.folder)
    fields = yaml.safe_load(path.read_text())
    for place, value in changes:
        fields = changed(fields, place, value)
    path.write_bytes(yaml.dump(fields).encode("utf-8", "surrogatepass"))
    anthology.refused("submit", str(path), "--dry-run")
    assert not anthology.wrote()


@inputs(100)
@given(st.sampled_from(PLACES), st.sampled_from(TRICKS))
def test_a_study_with_strange_yaml_is_refused_in_a_sentence(
    anthology: Any, place: tuple[Any, ...], trick: str
) -> None:
    path = fake_model.write_study(anthology.folder)
    fields = changed(yaml.safe_load(path.read_text()), place, "HERE")
    path.write_text(yaml.safe_dump(fields).replace("HERE", trick))
    anthology.refused("submit", str(path), "--dry-run")
    assert not anthology.wrote()


@inputs(150)
@given(st.data())
def test_a_study_file_of_damaged_bytes_is_refused_in_a_sentence(
    anthology: Any, data: st.DataObject
) -> None:
    path = fake_model.write_study(anthology.folder)
    whole = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(at, min(len(whole), at + 40)))
        whole = whole[:at] + data.draw(st.binary(max_size=8)) + whole[end:]
    path.write_bytes(whole)
    anthology.refused("submit", str(path), "--dry-run")
    assert not anthology.wrote()


@inputs(50)
@given(st.sampled_from(PLACES), ANYTHING.filter(lambda value: not isinstance(value, int | float)))
def test_what_is_refused_without_dry_run_has_written_nothing(
    anthology: Any, place: tuple[Any, ...], value: Any
) -> None:
    path = fake_model.write_study(anthology.folder)
    fields = changed(yaml.safe_load(path.read_text()), place, value)
    fields["conditions"] = []
    path.write_bytes(yaml.dump(fields).encode("utf-8", "surrogatepass"))
    assert anthology.refused("submit", str(path)).code == 2
