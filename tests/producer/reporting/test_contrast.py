"""Every text of our pages stands out from what is behind it, by day and at night (WCAG 2.2, AA)."""

import re

import numpy as np
import pytest

from anthology.producer.reporting.layout.scripts import FOLDER
from anthology.producer.reporting.pictures import colours
from anthology.producer.reporting.pictures.colours import contrast, palette, readable_on, shade

CSS = (FOLDER / "report.css").read_text()
ROOTS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
BY_DAY, AT_NIGHT = (dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", root)) for root in ROOTS)
AA = 4.5
TEXTS = ("--ink", "--soft", "--accent", "--warn")
BACKGROUNDS = ("--paper", "--wash")


@pytest.mark.parametrize("mode", [BY_DAY, AT_NIGHT], ids=["day", "night"])
def test_text_can_be_read_on_every_background(mode):
    pairs = [(text, back) for text in TEXTS for back in BACKGROUNDS]
    pairs += [("--ink", "--warn-wash"), ("--paper", "--ink")]
    pairs += [("--ink", "--band"), ("--soft", "--band")]  # in pictures
    weak = {pair: contrast(mode[pair[0]], mode[pair[1]]) for pair in pairs}
    assert {pair: found for pair, found in weak.items() if found < AA} == {}
    for graphic in ("--accent", "--ink"):  # dots, lines and bars need 3 to 1
        assert contrast(mode[graphic], mode["--paper"]) >= 3
        assert contrast(mode[graphic], mode["--band"]) >= 3


def test_the_night_has_every_colour_of_the_day_and_texts_take_no_other():
    assert BY_DAY.keys() == AT_NIGHT.keys()
    rest = CSS[CSS.index("* { box-sizing") :]
    assert set(re.findall(r"(?<![-\w])color: ([^;}]+)", rest)) <= {
        *(f"var({text})" for text in (*TEXTS, "--paper")), "inherit",
    }  # fmt: skip
    back = {found for found in re.findall(r"background: ([^;}]+)", rest) if "gradient" not in found}
    assert back <= {*(f"var({name})" for name in (*BACKGROUNDS, "--warn-wash", "--ink")), "none"}


def test_pictures_have_the_colours_of_the_page_by_day():
    for colour, name in colours.VARIABLES.items():
        assert contrast(colour, BY_DAY[name]) < 1.001


def test_what_is_written_on_a_colour_can_be_read():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # as WCAG's tools say
    for options in range(1, 30):
        for colour in {*palette(options, True), *palette(options, False)}:
            assert contrast(readable_on(colour), colour) >= AA
    for share in np.linspace(0, 1, 101):
        background, ink = shade(share)
        assert contrast(ink, background) >= AA


def test_no_cell_keeps_a_table_wider_than_paper_which_does_not_scroll():
    paper = CSS[CSS.index("@media print") :]
    kept = re.findall(r"([^{}]+)\{[^}]*white-space: nowrap", CSS)
    wrapped = re.search(r"\n([^{}]+)\{ white-space: normal; \}", paper)
    cells = {one.strip() for rule in kept for one in rule.split(",") if "td" in one}
    assert cells
    assert cells <= {one.strip() for one in wrapped[1].split(",")}
