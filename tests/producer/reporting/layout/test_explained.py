"""Heads of columns say what a figure is and where it comes from."""

import re
from html import unescape

from anthology.models.statistics.figures import FIGURES
from anthology.producer.reporting.layout.explained import head, used


def test_every_figure_says_on_hover_what_it_is_its_formula_and_its_source():
    for figure in FIGURES:
        shown = str(head(figure))
        title = unescape(re.search(r'title="([^"]*)"', shown)[1])
        assert title[1:].startswith(figure.plain.split("{")[0].rstrip()[1:])
        assert figure.formula in title
        assert figure.source in title
        assert "{" not in title.replace(figure.formula, "")
        assert unescape(re.sub("<[^>]*>", "", shown)) == figure.symbol


def test_a_head_links_to_where_the_page_explains_it():
    page = f"<th>{head('alpha')}</th><th>{head('wd', 'Distance')}</th><th>{head('wd')}</th>"
    assert ">Distance</a>" in page
    assert [one.name for one in used(page)] == ["wd", "alpha"]
    assert used("<th>WD</th>") == []
