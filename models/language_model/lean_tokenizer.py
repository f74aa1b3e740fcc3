"""A tokenizer as `transformers` sets it up, used without `transformers`: its library alone.

Which class a folder stands for and what that class changes in it, `transformers` decides, at two
seconds of CPU time; what came of it is one `tokenizers.Tokenizer` with a few names beside it. That
is a description, in bytes. Knows nothing of folders.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from string import ascii_letters, digits
from typing import Any

SAMPLES = (
    "", "a", " a", "  two  spaces", f"({'('.join(ascii_letters)}", " ".join(digits), "in 1956, 450",
    "Question: Where do you live?\n\n(A) Ohio\n(B) Utah\nAnswer: (B", "line\r\n\tend \n",
    "Don't; “naïve” café — Zürich, Łódź, 北京, Москва, عربى, हिन्दी, e\u0301 \u00a0\u200b\ufeff",
    "\U0001f469\u200d\U0001f467 \U0001f600",
)  # fmt: skip
CONVERSATION = [
    {"role": "user", "content": "Where do you live?"},
    {"role": "assistant", "content": "In Ohio."},
    {"role": "user", "content": "(A) Yes\n(B) No"},
]


class LeanTokenizer:
    """What the project asks of a tokenizer, as `transformers` would answer it."""

    def __init__(self, description: bytes, name: str) -> None:
        from tokenizers import Tokenizer

        head, _, body = description.partition(b"\n")
        facts = json.loads(head)
        self.name_or_path = name
        self.chat_template: str | dict[str, str] | None = facts["chat_template"]
        self.bos_token_id: int | None = facts["bos_token_id"]
        self.all_special_tokens: list[str] = facts["all_special_tokens"]
        self._named: dict[str, Any] = facts["special_tokens_map"]
        self._tokenizer = Tokenizer.from_buffer(body)  # less memory than from_str
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = facts["split_special_tokens"]

    @property
    def added_tokens_decoder(self) -> dict[int, Any]:
        return self._tokenizer.get_added_tokens_decoder()

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        found: list[int] = self._tokenizer.encode(text, add_special_tokens=add_special_tokens).ids
        return found

    def get_chat_template(self) -> str:
        """Raises `ValueError` where there is none, or several and none of them the default."""
        template = self.chat_template
        if isinstance(template, dict):
            template = template.get("default")
        if template is None:
            raise ValueError("there is no default chat template")
        return template

    def apply_chat_template(
        self, messages: Sequence[dict[str, str]], *, tokenize: bool = False, **values: Any
    ) -> str:
        assert not tokenize
        given = {"tools": None, "documents": None, "add_generation_prompt": False}
        text: str = self._template.render(messages=messages, **given | self._named | values)
        return text

    @cached_property
    def _template(self) -> Any:
        return environment().from_string(self.get_chat_template())


def environment() -> Any:
    """Where chat templates are written for: Jinja with these settings, filters and functions."""
    from jinja2 import TemplateError, ext, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(ext.Extension):
        """`{% generation %}`: what a training would learn from; a prompt has it as it stands."""

        tags = {"generation"}  # noqa: RUF012  # Jinja's own declaration

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body).set_lineno(line)

    def refuse(message: str) -> None:
        raise TemplateError(message)

    found = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, ext.loopcontrols]
    )
    found.filters["tojson"] = _tojson
    found.globals["raise_exception"] = refuse
    found.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return found


def describe(tokenizer: Any) -> bytes | None:
    """What a `LeanTokenizer` is made of, or None if that would not do as this tokenizer does."""
    try:
        facts = {
            "chat_template": tokenizer.chat_template,
            "bos_token_id": tokenizer.bos_token_id,
            "all_special_tokens": [str(token) for token in tokenizer.all_special_tokens],
            "special_tokens_map": _plain(tokenizer.special_tokens_map),
            "split_special_tokens": bool(getattr(tokenizer, "split_special_tokens", False)),
        }
        body = tokenizer.backend_tokenizer.to_str()
        found = f"{json.dumps(facts)}\n{body}".encode()
        return found if alike(tokenizer, LeanTokenizer(found, tokenizer.name_or_path)) else None
    except Exception:  # e.g. a tokenizer in Python: it has no backend to be written down
        return None


def alike(one: Any, other: Any) -> bool:
    """Whether two tokenizers encode the same, and render a conversation the same or not at all."""
    special = [f"a{token}b {token}" for token in one.all_special_tokens]
    texts = [*SAMPLES, *special, "".join(map(str, one.added_tokens_decoder.values()))]
    return (
        all(one.encode(text) == other.encode(text) for text in texts)
        and all(
            one.encode(text, add_special_tokens=False)
            == other.encode(text, add_special_tokens=False)
            for text in texts
        )
        and one.added_tokens_decoder == other.added_tokens_decoder
        and rendered(one) == rendered(other)
    )


def rendered(tokenizer: Any) -> str | None:
    """A short conversation in the tokenizer's own template; None if it shows none."""
    if not tokenizer.chat_template:
        return None
    return _unless_refused(
        lambda: tokenizer.apply_chat_template(
            CONVERSATION, tokenize=False, add_generation_prompt=True
        )
    )


def _unless_refused(render: Callable[[], str]) -> str | None:
    try:
        return render()
    except Exception:
        return None


def _plain(named: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in named.items()
    }


def _tojson(
    value: Any, ensure_ascii: bool = False, indent: int | None = None,
    separators: tuple[str, str] | None = None, sort_keys: bool = False,
) -> str:  # fmt: skip
    """Jinja's own would write `&` as `\\u0026`."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )
