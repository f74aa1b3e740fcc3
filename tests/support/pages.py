"""What stands on a page of ours besides what helps to find it there."""

import re

from anthology.producer.reporting.layout.explained import families

CONTENTS = re.compile(r'<nav class="contents".*?</nav>', re.DOTALL)
LINK = re.compile(r'<a class="term"[^>]*>(.*?)</a>')


def sections(page: str) -> str:
    """Without table of contents, ids of headings, links at the heads of columns and places to break
    in names: each heading stands there once."""
    return unbroken(re.sub(r"<h2 id=[^>]*>", "<h2>", LINK.sub(r"\1", CONTENTS.sub("", page))))


def unbroken(page: str) -> str:
    """With names as they are copied from it."""
    return page.replace("<wbr>", "")


def unexplained(page: str, family: str) -> set[str]:
    """Which terms of a family no head of the page says what they are of."""
    explained = set(re.findall(rf'href="#figure-{family}\.(\w+)" title="[^"]+ Formula', page))
    listed = set(re.findall(rf'<div id="figure-{family}\.(\w+)"', page))
    return set(families()[family]) - (explained & listed)
