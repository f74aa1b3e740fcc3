"""A study from its file to its report: real Redis, real worker processes, real vLLM, tiny model."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
import redis
from every_condition import PEOPLE, every_condition
from running import ENGINE_LOADS_S, Launcher, System, alive, eventually, small_study

from anthology.producer.local.local_redis import LocalRedis

STUDY = "gss2018"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """In a folder with files of our rooms' names, as a user's may well have: nothing reads them."""
    folder = tmp_path_factory.mktemp("system")
    for name in ("models.py", "workers/__init__.py", "producer/__init__.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("raise RuntimeError('this is not ours')\n")
    with LocalRedis(folder / "redis") as server:
        yield System(folder, server.url, f"sqlite:///{folder / 'anthology.db'}")


@pytest.fixture(scope="module")
def planned(system: System, tiny_model: Path) -> dict[str, Any]:
    file = small_study(system.folder, tiny_model.name)
    return system.json("submit", str(file), "--dry-run")


@pytest.fixture(scope="module")
def submitted(system: System, planned: dict[str, Any]) -> dict[str, Any]:
    return system.json("submit", str(system.folder / "study.yaml"))


@pytest.fixture(scope="module")
def launcher(system: System, submitted: dict[str, Any], tiny_model: Path) -> Iterator[Launcher]:
    arguments = ("--model", str(tiny_model), "--gpus", "cpu", "--engine-arg", "max_model_len=4096")
    with system.worker(*arguments) as running:
        yield running


@pytest.fixture(scope="module")
def finished(system: System, launcher: Launcher) -> dict[str, Any]:
    done = system.run("wait", STUDY, "--json", "--timeout", "300", timeout=ENGINE_LOADS_S + 60)
    assert done.returncode == 0, done.stdout + done.stderr + launcher.log.read_text()[-3000:]
    return json.loads(done.stdout)


def test_a_dry_run_writes_nothing(system: System, planned: dict[str, Any]) -> None:
    assert planned["new"] is True
    assert not (system.folder / "anthology.db").exists()


def test_the_finished_study_has_what_the_dry_run_announced(
    system: System, planned: dict[str, Any], finished: dict[str, Any]
) -> None:
    assert finished["state"] == "done"
    assert finished["answers"] == {"stored": planned["answers"], "errors": 0}
    assert {kind: states["done"] for kind, states in finished["jobs"].items()} == planned["jobs"]
    report = system.json("report", STUDY)
    assert report["personas"] == planned["personas"]


def test_the_report_has_finite_figures_for_every_condition(
    system: System, finished: dict[str, Any]
) -> None:
    report = system.json("report", STUDY)
    rows = {row["condition"]: row for row in report["rows"] if row["subgroup"] == "all"}
    assert list(rows) == ["none", "bio", "qa", "natural/greedy"]
    for row in rows.values():
        assert all(isinstance(row[figure], float) for figure in ("wd", "fro", "label_mass"))
        assert row["n"] == 8
    assert report["floor"]["wd"] > 0
    assert report["engines"][0]["head_dtype"] == "float32"


def test_submitting_again_resumes_and_makes_nothing_new(
    system: System, finished: dict[str, Any]
) -> None:
    again = system.json("submit", str(system.folder / "study.yaml"))
    assert again["new"] is False
    status = system.json("status", STUDY)
    assert status["answers"] == finished["answers"]
    assert status["jobs"] == finished["jobs"]


def test_the_page_is_written_and_the_export_reads_back(
    system: System, finished: dict[str, Any]
) -> None:
    assert system.run("report", STUDY, "--out", "page").returncode == 0
    assert "natural/greedy" in (system.folder / "page" / "index.html").read_text()
    files = system.json("export", STUDY, "--out", "tables")
    assert f"tables/{STUDY}-answers.parquet" in files
    answers = pd.read_parquet(system.folder / "tables" / f"{STUDY}-answers.parquet")
    assert len(answers) == finished["answers"]["stored"]


def test_stored_answers_agree_with_transformers_in_float32(
    system: System, finished: dict[str, Any], tiny_model: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    asked = [("none", 0, "natenvir"), ("qa", 3, "natcity"), ("natural/greedy", 7, "natheal")]
    asked += [("poll", 5, "party"), ("poll", 9, "gender")]
    for condition, person, question in asked:
        arguments = ["--persona", str(person), "--question", question]
        arguments += [] if condition == "poll" else ["--condition", condition]
        seen = system.json("preview", STUDY, *arguments)
        with torch.no_grad():
            logits = model(torch.tensor([seen["prompt_token_ids"]])).logits[0, -1]
        logprobs = torch.log_softmax(logits.float(), -1)
        ids = [token for label in seen["labels"] for token in label["token_ids"]]
        mass = float(logprobs[ids].exp().sum())
        assert mass == pytest.approx(seen["stored"]["label_mass"], rel=1e-3)
        for stored, token in zip(seen["stored"]["probabilities"], ids, strict=True):
            assert stored * mass == pytest.approx(float(logprobs[token].exp()), rel=1e-3)


def test_two_digit_labels_are_read_exactly_through_their_trie(
    system: System, finished: dict[str, Any], tiny_model: Path
) -> None:
    """26 numbered options: every prefix that branches is one reading, multiplied along the way."""
    import torch
    from transformers import AutoModelForCausalLM

    folder = system.folder / "digits"
    folder.mkdir()
    income = {"question": "What do you earn?", "options": {f"bracket {n}": n for n in range(1, 27)}}
    file = small_study(
        folder, tiny_model.name, study="digits", conditions=["none"], pool=None, traits={},
        measures={}, style={"labels": "digits", "brackets": "dot"},
        questionnaire={"questions": {"rincom16": income}},
    )  # fmt: skip
    system.json("submit", str(file))
    assert system.run("wait", "digits", "--timeout", "120", timeout=150).returncode == 0

    seen = system.json("preview", "digits", "--persona", "2")
    assert len(seen["nodes"]) > 1
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    following = {}
    for node in seen["nodes"]:
        with torch.no_grad():
            ids = torch.tensor([[*seen["prompt_token_ids"], *node["after"]]])
            following[tuple(node["after"])] = torch.softmax(model(ids).logits[0, -1].float(), -1)
    shares = []
    for label in seen["labels"]:
        tokens = tuple(label["token_ids"])
        branching = [i for i in range(len(tokens)) if tokens[:i] in following]
        shares.append(math.prod(float(following[tokens[:i]][tokens[i]]) for i in branching))
    assert sum(shares) == pytest.approx(seen["stored"]["label_mass"], rel=1e-3)
    expected = [share / sum(shares) for share in shares]
    assert seen["stored"]["probabilities"] == pytest.approx(expected, rel=1e-3)


INCOME = {"question": "What do you earn?", "number": {"from": 1, "to": 26},
          "options": {"little": {"from": 1, "to": 12}, "much": {"from": 13, "to": 26}}}  # fmt: skip
CLASS = {"question": "What do you do?", "column": "degree", "refusal": "Prefer not to answer",
         "asked_as": {"School": "no degree", "Work": "no degree", "Teach": "degree"},
         "options": {"no degree": [0, 1, 2], "degree": [3, 4]}}  # fmt: skip
SPENDING = {"battery": "Is the country spending too much on {}?", "options_order": "averaged",
            "options": {"Too little": 1, "About right": 0, "Too much": -1},
            "items": {"natcity": "the big cities", "natfare": "the poor"}}  # fmt: skip
WORDS = {"question": "Tell me more.", "free_text": True, "max_tokens": 12}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("by-label", {"readout_check": 0.5}),
        ("by-words", {"readout": "text", "length_normalization": "byte", "in_series": False}),
        ("written", {"readout": "sample", "samples": 3, "attempts": 2, "answer_tokens": 8}),
        ("unbiased", {"debias": "label_prior", "order": "shuffled_in_blocks"}),
    ],
)
def test_every_readout_ends_with_each_answer_once_and_a_page(
    system: System, finished: dict[str, Any], tiny_model: Path, name: str, changes: dict[str, Any]
) -> None:
    folder = system.folder / name
    folder.mkdir()
    battery = dict(SPENDING)
    if name in ("written", "unbiased"):
        battery["options_order"] = "random"
    questions = {"rincom16": INCOME, "class": CLASS, "spending": battery, "more": WORDS}
    file = small_study(
        folder, tiny_model.name, study=name, conditions=["none", "bio"], pool=None,
        measures={}, questionnaire={**changes, "questions": questions},
    )  # fmt: skip
    planned = system.json("submit", str(file))
    system.run("wait", name, "--timeout", "120", timeout=150)
    status = system.json("status", name)
    # A random model seldom writes an answer that can be read; all others have one.
    assert name == "written" or status["state"] == "done", status
    assert status["answers"]["stored"] + status["answers"]["errors"] == planned["answers"] == 80
    assert {kind: sum(s.values()) for kind, s in status["jobs"].items()} == planned["jobs"]
    assert system.run("report", name, "--out", f"{name}-page").returncode == 0
    system.json("export", name, "--out", f"{name}-tables")
    answers = pd.read_parquet(system.folder / f"{name}-tables" / f"{name}-answers.parquet")
    assert len(answers) == 80
    assert set(answers["question"]) == {"rincom16", "class", "natcity", "natfare", "more"}
    said = answers[answers["question"] == "more"]["text"]
    assert said.notna().all()


def test_every_way_of_conditioning_has_its_row_and_a_second_submission_makes_nothing_new(
    system: System, finished: dict[str, Any], tiny_model: Path
) -> None:
    file = str(every_condition(system.folder, tiny_model.name))
    planned = system.json("submit", file)
    done = system.run("wait", planned["study"], "--timeout", "300", timeout=330)
    assert done.returncode == 0, done.stdout + done.stderr
    report = system.json("report", planned["study"])
    rows = [row for row in report["rows"] if row["subgroup"] == "all"]
    assert len(rows) == 23
    for row in rows:
        assert row["n"] == PEOPLE, row
        assert all(isinstance(row[figure], float) for figure in ("wd", "label_mass")), row
    status = system.json("status", planned["study"])
    assert status["answers"] == {"stored": planned["answers"], "errors": 0}
    assert system.json("submit", file)["new"] is False
    assert system.json("status", planned["study"])["jobs"] == status["jobs"]


def test_questions_beyond_the_models_context_are_errors_and_all_others_are_answered(
    system: System, finished: dict[str, Any], tiny_model: Path
) -> None:
    """In a conversation that outgrows the context, from the question on that no longer fits."""
    folder = system.folder / "long"
    folder.mkdir()
    questions = {
        name: {"question": "Why? " * 390, "options": {"less": 1, "same": 0, "more": -1}}
        for name in ("natcity", "natfare", "natheal", "nateduc", "natroad", "natcrime")
    }
    file = small_study(
        folder, tiny_model.name, study="long", conditions=["none"], pool=None, traits={},
        measures={}, questionnaire={"questions": questions},
    )  # fmt: skip
    planned = system.json("submit", str(file))
    assert system.run("wait", "long", "--timeout", "120", timeout=150).returncode == 1
    status = system.json("status", "long")
    errors = status["answers"]["errors"]
    assert status["state"] == f"done with {errors} errors"
    assert status["answers"]["stored"] + errors == planned["answers"] == 48
    assert status["answers"]["stored"] >= 8
    refused = "error LIKE 'the prompt has % tokens; the model''s context holds 4096'"
    assert system.count("answer", refused) == errors > 0
    assert system.count("job", "state = 'failed'") == 0


def test_a_worker_answers_pings_while_its_engine_is_busy(
    system: System, finished: dict[str, Any], launcher: Launcher, tiny_model: Path
) -> None:
    folder = system.folder / "second"
    folder.mkdir()
    # Its stories are many and long, so that the worker is writing while it is asked.
    pool = {"name": "long", "count": 600, "max_tokens": 1500, "min_tokens": 1500}
    file = small_study(folder, tiny_model.name, study="second", pool=pool, chunk=50)
    system.json("submit", str(file))

    def running() -> int:
        return system.count("job", "kind = 'backstory' AND state = 'running'")

    eventually(running, 30)
    ping = [sys.executable, "-m", "celery", "--broker", system.broker_url, "inspect", "ping"]
    answered = subprocess.run(
        [*ping, "--timeout", "3"], capture_output=True, text=True, timeout=120, check=False
    )
    assert "2 nodes online" in answered.stdout
    assert running(), "the worker was idle, so this showed nothing"


def test_no_process_of_a_worker_listens_for_others_than_this_machine(
    finished: dict[str, Any], launcher: Launcher
) -> None:
    process = psutil.Process(launcher.process.pid)
    listening = [
        connection.laddr.ip
        for member in [process, *process.children(recursive=True)]
        for connection in member.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening, "the engine was not looked at"
    assert set(listening) <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_a_stopped_worker_gives_its_jobs_back_and_leaves_no_process(
    system: System, finished: dict[str, Any], launcher: Launcher
) -> None:
    family = psutil.Process(launcher.process.pid).children(recursive=True)
    assert any("EngineCore" in " ".join(child.cmdline()) for child in family)
    launcher.process.terminate()
    assert launcher.process.wait(20) == 0
    eventually(lambda: not any(map(alive, family)), 5)  # what is killed may take a moment to go
    jobs = system.json("status", "second")["jobs"]
    assert all(states["running"] == 0 for states in jobs.values())
    assert jobs["backstory"]["pending"] > 0


def test_nothing_else_than_messages_is_left_in_redis(
    system: System, finished: dict[str, Any]
) -> None:
    with redis.Redis.from_url(system.broker_url) as client:
        names = {name.decode() for name in client.scan_iter()}
    assert not [name for name in names if name.startswith("celery-task-meta")]
