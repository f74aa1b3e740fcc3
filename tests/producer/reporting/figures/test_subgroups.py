"""Subgroups at a glance, before what else is known of them."""

import re

from pages import sections

from anthology.producer.reporting.findings import findings


def test_subgroups_stand_on_a_line_each_before_what_else_is_known_of_them(reported, html):
    glance = sections(html).split("Subgroups at a glance")[1].split("</table>")[0]
    assert re.findall(r'<tr><th dir="auto">(.*?)</th>', glance) == [
        "everybody", "gender = Male", "gender = Female",
    ]  # fmt: skip
    rows = {(r["condition"], r["subgroup"]): r for r in findings(reported, "small")["rows"]}
    _, men, women = glance.split("<tbody>")[1].split("<tr>")[1:]
    assert f">{rows['natural/greedy', 'gender=Male']['wd']:.3f}<small>" in men
    assert re.findall(r"<td>([^<]+)</td>", women) == ["–"] * 4, "too few are simulated"
    assert html.index("Subgroups at a glance") < html.index("By subgroup (")
