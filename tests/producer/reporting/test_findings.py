"""The figures of a study that has run, read back from the `metric` table."""

import json

import pytest
from finished_study import ENGINE, REFUSED, START, fill, full_study, small_study, some_humans
from sqlalchemy import delete, update
from sqlmodel import col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import EngineRow, Job, Metric, StudyRow
from anthology.models.errors import InputError
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.verdict import verdict

KEYS = {"lock", "study", "state", "model", "models", "respondents", "humans", "personas", "rows",
        "floor", "floor_at_n", "readout", "resolution", "checks", "written", "matches",
        "engines", "identities", "usage", "pools", "floors", "items", "measures", "paired",
        "items_in_subgroups", "paired_in_subgroups", "figures_version"}  # fmt: skip


@pytest.fixture
def sqlite(tmp_path):
    return open_database(f"sqlite:///{tmp_path / 'a.db'}")


@pytest.fixture
def finished(sqlite):
    study = small_study()
    fill(sqlite, study, some_humans(study))
    return sqlite


def change(database, statement):
    with writing(database) as session:
        session.execute(statement)


def test_every_figure_is_the_stored_one_on_both_databases(database_url):
    database = open_database(database_url)
    study = small_study()
    fill(database, study, some_humans(study))
    change(
        database,
        update(Metric)
        .where(col(Metric.condition) == "natural/greedy", col(Metric.subgroup) == "all",
               col(Metric.name) == "wd")
        .values(value=0.25, low=0.125, high=0.5),
    )  # fmt: skip
    found = findings(database, "small")
    assert set(found) == KEYS
    row = next(r for r in found["rows"] if r["condition"] == "natural/greedy")
    assert (row["wd"], row["wd_low"], row["wd_high"], row["n"]) == (0.25, 0.125, 0.5, 8)
    assert (found["respondents"], found["humans"], found["personas"]) == (8, 40, 8)
    assert found["floor_at_n"]["n"] == 8
    assert 0 < found["floor"]["wd"] < found["floor_at_n"]["wd"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_rows_have_all_respondents_first_then_each_subgroup_in_the_studys_order(finished):
    rows = findings(finished, "small")["rows"]
    conditions = small_study().condition_names
    assert [(r["subgroup"], r["condition"]) for r in rows] == [
        (subgroup, condition)
        for subgroup in ("all", "gender=Male", "gender=Female")
        for condition in conditions
    ]


def test_a_condition_without_figures_is_a_row_of_nulls(finished):
    change(finished, delete(Metric).where(col(Metric.condition) == "none"))
    row = findings(finished, "small")["rows"][0]
    assert row["condition"] == "none"
    assert row["n"] == 0
    names = ("wd", "wd_low", "alpha", "label_mass", "missing_answers", "refusal", "refused_answers")
    assert {row[name] for name in names} == {None}


def test_refusals_are_figures_of_a_row_and_null_where_none_is_offered(sqlite):
    for study in (small_study(), full_study()):
        fill(sqlite, study, some_humans(study))
    assert findings(sqlite, "small")["rows"][0]["refusal"] is None
    assert findings(sqlite, "small")["rows"][0]["refused_answers"] is None
    rows = findings(sqlite, "full")["rows"]
    assert [row["refusal"] for row in rows if row["n"]] == pytest.approx(
        [REFUSED] * sum(row["n"] > 0 for row in rows)
    )
    drawn = [row["refused_answers"] for row in rows if row["subgroup"] == "all"]
    assert 0 < sum(drawn) < 3 * 8


def test_how_answers_were_taken_is_said(sqlite):
    study = full_study(readout_check=0.0, readout="text", length_normalization="token")
    fill(sqlite, study, some_humans(study))
    # Of `visits`, a number, nothing is displayed in any order.
    assert findings(sqlite, "full")["readout"] == {
        "readout": "text", "polling": "logprob", "length_normalization": "token",
        "temperature": 1.0, "debias": "none", "options_order": ["random", "reversed"],
        "in_series": True,
    }  # fmt: skip


def test_written_answers_are_counted_on_both_databases(database):
    checked = full_study("checked")
    sampled = full_study("sampled", readout_check=0.0, readout="sample", samples=2)
    for study in (checked, sampled):
        fill(database, study, some_humans(study))
    found = findings(database, "checked")
    assert (len(found["checks"]), found["written"]) == (3 * 3, [])
    assert {entry["n"] for entry in found["checks"]} <= {7, 8}
    found = findings(database, "sampled")
    assert (found["checks"], len(found["written"])) == ([], 3 * 3)
    assert {entry["answers"] for entry in found["written"]} <= {14, 16}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_every_matching_has_its_figures(finished):
    greedy, one_to_one = findings(finished, "small")["matches"]
    assert (greedy["conditions"], one_to_one["conditions"]) == (
        ["natural/greedy"], ["natural/max_weight"],
    )  # fmt: skip
    assert (one_to_one["largest_reuse"], one_to_one["mean_reuse"], one_to_one["personas"]) == (
        1, 1.0, 8,
    )  # fmt: skip
    assert greedy["mean_weight"] >= one_to_one["mean_weight"] > 0


def test_hours_are_by_the_clock_though_jobs_overlap(finished):
    usage = findings(finished, "small")["usage"]
    assert usage["jobs"] == 3 + 3 + 2 + 6 + 1
    assert usage["started_at"] == START
    assert usage["hours"] == pytest.approx((14 * 60 + 90) / 3600)
    assert (usage["prompt_tokens"], usage["cached_tokens"], usage["output_tokens"]) == (
        12_000, 10_800, 288,
    )  # fmt: skip
    assert usage["errors"] == 4  # one story, one answer in each of three conditions


def test_stories_that_were_there_before_the_study_cost_it_nothing(finished):
    change(finished, update(Job).where(col(Job.kind) == "backstory")
           .values(started_at=START - 9000, finished_at=START - 8000))  # fmt: skip
    usage = findings(finished, "small")["usage"]
    assert (usage["jobs"], usage["prompt_tokens"]) == (12, 9000)
    assert usage["started_at"] == START + 3 * 60


def test_engines_are_the_fingerprints_of_what_did_the_jobs(finished):
    (engine,) = findings(finished, "small")["engines"]
    assert engine["id"] == "e1"
    assert engine["head_dtype"] == "float32"


def test_steps_of_log_probabilities_are_those_of_all_engines_that_round(finished):
    assert findings(finished, "small")["resolution"] == {"logit_steps": []}
    for name, step in (("e2", 0.25), ("e3", 0.125), ("e4", 0.25), ("unused", 0.5)):
        with writing(finished) as session:
            session.add(EngineRow(id=name, info={**ENGINE, "logit_step": step}))
    for job, name in ((2, "e2"), (3, "e3"), (4, "e4")):
        change(finished, update(Job).where(col(Job.id) == job).values(engine_id=name))
    assert findings(finished, "small")["resolution"] == {"logit_steps": [0.125, 0.25]}


def test_an_unknown_study_is_refused_naming_the_close_one(finished):
    with pytest.raises(InputError, match=r"no study 'smal'.*small"):
        findings(finished, "smal")


def test_an_unmeasured_study_is_refused_saying_what_is_missing(sqlite):
    study = small_study("night")
    fill(sqlite, study, some_humans(study), measured=False)
    with pytest.raises(InputError, match=r"not measured yet.*measure 0 of 1.*anthology wait night"):
        findings(sqlite, "night")


def test_a_measurement_that_failed_is_said_with_its_reason(sqlite):
    study = small_study("night")
    fill(sqlite, study, some_humans(study), measured=True)
    change(sqlite, delete(Metric))
    change(
        sqlite,
        update(Job).where(col(Job.kind) == "measure").values(state="failed", error="no disk"),
    )
    with pytest.raises(InputError, match=r"no disk.*anthology retry night"):
        findings(sqlite, "night")


def test_a_cancelled_study_says_so(finished):
    change(finished, delete(Metric))
    change(finished, update(StudyRow).values(cancelled=True))
    with pytest.raises(InputError, match="cancelled before it was measured"):
        findings(finished, "small")


def figures_of(**changes):
    row = {"condition": "qa", "subgroup": "all", "wd": 0.21, "wd_low": 0.18, "wd_high": 0.25,
           "tv": 0.1, "tv_low": None, "tv_high": None, "label_mass": 0.9,
           "wd_drawn": 0.22, "tv_drawn": 0.1}  # fmt: skip
    floor = {"wd": 0.02, "wd_sd": 0.004, "tv": 0.01, "tv_sd": 0.0}
    return {
        "respondents": 80,
        "rows": [{**row, "condition": "bio", "wd": 0.4, "wd_low": 0.3}, {**row, **changes}],
        "floor": {**floor, "n": 200}, "floor_at_n": {**floor, "wd": 0.08, "n": 80},
    }  # fmt: skip


def test_the_verdict_is_one_plain_sentence():
    assert verdict(figures_of(), small_study()) == [
        "Closest to the humans: qa, WD 0.210 [0.180, 0.250]; two random halves of the humans score "
        "0.020; 80 other real people would score 0.080."
    ]


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"wd_high": 0.31}, "overlaps with that of bio, so their order is not settled"),
        ({"label_mass": 0.31}, "only 0.31 of its probability"),
        ({"wd": 0.085, "wd_drawn": 0.086}, "sampling noise alone"),
    ],
)
def test_the_verdict_says_what_qualifies_it(changes, remark):
    sentence, *remarks = verdict(figures_of(**changes), small_study())
    assert sentence.startswith("Closest to the humans: qa")
    assert len(remarks) == 1
    assert remark in remarks[0]


def test_the_verdict_admits_that_nothing_can_be_compared():
    found = {**figures_of(), "rows": []}
    assert verdict(found, small_study()) == [
        "No condition has answers that can be compared with the humans'."
    ]
