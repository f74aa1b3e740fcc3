"""Choosing GPUs, on a machine that may have none."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from anthology.models.errors import InputError, SetupError
from anthology.workers.process import gpus
from anthology.workers.process.gpus import Gpu, allowed_by

WHOLE = [
    Gpu(0, "GPU-3a1d0000-0000-0000-0000-000000000000", "H200"),
    Gpu(1, "GPU-3a1e0000-0000-0000-0000-000000000000", "H200"),
    Gpu(2, "GPU-77000000-0000-0000-0000-000000000000", "H200"),
    Gpu(3, "GPU-88000000-0000-0000-0000-000000000000", "H200"),
]
PARTS = [
    Gpu(3, "MIG-41b3c2d5-0000-0000-0000-000000000000", "H200"),
    Gpu(3, "MIG-52b3c2d5-0000-0000-0000-000000000000", "H200"),
]


@pytest.fixture(autouse=True)
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with four GPUs, the last of which is cut into two."""
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    monkeypatch.setattr(gpus, "detect", lambda: [*WHOLE, *PARTS])


def chosen(choice: str, group: int = 1) -> list[list[str]]:
    """As CUDA_VISIBLE_DEVICES will name them."""
    return [[gpu.visible for gpu in found] for found in gpus.choose(choice, group)]


@pytest.mark.parametrize(
    ("choice", "group", "expected"),
    [
        ("all", 1, [["0"], ["1"], ["2"], ["3"]]),
        ("all", 2, [["0", "1"], ["2", "3"]]),
        ("all", 4, [["0", "1", "2", "3"]]),
        ("2", 1, [["2"]]),
        ("3,1", 1, [["3"], ["1"]]),
        (" 0, 3 ", 2, [["0", "3"]]),
    ],
)
def test_gpus_are_split_into_groups(choice: str, group: int, expected: list[list[str]]) -> None:
    assert chosen(choice, group) == expected


@pytest.mark.parametrize(
    ("choice", "group", "message"),
    [
        ("0,4", 1, "this machine has GPUs 0 to 3, each once"),
        ("-1", 1, "this machine has GPUs 0 to 3"),
        ("1,1", 1, "each once"),
        ("zero", 1, "takes all, cpu or numbers like 0,1, not 'zero'"),
        ("", 1, "takes all, cpu or numbers"),
        ("all", 3, "4 GPUs cannot be split into groups of 3"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(choice: str, group: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gpus.choose(choice, group)


def test_a_choice_that_means_nothing_is_refused_where_there_is_no_gpu_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpus, "detect", lambda: [])
    with pytest.raises(InputError, match="takes all, cpu or numbers"):
        gpus.choose("foo", 1)


def test_without_a_gpu_the_processor_is_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "detect", lambda: [])
    with pytest.raises(SetupError, match="use --gpus cpu"):
        gpus.choose("all", 1)


# --- CUDA_VISIBLE_DEVICES ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("1,3", [["1"], ["3"]]),
        (" 3, 2", [["3"], ["2"]]),
        ("GPU-77000000-0000-0000-0000-000000000000,0", [["2"], ["0"]]),
        ("GPU-3a1e", [["1"]]),
        ("MIG-52b3", [[PARTS[1].uuid]]),
        (f"{PARTS[1].uuid},{PARTS[0].uuid}", [[PARTS[1].uuid], [PARTS[0].uuid]]),
    ],
)
def test_all_means_those_that_slurm_handed_out(
    visible: str, expected: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(gpus.VISIBLE, visible)
    assert chosen("all") == expected


def test_a_choice_is_made_among_those_that_slurm_handed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(gpus.VISIBLE, "2,GPU-3a1d,MIG-41b3")
    assert chosen("0") == [["0"]]
    assert chosen("3,2") == [[PARTS[0].uuid], ["2"]]
    with pytest.raises(InputError, match="--gpus 0,1: CUDA_VISIBLE_DEVICES leaves GPUs 0, 2, 3,"):
        gpus.choose("0,1", 1)


@pytest.mark.parametrize("visible", ["", " ", "-1", "-1,0"])
def test_where_none_was_handed_out_none_is_taken(
    visible: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(gpus.VISIBLE, visible)
    with pytest.raises(SetupError, match=r"CUDA_VISIBLE_DEVICES=.* allows no GPU"):
        gpus.choose("all", 1)


@pytest.mark.parametrize(
    ("visible", "message"),
    [
        ("NoDevFiles", "'NoDevFiles' is no GPU's number, GPU-... or MIG-...; unset it"),
        ("all", "'all' is no GPU's number"),
        ("0,", "'' is no GPU's number"),
        ("0,-1", "'-1' is no GPU's number"),
        ("4", "no GPU of this machine can be meant by 4"),
        ("GPU-99", "no GPU of this machine can be meant by GPU-99"),
        ("GPU-3a1", "several GPUs of this machine can be meant by GPU-3a1"),
        ("MIG-99", "no GPU of this machine"),
        ("1,GPU-3a1e", "names a GPU twice"),
    ],
)
def test_what_cannot_be_understood_is_refused_and_never_taken_for_all(
    visible: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        allowed_by(visible, [*WHOLE, *PARTS])


def test_parts_of_gpus_hold_no_model_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gpus.VISIBLE, "MIG-41b3,MIG-52b3")
    with pytest.raises(InputError, match="MIG instances cannot hold a model together"):
        gpus.choose("all", 2)


# --- the driver ----------------------------------------------------------------------------------


class StubError(Exception):
    """NVML's, in the stub."""


class StubNvml(SimpleNamespace):
    """A driver with two GPUs; the second has a MIG instance with the number 1 and none before."""

    NVMLError = StubError

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, number: int) -> str:
        return f"GPU-{number}"

    def nvmlDeviceGetName(self, handle: str) -> str:
        return "H200"

    def nvmlDeviceGetUUID(self, handle: str) -> str:
        return handle

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: str) -> int:
        if handle == "GPU-0":
            raise StubError("Not Supported")
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: str, number: int) -> str:
        if number != 1:
            raise StubError("Not Found")
        return "MIG-1"


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> StubNvml:
    monkeypatch.undo()  # the machine with four GPUs
    stub = StubNvml()
    monkeypatch.setitem(sys.modules, "pynvml", stub)
    return stub


def test_gpus_and_their_parts_are_found(driver: StubNvml) -> None:
    assert gpus.detect() == [
        Gpu(0, "GPU-0", "H200"), Gpu(1, "GPU-1", "H200"), Gpu(1, "MIG-1", "H200"),
    ]  # fmt: skip


def test_a_driver_that_has_lost_a_gpu_is_a_sentence(
    driver: StubNvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: str) -> str:
        raise StubError("GPU is lost")

    monkeypatch.setattr(driver, "nvmlDeviceGetName", lost, raising=False)
    with pytest.raises(SetupError, match=r"does not say what GPUs there are \(GPU is lost\)"):
        gpus.detect()


def test_detecting_works_with_and_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert all(found.uuid.startswith(("GPU-", "MIG-")) for found in gpus.detect())
