"""Any arguments: success, or exit code 2 and a sentence; no traceback and no write."""

import json
from typing import Any

from fuzz.inputs import inputs
from hypothesis import given
from hypothesis import strategies as st

# Not `worker`, `demo` and `doctor`: they start processes, or look at the machine.
COMMANDS = [
    "submit", "status", "wait", "report", "export", "preview", "floor", "measure", "sweep",
]  # fmt: skip
STEERING = ["cancel", "pause", "resume", "retry", "import"]  # refused as long as they do not exist
OPTIONS = [
    "--json", "--dry-run", "--watch", "--timeout", "--out", "--format", "--persona", "--condition",
    "--question", "--model", "--items", "--weight", "--sample", "--splits", "--seed", "--reverse",
    "--kind", "--error", "--any-engine", "--debugs", "-x", "--",
]  # fmt: skip
VALUES = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20
) | st.sampled_from(
    ["", "-1", "0", "9" * 30, "nan", "inf", "1e400", "../..", "/", "small", "x.yaml", "x.csv",
     "~", "a,,b", "\x1b[2J"]
)  # fmt: skip


@inputs(300)
@given(
    st.sampled_from(COMMANDS + STEERING),
    st.lists(st.sampled_from(OPTIONS) | VALUES, max_size=6),
)
def test_any_arguments_succeed_or_are_refused_in_a_sentence(
    anthology: Any, command: str, arguments: list[str]
) -> None:
    ran = anthology.refused(command, *(a for a in arguments if a not in ("--help", "--debug")))
    assert not anthology.wrote()
    if ran.code == 0:
        assert ran.out


@inputs(100)
@given(st.lists(VALUES, max_size=4))
def test_anything_in_place_of_a_command_is_refused_in_a_sentence(
    anthology: Any, arguments: list[str]
) -> None:
    anthology.refused(*arguments)
    assert not anthology.wrote()


@inputs(100)
@given(
    st.integers(), st.integers(), st.integers(), st.lists(st.sampled_from(["a", "b", "c", "d", ""]))
)
def test_any_numbers_for_a_floor_give_json_or_a_sentence(
    anthology: Any, sample: int, splits: int, seed: int, items: list[str]
) -> None:
    file = anthology.folder / "floor.csv"
    rows = "\n".join(f"{n % 3},{n % 2},{n % 5}" for n in range(20))
    file.write_text(f"a,b,c\n{rows}\n")
    splits = splits if splits < 4 else 4  # many are slow, which is no fault
    ran = anthology.refused(
        "floor", str(file), "--items", ",".join(items), f"--sample={sample}", f"--splits={splits}",
        f"--seed={seed}", "--json",
    )  # fmt: skip
    assert ran.code == 2 or json.loads(ran.out)["n"] in (20, sample)
