"""Scripts of our pages are ours alone, and what they are given stays data."""

import json
import re
from base64 import b64encode
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as some

from anthology.producer.reporting.layout.scripts import FOLDER, as_data, script

SCRIPTS = sorted(FOLDER.glob("*.js"))
MARKUP = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|srcdoc|DOMParser"
)


def test_no_script_makes_markup_or_code_of_a_text_or_asks_a_network():
    assert {file.name for file in SCRIPTS} == {"personas.js", "tables.js"}
    for file in SCRIPTS:
        text = file.read_text()
        assert not re.findall(MARKUP, text)
        assert not re.findall(r"https?:|fetch\(|XMLHttpRequest|WebSocket|import\(|</", text)


def test_the_policy_names_the_digest_of_what_is_written():
    for file in SCRIPTS:
        found = script(file.name)
        [inside] = re.findall(r"^<script>(.*)</script>$", str(found.element), re.DOTALL)
        assert inside == file.read_text()
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        assert found.digest == f"'sha256-{digest}'"


@given(some.text(some.characters(exclude_categories=("Cs",))))
def test_data_ends_no_script_and_no_line_and_is_the_same_text(text):
    written = as_data({"story": [text]}).decode()
    assert not set("<>&\u2028\u2029\n") & set(written)
    assert json.loads(written) == {"story": [text]}


def test_a_lone_surrogate_is_replaced():
    assert as_data("a\ud800b</script>") == b'"a?b\\u003c/script\\u003e"'
