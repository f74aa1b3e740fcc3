"""Where the fields of a study file stand in it, and which of its texts YAML would cut short.

Knows which fields hold people's words; not what they mean.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy

import yaml

from anthology.models.study.reading.yaml_advice import COMMENT

Place = tuple[str, ...]

# Fields with a whole sentence, and fields or lists with other words that people are shown.
_SENTENCES = {"question", "text", "battery", "select_all", "prompt", "bio", "system"}
_WORDS = {"item", "refusal", "anchored", "asker", "answerer"}
_OF_WORDS = {"asked_as", "items"}  # whose entries are such words, by any name
_NO_WORDS = {"yes", "no", "on", "off", "true", "false"}
_ENDS = re.compile(r"""[.?!:…。？！؟।"'”’»)\]}]$""")
_QUOTED = re.compile(r"(“[^“”]*”|„[^“”„]*[“”]|«[^«»]*»|‘[^‘]*’|‚[^‘’‚]*[‘’])")


def places_of(node: yaml.Node) -> dict[Place, yaml.Mark]:
    """The place of every field (of its name, or of what a list holds), by the names on the way."""
    return {place: mark for place, mark, _ in _walk(node, ())}


def _walk(node: yaml.Node, place: Place) -> Iterator[tuple[Place, yaml.Mark, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, str(key.value)), key.start_mark, value
            yield from _walk(value, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield (*place, str(number)), part.start_mark, part
            yield from _walk(part, (*place, str(number)))


def where(place: Sequence[str | int], places: Mapping[Place, yaml.Mark]) -> str:
    """ " (line 3, column 5)" for a field, or for what it is part of; nothing for the whole file.

    What questions share stands above them, and an item within its battery.
    """
    wanted = tuple(map(str, place))
    for candidate in _candidates(wanted, places):
        if candidate in places:
            mark = places[candidate]
            return f" (line {mark.line + 1}, column {mark.column + 1})"
    return ""


def _candidates(wanted: Place, places: Mapping[Place, yaml.Mark]) -> Iterator[Place]:
    yield wanted
    if wanted[:2] == ("questionnaire", "questions") and len(wanted) > 2:
        name, rest = wanted[2], wanted[3:]
        batteries = [p[:3] for p in places if p[:2] == wanted[:2] and p[3:] == ("items", name)]
        for battery in batteries:
            yield (*battery, "items", name, *rest)
            yield (*battery, *(rest or ("items",)))
        if rest:
            yield ("questionnaire", *rest)
    for length in range(len(wanted) - 1, 0, -1):
        yield wanted[:length]


def refuse_cuts(node: yaml.Node, text: str) -> None:
    """Raises a marked error for words that YAML leaves out of a text without a word."""
    for place, _, value in _walk(node, ()):
        if isinstance(value, yaml.ScalarNode) and value.style is None and _holds_words(place):
            if place[-1] == "refusal" and value.value.lower() in _NO_WORDS:
                raise _refusal(
                    f"`refusal: {value.value}` would offer an answer of that name: write the "
                    "words to be offered, as in `refusal: Prefer not to answer`, or leave it out",
                    value.start_mark,
                )
            _refuse_cut(value, text, sentence=_is_sentence(place))
    for key in _option_keys(node):
        _refuse_cut(key, text, sentence=False)


def _is_sentence(place: Place) -> bool:
    return place[-1] in _SENTENCES or (len(place) > 1 and place[-2] == "questions")


def _holds_words(place: Place) -> bool:
    parents = set(place[-2:-1])
    return _is_sentence(place) or place[-1] in _WORDS or bool(parents & (_OF_WORDS | _WORDS))


def _option_keys(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    for place, _, value in _walk(node, ()):
        if place[-1] in ("options", "asked_as") and isinstance(value, yaml.MappingNode):
            yield from (k for k, _ in value.value if isinstance(k, yaml.ScalarNode) and not k.style)


def _refuse_cut(node: yaml.ScalarNode, text: str, *, sentence: bool) -> None:
    if node.tag != "tag:yaml.org,2002:str":
        return
    start, end = node.start_mark.index, node.end_mark.index
    sign = re.match(r"&\S+|!(?=\s)", text[start : start + 100])
    if sign and f"*{sign[0][1:]}" not in text:
        raise _refusal(
            f"{sign[0]} is left out here: a text that begins with & or ! needs quotes",
            node.start_mark,
        )
    if _QUOTED.fullmatch(node.value):
        raise _refusal(
            "typographic quotes are part of the text: use straight ones (\" or ') around it, and "
            "both if they are to be shown",
            node.start_mark,
        )
    rest = re.match(r"[ \t]+#([^\r\n]*)", text[end : end + 1000])
    if rest and (re.match(r"\w|$", rest[1]) or (sentence and not _ENDS.search(node.value))):
        mark = copy(node.end_mark)
        mark.column += rest[0].index("#")
        raise _refusal(f"{COMMENT}, or the comment on a line of its own", mark)


def _refusal(problem: str, mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return yaml.composer.ComposerError(None, None, problem, mark)
