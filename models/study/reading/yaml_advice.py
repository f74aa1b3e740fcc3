"""What is wrong with YAML as survey people write it, and what to do: mostly, to use quotes.

Knows the parser's sentences and the line they are about; nothing of studies.
"""

import re
from collections.abc import Sequence

import yaml

IN_BRACES = "within { } or [ ] a text that has one of ? , : [ ] { } in it needs quotes"
COMMENT = "a # after a space begins a comment, and what follows is left out: put the text in quotes"
QUOTES = (
    "the quotation marks close before this: put the other kind around the whole text "
    "(\"Don't know\"), or write an apostrophe twice ('Don''t know')"
)
OPEN_QUOTE = "the quotation mark here has no second one: put the whole text in quotes"

_BY_PROBLEM = [
    (r"found character '\\t'", "a tab; indent and separate with spaces"),
    (r"found character '(.)'", "a text that begins with {0} needs quotes"),
    (r"sequence entries are not allowed", "a text that begins with - and a space needs quotes"),
    (r"mapping keys are not allowed", "a text that begins with ? and a space needs quotes"),
    (r"expected a comment or a line break|chomping or indentation",
     "a text that begins with > or | needs quotes"),
    (r"expected alphabetic or numeric|expected URI|expected '!'",
     "a text that begins with * or & or ! or % needs quotes"),
    (r"found undefined alias '(.*)'",
     "*{0} refers to &{0}, which is nowhere above; a text that begins with * needs quotes"),
    (r"found duplicate anchor '(.*)'",
     "&{0} stands twice; a text that begins with & needs quotes"),
    (r"(could not determine a constructor for the tag .*)",
     "{0}; a text that begins with ! needs quotes"),
    (r"found unknown escape character|expected escape sequence",
     "a backslash in double quotes begins an escape: write it twice, or use single quotes"),
    (r"but found another document", "--- begins a second document; a study file is one"),
    (r"expected '<document start>'", "a line that begins with % needs quotes"),
    (r"could not find expected ':'",
     "neither a name with its colon nor in quotes; a text of several lines is indented, or begins "
     "with |"),
]  # fmt: skip


def advice(error: yaml.MarkedYAMLError, text: str) -> str:
    """One sentence with line and column, of a text that the parser refuses."""
    mark, problem = error.problem_mark or error.context_mark, str(error.problem)
    if mark is None:
        return problem
    start = error.context_mark or mark
    lines = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)  # as YAML counts them
    if comment := _comment(lines[start.line : mark.line + 1]):
        return _at(start.line + comment[0], comment[1], COMMENT)
    if "quoted scalar" in str(error.context) and "end of stream" in problem:
        return _at(start.line, start.column, OPEN_QUOTE)
    if "simple key" in str(error.context):
        mark = start
    line = lines[mark.line] if mark.line < len(lines) else ""
    said = _said(problem, line, start, mark)
    curly = re.search("[“”„«»‘‚]", line)
    return _at(mark.line, mark.column, f"{said}; straight ones, not {curly[0]}" if curly else said)


def _at(line: int, column: int, sentence: str) -> str:
    return f"line {line + 1}, column {column + 1}: {sentence}"


def _said(problem: str, line: str, start: yaml.Mark, mark: yaml.Mark) -> str:
    before = line[: mark.column].rstrip()
    if before.endswith(("'", '"')):
        return QUOTES
    if "mapping values are not allowed" in problem:
        if re.search(r":\s", before):
            return "a text that has a colon and a space in it needs quotes"
        return "check that a space follows each colon, and the indentation from the line above on"
    if re.search(r"expected ',' or '[\]}]'", problem):
        if mark.line > start.line and "?" not in problem:
            return f"what opens in line {start.line + 1}, column {start.column + 1} is not closed"
        return IN_BRACES
    if "expected <block end>" in problem and (found := re.search(r"(?:: |- |^)\s*([\[{])", before)):
        return f"a text that begins with {found[1]} needs quotes"
    if "expected <block end>" in problem:
        return "lines that belong together need the same indentation, and odd texts quotes"
    for pattern, sentence in _BY_PROBLEM:
        if found := re.search(pattern, problem):
            return sentence.format(*found.groups())
    return problem


def _comment(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where something like #1 follows a text, in the lines that the parser speaks of."""
    for number, line in enumerate(lines):
        if found := re.search(r"[^\s#][^#]*\s(#\w)", line):
            return number, found.start(1)
    return None
