"""The report's pictures: what is written in them, and their colours."""

import re

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from anthology.producer.reporting.pictures import colours
from anthology.producer.reporting.pictures.correlations import heatmap
from anthology.producer.reporting.pictures.histograms import match_weights
from anthology.producer.reporting.pictures.rows import Estimate, distribution, estimates


def drawn(picture):
    return str(picture.named("a picture"))


def place_of(svg, name):
    """Where a text that is anchored at its end has that end, in points from the left."""
    found = re.search(rf"<text ([^>]*)>{re.escape(name)}</text>", svg)[1]
    assert "text-anchor: end" in found
    return float(re.search(r'x="([\d.]+)"', found)[1])


def width_of(name):
    """Of a name in the widest font that it may be set in."""
    font = FontProperties(family="DejaVu Sans", size=10)
    return TextPath((0, 0), name, prop=font).get_extents().x1


def test_a_dollar_sign_in_a_picture_is_no_formula():
    rows = [
        Estimate("a$x^{$", 0.1, 0.0, 0.2),
        Estimate("$\\frac$", None, None, None),
    ]
    picture = estimates(rows, 0.1, (0.1, 0.01))
    svg = drawn(picture)
    assert "a$x^{$" in svg
    names = ["$a_b$", "$\\frac{$", "<b>"]
    picture = heatmap(np.eye(3), names, 1.0)
    svg = drawn(picture)
    assert "$a_b$" in svg
    assert "&lt;b&gt;" in svg


def test_pictures_keep_the_numbers_that_are_to_be_read():
    picture = match_weights(np.array([0.001, 0.5]), 0.0005, 0.6, 0.01)
    svg = drawn(picture)
    texts = re.findall(r">([\d.]+)</text>", svg)
    assert {"0.001", "0.01", "0.1"} <= set(texts)


@pytest.mark.parametrize(("options", "ordered"), [(2, True), (11, True), (8, False), (26, False)])
def test_a_palette_has_a_colour_of_its_own_for_every_option(options, ordered):
    assert len(set(colours.palette(options, ordered))) == options


@pytest.mark.parametrize("name", ["none", "natural/max_weight+qa", "WWWW/max_weight+qa_freeform"])
def test_a_long_name_is_not_cut_on_the_left(name):
    shown = name if len(name) < 27 else "WWWW/max_wei…t+qa_freeform"
    shares = np.array([0.25, 0.75])
    for picture in (
        estimates([Estimate(name, 0.1, 0.0, 0.2)], 0.1, None),
        distribution([(name, shares, None)], ["#000000", "#ffffff"]),
    ):
        assert place_of(drawn(picture), shown) >= width_of(shown)
