"""A page's table of contents, made from the headings that it turned out to have."""

import re
from html import unescape

PLACE = "<nav></nav>"
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def with_contents(page: str) -> str:
    """The page, every heading of its sections (`<h2>`) with an id, and links to them at `PLACE`.

    What is stored is escaped by now, so all headings are the templates' own.
    """
    ids: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        words = " ".join(TAG.sub("", found[1]).split())
        name = _free(_slug(unescape(words)), ids)
        ids[name] = words
        return f'<h2 id="{name}">{found[1]}</h2>'

    marked = HEADING.sub(numbered, page)
    links = "".join(f'<li><a href="#{name}">{words}</a></li>\n' for name, words in ids.items())
    listed = f'<nav class="contents" aria-label="Contents"><ol>\n{links}</ol></nav>'
    return marked.replace(PLACE, listed if ids else "", 1)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "section"


def _free(name: str, taken: dict[str, str]) -> str:
    """The name, with a number behind it where it is taken."""
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}-{count}"
    return free
