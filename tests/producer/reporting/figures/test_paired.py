"""Which of two conditions is closer: as findings, in words, and on the page."""

import re
from html import unescape
from itertools import combinations

import pytest
from finished_study import small_study
from pages import sections
from sqlalchemy import delete
from sqlmodel import Session, col

from anthology.models.database.tables import Metric
from anthology.models.statistics.figures import leading
from anthology.models.statistics.paired.differences import IN_SUBGROUPS, JUDGED
from anthology.producer.reporting.figures.paired import in_words, paired, settled_in_words
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report

WD = leading(True)


def row(condition, other, closer_by, p_holm, half=0.01):
    return {
        "figure": "wd", "condition": condition, "other": other, "n": 8, "closer_by": closer_by,
        "low": closer_by - half, "high": closer_by + half, "p": p_holm / 3, "p_holm": p_holm,
    }  # fmt: skip


def test_every_two_conditions_are_held_against_each_other_on_every_figure_that_is_sure(reported):
    found = findings(reported, "small")["paired"]
    pairs = list(combinations(small_study().condition_names, 2))
    assert [(one["condition"], one["other"]) for one in found if one["figure"] == "wd"] == pairs
    assert len(found) == len(pairs) * len(JUDGED)
    rows = {
        r["condition"]: r for r in findings(reported, "small")["rows"] if r["subgroup"] == "all"
    }
    for one in found:
        if one["figure"] == "wd":
            apart = rows[one["other"]]["wd"] - rows[one["condition"]]["wd"]
            assert one["closer_by"] == pytest.approx(apart)
            assert one["low"] <= one["closer_by"] <= one["high"]
            assert 0 <= one["p"] <= one["p_holm"] <= 1


def test_p_values_in_a_subgroup_are_adjusted_for_its_own_comparisons(reported, html):
    found = findings(reported, "small")["paired_in_subgroups"]
    groups = list(dict.fromkeys(one["subgroup"] for one in found))
    assert groups == ["gender=Male"]  # of the women too few are simulated
    for group in groups:
        for figure in IN_SUBGROUPS:
            own = [one for one in found if (one["subgroup"], one["figure"]) == (group, figure.name)]
            assert len(own) == len(list(combinations(small_study().condition_names, 2)))
            known = sorted(one["p"] for one in own if one["p"] is not None)
            least = min((one["p_holm"] for one in own if one["p"] is not None), default=None)
            assert least is None or least == pytest.approx(min(1, known[0] * len(known)))
    folded = sections(html).split("By subgroup")[1]
    assert folded.count("Which of two conditions is closer") == len(groups)


def test_every_settled_comparison_stands_in_words_from_the_closer_side(reported, html):
    rows = [row("bio", "qa", -0.021, 0.001), row("none", "qa", -0.5, 0.001),
            row("none", "bio", -0.01, 0.4)]  # fmt: skip
    assert settled_in_words(rows) == [
        "qa is closer than “none” on WD by 0.500 [0.490, 0.510]; "
        "qa is closer than bio on WD by 0.021 [0.011, 0.031]; 3 comparisons, Holm’s correction."
    ]
    assert settled_in_words(rows[2:]) == [
        "Which condition is closer is settled for no two on WD (one comparison)."
    ]
    assert settled_in_words([{**rows[0], "p": None, "p_holm": None}]) == []
    assert settled_in_words([]) == []
    near = {**row("bio", "qa", 0.42, 0.001), "figure": "l1", "low": 0.012, "high": 0.828}
    assert "on L1 by 0.42 [0.01, 0.83]" in settled_in_words([near])[0]  # not 0.4 [0.0, 0.8]
    told = settled_in_words(findings(reported, "small")["paired"])
    assert told
    items = [unescape(said) for said in re.findall(r"<li>(.*)</li>", html)]
    assert [said for said in items if said in told] == told


def test_figures_on_which_no_two_conditions_can_be_told_apart_share_one_sentence():
    rows = [{**row("bio", "qa", 0.01, 0.6), "figure": name} for name in ("tv", "wd", "fro")]
    assert settled_in_words(rows) == [
        "Which condition is closer is settled for no two on WD, TV, Fro (one comparison each)."
    ]
    more = [*rows, row("none", "qa", 0.02, 0.6)]
    [said] = settled_in_words(more)
    assert said.endswith("(up to 2 comparisons each, Holm’s correction).")


def test_a_study_measured_before_has_none_and_its_page_speaks_of_intervals(own, tmp_path):
    with Session(own) as session:
        session.execute(delete(Metric).where(col(Metric.name).contains(" ")))
        session.commit()
    assert not {"paired", "paired_in_subgroups"} & set(findings(own, "small"))
    assert paired({}, ["none", "bio"]) == []
    page = write_report(own, "small", tmp_path / "old").read_text(encoding="utf-8")
    assert "Which of two conditions is closer" not in page


def test_the_page_has_a_row_for_every_two_conditions(html):
    table = sections(html).split("Which of two conditions is closer")[1].split("</table>")[0]
    assert table.count("<tr>") == 1 + len(list(combinations(small_study().condition_names, 2)))
    assert "<th>α</th>" in table


def test_a_condition_is_said_to_be_closer_only_where_that_is_settled():
    rows = [row("none", "bio", -0.2, 0.003), row("none", "qa", -0.18, 0.003),
            row("bio", "qa", 0.02, 0.6, 0.05)]  # fmt: skip
    sure, unsure = in_words(rows, "bio", WD)
    assert unsure == (
        "Whether it is closer than qa is not settled: by 0.020 [−0.030, 0.070], p 0.600."
    )
    assert sure == (
        "It is closer than “none” on WD, by 0.200 [0.190, 0.210] (the same people in both; "
        "3 comparisons, Holm’s correction)."
    )


def test_a_p_value_hardly_above_the_level_does_not_read_as_the_level():
    [unsure] = in_words([row("bio", "qa", 0.02, 0.054)], "bio", WD)
    assert unsure.endswith("p 0.054.")


def test_a_row_is_read_from_either_side():
    rows = [row("bio", "none", -0.2, 0.003)]
    assert in_words(rows, "none", WD) == [
        "It is closer than bio on WD, by 0.200 [0.190, 0.210] (the same people in both)."
    ]


def test_what_is_closer_than_all_others_is_said_to_be_so_by_the_least_difference():
    rows = [row("a", "b", 0.3, 0.01), row("a", "c", 0.1, 0.02), row("b", "c", 0.2, 0.01)]
    assert in_words(rows, "a", WD) == [
        "It is closer than each other condition on WD, by at least 0.100 [0.090, 0.110] "
        "(the same people in both; 3 comparisons, Holm’s correction)."
    ]
    assert in_words([{**rows[0], "p": None, "p_holm": None}], "a", WD) == []


def test_where_one_comparison_is_unknown_no_condition_is_closer_than_each_other():
    rows = [row("a", "b", 0.3, 0.01), row("a", "c", 0.1, 0.02),
            {**row("a", "d", 0.4, 1.0), "p": None, "p_holm": None}]  # fmt: skip
    sure, unknown = in_words(rows, "a", WD)
    assert sure.startswith("It is closer than b and c on WD, by at least 0.100")
    assert unknown == "Whether it is closer than d cannot be told."
