"""HTML in labels and options, as Qualtrics, LimeSurvey and others export it.

Knows tags and entities alone: "a < b" and "<PARTY>" are no markup.
"""

import html
import re

_NAMES = (
    "a|abbr|address|article|aside|audio|b|big|blockquote|body|br|button|center|cite|code|col|dd|"
    "del|div|dl|dt|em|embed|fieldset|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|"
    "img|input|ins|label|legend|li|link|main|mark|meta|nav|nobr|o:p|object|ol|option|p|pre|q|s|"
    "section|select|small|source|span|strike|strong|style|script|sub|sup|svg|table|tbody|td|"
    "textarea|tfoot|th|thead|title|tr|tt|u|ul|var|video|wbr"
)
_UNSEEN = re.compile(
    r"<!--.*?-->|<(script|style|head|title)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
# An attribute needs its sign: "<a or b>" is no link.
_ATTRIBUTES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s<>\"']+))*\s*"
_TAG = re.compile(rf"</?(?:{_NAMES}){_ATTRIBUTES}/?>|<!doctype[^<>]*>", re.IGNORECASE)
_BEFORE_MARK = re.compile(rf"(?:{_TAG.pattern}\s*)+(?=[,.;:?!](?:[\s<]|$))", re.IGNORECASE)
_INLINE = re.compile(
    rf"</?(?:abbr|b|big|em|font|i|ins|mark|nobr|s|small|span|strong|sub|sup|tt|u|wbr){_ATTRIBUTES}/?>",
    re.IGNORECASE,
)
_OPEN_END = re.compile(rf"<(?:/?(?:{_NAMES})(?:\s[^<>]*)?|/)$", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")


def without_markup(text: str) -> str:
    """The text that a browser shows, on one line."""
    for _ in range(3):  # exports escape what is escaped: &amp;nbsp;
        plain = _BEFORE_MARK.sub("", _INLINE.sub("", _UNSEEN.sub(" ", text)))
        plain = _OPEN_END.sub("", _TAG.sub(" ", plain))
        plain = _INVISIBLE.sub("", html.unescape(plain))
        if plain == text:
            break
        text = plain
    # Of the entities some stand for control characters, which a line may not hold.
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def is_cut_in_markup(text: str) -> bool:
    """Whether it ends within a tag."""
    return _OPEN_END.search(text) is not None
