"""The same conversation through a model's own chat template, for models tuned to chat.

Works with any Hugging Face tokenizer that has a template. Knows nothing of studies or engines.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from anthology.models.errors import InputError, ItemError
from anthology.models.language_model.tokenizer import (
    Tokenizer,
    any_of,
    control_strings,
    harmless,
    taken_apart,
)
from anthology.models.prompting.rendering import PlainRendering, Rendering, Turn
from anthology.models.questionnaire.style import Style

UNASKED = "Tell me about yourself."

# Templates of Llama 3, SmolLM3, Granite, Mistral and gpt-oss write today's date into the prompt,
# so a study over midnight would ask half of its people something else. This is the date that
# Llama's templates fall back on.
TODAY = datetime(2024, 7, 26)

# One switch a family; a template does not see what it does not ask for. enable_thinking: Qwen3,
# SmolLM3, GLM, Hunyuan, EXAONE, Gemma 4. thinking: DeepSeek V3.1, Granite, Kimi. reasoning: Cohere.
# thinking_budget: Seed-OSS.
FIXED = {
    "enable_thinking": False,
    "thinking": False,
    "reasoning": False,
    "thinking_budget": 0,
    "date_string": TODAY.strftime("%d %b %Y"),
    "strftime_now": TODAY.strftime,
}

# Nemotron's templates have no switch but this word in the system message.
NO_THINK = "/no_think"

_TAG = r"(?:\w+:)?(?:think(?:ing)?|thought|reasoning)"
_OPENS = re.compile(
    rf"<{_TAG}>|\[THINK\]|◁think▷|<\|START_THINKING\|>|<\|begin_of_thought\|>"
    r"|<\|channel\|?>(?:analysis|thought)|valid channels: analysis|reasoning steps:",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    rf"</{_TAG}>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|<\|end_of_thought\|>"
    r"|<channel\|>|<\|channel\|>final",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<![a-z])r1(?![a-z0-9])|qwq|(?<!no)(?<!no[-_])think|reason|magistral", re.I)
_COMMAND = re.compile(r"/(?:no_?)?think")
_SCAFFOLD = re.compile(r"<[^<>\s]{1,40}>|\[/?[A-Z_]{2,}\]")
_CONTROL_SHAPE = r"<\|[^<>|\s]{1,40}\|>"


def as_messages(
    turns: Sequence[Turn], system: str = "", said: Callable[[str], str] = str.strip
) -> list[dict[str, str]]:
    """What a template is given: each text as `said` makes it, the last reply left to the model."""
    messages = [{"role": "system", "content": system}] if system else []
    instruction = ""
    for turn in turns:
        if turn.instruction:  # opens what its user says next: nobody replies to it
            instruction = f"{turn.instruction}\n\n"
            continue
        asked = "\n".join(filter(None, (turn.reminder, turn.asked or UNASKED)))
        messages.append({"role": "user", "content": said(instruction + asked)})
        messages.append({"role": "assistant", "content": said(turn.reply)})
        instruction = ""
    return messages[:-1]


class ChatRendering:
    """Messages of a user and an assistant, written out by the tokenizer's chat template.

    Contents are trimmed, as half of the templates do anyway, and made harmless: what a person says
    may hold the text of control tokens, of tags that the template itself writes (`[INST]`, which
    some tokenizers know only as letters) or of words that switch reasoning on (`/think`). Each gets
    a space after its first character. To encode contents apart from the template would be exact,
    but then no prompt could be shown as text.

    `refusal` is set where the next token after the header is not the answer; texts can still be
    sampled. Raises `InputError` if the tokenizer has no template or the template cannot show a
    conversation with this style's system message.
    """

    lead = ""

    def __init__(self, style: Style, tokenizer: Tokenizer) -> None:
        self._tokenizer: Any = tokenizer
        self._name = PurePath(getattr(tokenizer, "name_or_path", "") or "of this study").name
        source = self._source()
        strings = any_of(control_strings(tokenizer) | set(_SCAFFOLD.findall(source)))
        self._control = re.compile(f"{strings.pattern}|{_CONTROL_SHAPE}|{_COMMAND.pattern}")
        self._bos = self._own_bos()
        self.stops: list[str] = []
        self._system = harmless(style.system, tokenizer) if style.system else ""
        self.header, self.refusal = self._probe(source)
        if self.refusal and NO_THINK in source:
            self._system = f"{NO_THINK}\n{self._system}".strip()
            self.header, self.refusal = self._probe(source)

    def prompt(self, turns: Sequence[Turn]) -> str:
        """The text up to where the reply of the last turn begins, in characters of the template.

        Raises `ItemError` if the template refuses, changes or drops what was said.
        """
        messages = self._messages(turns)
        try:
            text = self._render(messages)
        except Exception as error:
            raise ItemError(
                f"the chat template of the model {self._name} refuses a conversation: "
                f"{_line(error)}; choose another model or turns: plain"
            ) from None
        if not _stand_in(text, messages) or not text.endswith(self.header):
            raise ItemError(
                f"the chat template of the model {self._name} rewrites what was said in a "
                "conversation; choose another model or turns: plain"
            )
        return text

    def encode(self, text: str) -> list[int]:
        """Token ids with one beginning-of-sequence, if this tokenizer begins texts with one.

        Most templates write it, and the tokenizer would add a second one, which no model was
        trained on. Where the template leaves it to the tokenizer, it is put in front here.
        """
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        if self._bos is None or ids[:1] == [self._bos]:
            return ids
        return [self._bos, *ids]

    def _messages(self, turns: Sequence[Turn]) -> list[dict[str, str]]:
        return as_messages(turns, self._system, self.said)

    def said(self, text: str) -> str:
        return taken_apart(text.strip(), self._control)

    def _render(self, messages: list[dict[str, str]], opened: bool = True) -> str:
        text: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=opened, **FIXED
        )
        return text

    def _source(self) -> str:
        """The template itself: what it writes and which switches it asks for can be read there."""
        if not getattr(self._tokenizer, "chat_template", None):
            raise InputError(f'the model {self._name} has no chat template; use "turns: plain"')
        try:
            return str(self._tokenizer.get_chat_template())
        except ValueError:  # several templates, none of them the default
            raise InputError(
                f"the model {self._name} has several chat templates and none named default; "
                'use "turns: plain"'
            ) from None

    def _own_bos(self) -> int | None:
        """The token that this tokenizer puts before a text unasked, if that is its beginning."""
        bos: int | None = self._tokenizer.bos_token_id
        return bos if self._tokenizer.encode("a")[:1] == [bos] else None

    def _probe(self, source: str) -> tuple[str, str | None]:
        """The header, and why the next token after it would not be the answer."""
        messages = self._messages([Turn("", "A first reply."), Turn("A second question?")])
        try:
            text, closed = self._render(messages), self._render(messages, opened=False)
        except Exception as error:
            raise InputError(self._refused(_line(error))) from None
        if not _stand_in(text, messages):
            raise InputError(self._refused("it drops or rewrites messages"))
        after = text.rpartition(messages[-1]["content"])[2]
        header = text[len(closed) :] if text.startswith(closed) else after
        return header or after, _reasons(text, after, source, self._name)

    def _refused(self, reason: str) -> str:
        if self._system:
            return (
                f"the chat template of the model {self._name} cannot show this conversation with "
                f"a system message: {reason}; leave out style.system or choose another model"
            )
        return (
            f"the chat template of the model {self._name} cannot show a conversation: {reason}; "
            'choose another model or "turns: plain"'
        )


def _reasons(text: str, after: str, source: str, name: str) -> str | None:
    """Why the next token is a thought and not the answer, as far as a template shows it.

    text: a rendered conversation without any words of people; after: its end, behind the last
    question. A block that is closed there settles it: the model has nothing left to think. A
    template that only cuts thoughts out of old replies shows nothing, instruct models share it with
    their reasoning sisters (LFM2, Qwen3); then the model's name decides.
    """
    opened, closed = _last(_OPENS, after), _last(_CLOSES, after)
    what = None
    if opened > closed:
        what = "opens a reasoning block that cannot be switched off"
    elif closed < 0 and _OPENS.search(text):
        what = "tells it to reason first, which cannot be switched off"
    elif closed < 0 and _NAMED.search(name) and (_OPENS.search(source) or _CLOSES.search(source)):
        what = "is made for reasoning, which cannot be switched off"
    if what is None:
        return None
    return (
        f"the chat template of the model {name} {what}, so the next token is not the answer; "
        "choose an instruct model or readout: sample"
    )


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match begins, or -1."""
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def _stand_in(text: str, messages: Sequence[dict[str, str]]) -> bool:
    """Whether every content stands in the text, those of user and assistant in their order."""
    place = 0
    for message in messages:
        content = message["content"]
        if message["role"] == "system":  # Mistral's first templates put it at the end
            if _COMMAND.sub("", content).strip() not in text:  # they are for the template
                return False
            continue
        found = text.find(content, place)
        if found < 0:
            return False
        place = found + len(content)
    return True


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def rendering_of(style: Style, tokenizer: Tokenizer) -> Rendering:
    """How a model with this tokenizer is shown conversations of this style."""
    if style.turns == "chat":
        return ChatRendering(style, tokenizer)
    return PlainRendering(style, tokenizer)
