"""The checklist as Markdown: a Markdown parser reads what was put in, whoever worded it."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from anthology.producer.reporting.appendix.checklist import SECTIONS, Checklist, Item
from anthology.producer.reporting.appendix.markdown import as_markdown

HOSTILE = "a*b_c <script>x</script> [d](http://e) | `f` # g \\ <!-- h"
# What a study file lets into a line; spaces are those of prose.
texts = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="&"), min_size=1, max_size=30
).map(lambda text: f"x {text}")
quotes = st.lists(st.text("`ab<*_ ", min_size=1, max_size=12), min_size=1, max_size=4).map(
    lambda lines: "Q\n" + "\n".join(lines) + "\nA:"
)


def made(known: str, quoted: str = "", author: str = "who") -> str:
    item = Item("A.1", known, [known], author, quoted)
    return as_markdown(Checklist(known, known, [item]))


def words(text: str) -> list[str]:
    """What a reader sees of each piece of text, and of each block of code as it stands."""
    found = []
    for token in MarkdownIt().parse(text):
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special", "strong_open", "strong_close", "em_open",
                             "em_close"}, kinds  # fmt: skip
            found.append("".join(child.content for child in token.children or []))
        elif token.content:
            assert token.type == "fence", token.type
            found.append(token.content)
    return found


@given(texts)
def test_text_of_strangers_is_read_as_it_stands(text: str) -> None:
    seen = words(made(text))
    assert seen[0] == f"Reporting checklist of study {text}"
    assert f"Disclosure. {text}" in seen
    assert f"A.1 {text}" in seen
    assert text in seen
    assert seen[-1] == SECTIONS["+"]


@given(quotes)
def test_a_prompt_is_a_block_of_code_whatever_it_holds(quoted: str) -> None:
    assert quoted + "\n" in words(made("x", quoted))


def test_hostile_text_is_no_markup() -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(made(HOSTILE))
    assert "<script>" not in html
    assert "<a " not in html
    assert "<!--" not in html
    assert html.count("<em>") == 1  # for the author


def test_what_is_for_the_author_is_marked() -> None:
    assert "- *For the author to fill in:* who.\n" in made("x")
    assert "author" not in made("x", author="").split("## ", 1)[1]
