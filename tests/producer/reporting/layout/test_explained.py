"""Heads of columns say what a figure is and where it comes from."""

import re
from html import unescape

from anthology.models.statistics.figures import FIGURES
from anthology.producer.reporting.layout.explained import TITLES, families, head, used


def test_every_figure_says_on_hover_what_it_is_its_formula_and_its_source():
    for figure in FIGURES:
        shown = str(head(figure))
        title = unescape(re.search(r'title="([^"]*)"', shown)[1])
        assert title[1:].startswith(figure.plain.split("{")[0].rstrip()[1:])
        assert figure.formula in title
        assert figure.source in title
        assert "{" not in title.replace(figure.formula, "")
        assert unescape(re.sub("<[^>]*>", "", shown)) == figure.symbol


def test_what_is_no_row_of_the_table_of_figures_says_the_same():
    assert set(TITLES) == set(families())
    for family, terms in families().items():
        for name, term in terms.items():
            shown = str(head(f"{family}.{name}"))
            title = unescape(re.search(r'title="([^"]*)"', shown)[1])
            assert f"{term.plain[1:]}. Formula: {term.formula}." in title
            assert term.source in title
            assert f'href="#figure-{family}.{name}"' in shown
            assert unescape(re.sub("<[^>]*>", "", shown)) == term.symbol


def test_a_head_links_to_where_the_page_explains_it():
    page = f"<th>{head('alpha')}</th><th>{head('wd', 'Distance')}</th><th>{head('wd')}</th>"
    assert ">Distance</a>" in page
    assert [one.name for one in used(page)[""]] == ["wd", "alpha"]
    assert used("<th>WD</th>") == {}


def test_families_are_listed_under_their_titles_after_the_figures():
    page = f"{head('scale.wd')}{head('scale.mean')}{head('contrast.t')}{head('wd')}"
    listed = {title: [one.name for one in found] for title, found in used(page).items()}
    assert listed == {
        "": ["wd"],
        "Differences between groups": ["contrast.t"],
        "Scales": ["scale.mean", "scale.wd"],
    }
    assert next(iter(listed)) == ""
