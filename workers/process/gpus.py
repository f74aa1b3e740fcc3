"""Finds NVIDIA GPUs and chooses among those that this process may use."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from anthology.models.errors import InputError, SetupError
from anthology.models.runtime import gpu_choice

VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA GPU, or a MIG instance: a part of one that counts as a GPU of its own."""

    number: int  # NVML's and nvidia-smi's; of an instance, that of its GPU
    uuid: str  # GPU-... or MIG-...
    product: str

    @property
    def is_part(self) -> bool:
        return self.uuid.startswith("MIG-")

    @property
    def visible(self) -> str:
        """How CUDA_VISIBLE_DEVICES names it. A whole GPU goes by its number, for vLLM has not
        always read UUIDs (issue 41848) and reads no abbreviated ones (51677); a part has none."""
        return self.uuid if self.is_part else str(self.number)

    @property
    def label(self) -> str:
        """For people: 0, or 0-mig-41b3c2d5."""
        return f"{self.number}-mig-{self.short}" if self.is_part else str(self.number)

    @property
    def short(self) -> str:
        return self.uuid[4:12]


def detect() -> list[Gpu]:
    """The machine's NVIDIA GPUs in their order, each followed by its MIG instances; empty without
    a driver."""
    import pynvml  # needs no GPU to import, but only a launcher needs it

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        return [gpu for i in range(pynvml.nvmlDeviceGetCount()) for gpu in _with_parts(pynvml, i)]
    except pynvml.NVMLError as error:
        raise SetupError(
            f"the NVIDIA driver does not say what GPUs there are ({error}); see nvidia-smi"
        ) from None
    finally:
        pynvml.nvmlShutdown()


def _with_parts(nvml: Any, number: int) -> list[Gpu]:
    handle = nvml.nvmlDeviceGetHandleByIndex(number)
    handles = [handle]
    with suppress(nvml.NVMLError):  # a GPU without such a mode
        for i in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
            with suppress(nvml.NVMLError):  # none with this number, or somebody else's
                handles.append(nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, i))
    product = str(nvml.nvmlDeviceGetName(handle))
    return [Gpu(number, str(nvml.nvmlDeviceGetUUID(found)), product) for found in handles]


def choose(gpus: str, group: int) -> list[list[Gpu]]:
    """GPUs in groups of `group` for "all" or a list like "0,1", of those that may be used.

    Raises `SetupError` where there are none, and `InputError` for what cannot be.
    """
    numbers = gpu_choice.numbers(gpus)
    found = detect()
    if not found:
        raise SetupError("no NVIDIA GPU was found; use --gpus cpu to run on the processor")
    allowed = allowed_by(os.environ.get(VISIBLE), found)
    chosen = allowed if numbers is None else _numbered(numbers, allowed)
    if group > 1 and any(gpu.is_part for gpu in chosen):
        raise InputError("MIG instances cannot hold a model together; leave --tensor-parallel out")
    if len(chosen) % group:
        raise InputError(f"{len(chosen)} GPUs cannot be split into groups of {group}")
    return [chosen[i : i + group] for i in range(0, len(chosen), group)]


def allowed_by(visible: str | None, found: list[Gpu]) -> list[Gpu]:
    """The GPUs that CUDA_VISIBLE_DEVICES leaves, in its order; without it, all whole ones.

    That is how Slurm hands them out, so what is not understood is never "all of them".
    """
    if visible is None:
        return [gpu for gpu in found if not gpu.is_part]
    tokens = [token.strip() for token in visible.split(",")]
    if tokens[0] in ("", "-1"):  # as CUDA reads it, whatever follows
        raise SetupError(
            f"{VISIBLE}={visible} allows no GPU; ask for some, unset it, or use --gpus cpu"
        )
    allowed = [_named(token, visible, found) for token in tokens]
    if len(set(allowed)) < len(allowed):
        raise InputError(f"{VISIBLE}={visible} names a GPU twice")
    return allowed


def _named(token: str, visible: str, found: list[Gpu]) -> Gpu:
    """The one GPU that a number or the beginning of a UUID stands for."""
    if token.isdecimal():
        named = [gpu for gpu in found if not gpu.is_part and gpu.number == int(token)]
    elif token.startswith(("GPU-", "MIG-")):
        named = [gpu for gpu in found if gpu.uuid.startswith(token)]
    else:
        raise InputError(
            f"{VISIBLE}={visible}: {token!r} is no GPU's number, GPU-... or MIG-...; unset it"
        )
    if len(named) != 1:
        which = "several GPUs" if named else "no GPU"
        raise InputError(f"{VISIBLE}={visible}: {which} of this machine can be meant by {token}")
    return named[0]


def _numbered(numbers: list[int], allowed: list[Gpu]) -> list[Gpu]:
    """Those of the allowed ones that `--gpus` asks for."""
    there = sorted({gpu.number for gpu in allowed})
    if set(numbers) - set(there) or len(set(numbers)) < len(numbers):
        whose = "this machine has" if VISIBLE not in os.environ else f"{VISIBLE} leaves"
        raise InputError(
            f"--gpus {','.join(map(str, numbers))}: {whose} GPUs {_spelt(there)}, each once"
        )
    return [gpu for number in numbers for gpu in allowed if gpu.number == number]


def _spelt(numbers: list[int]) -> str:
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))
