"""Exported virtual people read like the humans' file: by our own reader, pyreadstat and pandas."""

import pandas as pd
import pyreadstat
import pytest
from coded_study import LONG, LONG_OPTION, coded_study, some_people
from finished_study import fill, small_study, some_humans
from sqlalchemy import update
from sqlmodel import col, select

from anthology.models.database.sessions import open_database, reading, writing
from anthology.models.database.tables import Answer, Match, StudyRow
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.transfer.export import export_study
from anthology.producer.transfer.virtual.labelled_files import sav_missing

FORMATS = ["csv", "parquet", "sav", "dta"]
MATCHED = "natural/greedy"


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """The study, what is stored of its answers, and by format the files and their codebook."""
    folder = tmp_path_factory.mktemp("coded")
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    study = coded_study()
    fill(database, study, some_people(study), measured=False)
    mine = col(Answer.condition) == MATCHED
    with writing(database) as session:
        session.execute(update(Answer).where(mine).values(persona=col(Answer.respondent) % 5))
    with reading(database) as session:
        stored = session.exec(select(Answer)).all()
        weights = {m.respondent: m.weight for m in session.exec(select(Match)).all()}
    files = {kind: export_study(database, "coded", folder / kind, kind, wide=True)
             for kind in FORMATS}  # fmt: skip
    return study, stored, weights, files


def codebook(files):
    file = files[1]
    if file.suffix == ".parquet":
        return pd.read_parquet(file)
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def as_humans(study, file, book, condition):
    """The study with one condition's virtual people in the place of its humans."""
    called = dict(zip(book["column"] + book["kind"], book["variable"], strict=True))
    spec = study.spec
    for part, kind in ((spec["traits"], "trait"), (spec["questionnaire"]["questions"], "answer")):
        for name, question in part.items():
            question["column"] = called[(question["column"] or name) + kind]
    where = {called["conditionperson"]: condition}
    spec["humans"] = {**spec["humans"], "file": str(file), "where": where}
    return Study.from_spec(spec)


@pytest.mark.parametrize("kind", FORMATS)
def test_our_own_reader_finds_the_stored_answers_people_and_traits(coded, kind):
    study, stored, _, files = coded
    people = some_people(study)
    unknown = {"club"} if kind == "dta" else set()  # where Stata's missing values are the option
    for condition in study.condition_names:
        other = as_humans(study, files[kind][0], codebook(files[kind]), condition)
        read = read_humans(other)
        assert (read.ids, read.weights) == (people.ids, people.weights)
        assert read.traits == people.traits
        for name, positions in read.answers.items():
            options = len(study.questionnaire.questions[name].options)
            drawn = {a.respondent: a.drawn for a in stored
                     if (a.question, a.condition) == (name, condition)}  # fmt: skip
            given = [-1 if p is None or p >= options else p for _, p in sorted(drawn.items())]
            assert -1 in given or name == "war"
            if name not in unknown:
                assert positions == given, name


def test_sav_has_the_codes_labels_and_missing_values_of_the_humans_file(coded):
    frame, meta = pyreadstat.read_sav(coded[3]["sav"][0], user_missing=True)
    assert meta.column_names[:7] == [
        "condition_2", "respondent", "caseid", "persona", "wt", "match_weight", "AGE",
    ]  # fmt: skip
    assert meta.column_names_to_labels["Q1__trust_"] == LONG.strip()[:253] + "…"
    labels = meta.variable_value_labels
    cut = LONG_OPTION.encode()[:117].decode() + "…"
    known = {1: "No", 2: "No", 3: cut, 4.5: "Yes", -99: "Rather not"}
    assert labels["Q1__trust_"] == known
    assert labels["PARTY"]["elsewhere"] == "Other"
    assert labels["AGE"] == {18: "Young", 36: "Old"}  # not 35, which the study file leaves out
    assert labels["club"] == {1: "Member", -99: "No answer", -100: "No comment"}
    assert [r["lo"] for r in meta.missing_ranges["Q1__trust_"]] == [-99, 8, 9]
    assert meta.missing_ranges["PARTY"] == [{"lo": "-99", "hi": "-99"}]
    assert "condition" not in meta.missing_ranges
    assert set(frame["visits"].dropna()) <= {*range(13), -99}
    assert [meta.variable_measure[name] for name in ("AGE", "PARTY")] == ["ordinal", "nominal"]


def test_refusals_are_missing_to_whoever_opens_a_file_as_usual(coded):
    _, stored, _, files = coded
    refused = sum(a.question == "trust" and a.drawn == 3 for a in stored)
    nothing = sum(a.question == "trust" and a.drawn is None for a in stored)
    assert refused > 3
    sav, _ = pyreadstat.read_sav(files["sav"][0])
    dta = pd.read_stata(files["dta"][0], convert_categoricals=False)
    csv, parquet = pd.read_csv(files["csv"][0]), pd.read_parquet(files["parquet"][0])
    for frame, name in ((sav, "Q1__trust_"), (dta, "Q1__trust_"), (csv, "Q1 (trust)"),
                        (parquet, "Q1 (trust)")):  # fmt: skip
        assert frame[name].isna().sum() == refused + nothing
        assert set(frame[name].dropna()) == {1, 3, 4.5}
    _, meta = pyreadstat.read_dta(files["dta"][0], user_missing=True)
    assert meta.variable_value_labels["Q1__trust_"]["a"] == "Rather not"
    parties = [a.drawn for a in stored if a.question == "party"]
    assert (dta["PARTY"] == "").sum() == parties.count(3) + parties.count(None)


def test_each_person_has_the_persona_and_the_weight_of_the_match(coded):
    _, _, weights, files = coded
    frame = pd.read_parquet(files["parquet"][0])
    mine = frame[frame["condition_2"] == MATCHED]
    assert mine["persona"].tolist() == [n % 5 for n in range(24)]
    assert mine["match_weight"].tolist() == [weights[n] for n in range(24)]
    assert frame[frame["condition_2"] == "bio"][["persona", "match_weight"]].isna().all(axis=None)


def test_the_codebook_says_what_every_code_of_every_variable_means(coded):
    for kind, files in coded[3].items():
        book = codebook(files)
        read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "dta": pd.read_stata}
        frame = pyreadstat.read_sav(files[0])[0] if kind == "sav" else read[kind](files[0])
        assert book["variable"].drop_duplicates().tolist() == frame.columns.tolist()
        trust = book[(book["name"] == "trust") & (book["entry"] == "option")]
        assert trust["text"].tolist() == ["No", LONG_OPTION.strip(), "Yes"]
        assert trust["codes"].tolist() == ["1, 2", "3", "4.5"]
        assert trust["position"].astype(int).tolist() == [1, 2, 3]
        assert set(trust["wording"]) == {LONG.strip()}
        war = book[(book["name"] == "war") & (book["kind"] == "answer")]
        assert set(war["scales"]) == {"faith (reverse-keyed), habit"}
    book = codebook(coded[3]["dta"])
    assert book[book["entry"] == "refusal"].set_index("name")["code"].to_dict() == {
        "trust": ".a", "party": "", "visits": ".a", "club": ".a",
    }  # fmt: skip
    ages = book[(book["name"] == "age") & (book["entry"] == "option")]
    assert ages["code"].tolist() == ["18", "36"]
    assert ages["codes"].tolist() == ["18 to 34", "35 and above"]


def test_files_of_all_forms_lie_in_one_folder_and_replace_their_own_alone(database_url, tmp_path):
    database = open_database(database_url)
    study = small_study(conditions=["none", "bio"])
    fill(database, study, some_humans(study), measured=False)
    for kind, wide in [("csv", False), ("csv", True), ("sav", False), ("dta", True), ("sav", True)]:
        files = export_study(database, "small", tmp_path, kind, wide=wide)
        assert len(files) == (11 if (kind, wide) == ("csv", False) else 2)
    (tmp_path / "small-virtual.sav").write_bytes(b"the user's")
    with pytest.raises(InputError, match=r"small-virtual\.sav exists"):
        export_study(database, "small", tmp_path, "sav")


def test_personas_that_answer_for_themselves_have_an_arm_and_no_respondent(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    arms = {"texts": {"plain": "", "news": "Read this."}}
    study = small_study(humans=None, conditions=[{"pool": "natural"}], measures={}, arms=arms)
    with writing(database) as session:
        row = StudyRow(name="small", spec=study.spec, digest="d", humans_digest="h", humans=0,
                       respondents=9, created_at=0.0)  # fmt: skip
        session.add(row)
        session.flush()
        answer = {"study_id": row.id, "condition": "natural", "question": "war", "place": 0,
                  "drawn": 1, "shown": [], "job_id": 1}  # fmt: skip
        for n in (8, 1):
            session.add(Answer(**answer, respondent=n, persona=n))
    frame = pd.read_csv(export_study(database, "small", tmp_path, "csv", wide=True)[0])
    known = study.known_of_personas(study.conditions[0])
    assert frame.drop(columns=["spend", "job"]).to_dict("records") == [
        {"condition": "natural", "respondent": n, "persona": n, "arm": known[n]["arm"], "war": 2}
        for n in (1, 8)
    ]


def test_people_of_whom_no_answer_was_taken_have_no_row(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study(conditions=["none"])
    fill(database, study, some_humans(study), measured=False)
    nobody, refusing = (col(Answer.respondent) == n for n in (3, 5))
    with writing(database) as session:
        failed = {"drawn": None, "probabilities": None, "label_mass": None, "error": "too long"}
        session.execute(update(Answer).where(nobody).values(failed))
        session.execute(update(Answer).where(refusing).values(drawn=9))
    frame = pd.read_csv(export_study(database, "small", tmp_path, "csv", wide=True)[0])
    assert frame["respondent"].tolist() == [0, 1, 2, 4, 5, 6, 7]


def test_without_answers_there_are_columns_and_no_rows(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study(conditions=["none"])
    fill(database, study, some_humans(study), measured=False)
    with writing(database) as session:
        for answer in session.exec(select(Answer)).all():
            session.delete(answer)
    for kind in ("sav", "dta"):
        file = export_study(database, "small", tmp_path, kind)[0]
        frame, _ = getattr(pyreadstat, f"read_{kind}")(file)
        assert (len(frame), frame.columns[0]) == (0, "condition")


@pytest.mark.parametrize(
    ("missing", "answers", "declared"),
    [
        ([-99, 8], [1, 2], [-99, 8]),
        ([8, 9, -99], [1, 2], [8, 9, -99]),
        ([-99, 97, 98, 99], [1, 2], [-99, {"lo": 97, "hi": 99}]),
        ([-9, -8, -7, 99], [1, 2], [99, {"lo": -9, "hi": -7}]),
        ([-99, 0, 8, 9], [1, 2], [-99, 0, 8]),  # no range holds them and no answer
        (["-99", "refused", "dont know", "a", "b"], ["x"], ["-99", "refused", "a"]),
    ],
)
def test_spss_declares_three_codes_or_a_range_and_one(missing, answers, declared):
    assert sav_missing(missing, answers) == declared
