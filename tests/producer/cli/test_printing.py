"""What commands print: JSON that programs can read, prompts and tables for people."""

import io
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from fake_model import FakeEngine, run_study, small_study, store, write_study
from made_waves import made, written
from queues import in_queue
from sqlalchemy import Engine, insert, update

from anthology.models.database.sessions import writing
from anthology.models.database.tables import EngineRow, Job
from anthology.models.errors import InputError
from anthology.producer.cli import commands, printing
from anthology.producer.local.local_redis import free_port

pytestmark = pytest.mark.usefixtures("home")

ROOT = Path(__file__).parents[3]


# --- what commands print -------------------------------------------------------------------------


def test_a_drafted_study_can_be_counted(anthology: Any, home: Path) -> None:
    write_study(home)
    found = anthology("init", "humans.csv", "--items", "roads, parks", "--traits", "sex")
    assert (found.code, found.out) == (0, "")
    assert "anthology submit study.yaml --dry-run" in found.err
    assert anthology("submit", "study.yaml", "--dry-run", "--json").json["answers"] == 8 * 2 * 4


def test_a_ready_study_is_drafted_from_the_users_own_file_and_can_be_counted(
    anthology: Any, home: Path
) -> None:
    written(*made("atp-w34"), home / "ATP_W34.sav")
    found = anthology("init", "--like", "atp-w34", "ATP_W34.sav", "--model", "m")
    assert (found.code, found.out) == (0, "")
    assert anthology("submit", "study.yaml", "--dry-run", "--json").json["answers"] == 40 * 8 * 6


def test_submitting_prints_what_will_be_done(anthology: Any, home: Path, with_redis: str) -> None:
    path = write_study(home)
    dry = anthology("submit", path, "--dry-run", "--json")
    assert dry.json["jobs"]["survey"] == 12
    assert not (home / "a.db").exists()
    found = anthology("submit", path, "--json")
    assert found.code == 0
    assert found.json == {**dry.json, "new": True}
    assert in_queue(with_redis, "gpu.fake") == 9
    assert anthology("submit", path, "--json").json["new"] is False


def test_submitting_without_json_tells_people_what_is_next(
    anthology: Any, home: Path, with_redis: str
) -> None:
    found = anthology("submit", write_study(home))
    assert "12 survey" in found.out
    assert "anthology status small --watch" in found.err
    assert "submitted before" in anthology("submit", home / "small.yaml").err


def test_the_status_is_one_object_for_one_study_and_a_list_for_all(
    anthology: Any, home: Path, database: Engine
) -> None:
    store(database, small_study(home))
    one = anthology("status", "small", "--json").json
    assert set(one) >= {
        "study", "state", "jobs", "answers", "tokens_per_s", "cached_share", "eta_s", "workers",
    }  # fmt: skip
    assert one["jobs"]["survey"] == {"pending": 12, "running": 0, "done": 0, "failed": 0}
    assert [each["study"] for each in anthology("status", "--json").json] == ["small"]
    assert "small: waiting" in anthology("status").out


def test_waiting_exits_by_how_the_study_ended(anthology: Any, home: Path, database: Engine) -> None:
    store(database, small_study(home, study="waiting", conditions=["none"]))
    timed_out = anthology("wait", "waiting", "--timeout", "0", "--json")
    assert (timed_out.code, timed_out.json["state"]) == (3, "waiting")
    run_study(database, small_study(home, study="good", model="m2", conditions=["none"]))
    assert anthology("wait", "good").code == 0
    bad = FakeEngine(fault=lambda prompt: _refused())
    run_study(database, small_study(home, study="bad", model="m3", conditions=["none"]), bad)
    found = anthology("wait", "bad", "--json")
    assert (found.code, found.json["state"]) == (1, "done with 24 errors")


def _refused() -> Exception:
    from anthology.workers.engine.text_model import PromptRefused

    return PromptRefused("too long")


def test_a_finished_study_can_be_reported_exported_and_previewed(
    anthology: Any, home: Path, database: Engine
) -> None:
    run_study(database, small_study(home))
    reported = anthology("report", "small", "--json").json
    assert reported["study"] == "small"
    assert {row["condition"] for row in reported["rows"]} >= {"none", "natural/greedy"}
    assert set(reported["floor"]) >= {"wd", "fro", "alpha"}
    files = anthology("export", "small", "--out", home / "out", "--format", "csv", "--json").json
    assert files
    assert all(Path(file).exists() for file in files)
    shown = anthology("preview", "small", "--question", "vote", "--json").json
    assert shown["question"] == "vote"
    assert shown["stored"]["drawn"] in (0, 1)


def test_a_preview_prints_the_prompt_and_nothing_else_to_stdout(anthology: Any, home: Path) -> None:
    path = write_study(home)
    found = anthology("preview", path, "--condition", "none", "--question", "roads")
    prompt = anthology("preview", path, "--condition", "none", "--question", "roads", "--json").json
    assert found.out.rstrip("\n") == prompt["prompt"]
    assert "the answer begins after 'Answer: ('" in found.err


def test_a_preview_lists_options_as_displayed_with_tokens_and_readings(
    anthology: Any, home: Path
) -> None:
    from anthology.models.language_model.tokenizer import load_tokenizer

    folder = home / "tiny"
    folder.mkdir()
    tiny_model.write_tokenizer(folder, tiny_model.VOCABULARY, tiny_model.CONTEXT)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    encode = load_tokenizer(str(folder)).encode
    path = write_study(home, pool={"name": "people", "count": 9})
    found = anthology("preview", path, "--question", "sex", "--persona", "3", "--model", folder)
    shown = [line for line in found.out.splitlines() if line[:3] in ("(A)", "(B)")]
    a, b = (encode(f"({letter})")[1] for letter in "AB")
    assert [line.split("  tokens ") for line in found.err.splitlines()[1:3]] == [
        [f"  A  {shown[0][4:]:5}", f"[{a}]"], [f"  B  {shown[1][4:]:5}", f"[{b}]"],
    ]  # fmt: skip
    assert f"  read after the prompt: [{a}, {b}]\n" in found.err
    assert f"  the prompt has {len(encode(found.out.rstrip()))} tokens\n" in found.err


def test_a_preview_tells_what_was_answered_and_how_finely(
    anthology: Any, home: Path, database: Engine
) -> None:
    questionnaire = {
        "options": {"too little": 1, "about right": 2, "too much": 3}, "refusal": "Won't say",
        "questions": {"roads": "Roads?"}, "options_order": "averaged", "debias": "none",
    }  # fmt: skip
    study = small_study(home, conditions=["none"], questionnaire=questionnaire)
    run_study(database, study, FakeEngine({"too little": 6.0, "Won't say": 2.0}))
    info = {"body_dtype": "bfloat16", "head_dtype": "bfloat16", "logit_step": 0.125}
    with writing(database) as session:
        session.execute(insert(EngineRow), [{"id": "a", "info": info}])
        session.execute(update(Job).values(engine_id="a"))
    drawn = anthology("preview", "small", "--json").json
    told = anthology("preview", "small").err
    assert "  the first of 6 orders, which are averaged\n" in told
    assert "stored: too little 0.750, about right 0.125, too much 0.125\n" in told
    assert "  refusal: 0.200\n  label mass: 0.800\n" in told
    assert f"  drawn: {drawn['outcomes'][drawn['stored']['drawn']]}\n" in told
    assert "  16-bit head: label log-probabilities fall on steps of 0.125\n" in told


def test_a_preview_of_many_numbers_is_cut_short(anthology: Any, home: Path) -> None:
    bins = {"young": {"to": 49}, "old": {"from": 50}}
    age = {
        "question": "Your age?",
        "column": "age",
        "number": {"from": 18, "to": 99},
        "options": bins,
    }
    path = write_study(home, conditions=["none"], questionnaire={"questions": {"years": age}})
    told = anthology("preview", path).err
    assert "  18  counts as young\n" in told
    assert "  and 52 more\n" in told


def test_a_preview_of_written_answers_tells_what_was_written(
    anthology: Any, home: Path, database: Engine
) -> None:
    questionnaire = {
        "options": {"too little": 1, "too much": [2, 3]}, "questions": {"roads": "Roads?"},
        "readout": "sample", "samples": 3,
    }  # fmt: skip
    run_study(database, small_study(home, conditions=["none"], questionnaire=questionnaire))
    samples = anthology("preview", "small", "--json").json["stored"]["samples"]
    told = anthology("preview", "small").err
    for sample in samples:
        assert f"  written: {sample['final']!r} at attempt {sample['attempts']}\n" in told


def test_the_bundled_study_can_be_counted_and_previewed(anthology: Any) -> None:
    path = ROOT / "producer" / "examples" / "gss2018" / "study.yaml"
    counted = anthology("submit", path, "--dry-run", "--json").json
    assert (counted["answers"], counted["personas"]) == (80 * 8 * 5, 96)
    assert sum(counted["jobs"].values()) == 24
    for condition in ("none", "bio", "qa", "natural/greedy", "natural/max_weight", "poll"):
        found = anthology("preview", path, "--condition", condition, "--json").json
        assert found["prompt"].endswith(found["opening"])


def test_a_floor_is_json_that_programs_can_read(anthology: Any, home: Path) -> None:
    write_study(home, people=40)
    items = ["--items", "roads,parks,vote"]
    found = anthology("floor", "humans.csv", *items, "--splits", "5", "--json")
    assert set(found.json) >= {"wd", "fro", "alpha", "n", "splits"}
    assert found.json["n"] == 40


def test_a_floor_of_one_item_says_nothing_of_what_takes_two(anthology: Any, home: Path) -> None:
    (home / "h.csv").write_text("a,b\n" + "".join(f"{n % 3 + 1},{n % 2 + 1}\n" for n in range(40)))
    one = anthology("floor", "h.csv", "--items", "a", "--splits", "5").out
    assert "WD" in one
    assert "nan" not in one
    assert "alpha" in anthology("floor", "h.csv", "--items", "a,b", "--splits", "5").out


def test_people_are_told_of_one_and_of_several(capsys: pytest.CaptureFixture[str]) -> None:
    printing.counts({"study": 1, "pool": 2, "matches": 1, "label_priors": 0, "engines": 1})
    assert capsys.readouterr().out == "1 study, 2 pools, 1 match, 0 label priors, 1 engine\n"


def test_a_sweep_enqueues_what_has_no_message(
    anthology: Any, home: Path, database: Engine, with_redis: str
) -> None:
    store(database, small_study(home, conditions=["none"]))
    assert anthology("sweep", "--json").json == {
        "returned": 0, "given_up": 0, "planned": 0, "rung": 2,
    }  # fmt: skip
    assert anthology("sweep", "--json").json["rung"] == 0
    assert anthology("sweep").out == "0 returned, 0 given up, 0 planned, 0 enqueued\n"
    assert in_queue(with_redis, "gpu.fake") == 2


def test_a_report_that_cannot_be_written_names_the_option_for_another_folder(
    anthology: Any, database: Engine, home: Path
) -> None:
    run_study(database, small_study(home, conditions=["none"]))
    (home / "home").write_text("")  # as a folder that is another user's
    assert "--out" in anthology("report", "small").failed(2)
    assert anthology("report", "small", "--out", home / "elsewhere").code == 0


def test_the_doctor_lists_what_is_wrong_and_exits_1(
    anthology: Any, with_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = {check["name"]: check for check in anthology("doctor", "--json").json}
    assert set(checks) >= {"Python", "vLLM", "GPUs", "Redis", "database", "disk"}
    assert checks["Redis"]["ok"]
    monkeypatch.setenv("ANTHOLOGY_BROKER_URL", f"redis://127.0.0.1:{free_port()}/0")
    sick = anthology("doctor", "--json")
    assert sick.code == 1
    broken = {check["name"]: check for check in sick.json}
    assert not broken["Redis"]["ok"]
    assert broken["database"]["ok"]


# --- what reaches the terminal -------------------------------------------------------------------

EVIL = "\x1b[2J\x1b]0;t\x07\x9b31m\u202e"


def test_no_text_of_strangers_steers_the_terminal(
    anthology: Any, database: Engine, home: Path
) -> None:
    store(database, small_study(home / "files"))
    with writing(database) as session:
        session.execute(update(Job).values(state="failed", error=f"{EVIL}\nok     database"))
    for arguments in (["status"], ["status", "small"], ["status", "--json"], ["report", "small"]):
        found = anthology(*arguments)
        assert not set(found.out + found.err) & set(EVIL) - set("[2J]0;t31m"), arguments
        assert "\nok     database" not in found.err
    assert r"\x1b[2J" in anthology("status", "small").err
    assert EVIL in anthology("status", "small", "--json").json["failures"][0]


@pytest.mark.parametrize(
    "arguments", [["submit", EVIL], ["status", EVIL], [EVIL], ["--debug", "submit", EVIL]]
)
def test_no_error_steers_the_terminal(
    anthology: Any, database: Engine, arguments: list[str]
) -> None:
    if "--debug" in arguments:
        raised = [InputError, InputError(EVIL), None]
        found = io.StringIO()
        with redirect_stderr(found):
            commands._show_traceback(*raised)
        said = found.getvalue()
    else:
        said = anthology(*arguments).err
    assert "\\x1b" in said
    assert not set(said) & set("\x1b\x07\x9b\u202e")


def test_an_export_needs_force_to_replace_a_file_of_the_users(
    anthology: Any, database: Engine, home: Path
) -> None:
    run_study(database, small_study(home / "files"), FakeEngine())
    (home / "small-answers.csv").write_text("mine")
    to_here = ["export", "small", "--format", "csv", "--out", "."]
    assert "small-answers.csv exists and is not what" in anthology(*to_here).failed(2)
    assert (home / "small-answers.csv").read_text() == "mine"
    assert anthology(*to_here, "--force").code == 0
    assert anthology(*to_here).code == 0
    (home / "small.zip").write_text("mine")
    archive = ["export", "small", "--format", "archive", "--out", "small.zip"]
    assert "small.zip exists and is not what" in anthology(*archive).failed(2)
    assert anthology(*archive, "--force").code == 0
    (home / "index.html").write_text("mine")
    assert "index.html exists and" in anthology("report", "small", "--out", ".").failed(2)
    assert anthology("report", "small", "--out", ".", "--force").code == 0


def test_doctor_names_what_others_can_read(anthology: Any, home: Path) -> None:
    (home / "home").mkdir()
    (home / ".env").write_text("ANTHOLOGY_BROKER_URL=redis://:secret@127.0.0.1/0\n")
    for path in (home / "home", home / ".env"):
        path.chmod(0o700)
    said = {c["name"]: c for c in anthology("doctor", "--json").json}["files"]
    assert (said["ok"], said["advice"]) == (True, "")
    (home / ".env").chmod(0o644)
    if all(above.stat().st_mode & 0o011 == 0o011 for above in (home, *home.parents)):
        said = {c["name"]: c for c in anthology("doctor", "--json").json}["files"]
        assert said["found"] == "others can read .env (644)"
        assert "chmod go-rwx .env" in said["advice"]
