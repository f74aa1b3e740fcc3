"""Exported tables hold what is stored, on both databases and in both formats."""

import pandas as pd
import pytest
from exported_tables import NAMES, finished
from finished_study import (
    FORMULA,
    HOSTILE_OPTION,
    REFUSED,
    fill,
    full_study,
    hostile_story,
    small_study,
    some_humans,
)
from memory import peak_of
from sqlmodel import col, select

from anthology.models.conditions.registry import named
from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Answer, LabelPrior
from anthology.models.runtime.spreadsheets import harmless
from anthology.producer.transfer.export import export_study


def table_of(file):
    return file.stem.split("-", 1)[1]


def test_parquet_holds_every_stored_row_on_both_databases(database_url, tmp_path):
    database = finished(database_url)
    files = export_study(database, "small", tmp_path / "out", "parquet")
    assert [file.name for file in files] == [f"small-{name}.parquet" for name in NAMES]
    frames = {table_of(file): pd.read_parquet(file) for file in files}
    assert {name: len(frame) for name, frame in frames.items() if name != "metrics"} == {
        "codebook": 3 + 2 + 3 + 3 + 4,
        "respondents": 40,
        "personas": 9,
        "traits": 8 * (3 + 2),
        "matches": 2 * 8,
        "answers": 3 * 8 * 3,
        "answer_probabilities": 3 * 8 * (3 + 3 + 4) - _options_of_the_missing(database),
        "samples": 0,
        "label_priors": 0,
        "engines": 3,
    }
    assert list(frames["engines"][["asked", "model", "kind", "jobs"]].itertuples(index=False)) == [
        ("models/tiny", "/models/tiny", "backstory", 3), ("models/tiny", "/models/tiny", "poll", 3),
        ("models/tiny", "/models/tiny", "survey", 6),
    ]  # fmt: skip
    answers = frames["answers"].set_index(["condition", "respondent", "question"])
    with reading(database) as session:
        stored = session.exec(select(Answer).where(col(Answer.drawn).is_not(None))).all()
    for answer in stored:
        row = answers.loc[(answer.condition, answer.respondent, answer.question)]
        texts = small_study().questionnaire.questions[answer.question].option_texts
        assert row["drawn"] == texts[answer.drawn]
        assert row["position"] == answer.drawn + 1
        assert row["probability"] == answer.probabilities[answer.drawn]
        assert row["shown"] == " | ".join(texts[i] for i in answer.shown)
        assert row["place"] == answer.place + 1


def _options_of_the_missing(database):
    questions = small_study().questionnaire.questions
    with reading(database) as session:
        missing = session.exec(select(Answer).where(col(Answer.drawn).is_(None))).all()
    assert len(missing) == 3
    return sum(len(questions[answer.question].options) for answer in missing)


def test_probabilities_of_an_answer_add_up_and_keep_the_options_order(sqlite, tmp_path):
    export_study(sqlite, "small", tmp_path, "parquet")
    shares = pd.read_parquet(tmp_path / "small-answer_probabilities.parquet")
    groups = shares.groupby(["condition", "respondent", "question"])
    assert groups["probability"].sum().to_numpy() == pytest.approx(1)
    job = shares[shares["question"] == "job"].drop_duplicates("position").sort_values("position")
    assert job["option"].tolist() == [HOSTILE_OPTION, FORMULA, "None", "-5"]


def test_respondents_are_positions_from_one_with_a_codebook(sqlite, tmp_path):
    export_study(sqlite, "small", tmp_path, "parquet")
    people = pd.read_parquet(tmp_path / "small-respondents.parquet")
    humans = some_humans(small_study())
    assert people["source_id"].tolist() == humans.ids
    assert people["simulated"].sum() == 8
    given = people["answer_war"].fillna(0).astype(int) - 1
    assert given.tolist() == humans.answers["war"]
    book = pd.read_parquet(tmp_path / "small-codebook.parquet")
    war = book[(book["kind"] == "answer") & (book["name"] == "war")]
    assert dict(zip(war["position"], war["option"], strict=True)) == {1: "No", 2: "Maybe", 3: "Yes"}


@pytest.mark.parametrize("study", [small_study(), full_study()], ids=lambda study: study.study)
def test_csv_says_the_same_as_parquet_and_reads_back(tmp_path, study):
    database = finished(f"sqlite:///{tmp_path / 'a.db'}", study)
    export_study(database, study.study, tmp_path / "p", "parquet")
    for file in export_study(database, study.study, tmp_path / "c", "csv"):
        # "None" is an option here; pandas would take it for a missing value.
        read = pd.read_csv(file, keep_default_na=False, na_values=[""])
        other = pd.read_parquet(tmp_path / "p" / f"{file.stem}.parquet")
        texts = [name for name, kind in other.dtypes.items() if pd.api.types.is_string_dtype(kind)]
        for name in texts:
            other[name] = other[name].map(harmless, na_action="ignore")
        other = other.astype(dict.fromkeys(texts, object)).replace("", None)
        pd.testing.assert_frame_equal(
            read.astype(dict.fromkeys(texts, object)).fillna(-1e9),
            other.fillna(-1e9), check_dtype=False, rtol=1e-12,
        )  # fmt: skip


def test_stories_survive_csv_whole(sqlite, tmp_path):
    export_study(sqlite, "small", tmp_path, "csv")
    personas = pd.read_csv(tmp_path / "small-personas.csv")
    assert personas["story"].tolist()[:8] == [hostile_story(n) for n in range(8)]
    assert personas["error"].tolist()[8] == "the model wrote an empty story"


@pytest.mark.parametrize(
    ("study", "harmless"),
    [(small_study(), f"'{FORMULA}"), (full_study(), f"'{FORMULA} said 0 of none")],
    ids=["options", "free text"],
)
def test_no_cell_of_a_csv_export_starts_a_formula(tmp_path, study, harmless):
    database = finished(f"sqlite:///{tmp_path / 'a.db'}", study)
    cells = [
        cell
        for file in export_study(database, study.study, tmp_path, "csv")
        for column in pd.read_csv(file, dtype=str, keep_default_na=False).to_numpy()
        for cell in column
    ]
    assert harmless in cells
    assert "'@1" in cells
    assert not [c for c in cells if c[:1] in "=+@\t\r\n＝＋－＠" and c]


def test_ids_in_parquet_are_as_they_were_byte_for_byte(sqlite, tmp_path):
    export_study(sqlite, "small", tmp_path, "parquet")
    people = pd.read_parquet(tmp_path / "small-respondents.parquet")
    assert people["source_id"].tolist()[:2] == ["-0", "@1"]


# --- refusals, finer answers, free text, written answers -----------------------------------------


def full(url, folder, **changes):
    """The database and the exported frames of a study with every kind of question."""
    study = full_study(**changes)
    database = finished(url, study)
    files = export_study(database, "full", folder / "out", "parquet")
    return database, {table_of(file): pd.read_parquet(file) for file in files}


def test_a_refusal_drawn_is_said_with_its_probability_on_both_databases(database_url, tmp_path):
    database, frames = full(database_url, tmp_path)
    answers = frames["answers"]
    spend = answers[(answers["question"] == "spend") & answers["error"].isna()]
    assert spend["refusal"].to_numpy() == pytest.approx(REFUSED)
    refused = spend["drawn"] == "Prefer not to say"
    assert 0 < refused.sum() < len(spend)
    assert (spend["position"] == 4).tolist() == refused.tolist()
    assert spend["probability"].isna().tolist() == refused.tolist()
    assert spend["shown"].str.endswith(" | Prefer not to say").all()
    assert answers[answers["question"] == "war"]["refusal"].isna().all()
    shares = frames["answer_probabilities"]
    assert shares.groupby(["condition", "respondent", "question"])[
        "probability"
    ].sum().to_numpy() == pytest.approx(1)
    with reading(database) as session:
        stored = session.exec(select(Answer).where(col(Answer.question) == "spend")).all()
    assert refused.sum() == sum(answer.drawn == 3 for answer in stored)


def test_finer_answers_and_free_texts_are_in_the_text_of_an_answer(tmp_path):
    _, frames = full(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    answers = frames["answers"].set_index("question")
    counts_as = {"Never": "No", "Hardly": "No", "=Always": "Yes"}
    war = answers.loc["war"].dropna(subset="drawn")
    assert war["text"].map(counts_as).tolist() == war["drawn"].tolist()
    assert set(" | ".join(war["shown"]).split(" | ")) == set(counts_as)
    visits = answers.loc["visits"].dropna(subset="drawn")
    often = visits["text"].astype(int) >= 4
    assert (visits["drawn"] == "Often").tolist() == often.tolist()
    assert set(visits["shown"]) == {""}
    why = answers.loc["why"].dropna(subset="text")
    assert why["text"].str.startswith(f"{FORMULA} said ").all()
    assert why[["drawn", "position", "probability", "refusal"]].isna().all(axis=None)
    assert "why" not in set(frames["answer_probabilities"]["question"])
    assert answers.loc["spend"]["text"].isna().all()


def test_the_codebook_lists_refusals_finer_choices_and_free_text(tmp_path):
    _, frames = full(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    book = frames["codebook"].astype(object).fillna("").set_index("name")

    def entries(name):
        columns = ["entry", "position", "option", "choice"]
        return list(book.loc[[name], columns].itertuples(index=False, name=None))

    assert entries("spend")[2:] == [
        ("option", 3, "Too much", ""), ("refusal", 4, "Prefer not to say", ""),
    ]  # fmt: skip
    assert entries("gender")[1:] == [("option", 2, "Female", ""), ("refusal", 3, "Rather not", "")]
    assert entries("war") == [
        ("option", 1, "No", ""), ("option", 2, "Yes", ""), ("choice", 1, "No", "Never"),
        ("choice", 1, "No", "Hardly"), ("choice", 2, "Yes", "=Always"),
    ]  # fmt: skip
    visits = entries("visits")[2:]
    assert visits[3:5] == [("choice", 1, "Seldom", "3"), ("choice", 2, "Often", "4")]
    assert len(visits) == 13
    assert entries("why") == [("free text", "", "", "")]
    assert book.loc["why", ["kind", "wording"]].tolist() == ["answer", "Why?"]


def test_polls_say_how_likely_a_refusal_was(tmp_path):
    _, frames = full(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    refusals = frames["traits"].set_index("trait")["refusal"]
    assert set(refusals["gender"]) == {REFUSED}
    assert refusals["age"].isna().all()


def test_every_written_answer_is_a_row_on_both_databases(database_url, tmp_path):
    how = {"readout": "sample", "samples": 3, "readout_check": 0.0}
    database, frames = full(database_url, tmp_path, **how)
    samples = frames["samples"].set_index(["condition", "respondent", "question", "sample"])
    questions = {question.name: question for question in full_study().questions}
    count = 0
    with reading(database) as session:
        for answer in session.exec(select(Answer)):
            for number, written in enumerate(answer.samples or (), start=1):
                count += 1
                question = questions[answer.question]
                row = samples.loc[(answer.condition, answer.respondent, answer.question, number)]
                assert row["option"] == question.outcomes[question.bins[written["choice"]]]
                assert (row["first"], row["final"]) == (written["first"], written["final"])
                assert row["attempts"] == written["attempts"]
                assert pd.isna(row["first_option"]) == (written["first_choice"] is None)
    assert len(samples) == count >= 3 * (8 * 3 * 3 - 3)
    refused = samples[samples["option"] == "Prefer not to say"]
    assert set(refused.index.get_level_values("question")) == {"spend"}


def test_label_priors_are_exported_label_by_label(tmp_path):
    database, frames = full(f"sqlite:///{tmp_path / 'a.db'}", tmp_path, debias="label_prior")
    priors = frames["label_priors"]
    with reading(database) as session:
        stored = session.exec(select(LabelPrior).order_by(col(LabelPrior.condition))).all()
    assert [(s.condition, s.labels) for s in stored if s.labels == 3] == [
        (condition, 3) for condition in sorted(full_study().condition_names)
    ]
    three = priors[(priors["labels"] == 3) & (priors["condition"] == "none")]
    assert three["label"].tolist() == ["A", "B", "C"]
    assert three["position"].tolist() == [1, 2, 3]
    expected = next(s for s in stored if (s.condition, s.labels) == ("none", 3))
    assert three["logprob"].tolist() == expected.logprobs
    assert set(three["n"]) == {expected.n}


@pytest.fixture(scope="module", params=[small_study, full_study])
def studies_of_sizes(request, tmp_path_factory):
    """A database with a study of few answers and one of ten times as many; for reading only."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('sizes') / 'a.db'}")
    for name, people in (("warm", 10), ("small", 200), ("large", 2000)):
        study = request.param(name).model_copy(update={"pool": None, "conditions": [named("none")]})
        fill(database, study, some_humans(study, people, people), measured=False)
    yield database
    database.dispose()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_number_of_answers(
    studies_of_sizes, tmp_path, monkeypatch, kind
):
    """Three tries each: what else the process does meanwhile can only add to a peak."""
    monkeypatch.setattr("anthology.producer.transfer.export.BATCH", 100)
    monkeypatch.setattr("anthology.producer.transfer.tables.base.BATCH", 100)
    export_study(studies_of_sizes, "warm", tmp_path / "warm", kind)

    def peak(name: str, time: int) -> int:
        to = tmp_path / f"{name}-{time}"
        return peak_of(lambda: export_study(studies_of_sizes, name, to, kind))

    limit = 1.3 * min(peak("small", time) for time in range(3))
    assert any(peak("large", time) < limit for time in range(3))
