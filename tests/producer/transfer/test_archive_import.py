"""What an archive holds is checked row by row: a forger signs, too."""

import json

import pytest
from finished_study import full_study
from forged_archives import complaint, forged, packed, refusal, rows_in, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anthology.models.database.sessions import open_database
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.cli import printing
from anthology.producer.monitoring.progress import progress
from anthology.producer.monitoring.status_lines import print_statuses
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.report import write_report
from anthology.producer.transfer.archive_belonging import Belonging
from anthology.producer.transfer.archive_import import import_archive
from anthology.producer.transfer.export import export_study


def test_a_forger_who_changes_nothing_gets_in(good, url, tmp_path):
    import_archive(packed(tmp_path / "a.zip", signed(good)), url)
    assert findings(open_database(url), "full")["study"] == "full"


SAMPLE = {"first": "Yes", "first_choice": 0, "attempts": 1, "final": "Yes", "choice": 0}

FORGERIES = {
    "a text for a number": ("answers", {"respondent": "0"}, "respondent: Input should be a valid"),
    "true for a number": ("answers", {"place": True}, "place: Input should be a valid integer"),
    "a number beyond 32 bits": ("answers", {"drawn": 2**31}, "drawn: Input should be less than"),
    "a number beyond all": ("answers", {"place": 10**400}, "place: "),
    "a seed beyond 63 bits": ("personas", {"seed": 2**63}, "seed: Input should be less than"),
    "a negative number": ("matches", {"persona": -1}, "persona: Input should be greater than"),
    "probabilities of text": ("answers", {"probabilities": ["x"]}, "probabilities.0: "),
    "too few probabilities": ("answers", {"probabilities": [1.0]}, "cannot be this study's"),
    "an option that is not there": ("answers", {"drawn": 9}, "cannot be this study's"),
    "a probability beyond all": ("polls", {"label_mass": 10**400}, "label_mass: "),
    "NUL in a text": ("personas", {"story": "a\x00b"}, "holds NUL"),
    "NUL in a key": ("respondents", {"traits": {"a\x00": 1}}, "holds NUL"),
    "a column too many": ("answers", {"../../x": 1}, "../../x: Extra inputs"),
    "a job that runs": ("jobs", {"state": "running"}, "cannot be this study's"),
    "a state that is none": ("jobs", {"state": "<b>"}, "cannot be this study's"),
    "a kind that is none": ("jobs", {"kind": "rm"}, "cannot be this study's"),
    "a retired job that waits": (
        "jobs",
        {"kind": "retired", "state": "pending"},
        "cannot be this study's",
    ),
    "a retired job of too many": (
        "jobs",
        {"kind": "retired", "state": "cancelled", "count": 2**31 - 1},
        "cannot be this study's",
    ),
    "a job of nobody": ("jobs", {"count": 0}, "cannot be this study's"),
    "a job of too many": ("jobs", {"count": 2**31 - 1}, "cannot be this study's"),
    "an engine that is none": ("jobs", {"engine_id": "e2"}, "rows do not fit together"),
    "an answer's job that is none": ("answers", {"job_id": 10**6}, "a job that is not in it"),
    "an unknown condition": ("answers", {"condition": "aaa"}, "cannot be this study's"),
    "an unknown question": ("answers", {"question": "a"}, "cannot be this study's"),
    "a person who is none": ("answers", {"respondent": 999}, ", line"),
    "an unknown trait": ("polls", {"trait_key": "0"}, "cannot be this study's"),
    "another study's name": ("study", {"name": "../../etc"}, "are not about the same"),
    "a study of nobody": ("study", {"respondents": 0}, "more people than it has, or none"),
    "a study that is none": ("study", {"spec": {"study": "full"}}, "not one that this version"),
    "another pool": ("pool", {"name": "other"}, "not the one that its study uses"),
    "a pool too small": ("pool", {"count": 3}, "not the one that its study uses"),
    "samples of lists": ("answers", {"samples": [[1]]}, "samples.0: "),
    "samples of nothing": ("answers", {"samples": [{}]}, "samples are no written answers"),
    "a sample's choice that is none": (
        "answers", {"samples": [{**SAMPLE, "choice": 99}]}, "samples have a choice that is none",
    ),
    "a sample without text": (
        "answers", {"samples": [{**SAMPLE, "first": None}]}, "samples have a first of another kind",
    ),
    "samples without end": ("answers", {"samples": [SAMPLE] * 1001}, "samples are too many"),
    "shown more than once": ("answers", {"shown": [0, 0, 0]}, "shown is no order of the choices"),
    "shown what is none": ("answers", {"shown": [0, 1, 9]}, "shown is no order of the choices"),
    "negative shares": ("answers", {"probabilities": [-1.0, 1.0, 1.0]}, "not all between 0 and 1"),
    "shares that are too many": ("answers", {"probabilities": [0.9, 0.9, 0.9]}, "do not sum to 1"),
    "a mass above 1": ("answers", {"label_mass": 1.5}, "label_mass is not between 0 and 1"),
    "an answer without a mass": ("answers", {"label_mass": None}, "label_mass is missing"),
    "neither answer nor error": (
        "answers", {"drawn": None, "text": None}, "drawn is missing, and so is an error",
    ),
    "another text than was drawn": ("answers", {"text": "Evil"}, "text is not what was drawn"),
    "a place beyond the last": ("answers", {"place": 4}, "place is 4, of 4"),
    "a persona beyond the last": ("answers", {"persona": 9}, "persona is 9, of 9"),
    "a story in pieces": ("personas", {"story": "a" * (5 << 20)}, "story: String should have at"),
    "a reason without end": ("personas", {"finish_reason": "a" * 65}, "finish_reason is too long"),
    "a trait with a strange name": ("polls", {"trait": "\x1b[2J"}, "trait is no name"),
    "a poll of nothing": ("polls", {"probabilities": None}, "and so is an error"),
    "a weight of a match above 1": ("matches", {"weight": 2.0}, "weight is not between 0 and 1"),
    "a match by no method": ("matches", {"method": "aaa"}, "method is none of this study"),
    "a weight below 0": ("respondents", {"weight": -1.0}, "weight is no weight"),
    "a respondent's option that is none": (
        "respondents", {"traits": {"age": 3, "gender": 0}}, "traits have an option of age that",
    ),
    "a respondent without answers": ("respondents", {"answers": {}}, "answers are not of the"),
    "a figure of no name": ("metrics", {"name": "aaa"}, "name is none of this study"),
    "a figure beyond all": ("metrics", {"value": 1e300}, "value is larger than any figure"),
    "an interval upside down": ("metrics", {"low": 2.0, "high": 1.0}, "low is above high"),
    "an interval with one end": ("metrics", {"low": 2.0, "high": None}, "low has no other end"),
    "a crossing of no option": (
        "metrics", {"subgroup": "age=old * gender=No"}, "subgroup is none of this study",
    ),
    "a figure of no subgroup": ("metrics", {"subgroup": "a=<b>"}, "subgroup is none of this study"),
    "labels that are none": ("label_priors", {"labels": 1, "logprobs": [0.0]}, "labels is none"),
    "labels beyond certainty": (
        "label_priors", {"labels": 3, "logprobs": [1e9, 0.0, 0.0]}, "logprobs are none of so many",
    ),
    "labels that are too many": (
        "label_priors", {"labels": 3, "logprobs": [0.0, 0.0, 0.0]}, "logprobs do not sum to",
    ),
    "a time that no calendar has": ("jobs", {"started_at": 1e300}, "started_at: Input should be"),
    "a time before all": ("study", {"created_at": -1e18}, "created_at: Input should be"),
    "a survey job of a million": ("jobs", {"kind": "survey", "condition": "none", "count": 5000},
                                  "count is of no job"),
    "a matching of a baseline": ("jobs", {"kind": "match", "condition": "none"}, "condition is"),
    "an engine's step of text": ("engines", {"info": {"logit_step": "<b>"}}, "logit_step is no"),
    "an engine of lists": ("engines", {"info": {"identity": []}}, "info.identity is no text"),
    "an engine without end": ("engines", {"info": {"x": "y" * 70_000}}, "info is larger than any"),
    "an engine of strange letters": ("engines", {"id": "\x1b[2J"}, "id is none"),
    "a digest of something else": ("study", {"digest": "0" * 64}, "digest is not that of spec"),
    "an identity of strange letters": ("study", {"identity": "\x1b"}, "identity is none"),
    "a recipe of another pool": ("pool", {"recipe": {}}, "recipe.prompt is not its study's"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_row_is_refused(good, url, tmp_path, forgery):
    member, changes, said = FORGERIES[forgery]
    files = forged(good, member, lambda row: {**row, **changes})
    assert said in refusal(packed(tmp_path / "a.zip", files), url)


def test_a_match_with_a_persona_that_has_no_story_is_refused(good, url, tmp_path):
    stories = good["personas.jsonl"].splitlines(keepends=True)
    used = {json.loads(line)["persona"] for line in good["matches.jsonl"].splitlines()}
    kept = [line for line in stories if json.loads(line)["number"] != min(used)]
    files = signed({**good, "personas.jsonl": b"".join(kept)})
    assert "persona has no story" in refusal(packed(tmp_path / "a.zip", files), url)


def test_figures_without_those_of_the_humans_are_refused(good, url, tmp_path):
    lines = good["metrics.jsonl"].splitlines(keepends=True)
    kept = [line for line in lines if b'"condition":"floor"' not in line]
    files = signed({**good, "metrics.jsonl": b"".join(kept)})
    assert "not those of the humans" in refusal(packed(tmp_path / "a.zip", files), url)


def test_weights_that_are_all_0_are_refused(good, url, tmp_path):
    rows = [json.loads(line) | {"weight": 0.0} for line in good["respondents.jsonl"].splitlines()]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    files = signed({**good, "respondents.jsonl": lines})
    assert "weight of all together is 0" in refusal(packed(tmp_path / "a.zip", files), url)


def test_a_refusal_names_file_line_and_field(good, url, tmp_path):
    files = forged(good, "answers", lambda row: {**row, "drawn": 9}, line=2)
    said = refusal(packed(tmp_path / "a.zip", files), url)
    assert "answers.jsonl, line 3: it cannot be this study's: drawn is 9, of " in said


STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 12), st.sampled_from([2**31 - 1, 2**40, 1e18]),
    st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5),
    st.just("\x1b[2J\u202e"), st.lists(st.floats(0, 1), max_size=4),
    st.lists(st.integers(0, 5), max_size=4), st.dictionaries(st.text(max_size=3), st.integers()),
)  # fmt: skip


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_forged_is_refused_or_reported_exported_and_shown(
    good, tmp_path_factory, capsys, data
):
    """One value of one row is another, and the archive is signed again."""
    folder = tmp_path_factory.mktemp("forged")
    member = data.draw(st.sampled_from(sorted(json.loads(good["manifest.json"])["members"])))
    line = data.draw(st.integers(0, good[f"{member}.jsonl"].count(b"\n") - 1))
    row = json.loads(good[f"{member}.jsonl"].splitlines()[line])
    field, value = data.draw(st.sampled_from(sorted(row))), data.draw(STRANGE)
    files = forged(good, member, lambda row: {**row, field: value}, line)
    url = f"sqlite:///{folder / 'b.db'}"
    if complaint(packed(folder / "a.zip", files), url):
        return
    database = open_database(url)
    print_statuses([progress(database, "full")])
    printing.findings_table(findings(database, "full"))
    export_study(database, "full", folder / "csv", "csv")
    write_report(database, "full", folder / "report")
    database.dispose()
    printed = capsys.readouterr()
    assert not set(printed.out + printed.err) & set("\x1b\u202e")


LINES = {
    "half a character": b'{"story":"\\ud800"}\n',
    "bytes that are no text": b'{"story":"\xff"}\n',
    "an infinity": b'{"weight":Infinity}\n',
    "no object": b"[1]\n",
    "an empty line": b"\n",
    "a deep nest": b"[" * 100_000 + b"\n",
    "digits without end": b"9" * 100_000 + b"\n",
    "two rows in one": b"{} {}\n",
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_that_is_no_row_is_refused(good, url, tmp_path, line):
    files = forged(good, "personas", lambda row: LINES[line])
    assert "personas.jsonl, line 1: " in refusal(packed(tmp_path / "a.zip", files), url)


@pytest.mark.parametrize(
    "member", ["respondents", "personas", "polls", "matches", "label_priors", "answers", "metrics"]
)
def test_a_row_that_is_there_twice_is_refused(good, url, tmp_path, member):
    name = f"{member}.jsonl"
    lines = good[name].splitlines(keepends=True)
    files = signed({**good, name: b"".join([lines[0], *lines[:-1]])})
    assert "line 2: the row is there twice" in refusal(packed(tmp_path / "a.zip", files), url)


def test_a_job_that_is_there_twice_is_refused(good, url, tmp_path):
    jobs = good["jobs.jsonl"].splitlines(keepends=True)
    files = signed({**good, "jobs.jsonl": b"".join([*jobs, jobs[-1]])})
    assert "it holds a job twice" in refusal(packed(tmp_path / "a.zip", files), url)


@pytest.mark.parametrize("count", [1, 3])
def test_chunks_of_personas_that_overlap_or_leave_gaps_are_refused(good, url, tmp_path, count):
    files = forged(good, "jobs", lambda row: {**row, "count": count})
    files = forged(files, "jobs", lambda row: {**row, "first": 2}, line=1)
    assert "or overlap" in refusal(packed(tmp_path / "a.zip", files), url)


def test_forged_rows_are_refused_on_postgresql_too(good, postgres_url, tmp_path):
    for number, (member, changes, said) in enumerate(FORGERIES.values()):
        files = forged(good, member, lambda row, changes=changes: {**row, **changes})
        path = packed(tmp_path / f"{number}.zip", files)
        with pytest.raises(InputError) as caught:
            import_archive(path, postgres_url)
        assert said in str(caught.value)
    assert rows_in(postgres_url) == 0


def test_an_engine_that_is_another_here_is_refused(good, url, tmp_path):
    import_archive(packed(tmp_path / "a.zip", good), url)
    spec = {**json.loads(good["study.jsonl"])["spec"], "study": "b"}
    renamed = {"name": "b", "spec": spec, "digest": Study.from_spec(spec).digest}
    files = forged(good, "study", lambda row: {**row, **renamed})
    files = forged(files, "engines", lambda row: {**row, "info": {"model": "evil"}})
    manifest = {**json.loads(files["manifest.json"]), "study": "b"}
    path = packed(tmp_path / "b.zip", {**files, "manifest.json": json.dumps(manifest)})
    with pytest.raises(InputError, match="engine 'e1' is another one here"):
        import_archive(path, url)


def test_how_it_was_measured_has_names_and_values_of_its_own():
    belonging = Belonging(full_study(), 40, 8, {"full-pool": 9})
    row = {"condition": "how measured", "subgroup": "all", "name": "splits", "value": 60.0, "n": 0}
    assert belonging.stranger("metrics", row) is None
    assert belonging.stranger("metrics", {**row, "name": "wd"}) == "name is none of this study"
    assert belonging.stranger("metrics", {**row, "value": 0.5}) == "value is no count"
    row["condition"] = "none"
    assert belonging.stranger("metrics", row) == "name is none of this study"
