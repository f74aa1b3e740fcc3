"""Reads YAML the way survey people write it: `Yes: 1` is text, a key given twice is an error."""

import re
from pathlib import Path
from typing import Any

import yaml

from anthology.models.errors import InputError
from anthology.models.study.reading.yaml_advice import advice
from anthology.models.study.reading.yaml_places import Place, places_of, refuse_cuts

MAX_BYTES = 2_000_000  # a thousand questions have some 300 KB; reading 1 MB takes a second or two
MAX_PARTS = 500_000
MAX_DIGITS = 100
MAX_OPEN = 50  # brackets; looking for a key before each, PyYAML takes seconds for a thousand


_NO_KEYS = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"}


class SurveyLoader(yaml.SafeLoader):
    """Safe YAML in which only true/false are booleans, dates stay text, and keys are unique."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _refusal("a key is a word or a text; one with { or [ needs quotes", key_node)
            key = key_node.value
            if key in seen and key != "<<":
                raise _refusal(f"the key {key!r} stands twice", key_node)
            if key_node.tag in _NO_KEYS:
                raise _refusal(f"the key {key or 'nothing'} is no text; put it in quotes", key_node)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:
        if self.flow_level == MAX_OPEN:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass)

    def spelled_int(self, node: yaml.ScalarNode) -> int | str:
        text = str(self.construct_scalar(node))
        if len(text) > MAX_DIGITS:  # Python refuses thousands of them in words for programmers
            raise _refusal(f"a number has over {MAX_DIGITS} digits", node)
        # 010 is no eight, and 02138 no 2138: a code keeps its spelling, and where a setting wants a
        # number, text is read as one.
        return number if str(number := int(text)) == text else text

    def spelled_float(self, node: yaml.ScalarNode) -> float | str:
        number = self.construct_yaml_float(node)
        text = str(self.construct_scalar(node))
        return text if any(map(str.isdigit, text)) and repr(number) != text else number


SurveyLoader.add_constructor("tag:yaml.org,2002:int", SurveyLoader.spelled_int)
SurveyLoader.add_constructor("tag:yaml.org,2002:float", SurveyLoader.spelled_float)

_OTHERWISE = ("bool", "timestamp", "int", "float", "value")

# YAML 1.1 reads Yes, No, On and Off as booleans, 2018-11-06 as a date and 12:30 as 750: answer
# options are text, and numbers are what YAML 1.2 takes for numbers.
SurveyLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.removeprefix("tag:yaml.org,2002:") not in _OTHERWISE
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$",
        "-+0123456789.",
    ),
):
    SurveyLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first)
    )


def read(path: Path) -> Any:
    """The file's content; raises `InputError` naming the file, and the line where it is known."""
    return read_placed(path)[0]


def read_placed(path: Path) -> tuple[Any, dict[Place, yaml.Mark]]:
    """The same, with the places of its fields."""
    text = _text(path)
    try:
        return _loaded(text)
    except yaml.MarkedYAMLError as error:
        raise InputError(f"{path}: {advice(error, text)}") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
        raise InputError(
            f"{path}: {place}: a character that nobody can see ({chr(error.character)!a}); "
            "delete it"
        ) from None
    except RecursionError:
        raise InputError(f"{path}: is not YAML that anybody writes (nested too deeply)") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path}: is not YAML ({error})") from None
    except (AttributeError, LookupError, TypeError):  # PyYAML 6 on `!!timestamp x`, `!!bool x`
        raise InputError(f"{path}: is not YAML (a !!tag does not fit what it marks)") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: is over {MAX_BYTES // 1_000_000} MB; a study file is small")
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = f"line {before.count(10) + 1}, byte {len(before) - before.rfind(10)}"
        raise InputError(
            f"{path}: cannot be read as UTF-8 text ({place}: 0x{content[error.start]:02x}); save "
            "it as UTF-8"
        ) from None


def _loaded(text: str) -> tuple[Any, dict[Place, yaml.Mark]]:
    """As `yaml.load`, but looks first how much the anchors unfold to ("billion laughs")."""
    loader = SurveyLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        if _parts(node, {}) > MAX_PARTS:
            raise ValueError(f"its anchors unfold to more than {MAX_PARTS:,} parts")
        refuse_cuts(node, text)
        return loader.construct_document(node), places_of(node)
    finally:
        loader.dispose()


def _refusal(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _parts(node: yaml.Node, known: dict[int, int]) -> int:
    """How many parts a node has, each as often as it is referred to."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = MAX_PARTS + 1  # what comes back to itself has no end
        children = (
            [part for pair in node.value for part in pair]
            if isinstance(node, yaml.MappingNode)
            else node.value
        )
        known[id(node)] = 1 + sum(_parts(child, known) for child in children)
    return known[id(node)]
