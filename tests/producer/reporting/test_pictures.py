"""The report's pictures: what is written in them, and their colours."""

import re
from base64 import b64decode

import numpy as np
import pytest

from anthology.producer.reporting import pictures


def test_a_dollar_sign_in_a_picture_is_no_formula():
    rows = [
        pictures.Estimate("a$x^{$", 0.1, 0.0, 0.2),
        pictures.Estimate("$\\frac$", None, None, None),
    ]
    picture = pictures.estimates(rows, 0.1, (0.1, 0.01))
    svg = b64decode(picture.removeprefix("data:image/svg+xml;base64,")).decode()
    assert "a$x^{$" in svg
    names = ["$a_b$", "$\\frac{$", "<b>"]
    picture = pictures.correlations(np.eye(3), names, 1.0)
    svg = b64decode(picture.removeprefix("data:image/svg+xml;base64,")).decode()
    assert "$a_b$" in svg
    assert "&lt;b&gt;" in svg


def test_pictures_keep_the_numbers_that_are_to_be_read():
    picture = pictures.weights(np.array([0.001, 0.5]), 0.0005, 0.6, 0.01)
    svg = b64decode(picture.removeprefix("data:image/svg+xml;base64,")).decode()
    texts = re.findall(r">([\d.]+)</text>", svg)
    assert {"0.001", "0.01", "0.1"} <= set(texts)


@pytest.mark.parametrize(("options", "ordered"), [(2, True), (11, True), (8, False), (26, False)])
def test_a_palette_has_a_colour_of_its_own_for_every_option(options, ordered):
    assert len(set(pictures.palette(options, ordered))) == options
