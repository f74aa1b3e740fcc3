"""`anthology measure`: all figures anew from what is stored, whole or not at all."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine, drain, jobs, make_runner, run_study, small_study, store
from old_databases import content
from sqlalchemy import Engine, update
from sqlmodel import col
from steered import count, states, taken

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Job, Metric, StudyRow
from anthology.models.errors import InputError, LostLease
from anthology.models.jobs import protocol, ready
from anthology.models.jobs.protocol import Usage
from anthology.models.measuring import measuring as room
from anthology.models.settings import Settings
from anthology.models.statistics.figures import VERSION
from anthology.producer.control import measuring
from anthology.producer.control.measuring import Wanted, measured_unweighted
from anthology.producer.control.retrying import retry
from anthology.producer.monitoring.progress import progress
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.page import page
from anthology.workers.engine.text_model import PromptRefused
from anthology.workers.tasks import measure as task

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def alone(database: Engine) -> Settings:
    """The settings of a command without a Redis."""
    url = database.url.render_as_string(hide_password=False)
    return Settings(database_url=url, broker_url=NOWHERE)


def measure(settings: Settings, **wanted: Any) -> dict[str, Any]:
    return measuring.measure(settings, "small", Wanted(**wanted))


def stored(database: Engine) -> list[Any]:
    [found] = content(database, Metric)
    return found


def do(database: Engine, statement: Any) -> None:
    with writing(database) as session:
        session.execute(statement)


def all_but_measured(database: Engine, folder: Path, **changes: Any) -> Job:
    """A study whose measure job waits."""
    store(database, small_study(folder, conditions=["none"], **changes))
    runner = make_runner(database, FakeEngine())
    while due := [message for message in ready.due(database) if message.kind != "measure"]:
        for message in due:
            runner.do(message.kind, message.id, lambda progress: None)
    [job] = jobs(database, "measure")
    return job


# --- what is stored ------------------------------------------------------------------------------


def test_what_a_worker_stored_is_stored_again_and_nothing_else_stays(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none", "bio"]))
    before, job = stored(database), jobs(database, "measure")
    do(database, update(Metric).values(version=None, value=0.5))
    do(database, update(Metric).where(col(Metric.name) == "wd").values(name="of an older version"))
    assert findings(database, "small")["figures_version"] is None
    said = measure(alone)
    assert stored(database) == before
    assert said == {
        "study": "small", "figures": len(before), "subgroups": ["all", "sex=man", "sex=woman"],
    }  # fmt: skip
    assert findings(database, "small")["figures_version"] == VERSION
    assert jobs(database, "measure") == job


def test_more_subgroups_are_stored_beside_the_studys_own_and_reported(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    run_study(database, small_study(tmp_path, people=40, conditions=["none"]))
    before = findings(database, "small")
    measure(alone, subgroups=["sex * age", "age"])
    found = findings(database, "small")
    own = ["all", "sex=man", "sex=woman"]
    others = [
        "age=young", "age=old", "sex=man * age=young", "sex=man * age=old",
        "sex=woman * age=young", "sex=woman * age=old",
    ]  # fmt: skip
    assert [row["subgroup"] for row in found["rows"]] == own + others
    assert found["rows"][:3] == before["rows"]
    assert list(found["floors"]) == [*own[1:], *others]
    assert {name: found["floors"][name] for name in own[1:]} == before["floors"]
    crossed = [row["n"] for row in found["rows"] if " * " in row["subgroup"]]
    assert (len(crossed), sum(crossed)) == (4, 40)
    assert '<h3 dir="auto">sex = man × age = young</h3>' in page(database, "small")
    measure(alone)
    assert findings(database, "small") == before


def test_what_only_an_earlier_call_asked_for_is_named_when_it_goes(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    run_study(database, small_study(tmp_path, people=40, conditions=["none"]))
    asked = {"subgroups": ["age"], "contrasts": ["{trait: sex, items: [roads]}"], "splits": 20}
    assert "dropped" not in measure(alone, **asked)
    assert "dropped" not in measure(alone, **asked)
    assert measure(alone, subgroups=["age"])["dropped"] == [
        "roads of sex=man less sex=woman", "splits 20",
    ]  # fmt: skip
    assert measure(alone)["dropped"] == ["age=old", "age=young"]
    assert "dropped" not in measure(alone)


def test_contrasts_of_a_trait_are_made_of_a_study_that_named_none(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    run_study(database, small_study(tmp_path, people=40, conditions=["none"]))
    before = findings(database, "small")
    measure(alone, contrasts=["sex"])
    found = findings(database, "small")
    names = {one["comparison"] for one in found["contrasts"]["comparisons"]}
    assert names == {f"{q.name} of sex=man less sex=woman"
                     for q in small_study(tmp_path).compared if q.ordered}  # fmt: skip
    assert {**before, "contrasts": found["contrasts"]} == found
    with pytest.raises(InputError, match="--contrast names 'race', which is not a trait; the trai"):
        measure(alone, contrasts=["race"])
    measure(alone)
    assert findings(database, "small") == before


def test_contrasts_of_ratings_are_added_as_a_study_file_spells_them(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    run_study(database, small_study(tmp_path, people=40, conditions=["none"]))
    items = [question.name for question in small_study(tmp_path).compared if question.ordered]
    told = f"{{trait: sex, groups: [man], ratings: [{items[0]}, -{items[0]}]}}"
    measure(alone, contrasts=[told])
    [one] = findings(database, "small")["contrasts"]["comparisons"]
    assert one["comparison"] == f"{items[0]} of sex=man less -{items[0]} of sex=man"
    assert one["other"] == {"group": "sex=man", "items": [f"-{items[0]}"]}
    before = stored(database)
    for wrong, said in (
        ("{trait: sex, groups: [man]}", "groups has 1: name two to compare"),
        ("{trait: sex, groups: [man, woman], items: [gone]}", "--contrast names 'gone', which is"),
        (told.replace("}", ", name: gap}"), "name: is of a study file alone"),
        (told.replace("ratings", "rating"), "rating: is not a field here; did you mean 'ratings'"),
        ("{trait: sex", "is no part of a study file; write it as"),
        ("{trait: race, groups: [a, b]}", "--contrast names 'race', which is not a trait"),
        ("{trait: sex, ratings: [a, b]}", "--contrast: ratings needs groups: one, whose people"),
        ("sex,age", "(several traits: the option once for each)"),
    ):
        with pytest.raises(InputError, match=re.escape(said)):
            measure(alone, contrasts=[wrong])
    assert stored(database) == before


def test_other_numbers_of_splits_and_resamples_are_stored_with_what_was_made_of_them(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    before = findings(database, "small")
    assert before["measures"] == {"splits": 4, "bootstrap": 20}
    measure(alone, bootstrap=35, splits=9)
    found = findings(database, "small")
    assert found["measures"] == {"splits": 9, "bootstrap": 35}
    assert found["floor"]["wd"] != before["floor"]["wd"]
    assert (found["rows"][0]["wd"], found["rows"][0]["wd_low"]) != (
        before["rows"][0]["wd"], before["rows"][0]["wd_low"],
    )  # fmt: skip
    assert found["rows"][0]["wd"] == before["rows"][0]["wd"]
    shown = page(database, "small")
    assert "(35 resamples of" in shown
    assert "over 9 random draws" in shown
    measure(alone, bootstrap=20)
    assert findings(database, "small") == before


def test_counted_once_figures_are_those_of_a_study_without_weights_and_nothing_is_stored(
    database: Engine, tmp_path: Path
) -> None:
    humans = {"file": "humans.csv", "id": "id"}
    run_study(database, small_study(tmp_path, conditions=["none", "bio"], pool=None))
    run_study(
        database, small_study(tmp_path, study="even", conditions=["none", "bio"], humans=humans,
                              pool=None),
    )  # fmt: skip
    before = stored(database)
    rows = measured_unweighted(database, "small", Wanted())
    found, expected = findings(database, "small", rows), findings(database, "even")
    same = ("rows", "floor", "floor_at_n", "floors", "measures")
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}
    assert found["rows"] != findings(database, "small")["rows"]
    assert stored(database) == before


# --- when nothing is -----------------------------------------------------------------------------


def test_a_study_that_is_not_surveyed_to_its_end_is_refused_saying_what_is_missing(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    missing = r"not surveyed to its end, jobs done: survey 0 of 2, measure 0 of 1; `anthology wait"
    with pytest.raises(InputError, match=missing):
        measure(alone)
    do(database, update(StudyRow).values(paused=True))
    with pytest.raises(InputError, match="it is paused; go on with `anthology resume small`"):
        measure(alone)
    with pytest.raises(InputError, match="not surveyed to its end"):
        measured_unweighted(database, "small", Wanted())
    do(database, update(StudyRow).values(cancelled=True))
    with pytest.raises(InputError, match="was cancelled; submit it again under another name"):
        measure(alone)
    with pytest.raises(InputError, match="there is no study 'smal'"):
        measuring.measure(alone, "smal", Wanted())
    assert stored(database) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "race",
            "--subgroup names 'race', which is not a trait; the traits of study 'small': age,",
        ),
        ("sex*race", "--subgroup names 'race' in 'sex*race', which is not a trait"),
        ("sex=man", "(a trait alone, without =, is of all its groups)"),
        ("sex,age", "(several traits: the option once for each, or crossed with a star)"),
        ("sex*", "--subgroup names '' in 'sex*'"),
    ],
)
def test_a_subgroup_of_no_trait_is_refused(tmp_path: Path, name: str, said: str) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    all_but_measured(open_database(url), tmp_path)
    with pytest.raises(InputError) as error:
        measure(Settings(database_url=url, broker_url=NOWHERE), subgroups=["age", name])
    assert said in str(error.value)


# --- beside workers ------------------------------------------------------------------------------


def test_a_measure_job_that_waits_is_done_by_it_and_its_message_finds_nothing_to_do(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    job = all_but_measured(database, tmp_path)
    assert job.id is not None
    measure(alone)
    assert states(database, "measure") == {"done": 1}
    assert progress(database, "small").state == "done"
    before = stored(database)
    said = make_runner(database, None).do("measure", job.id, lambda progress: None)
    assert "nothing to do" in said
    assert stored(database) == before


def test_a_measure_job_that_failed_is_made_good_by_it(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    job = all_but_measured(database, tmp_path)
    protocol.fail(database, taken(database, job), "no disk")
    assert progress(database, "small").state == "done with 1 error"
    measure(alone)
    assert progress(database, "small").state == "done"
    assert count(database, Metric) > 0


def test_while_a_worker_measures_it_is_refused_and_what_the_worker_stores_stays(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    held = taken(database, all_but_measured(database, tmp_path))
    with pytest.raises(
        InputError, match="is being measured right now; try again when it has ended"
    ):
        measure(alone)
    assert stored(database) == []
    protocol.finish(database, held, task.rows(database, held), Usage(), None)
    assert count(database, Metric) > 0


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any]) -> None:
    """Something that happens after the answers are read, and before figures are stored."""
    computed = room.measured

    def measured(*arguments: Any, **options: Any) -> Any:
        found = computed(*arguments, **options)
        monkeypatch.undo()
        happens()
        return found

    monkeypatch.setattr(room, "measured", measured)


def test_a_worker_that_began_meanwhile_stores_its_own(
    database: Engine, tmp_path: Path, alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = all_but_measured(database, tmp_path)
    held: list[Any] = []
    meanwhile(monkeypatch, lambda: held.append(taken(database, job)))
    with pytest.raises(InputError, match="being measured right now"):
        measure(alone)
    assert stored(database) == []
    protocol.finish(database, held[0], task.rows(database, held[0]), Usage(), None)
    assert count(database, Metric) > 0


def test_what_a_worker_of_an_older_version_stored_meanwhile_is_replaced_whole(
    database: Engine, tmp_path: Path, alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = all_but_measured(database, tmp_path)
    older = {"condition": "none", "subgroup": "all", "name": "old", "value": 1.0, "n": 8}

    def finish() -> None:
        held = taken(database, job)
        rows = [{**older, "study_id": held.study_id}]
        protocol.finish(database, held, [(Metric, rows)], Usage(), None)

    meanwhile(monkeypatch, finish)
    measure(alone)
    assert {row["version"] for row in stored(database)} == {VERSION}
    assert "old" not in {row["name"] for row in stored(database)}


def test_a_worker_that_lost_its_job_before_adds_nothing_later(
    database: Engine, tmp_path: Path, alone: Settings
) -> None:
    """It was thought dead, the job came back, and was done here."""
    held = taken(database, all_but_measured(database, tmp_path))
    do(database, update(Job).where(col(Job.id) == held.id).values(lease_until=1.0))
    protocol.sweep(database, 5)
    assert states(database, "measure") == {"pending": 1}
    measure(alone)
    before = stored(database)
    late = {"study_id": held.study_id, "condition": "none", "subgroup": "all", "name": "old"}
    with pytest.raises(LostLease):
        protocol.finish(database, held, [(Metric, [{**late, "n": 8}])], Usage(), None)
    assert stored(database) == before


def test_figures_of_answers_that_a_retry_replaced_are_not_stored(
    database: Engine, tmp_path: Path, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = FakeEngine(fault=lambda p: PromptRefused("long") if "Did you vote" in p else None)
    run_study(database, small_study(tmp_path, conditions=["none"]), refusing)

    def retried() -> None:
        assert retry(here, "small").answers > 0
        drain(make_runner(database, FakeEngine()))

    meanwhile(monkeypatch, retried)
    with pytest.raises(InputError, match="was retried while it was measured, so nothing was"):
        measure(here)
    after = stored(database)
    measure(here)
    assert stored(database) == after
