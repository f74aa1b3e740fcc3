"""A table for a paper: names of strangers and signs of figures reach LaTeX and Markdown as text."""

import re
from dataclasses import replace

import pytest
from finished_study import small_study
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from anthology.models.database.tables import Metric
from anthology.models.errors import InputError
from anthology.models.questionnaire.retest import RETEST
from anthology.producer.reporting.appendix.paper_table import (
    Cell,
    Line,
    PaperTable,
    paper_table,
)
from anthology.producer.reporting.appendix.table_columns import COLUMNS, asked, of_study
from anthology.producer.reporting.appendix.table_formats import latex, markdown

MEN, GAP = "gender=Male", "groups/gender/parity_gap"
SCORE, ALPHA = "scale/views/wd", "scale/views/alpha"
SCALES = {"views": ["spend", "-war"]}
HOSTILE = r"a_b & 50% #1 {x} \input{y} $z$ ~^ <b>|</b> [u](v) *w* `q`"


def stored(n, **known):
    """Figures of one place by name: a value, or a value with its ends."""
    found = {}
    for name, value in known.items():
        value, low, high = value if isinstance(value, tuple) else (value, None, None)
        found[name] = Metric(study_id=1, condition="", subgroup="", name=name, n=n, value=value,
                             low=low, high=high)  # fmt: skip
    return found


def figures():
    """What is stored of a condition, of two groups of people, and of their floors."""
    floor = dict.fromkeys(COLUMNS, 0.01) | {f"{name}_sd": 0.002 for name in COLUMNS}
    of_men = {"wd": 0.03, "wd_sd": 0.004, SCORE: 0.05, f"{SCORE}_sd": 0.006}
    return {
        ("bio", "all"): stored(1200, **dict.fromkeys(COLUMNS, (-0.0125, -0.5, 0.25)), **{GAP: 0.4}),
        ("floor", "all"): stored(300, **floor, **{GAP: 0.1, f"{GAP}_sd": 0.02}),
        ("floor_at_n", "all"): stored(300, **floor, **{GAP: 0.3, f"{GAP}_sd": 0.04}),
        ("bio", MEN): stored(60, **{"wd": (0.9, 0.8, 1.0), SCORE: 0.7, ALPHA: (0.6, 0.5, 0.7)}),
        ("humans", MEN): stored(140, **{ALPHA: (0.8, 0.75, 0.85)}),
        ("floor", MEN): stored(150, alpha=0.66, **of_men),
        ("floor_at_n", MEN): stored(60, alpha=0.66, **of_men),
        ("bio", "age=old"): stored(1, wd=0.9),
    }  # fmt: skip


def made(names, *, known=None, subgroup="all", **changes):
    study = small_study("s", conditions=["bio"], **changes)
    return paper_table(known or figures(), study, asked(names), subgroup=subgroup, humans=5000)


def table(name="bio"):
    cells = [Cell(-0.0004, -0.0125, None), Cell(-1234.5, -2000, 3), Cell(None)]
    columns = [COLUMNS[one] for one in ("coherence", "l1", "alpha")]
    return PaperTable("s", name, columns, [Line("condition", name, 1200, cells)], [name])


def test_negative_numbers_have_a_minus_sign_and_what_rounds_to_nothing_none():
    row = "& 1,200 & 0.000 & $-$1,234.5 & – \\\\\n &  &  & \\footnotesize [$-$2,000.0, 3.0] &  \\\\"
    assert row in latex(table())
    assert "| 1,200 | 0.000 | −1,234.5 \\[−2,000.0, 3.0\\] | – |" in markdown(table())


def test_conditions_stand_before_people_asked_again_and_floors_and_subgroups_nowhere():
    table = made("wd,agreement")
    assert [line.kind for line in table.lines] == ["condition", "floor_at_n", "floor"]
    assert table.lines[1].cells == [Cell(0.01, deviation=0.002), Cell()]
    again = figures() | {(RETEST, "all"): stored(9, agreement=0.8)}
    questions = small_study().spec["questionnaire"]["questions"]
    questions["war"]["retest"] = "war2"
    table = made("wd,agreement", known=again, questionnaire={"questions": questions})
    assert [line.kind for line in table.lines][:2] == ["condition", "retest"]
    assert table.lines[1].cells == [Cell(), Cell(0.8)]
    assert table.lines[1].n == 9


def test_columns_that_a_page_has_no_room_for_stand_in_a_further_part_of_the_table():
    heads = [line for line in latex(made("wd,fro,alpha,pair_correlation,wd_drawn")).splitlines()
             if line.startswith("Condition & ")]  # fmt: skip
    assert heads == [
        "Condition & $n$ & WD & Fro & $\\alpha$ \\\\", "Condition & $n$ & r & WD drawn \\\\",
    ]  # fmt: skip


@pytest.mark.parametrize("conditions", [*range(14, 22), 50])
def test_what_a_page_has_no_room_for_stands_in_a_further_table_of_the_same_number(conditions):
    short = latex(made("wd,fro"))
    one = made("wd,fro,alpha,pair_correlation,wd_drawn")
    many = [replace(one.lines[0], name=f"c{n}") for n in range(conditions)]
    long = latex(replace(one, lines=[*many, *one.lines[1:]]))
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
    study = small_study("s", humans=None, conditions=[{"pool": "s-pool"}])
    alone = {("pool/s-pool", "all"): stored(3, label_mass=0.5)}
    table = paper_table(alone, study, ["label_mass"])
    assert table.title == "Study s: virtual people without humans"
    assert len(table.notes) == 2


@pytest.mark.parametrize("name", COLUMNS)
def test_latex_is_left_no_sign_that_its_fonts_have_in_mathematics_alone(name):
    text = latex(made(name))
    assert set(re.findall(r"[^\x00-\x7f]", text)) <= set("’–é")


def test_a_table_of_a_subgroup_has_its_own_people_and_floors():
    table = made("wd", subgroup=MEN)
    assert table.title == "Study s, gender = Male: virtual people against 150 humans"
    assert [(line.name, line.n, line.cells) for line in table.lines] == [
        ("bio", 60, [Cell(0.9, 0.8, 1.0)]),
        ("60 other real people", 60, [Cell(0.03, deviation=0.004)]),
        ("Two halves of the humans", 150, [Cell(0.03, deviation=0.004)]),
    ]


def test_figures_of_scales_stand_beside_what_the_humans_are_by_themselves():
    table = made(f"{SCORE},{ALPHA},alpha", subgroup=MEN, scales=SCALES)
    assert [column.title for column in table.columns] == ["WD views", "α views", "α"]
    assert [(line.kind, line.n, line.cells) for line in table.lines[:3]] == [
        ("condition", 60, [Cell(0.7), Cell(0.6, 0.5, 0.7), Cell()]),
        ("humans", 150, [Cell(), Cell(0.8, 0.75, 0.85), Cell(0.66)]),
        ("floor_at_n", 60, [Cell(0.05, deviation=0.006), Cell(), Cell(0.66)]),
    ]
    assert any(note.startswith("A score is the mean") for note in table.notes)
    assert not any(line.kind == "humans" for line in made("alpha").lines)


def test_a_figure_that_several_scales_have_is_explained_once():
    both = {ALPHA: 0.5, "scale/other/alpha": 0.4}
    table = made(
        ",".join(both), known={("bio", "all"): stored(9, **both)},
        scales={**SCALES, "other": ["war", "spend"]},
    )  # fmt: skip
    assert [note for note in table.notes if "α" in note] == [
        "α views, α other: Cronbach’s alpha of the scale’s items; best is nearest to the humans’."
    ]


def test_figures_between_groups_have_the_floors_of_groups_as_large():
    table = made(GAP)
    assert [column.title for column in table.columns] == ["WD gap gender"]
    assert [line.cells for line in table.lines] == [
        [Cell(0.4)], [Cell(0.3, deviation=0.04)], [Cell(0.1, deviation=0.02)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "subgroup", "said"),
    [
        ("wd", "gender=male", "study 's' has no figures of 'gender=male'; did you mean 'gender=Ma"),
        ("wd", "gender", "did you mean 'gender=Male' or 'gender=Female'?"),
        ("wd", "age=young", "no figures of 'age=young' yet; `anthology measure s --subgroup 'age"),
        ("wd", "?", "it has those of 'gender=Male', 'gender=Female', 'age=old'"),
        (GAP, MEN, f"{GAP} is of all its groups side by side; leave it or --subgroup out"),
        ("scale/view/wd", "all", "has no figure 'scale/view/wd'; did you mean scale/views/wd"),
        ("item/war/wd", "all", "beside those of all questions it has scale/views/mean, scale/v"),
        ("groups/age/parity_gap", "all", "`anthology measure s --subgroup 'age'` makes them"),
        ("scale/views/omega", "all", "nothing is stored of 'scale/views/omega': too few people"),
    ],
)  # fmt: skip
def test_what_a_study_does_not_have_is_answered_with_what_it_has(names, subgroup, said):
    with pytest.raises(InputError, match=re.escape(said)):
        made(names, subgroup=subgroup, scales=SCALES)


def test_neither_is_it_by_figures_of_scales_and_between_groups():
    study = small_study("s", scales={**SCALES, "others": ["war", "spend"]})
    known = [name for name in of_study(study, ["gender*age"]) if name not in COLUMNS]
    assert len(known) == 2 * 6 + 1 + 4
    table = made(",".join(known), known={("bio", "all"): stored(9, **dict.fromkeys(known, 0.1))},
                 scales=study.scales)  # fmt: skip
    assert set(re.findall(r"[^\x00-\x7f]", latex(table))) <= set("’–")
    assert r"WD gap gender $\times$ age, drawn" in latex(table)


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
