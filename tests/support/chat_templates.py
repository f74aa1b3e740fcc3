"""Chat templates in the manner of the real ones, short, and a small tokenizer to render them with.

Each does what its family's does with roles, white space, dates, beginnings of sequence and
thoughts; tools, images and the families' own wording are left out.
"""

from functools import lru_cache
from typing import Any

from tiny_model import TEXT
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

BOS, EOS = "<s>", "</s>"

CHATML = """
{%- for m in messages %}
    {{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

QWEN25 = (
    """
{%- if messages[0].role != 'system' %}
    {{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
{%- endif %}"""
    + CHATML
)

SMOLLM2 = QWEN25

# Cuts thoughts out of replies; a closed block where thinking is off.
QWEN3 = """
{%- for m in messages %}
    {%- set said = m.content.split('</think>')[-1].lstrip('\n') if m.role == 'assistant'
        else m.content %}
    {{- '<|im_start|>' + m.role + '\n' + said + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}"""

QWEN3_INSTRUCT = QWEN3.partition("    {%- if enable_thinking")[0] + "{%- endif %}"
QWEN3_THINKING = QWEN3_INSTRUCT.replace("assistant\n'", "assistant\n<think>\n'")

# Writes the beginning of the text, trims, and knows what day it is.
LLAMA3 = """{{- bos_token }}
{%- if date_string is not defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}
{%- set given = messages[0].content | trim if messages[0].role == 'system' else '' %}
{{- '<|start_header_id|>system<|end_header_id|>\n\nToday Date: ' + date_string + '\n\n' }}
{{- given + '<|eot_id|>' }}
{%- for m in messages if m.role != 'system' %}
    {{- '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' }}
    {{- m.content | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}"""

# No generation prompt: the closing bracket is where the model begins.
MISTRAL = """{{- bos_token }}
{%- if messages[0].role == 'system' %}
    {{- '[SYSTEM_PROMPT]' + messages[0].content + '[/SYSTEM_PROMPT]' }}
{%- else %}
    {{- '[SYSTEM_PROMPT]The current date is ' + strftime_now('%Y-%m-%d') + '.[/SYSTEM_PROMPT]' }}
{%- endif %}
{%- for m in messages if m.role != 'system' %}
    {%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('After the system message, roles must alternate.') }}
    {%- endif %}
    {{- '[INST]' + m.content + '[/INST]' if m.role == 'user' else m.content + eos_token }}
{%- endfor %}"""

# The first ones put the system message before the last question.
MISTRAL_OLD = """{{- bos_token }}
{%- for m in messages if m.role != 'system' %}
    {%- set system = messages[0].content + '\n\n' if messages[0].role == 'system' else '' %}
    {%- if m.role == 'user' %}
        {{- '[INST] ' + (system if loop.last else '') + m.content + '[/INST]' }}
    {%- else %}
        {{- ' ' + m.content + eos_token }}
    {%- endif %}
{%- endfor %}"""

GEMMA = """{{- bos_token }}
{%- if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- for m in messages %}
    {{- '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' }}
    {{- m.content | trim + '<end_of_turn>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"""

GEMMA4 = GEMMA.replace("model\n' }}{% endif", "model\n<|channel>thought\n<channel|>' }}{% endif")

# A lone closing tag stands for a block without thoughts.
DEEPSEEK_V31 = """{{- bos_token }}
{%- for m in messages %}
    {%- if m.role == 'system' %}{{ m.content }}{% endif %}
    {%- if m.role == 'user' %}{{ '<｜User｜>' + m.content }}{% endif %}
    {%- if m.role == 'assistant' %}
        {{- '<｜Assistant｜></think>' + m.content.split('</think>')[-1] + eos_token }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<｜Assistant｜>' + ('<think>' if thinking else '</think>') }}
{%- endif %}"""

DEEPSEEK_R1 = """{{- bos_token }}
{%- for m in messages %}
    {%- if m.role == 'system' %}{{ m.content }}{% endif %}
    {%- if m.role == 'user' %}{{ '<｜User｜>' + m.content }}{% endif %}
    {%- if m.role == 'assistant' %}
        {{- '<｜Assistant｜>' + m.content.split('</think>')[-1] + eos_token }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<｜Assistant｜><think>\n' }}{% endif %}"""

DEEPSEEK_R1_FIRST = DEEPSEEK_R1.replace("<think>\n", "")

GPT_OSS = """
{{- '<|start|>system<|message|>Current date: ' + strftime_now('%Y-%m-%d') }}
{{- '\n# Valid channels: analysis, commentary, final.<|end|>' }}
{%- for m in messages %}
    {%- if m.role == 'assistant' %}
        {{- '<|start|>assistant<|channel|>final<|message|>' + m.content + '<|end|>' }}
    {%- else %}
        {{- '<|start|>' + m.role + '<|message|>' + m.content + '<|end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}"""

# Switched off by a word in the system message, and on again by one of a user.
NEMOTRON = """
{%- set ns = namespace(thinks=true) %}
{%- for m in messages if m.role != 'assistant' %}
    {%- if '/think' in m.content %}{% set ns.thinks = true %}
    {%- elif '/no_think' in m.content %}{% set ns.thinks = false %}
    {%- endif %}
{%- endfor %}
{%- for m in messages %}
    {{- '<SPECIAL_11>' + m.role + '\n' }}
    {{- m.content.replace('/think', '').replace('/no_think', '').strip() + '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<SPECIAL_11>assistant\n' + ('<think>\n' if ns.thinks else '<think></think>') }}
{%- endif %}"""

KIMI = CHATML.replace(
    "assistant\n'",
    "assistant\n' + ('<think></think>' if thinking is defined and not thinking else '<think>')",
)

# Without a budget for thoughts it opens the block all the same, and says that it has none.
SEED_OSS = (
    CHATML.replace("im_", "seed_")
    + """
{%- if add_generation_prompt and thinking_budget == 0 %}
    {{- '<seed:think><seed:budget>' }}
{%- endif %}"""
)

# Reasons because its own system message says so, unless another one is given.
PHI4_REASONING = (
    """
{%- if messages[0].role != 'system' %}
    {{- '<|im_start|>system\nWrite <think> your thoughts </think> first.<|im_end|>\n' }}
{%- endif %}"""
    + CHATML
)

ANSWERING = {
    "chatml": CHATML, "qwen2.5": QWEN25, "smollm2": SMOLLM2, "qwen3": QWEN3,
    "qwen3-instruct": QWEN3_INSTRUCT, "llama3": LLAMA3, "mistral": MISTRAL,
    "mistral-old": MISTRAL_OLD, "gemma": GEMMA, "gemma4": GEMMA4, "deepseek-v3.1": DEEPSEEK_V31,
    "nemotron": NEMOTRON, "kimi": KIMI,
}  # fmt: skip

REASONING = {
    "qwen3-thinking": QWEN3_THINKING, "DeepSeek-R1-Distill-Qwen-7B": DEEPSEEK_R1,
    "gpt-oss-20b": GPT_OSS, "phi-4": PHI4_REASONING,
    "Seed-OSS-36B": SEED_OSS,
}  # fmt: skip

CONTROL = [
    BOS, EOS, "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>",
    "<|eot_id|>", "<start_of_turn>", "<end_of_turn>", "<｜User｜>", "<｜Assistant｜>", "[INST]",
    "[/INST]", "<|start|>", "<|end|>", "<|channel|>", "<|message|>", "<SPECIAL_11>",
]  # fmt: skip


def tokenizer_with(
    template: str | None, *, adds_bos: bool = False, name: str = "small-chat", bos: bool = True
) -> Any:
    """A byte-level tokenizer with this template, the control tokens of all families, `<think>` and
    `</think>` as ordinary added tokens, and a beginning of sequence put before texts or not."""
    backend = Tokenizer.from_str(_trained())
    from transformers import PreTrainedTokenizerFast  # a second, of which most tests need nothing

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=BOS if bos else None,
        eos_token=EOS,
        additional_special_tokens=CONTROL,
    )
    tokenizer.add_tokens(["<think>", "</think>"])
    if adds_bos:
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{BOS} $A", special_tokens=[(BOS, tokenizer.convert_tokens_to_ids(BOS))]
        )
    tokenizer.chat_template = template
    tokenizer.name_or_path = f"/models/{name}"
    return tokenizer


@lru_cache
def _trained() -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return str(tokenizer.to_str())
