"""A table for a paper: names of strangers and signs of figures reach LaTeX and Markdown as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from anthology.producer.reporting.appendix.paper_table import (
    COLUMNS,
    Cell,
    Line,
    PaperTable,
    chosen,
    paper_table,
)
from anthology.producer.reporting.appendix.table_formats import latex, markdown

HOSTILE = r"a_b & 50% #1 {x} \input{y} $z$ ~^ <b>|</b> [u](v) *w* `q`"


def found(**changes):
    """Findings of one condition, as far as a table looks at them."""
    row = {"condition": "bio", "subgroup": "all", "n": 1200}
    floor = {"n": 300}
    for name in COLUMNS:
        row |= {name: -0.0125, f"{name}_low": -0.5, f"{name}_high": 0.25}
        floor |= {name: 0.01, f"{name}_sd": 0.002}
    return {
        "study": "s", "humans": 5000, "rows": [row, {**row, "subgroup": "sex=man", "n": 1}],
        "floor": floor, "floor_at_n": floor, "measures": {"splits": 100, "bootstrap": 60},
        **changes,
    }  # fmt: skip


def table(name="bio"):
    cells = [Cell(-0.0004, -0.0125, None), Cell(-1234.5, -2000, 3), Cell(None)]
    columns = chosen("coherence,l1,alpha")
    return PaperTable(name, columns, [Line("condition", name, 1200, cells)], [name])


def test_negative_numbers_have_a_minus_sign_and_what_rounds_to_nothing_none():
    row = "& 1,200 & 0.000 & $-$1,234.5 & – \\\\\n &  &  & \\footnotesize [$-$2,000.0, 3.0] &  \\\\"
    assert row in latex(table())
    assert "| 1,200 | 0.000 | −1,234.5 \\[−2,000.0, 3.0\\] | – |" in markdown(table())


def test_conditions_stand_before_people_asked_again_and_floors_and_subgroups_nowhere():
    made = paper_table(found(), chosen("wd,agreement"), nominal=False)
    assert [line.kind for line in made.lines] == ["condition", "floor_at_n", "floor"]
    assert made.lines[1].cells == [Cell(0.01, deviation=0.002), Cell()]
    again = [{"condition": "retest", "subgroup": "all", "n": 9, "agreement": 0.8}]
    made = paper_table(found(retest=again), chosen("wd,agreement"), nominal=False)
    assert [line.kind for line in made.lines][:2] == ["condition", "retest"]
    assert made.lines[1].cells == [Cell(), Cell(0.8)]


def test_columns_that_a_page_has_no_room_for_stand_in_a_further_part_of_the_table():
    columns = chosen("wd,fro,alpha,pair_correlation,wd_drawn")
    heads = [line for line in latex(paper_table(found(), columns, nominal=False)).splitlines()
             if line.startswith("Condition & ")]  # fmt: skip
    assert heads == [
        "Condition & $n$ & WD & Fro & $\\alpha$ \\\\", "Condition & $n$ & r & WD drawn \\\\",
    ]  # fmt: skip


@pytest.mark.parametrize("conditions", [*range(14, 22), 50])
def test_what_a_page_has_no_room_for_stands_in_a_further_table_of_the_same_number(conditions):
    short = latex(paper_table(found(), chosen("wd,fro"), nominal=False))
    many = [{**found()["rows"][0], "condition": f"c{n}"} for n in range(conditions)]
    columns = chosen("wd,fro,alpha,pair_correlation,wd_drawn")
    long = latex(paper_table(found(rows=many), columns, nominal=False))
    tables = long.split("\\begin{table}")[1:]
    assert short.count("\\begin{table}") == 1
    assert "continued" not in short
    assert len(tables) > 1
    assert all(table.count(" \\\\\n") <= 42 for table in tables)
    assert all("addtocounter{table}{-1}" in table for table in tables[1:])
    assert all("\\midrule\n\\bottomrule" not in table for table in tables)
    for n in range(conditions):
        assert long.count(f"\nc{n} & 1,200 & ") == 2, "once in each part"
    assert [long.count("footnotesize\\raggedright"), tables[-1].count("raggedright")] == [1, 1]


def test_without_floors_and_intervals_nothing_is_said_of_them():
    rows = [{"condition": "bio", "subgroup": "all", "n": 3, "label_mass": 0.5}]
    made = paper_table(found(rows=rows, floor=None, humans=0), chosen("label_mass"), nominal=True)
    assert made.title == "Study s: virtual people without humans"
    assert len(made.notes) == 2


@pytest.mark.parametrize("name", COLUMNS)
def test_latex_is_left_no_sign_that_its_fonts_have_in_mathematics_alone(name):
    text = latex(paper_table(found(), [COLUMNS[name]], nominal=True))
    assert set(re.findall(r"[^\x00-\x7f]", text)) <= set("’–é")


def _read(text):
    """What LaTeX would print of escaped text."""
    words = {"textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~",
             "textless": "<", "textgreater": ">", "textbar": "|"}  # fmt: skip
    found = re.sub(r"\\(text\w+)\{\}", lambda m: f"\0{list(words).index(m[1])}", text)
    assert not re.search(r"(?<!\\)[{}$&%#_^~\\](?![{}$&%#_])", found), text
    found = re.sub(r"\\([{}$&%#_])", r"\1", found)
    return re.sub("\0(.)", lambda m: list(words.values())[int(m[1])], found)


names = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"],
                exclude_characters="\"'"), min_size=1, max_size=20)  # fmt: skip


@given(names)
def test_latex_prints_a_name_as_it_is(name):
    row = next(line for line in latex(table(name)).splitlines() if " & 1,200 & " in line)
    assert _read(row.split(" & 1,200 & ")[0]) == name


@given(names)
def test_markdown_shows_a_name_as_it_is(name):
    tokens = MarkdownIt().enable("table").parse(markdown(table(f"x {name}")))
    shown = ["".join(child.content for child in token.children)
             for token in tokens if token.type == "inline"]  # fmt: skip
    assert shown[0] == shown[6] == shown[-1] == f"x {name}"
    assert len(shown) == 1 + 5 + 5 + 1


def test_a_hostile_name_obeys_in_neither():
    assert r"\input" not in latex(table(HOSTILE))
    assert _read(latex(table(HOSTILE)).splitlines()[3][len("\\caption{") : -1]) == HOSTILE
    assert "<b>" not in markdown(table(HOSTILE)).replace("\\<", "")
