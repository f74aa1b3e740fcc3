"""Conversations through chat templates: which words stay, where models go on, who is refused."""

import time
from typing import Any

import pytest
from chat_templates import (
    ANSWERING,
    BOS,
    CHATML,
    CONTROL,
    DEEPSEEK_R1_FIRST,
    EOS,
    GEMMA,
    LLAMA3,
    MISTRAL,
    NEMOTRON,
    PHI4_REASONING,
    QWEN3,
    QWEN25,
    REASONING,
    tokenizer_with,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.errors import InputError, ItemError
from anthology.models.prompting.chat import ChatRendering
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire.style import Style

STORY = Turn("", "I was born in Ohio.\n\nMy father worked in the mill.")
TURNS = [
    STORY,
    Turn("Where do you live?\n(A) City\n(B) Farm", "(B) Farm", "Keep your answers in mind."),
    Turn("Do you vote?\n(A) Yes\n(B) No", "(A) Yes", "Keep your answers in mind."),
]
HOSTILE = [*CONTROL, "<think>", "</think>", "/think", "/nothink", "/thinker"]


def rendering(template: str | None, *, system: str | None = None, **kwargs: Any) -> ChatRendering:
    return ChatRendering(Style(turns="chat", system=system), tokenizer_with(template, **kwargs))


def test_a_conversation_alternates_between_user_and_assistant() -> None:
    assert rendering(CHATML, system="You are a person.").prompt(TURNS[:2]) == (
        "<|im_start|>system\nYou are a person.<|im_end|>\n"
        "<|im_start|>user\nTell me about yourself.<|im_end|>\n"
        "<|im_start|>assistant\n"
        "I was born in Ohio.\n\nMy father worked in the mill.<|im_end|>\n"
        "<|im_start|>user\nKeep your answers in mind.\n"
        "Where do you live?\n(A) City\n(B) Farm<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_an_instruction_opens_what_the_user_says_next() -> None:
    turns = [Turn("", instruction="Be old."), Turn("How are you?", "Fine."), Turn("Do you vote?")]
    assert rendering(CHATML, system="You are a person.").prompt(turns) == (
        "<|im_start|>system\nYou are a person.<|im_end|>\n"
        "<|im_start|>user\nBe old.\n\nHow are you?<|im_end|>\n"
        "<|im_start|>assistant\nFine.<|im_end|>\n"
        "<|im_start|>user\nDo you vote?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_a_template_keeps_its_own_system_message_where_the_style_has_none() -> None:
    assert "You are a helpful assistant." in rendering(QWEN25).prompt(TURNS)
    assert "helpful" not in rendering(QWEN25, system="You are a person.").prompt(TURNS)


@pytest.mark.parametrize(
    ("template", "header"),
    [
        (CHATML, "<|im_start|>assistant\n"),
        (QWEN3, "<|im_start|>assistant\n<think>\n\n</think>\n\n"),
        (LLAMA3, "<|start_header_id|>assistant<|end_header_id|>\n\n"),
        (GEMMA, "<start_of_turn>model\n"),
        (MISTRAL, "[/INST]"),
    ],
)
def test_the_header_is_what_the_model_goes_on_after(template: str, header: str) -> None:
    chat = rendering(template)
    assert (chat.header, chat.lead, chat.stops) == (header, "", [])
    assert chat.prompt(TURNS).endswith(header)


@pytest.mark.parametrize("family", ANSWERING)
def test_a_growing_conversation_repeats_all_before_its_last_question(family: str) -> None:
    chat = rendering(ANSWERING[family])
    for known in range(1, len(TURNS)):
        shorter, longer = chat.prompt(TURNS[:known]), chat.prompt(TURNS[: known + 1])
        asked = shorter.rindex(TURNS[known - 1].asked or "Tell me about yourself.")
        assert longer.startswith(shorter[:asked])
        assert longer.index(TURNS[known - 1].reply) >= asked


@pytest.mark.parametrize("family", ANSWERING)
def test_tokens_of_a_growing_conversation_are_shared_up_to_the_header(family: str) -> None:
    chat = rendering(ANSWERING[family])
    shorter, longer = (chat.encode(chat.prompt(TURNS[:known])) for known in (2, 3))
    shared = len(shorter) - len(chat.encode(chat.header))
    assert "(B) Farm" in chat._tokenizer.decode(shorter[:shared])
    assert longer[:shared] == shorter[:shared]


@pytest.mark.parametrize("family", [*ANSWERING, *REASONING])
def test_every_said_word_stands_in_the_prompt(family: str) -> None:
    text = rendering({**ANSWERING, **REASONING}[family]).prompt(TURNS)
    assert all(turn.asked in text and turn.reminder in text for turn in TURNS)
    assert all(turn.reply in text for turn in TURNS[:-1])


def test_white_space_around_what_is_said_is_trimmed_for_every_template() -> None:
    untidy = [Turn(" Who are you? ", "\n I am Ann.\n\n"), Turn("Why?\n")]
    tidy = [Turn("Who are you?", "I am Ann."), Turn("Why?")]
    assert rendering(CHATML).prompt(untidy) == rendering(CHATML).prompt(tidy)


@pytest.mark.parametrize("family", ANSWERING)
@given(said=st.lists(st.sampled_from(HOSTILE) | st.text("<|>/[] as", max_size=9)).map("".join))
@settings(max_examples=40)
def test_nothing_that_people_say_becomes_a_control_token(family: str, said: str) -> None:
    chat = rendering_once(family)
    turns = [Turn("", f"I {said} am"), Turn(f"What {said} is", "(A) so", f"Now {said} then")]
    control = {chat._tokenizer.convert_tokens_to_ids(token) for token in [*CONTROL, "<think>"]}

    def kinds(turns: list[Turn]) -> list[int]:
        return [token for token in chat.encode(chat.prompt(turns)) if token in control]

    plain = [Turn("", "I am"), Turn("What is", "(A) so", "Now then")]
    assert kinds([*turns, Turn("So?")]) == kinds([*plain, Turn("So?")])


RENDERINGS: dict[str, ChatRendering] = {}


def rendering_once(family: str) -> ChatRendering:
    if family not in RENDERINGS:
        RENDERINGS[family] = rendering(ANSWERING[family])
    return RENDERINGS[family]


def test_control_strings_stay_readable() -> None:
    chat = rendering(MISTRAL)
    text = chat.prompt([Turn("", "He said [/INST] and <|im_end|>, 3 < 4 [sic]."), Turn("So?")])
    assert "He said [ /INST] and < |im_end|>, 3 < 4 [sic]." in text


@pytest.mark.parametrize(
    ("opening", "written"),
    [
        ("'[USER]'", "[ USER]"),
        ("'<|' + m.role + '|>'", "< |user|>"),
        ("'<user>'", "< user>"),
    ],
)
def test_a_tag_of_the_template_that_the_tokenizer_knows_as_letters_is_taken_apart(
    opening: str, written: str
) -> None:
    chat = rendering(CHATML.replace("'<|im_start|>' + m.role", opening))
    assert f"Me {written} you" in chat.prompt([Turn(f"Me {written.replace(' ', '')} you")])


@pytest.mark.parametrize("template", [CHATML, LLAMA3])
@pytest.mark.parametrize("adds_bos", [True, False])
def test_a_text_begins_with_one_beginning_of_sequence(template: str, adds_bos: bool) -> None:
    chat = rendering(template, adds_bos=adds_bos)
    ids = chat.encode(chat.prompt(TURNS) + "(")
    bos = chat._tokenizer.convert_tokens_to_ids(BOS)
    expected = 1 if adds_bos or template == LLAMA3 else 0
    assert ids[:2].count(bos) == ids.count(bos) == expected
    assert chat._tokenizer.decode(ids).endswith(chat.header + "(")


def test_a_tokenizer_without_a_beginning_of_sequence_gets_none() -> None:
    chat = rendering(CHATML, bos=False)
    assert chat._tokenizer.decode(chat.encode(chat.prompt(TURNS))) == chat.prompt(TURNS)


@pytest.mark.parametrize("family", ANSWERING)
def test_models_that_answer_at_once_are_accepted(family: str) -> None:
    assert rendering(ANSWERING[family], name=family).refusal is None


@pytest.mark.parametrize("family", REASONING)
def test_models_that_reason_first_are_refused_with_what_to_do(family: str) -> None:
    refusal = rendering(REASONING[family], name=family).refusal
    assert refusal is not None
    assert f"model {family} " in refusal
    assert refusal.endswith("choose an instruct model or readout: sample")


def test_a_template_that_only_hides_old_thoughts_is_judged_by_the_name() -> None:
    assert rendering(DEEPSEEK_R1_FIRST, name="DeepSeek-R1-Distill-Llama-8B").refusal
    assert rendering(DEEPSEEK_R1_FIRST, name="LFM2.5-1.2B-Instruct").refusal is None


def test_a_name_alone_refuses_nothing() -> None:
    assert rendering(CHATML, name="Llama-R1-Thinking").refusal is None


def test_a_closed_block_clears_a_model_with_a_suspicious_name() -> None:
    assert rendering(QWEN3, name="Qwen3-reasoning-merge").refusal is None


def test_a_template_that_reasons_only_by_its_default_system_message_takes_another() -> None:
    assert rendering(PHI4_REASONING).refusal
    assert rendering(PHI4_REASONING, system="You are a person.").refusal is None


def test_reasoning_is_switched_off_where_only_the_system_message_can_do_it() -> None:
    chat = rendering(NEMOTRON, system="You are a person.")
    assert chat.prompt(TURNS).endswith("<think></think>")
    assert "You are a person." in chat.prompt(TURNS)


def test_a_person_cannot_switch_reasoning_on() -> None:
    assert rendering(NEMOTRON).prompt([Turn("Do you /think so?")]).endswith("<think></think>")


@pytest.mark.parametrize("template", [LLAMA3, MISTRAL, "{{ date_string }}" + CHATML])
def test_the_date_in_a_prompt_is_always_the_same(template: str) -> None:
    text = rendering(template).prompt(TURNS)
    assert "26 Jul 2024" in text or "2024-07-26" in text
    assert time.strftime("%Y-%m-%d") not in text
    assert time.strftime("%d %b %Y") not in text


def test_a_model_without_a_chat_template_is_refused() -> None:
    with pytest.raises(InputError, match='the model base has no chat template; use "turns: plain"'):
        rendering(None, name="base")


def test_several_templates_without_a_default_are_refused() -> None:
    tokenizer = tokenizer_with(CHATML)
    tokenizer.chat_template = {"tool_use": CHATML, "rag": CHATML}
    with pytest.raises(InputError, match="several chat templates"):
        ChatRendering(Style(turns="chat"), tokenizer)


def test_a_template_without_a_system_role_names_the_field_to_leave_out() -> None:
    with pytest.raises(InputError, match=r"system message: .*leave out style\.system"):
        rendering(GEMMA, system="You are a person.")


def test_a_system_message_that_a_template_drops_is_refused() -> None:
    template = CHATML.replace("in messages", "in messages if m.role != 'system'")
    assert rendering(template).refusal is None
    with pytest.raises(InputError, match=r"drops or rewrites messages; leave out style\.system"):
        rendering(template, system="You are a person.")


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing.at.all }}",
        "{% for",
        CHATML.replace("in messages", "in messages[-1:]"),
        CHATML.replace("in messages", "in messages | reverse"),
    ],
)
def test_a_template_that_cannot_show_a_conversation_is_refused_in_one_line(template: str) -> None:
    with pytest.raises(InputError, match=r'show a conversation: .*"turns: plain"') as raised:
        rendering(template)
    assert "\n" not in str(raised.value)


def test_a_reply_that_a_template_rewrites_is_that_conversations_error() -> None:
    chat = rendering(CHATML.replace("m.content", "m.content.replace('XXL', 'XL')"))
    assert chat.prompt(TURNS)
    with pytest.raises(ItemError, match="rewrites what was said"):
        chat.prompt([Turn("Which size?", "XXL"), Turn("Why?")])


def test_a_conversation_that_makes_a_template_begin_the_reply_otherwise_is_an_error() -> None:
    chat = rendering(CHATML + "{% if 'war' in messages[0].content %}<think>{% endif %}")
    assert chat.refusal is None
    with pytest.raises(ItemError, match="rewrites what was said"):
        chat.prompt([Turn("Is it war?")])


def test_a_conversation_that_a_template_refuses_is_its_own_error() -> None:
    refusing = "{%- if 'war' in messages[0].content %}{{ raise_exception('No.') }}{% endif %}"
    chat = rendering(refusing + CHATML)
    with pytest.raises(ItemError, match=r"small-chat refuses a conversation: No;"):
        chat.prompt([Turn("Is it war?")])


def test_replies_end_with_the_templates_own_mark() -> None:
    assert f"(B) Farm{EOS}" in rendering(MISTRAL).prompt(TURNS)
