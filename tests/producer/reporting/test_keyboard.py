"""Who comes by keyboard, or is read the page, finds every part of it."""

import re
from itertools import pairwise


def test_headings_leave_out_no_level(html):
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_what_scrolls_can_be_scrolled_by_keyboard(html):
    boxes = re.findall(r'<div class="scroll[^>]*>', html)
    assert boxes
    assert all('tabindex="0"' in box for box in boxes)
