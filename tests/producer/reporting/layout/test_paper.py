"""Paper has of a page's folds what somebody would print."""

import re

from anthology.producer.reporting.layout import paper
from anthology.producer.reporting.layout.paper import LINES, MOST_ROWS, folded_on_paper
from anthology.producer.reporting.page import page


def fold(rows, within="", attributes=""):
    return f"<details{attributes}><summary>x</summary>{'<tr></tr>' * rows}{within}</details>"


def marked(html):
    return re.findall(r"<details([^>]*)>", folded_on_paper(html))


def test_a_fold_of_few_rows_is_printed_and_one_of_many_is_not():
    whole = f"<tr></tr>{fold(MOST_ROWS)}<p>a</p>{fold(MOST_ROWS + 1, attributes=' open')}{fold(1)}"
    assert marked(whole) == ["", ' class="long" open', ""]
    assert folded_on_paper(whole).replace(' class="long"', "") == whole


def test_rows_of_a_fold_within_a_fold_do_not_count_as_its_own():
    inner = fold(MOST_ROWS)
    assert marked(fold(MOST_ROWS, inner + inner)) == ["", "", ""]
    assert marked(fold(1, fold(MOST_ROWS + 1))) == ["", ' class="long"']


def test_rows_outside_of_folds_and_heads_of_tables_are_none():
    assert marked("<tr></tr>" * 2 * MOST_ROWS + fold(1)) == [""]
    assert marked(fold(0, "<thead></thead><track>" * 2 * MOST_ROWS)) == [""]


def test_lines_of_a_file_count_too():
    file = "<pre>{}</pre>"
    assert marked(fold(0, file.format("a\n" * MOST_ROWS * LINES))) == [""]
    assert marked(fold(1, file.format("a\n" * MOST_ROWS * LINES))) == [' class="long"']


def test_a_small_study_prints_whole_and_of_a_large_one_a_line_says_where_the_rest_is(
    reported, html, monkeypatch
):
    assert '<details class="long"' not in html
    monkeypatch.setattr(paper, "MOST_ROWS", 5)
    shown = page(reported, "small")
    assert '<details class="long" id="by-subgroup">' in shown
    assert '<details class="long" data-else="in the study file">' in shown
    assert re.search(r"details\.long > summary::after \{ content: .*on the screen, and in", shown)
    assert shown.index("Subgroups at a glance") < shown.index('<details class="long" id="by-sub')
