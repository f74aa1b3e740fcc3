"""A tokenizer without `transformers` answers as the one with it, or is not made."""

from typing import Any

import chat_templates
import pytest
from chat_templates import BOS, CHATML, tokenizer_with
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.language_model.lean_tokenizer import LeanTokenizer, alike, describe
from anthology.models.prompting.chat import ChatRendering
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.style import Style

TEMPLATES = {
    name: template
    for name, template in vars(chat_templates).items()
    if name.isupper() and isinstance(template, str) and "messages" in template
}
EACH = "{% for m in messages %}"
OTHERS = {
    "generation": EACH + "{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}",
    "tojson": "{{ messages | tojson }}{{ {'a': '<&>é'} | tojson(indent=2) }}",
    "loop controls": EACH + "{% if loop.index > 2 %}{% break %}{% endif %}{{ m.role }}{% endfor %}",
    "blocks": "{% if true %}\n    " + EACH + "\n  {{ m.content }}\n    {% endfor %}\n{% endif %}\n",
    "tokens": "{{ bos_token }}{{ eos_token }}{{ tools is none }}{{ documents is none }}",
    "refusal": "{{ raise_exception('never') }}",
}
TURNS = [Turn("", "I was born in Ohio."), Turn("Do you vote?\n(A) Yes\n(B) No", "", "In mind.")]


def lean(tokenizer: Any) -> Any:
    description = describe(tokenizer)
    assert description is not None
    return LeanTokenizer(description, tokenizer.name_or_path)


@pytest.mark.parametrize("template", [*TEMPLATES.values(), *OTHERS.values()],
                         ids=[*TEMPLATES, *OTHERS])  # fmt: skip
def test_a_conversation_is_rendered_as_transformers_renders_it(template: str) -> None:
    whole = tokenizer_with(template)
    found = lean(whole)
    assert alike(whole, found)
    style = Style(turns="chat", system="You are a person.")
    shown = [_shown(style, tokenizer) for tokenizer in (whole, found)]
    assert shown[0] == shown[1]


def _shown(style: Style, tokenizer: Any) -> tuple[str, list[int], str | None] | str:
    try:
        rendering = ChatRendering(style, tokenizer)
        text = rendering.prompt(TURNS)
    except Exception as error:
        return str(error)
    return text, rendering.encode(text), rendering.refusal


WHOLE = tokenizer_with(CHATML)
LEAN = lean(WHOLE)


@given(st.text() | st.lists(st.sampled_from([BOS, "<|im_end|>", " ", "Ohio", "\n"])).map("".join))
def test_any_text_is_encoded_as_transformers_encodes_it(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    assert LEAN.encode(text) == WHOLE.encode(text)
    assert LEAN.encode(text, add_special_tokens=False) == WHOLE.encode(
        text, add_special_tokens=False
    )


def test_several_templates_are_one_if_one_is_the_default() -> None:
    whole = tokenizer_with(None)
    whole.chat_template = {"default": CHATML, "tool_use": "{{ 1 }}"}
    assert lean(whole).get_chat_template() == CHATML
    whole.chat_template = {"a": CHATML, "b": "{{ 1 }}"}
    with pytest.raises(ValueError, match="default"):
        lean(whole).get_chat_template()


def test_a_tokenizer_that_encodes_in_a_way_of_its_own_has_no_description() -> None:
    class Own(type(WHOLE)):  # type: ignore[misc]
        def encode(self, text: str, **how: Any) -> list[int]:
            return [*super().encode(text, **how), 0]

    own = tokenizer_with(CHATML)
    own.__class__ = Own
    assert describe(own) is None
    assert describe(object()) is None
