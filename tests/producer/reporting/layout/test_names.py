"""Long names break where their parts end."""

import pytest

from anthology.producer.reporting.layout.names import breakable


@pytest.mark.parametrize(
    ("cell", "broken"),
    [
        ("<th>natural/max_weight</th>", "<th>natural/<wbr>max_<wbr>weight</th>"),
        ('<td dir="auto">a/b<small>c/d', '<td dir="auto">a/<wbr>b<small>c/d'),
        ("<th>/start, end_, 1 / 2</th>", "<th>/start, end_, 1 / 2</th>"),
        ("<thead>a/b<tr><th>c</th>", "<thead>a/b<tr><th>c</th>"),
        ('<a title="a/b">x_y</a>', '<a title="a/b">x_y</a>'),
        ("<th>R&amp;D/x</th>", "<th>R&amp;D/<wbr>x</th>"),
    ],
)  # fmt: skip
def test_cells_of_tables_may_break_behind_a_part_of_a_name(cell, broken):
    assert breakable(cell) == broken


def test_a_name_is_copied_as_it_was():
    assert breakable("<th>natural/max_weight</th>").replace("<wbr>", "") == (
        "<th>natural/max_weight</th>"
    )


def test_a_long_name_of_a_condition_breaks_where_its_parts_end(html):
    assert "<th>natural/<wbr>max_<wbr>weight</th>" in html
    assert "natural/max_weight</th>" not in html
