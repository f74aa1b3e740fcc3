"""Commands read the tokenizer that the workers' engine reads, and start nothing heavy for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from chat_templates import CHATML, tokenizer_with
from fake_model import write_study
from sqlalchemy import Engine, insert

from anthology.models.database.sessions import reading, writing
from anthology.models.database.tables import EngineRow, WorkerRow
from anthology.models.errors import InputError
from anthology.models.language_model.names import model_queue
from anthology.models.settings import Settings
from anthology.models.study.study import Study
from anthology.producer.local.doctor import examine
from anthology.producer.preview.preview import preview_file
from anthology.producer.submission.model_folder import find_model
from anthology.producer.submission.submission import submit

ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, sys
from anthology.producer.preview.preview import preview_file
from anthology.producer.submission.submission import submit

study, model = sys.argv[1:]
submit(study, dry_run=True)
found = preview_file(study, 0, "none", "roads", model)
print(json.dumps([sorted(sys.modules), found.prompt_token_ids]))
"""
HEAVY = {"torch", "transformers", "vllm", "huggingface_hub", "safetensors"}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A model without a tokenizer, and a tokenizer without a model."""
    model, tokenizer = tmp_path / "model", tmp_path / "tokenizer"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "llama"}')
    tokenizer_with(CHATML).save_pretrained(tokenizer)
    return model, tokenizer


def test_a_preview_and_a_dry_run_import_neither_torch_nor_transformers(
    tmp_path: Path, tiny_model: Path
) -> None:
    """How many modules they import is what may grow unseen: a second of CPU time is some 700."""
    study = write_study(tmp_path, model=str(tiny_model))
    here = {"XDG_CACHE_HOME": str(tmp_path), "ANTHOLOGY_HOME": str(tmp_path / "home")}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(study), str(tiny_model)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, **here},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    modules, ids = json.loads(ended.stdout)
    assert HEAVY.isdisjoint(modules)
    assert len([name for name in modules if name.startswith(("tokenizers", "jinja2"))]) < 50
    assert ids == preview_file(study, 0, "none", "roads", str(tiny_model)).prompt_token_ids
    assert list((tmp_path / "anthology" / "tokenizers").iterdir())


def test_all_commands_take_the_workers_words_for_where_the_tokenizer_is(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_HOME", str(tmp_path / "home"))
    model, tokenizer = map(str, folders)
    study = write_study(tmp_path, model=model)
    said = [f"tokenizer={tokenizer}", "max_model_len=4096", "logprobs_mode=whatever"]
    with pytest.raises(InputError, match="no tokenizer can be loaded"):
        submit(study, dry_run=True)
    submit(study, dry_run=True, engine_args=said)
    found = preview_file(study, 0, "none", "roads", model, said)
    assert found.prompt_token_ids == tokenizer_with(CHATML).encode(found.prompt)
    alone, told = (examine(Settings(), model, args)[-1] for args in ([], said))
    assert (alone.name, alone.ok, told.name, told.ok) == ("model", False, "model", True)


def serving(database: Engine, study: Study, model: str, arguments: dict[str, str]) -> None:
    worker = {
        "queue": model_queue(study.model), "names": [study.model], "pid": 1, "started_at": 0.0,
        "seen_at": 1.0,
    }  # fmt: skip
    info = {"tokenizer_arguments": arguments or None}
    with writing(database) as session:
        session.execute(insert(EngineRow), [{"id": "e", "info": info}])
        session.execute(
            insert(WorkerRow), [{**worker, "name": "w", "model": model, "engine_id": "e"}]
        )


def test_a_worker_on_this_machine_tells_where_its_tokenizer_is(
    database: Engine, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    model, tokenizer = map(str, folders)
    study = Study.load(write_study(tmp_path))
    serving(database, study, model, {"tokenizer": tokenizer})
    with reading(database) as session:
        assert find_model(session, study.model) == (model, {"tokenizer": tokenizer})


def test_a_worker_with_a_tokenizer_that_is_not_here_tells_nothing(
    database: Engine, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    study = Study.load(write_study(tmp_path))
    serving(database, study, str(folders[0]), {"tokenizer": "/on/another/machine"})
    with reading(database) as session:
        assert find_model(session, study.model) == (None, {})
