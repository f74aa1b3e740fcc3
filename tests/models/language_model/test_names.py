"""Which names mean one model, and that no two models share a queue by their names."""

import os
from pathlib import Path

import pytest

from anthology.models.language_model.names import (
    alike,
    content_queue,
    meet,
    model_queue,
    queue_for,
    queues_of,
    served_names,
)

SNAPSHOT = "/cache/hub/models--Org--Name/snapshots/0a1b2c"


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("llama-3.1-8b", "/models/llama-3.1-8b", True),
        ("Llama-3.1-8B", "/models/llama-3.1-8b/", True),
        ("checkpoint-500", "/scratch/runA/checkpoint-500", True),
        ("runA/checkpoint-500", "/scratch/runA/checkpoint-500", True),
        ("runA/checkpoint-500", "/scratch/runB/checkpoint-500", False),
        ("A/checkpoint-500", "/scratch/runA/checkpoint-500", False),
        ("org1/Mistral-7B", "org1/Mistral-7B", True),
        ("Mistral-7B", "org1/Mistral-7B", True),
        ("org1/Mistral-7B", "org2/Mistral-7B", False),
        ("org1/Mistral-7B", "/models/Mistral-7B", False),
        ("/models/x", "/models/x/", True),
        ("/x", "/models/x", False),
        ("./models//x", "/home/u/models/x", True),
        ("../models/x", "/home/u/models/x", True),
        ("mode\u0301le", "/m/MOD\u00c8LE", False),
        ("mode\u0300le", "/m/MOD\u00c8LE", True),
        ("模型-A", "/m/模型-A", True),
        ("A", "/m/模型-A", False),
        ("", "/m/x", False),
        ("/", "/m/x", False),
    ],
)
def test_a_study_meets_a_worker_by_whole_parts_of_a_path(
    asked: str, served: str, same: bool
) -> None:
    assert meet(asked, served_names(served)) is same
    assert alike(asked, served) is same


@pytest.mark.parametrize(
    ("asked", "same"),
    [("org/name", True), ("Name", True), ("org/name@0a1b2c", True), ("org/name@ffff", False),
     ("org2/name", False), (SNAPSHOT, True), (SNAPSHOT.replace("0a1b2c", "ffff"), False),
     ("/elsewhere/models--Org--Name/snapshots/0a1b2c/", True)],
)  # fmt: skip
def test_a_snapshot_of_the_hub_is_known_by_its_hub_name(
    asked: str, same: bool, tmp_path: Path
) -> None:
    folder = tmp_path / SNAPSHOT[1:]
    folder.mkdir(parents=True)
    asked = asked.replace("/cache", str(tmp_path / "cache"))
    assert meet(asked, served_names(f"{folder}/")) is same
    if same:
        assert queue_for(asked, None) in queues_of(str(folder), served_names(str(folder)))


def test_a_folder_is_known_by_all_ways_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "runA"
    folder.mkdir(parents=True)
    (tmp_path / "current").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("current", "./current/", "~/current", str(tmp_path / "current")):
        known = served_names(given)
        assert all(meet(n, known) for n in ("current", "runs/runA", str(folder), "~/runs/runA"))
        assert not meet("runs/current", known)


def test_names_that_the_user_gives_a_model_are_its_own() -> None:
    known = served_names("/models/Mistral-7B", ["org1/Mistral-7B"])
    assert meet("org1/Mistral-7B", known)
    assert queue_for("org1/Mistral-7B", None) in queues_of("/models/Mistral-7B", known)
    assert not meet("org2/Mistral-7B", known)


@pytest.mark.parametrize(
    ("one", "other"),
    [("/m/模型-A", "/m/A"), ("模型-A", "A"), ("通义千问-7B", "百川-7B"), ("org1/M-7B", "org2/M-7B"),
     ("runA/checkpoint-500", "runB/checkpoint-500"), ("a_b", "a-b"), ("a b", "a-b"), ("-a", "a"),
     ("a.", "a"), ("модель", "模型"), ("M", "org/M"), ("/M", "M"), ("é", "e")],
)  # fmt: skip
def test_names_that_differ_have_queues_that_differ(one: str, other: str) -> None:
    assert queue_for(one, None) != queue_for(other, None)


@pytest.mark.parametrize(
    ("model", "queue"),
    [("fake", "gpu.fake"), ("Llama-3.1-8B", "gpu.llama-3.1-8b"), ("llama-3.1-8b/", None)],
)
def test_a_plain_name_can_be_read_in_its_queue(model: str, queue: str | None) -> None:
    assert queue_for(model, None) == (queue or queue_for("llama-3.1-8b", None))
    assert queue_for("通义千问-7B", None).startswith("gpu.7b.")
    assert queue_for("模型", None).startswith("gpu.model.")
    assert len(queue_for("x" * 500, None)) < 70


@pytest.mark.parametrize(
    "asked", ["checkpoint-500", "runA/checkpoint-500", "scratch/runA/checkpoint-500", "{path}"]
)
def test_a_worker_listens_to_the_queues_of_all_its_names(asked: str, tmp_path: Path) -> None:
    path = tmp_path / "scratch" / "runA" / "checkpoint-500"
    path.mkdir(parents=True)
    listens = queues_of(str(path), served_names(str(path)))
    assert queue_for(asked.format(path=path), None) in listens
    assert queue_for("runB/checkpoint-500", None) not in listens
    assert model_queue(str(path)) in listens, "jobs of older versions are there"


def test_a_content_has_one_queue_whatever_the_model_is_called() -> None:
    content = {"kind": "llama", "weights": "aa"}
    assert queue_for("a", content) == queue_for("org/b", content) == content_queue(content)
    assert content_queue(content).startswith("gpu.llama.")
    assert content_queue({**content, "weights": "bb"}) != content_queue(content)
    assert queue_for("a", {"kind": None, "weights": "aa"}).startswith("gpu.model.")


@pytest.mark.parametrize("name", ["~nobody-here/x", "x" * 400, "a\0b", "models--x/snapshots/y"])
def test_any_text_is_a_name(name: str) -> None:
    assert meet(name, served_names(name))
    assert os.sep not in queue_for(name, None)
