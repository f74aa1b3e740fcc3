"""What stands on a page of ours besides what helps to find it there."""

import re

CONTENTS = re.compile(r'<nav class="contents".*?</nav>', re.DOTALL)
LINK = re.compile(r'<a class="term"[^>]*>(.*?)</a>')


def sections(page: str) -> str:
    """Without table of contents, ids of headings and links at the heads of columns: each heading
    stands there once."""
    return re.sub(r"<h2 id=[^>]*>", "<h2>", LINK.sub(r"\1", CONTENTS.sub("", page)))
