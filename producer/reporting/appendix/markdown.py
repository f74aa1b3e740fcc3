"""A checklist as Markdown, for a paper's appendix."""

import re
from collections.abc import Iterator

from anthology.producer.reporting.appendix.checklist import SOURCE, Checklist, Item

AUTHOR = "For the author to fill in"
_MARKS = re.compile(r"[\\*_<>\[\]|#`]")


def as_markdown(found: Checklist) -> str:
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Checklist) -> Iterator[str]:
    yield f"# Reporting checklist of study {plain(found.study)}"
    yield ""
    yield plain(SOURCE)
    yield ""
    yield f"**Disclosure.** {plain(found.disclosure)}"
    for title, items in found.sections:
        yield from ("", f"## {title}")
        for item in items:
            yield from ("", f"**{item.number}** {plain(item.asks)}", "")
            yield from _told(item)


def _told(item: Item) -> Iterator[str]:
    for sentence in item.known:
        yield f"- {plain(sentence)}"
    if item.quoted:
        fence = "`" * (1 + max([2, *map(len, re.findall("`+", item.quoted))]))
        yield from ("", fence, item.quoted, fence, "")
    if item.author:
        yield f"- *{AUTHOR}:* {plain(item.author)}."


def plain(text: str) -> str:
    """Text of strangers as it stands: on one line, and with no mark that would set it otherwise."""
    return _MARKS.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
