"""A language model of a megabyte, made on the spot: random weights, so its answers mean nothing.

What is real about it is everything else: a trained byte-level tokenizer, a Llama that vLLM and
transformers both load, and next-token probabilities that the two can be compared on.
"""

from pathlib import Path
from typing import Literal

VOCABULARY = 700
CONTEXT = 4096
END_OF_TEXT = "<|endoftext|>"

# Words worth a token of their own; the merges are learnt from them.
TEXT = """
Question: Tell me about yourself.
Answer: I was born in 1956 in a small town in Ohio, the second of four children. My father worked
in the steel mill and my mother taught in the elementary school. We did not have much money, but we
had each other, and on Sunday we went to church together. After high school I joined the army for
three years, and when I came home I married a woman that I had known since we were children. We
have two daughters and, since last summer, a grandson.

Question: Where do you live now, and what do you do for a living?
Answer: I live in Chicago with my wife and our two dogs. I have worked as a nurse in the same
hospital for twenty years. Some days are hard, but I like the people that I work with. My income is
about $45,000 a year, which is enough for us, and I hope to retire when I am 65.

Question: What is the highest degree that you have completed?
(A) Less than high school
(B) High school graduate
(C) Some college, no degree
(D) Bachelor's degree
(E) Postgraduate degree
(F) Prefer not to answer
Answer with (A), (B), (C), (D), (E), or (F).
Answer: (B) High school graduate

Question: Generally speaking, do you think of yourself as a Republican, Democrat, or Independent?
(A) Republican
(B) Democrat
(C) Independent
(D) Other party
Answer with (A), (B), (C), or (D).
Answer: (C) Independent

Question: Answer the following question keeping in mind your previous answers. Are we spending too
much, too little, or about the right amount on improving and protecting the environment?
(A) Too little
(B) About right
(C) Too much
Answer with (A), (B), or (C).
Answer: (A) Too little

Question: Answer the following question keeping in mind your previous answers. How important is it
to you that the government helps people who are out of work, sick, or old?
(A) Very important
(B) Somewhat important
(C) Not too important
(D) Not at all important
Answer with (A), (B), (C), or (D).
Answer: (B) Somewhat important

Question: How much, if at all, do you trust the news that you get from national newspapers, from
local television, and from the friends and family that you talk with about politics?
Answer: I read the local paper every morning and I believe most of what it says. I do not trust what
people tell me on the internet. My brother and I disagree about nearly everything, from taxes and
health care to immigration and the police, but we still have dinner together every week, because
family is more important to me than any election. I would say that I strongly agree with some of
what each party says, and strongly disagree with the rest.
"""


def make(
    directory: Path,
    *,
    vocabulary: int = VOCABULARY,
    context: int = CONTEXT,
    dtype: Literal["float32", "bfloat16"] = "float32",
    seed: int = 0,
) -> Path:
    """Write the model into `directory`, ready for AutoTokenizer and vLLM, and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    write_tokenizer(directory, vocabulary, context)
    write_model(directory, vocabulary, context, dtype, seed)
    return directory


def write_tokenizer(directory: Path, vocabulary: int, context: int) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    if tokenizer.get_vocab_size() != vocabulary:
        raise ValueError(f"The text yields {tokenizer.get_vocab_size()} tokens, not {vocabulary}")
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
        model_max_length=context,
    ).save_pretrained(directory)


def write_model(directory: Path, vocabulary: int, context: int, dtype: str, seed: int) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,  # of 32: a head size that vLLM's CPU attention supports
        num_key_value_heads=1,
        max_position_embeddings=context,
        initializer_range=0.2,  # the usual 0.02 makes all next tokens all but equally likely
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)  # type: ignore[no-untyped-call]
    model.to(getattr(torch, dtype)).save_pretrained(directory)
