"""A page's table of contents follows from its headings."""

import re

from anthology.producer.reporting.layout.contents import PLACE, with_contents


def test_every_section_is_listed_in_its_order_and_found_by_its_link():
    page = f"<body>{PLACE}<h2>How it was run</h2><h3>Engines</h3><h2>Who  the <i>A</i> are</h2>"
    shown = with_contents(page)
    links = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', shown)
    assert links == [("how-it-was-run", "How it was run"), ("who-the-a-are", "Who the A are")]
    assert '<h2 id="how-it-was-run">How it was run</h2>' in shown
    assert '<h2 id="who-the-a-are">Who  the <i>A</i> are</h2>' in shown


def test_headings_of_the_same_words_have_links_of_their_own():
    shown = with_contents(f"{PLACE}<h2>Lock</h2><h2>Lock</h2><h2>α &amp; ω</h2><h2>?</h2>")
    assert re.findall(r'<h2 id="([^"]+)"', shown) == ["lock", "lock-2", "section", "section-2"]
    assert ">α &amp; ω</a>" in shown


def test_a_page_without_sections_has_no_contents():
    assert with_contents(f"<p>a</p>{PLACE}") == "<p>a</p>"


def test_what_is_escaped_is_no_heading():
    page = f"{PLACE}<h2>A</h2><p>&lt;h2&gt;B&lt;/h2&gt;</p>"
    assert with_contents(page).count("<li>") == 1
