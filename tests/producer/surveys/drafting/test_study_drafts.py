"""A study file drafted from a survey file: valid as it stands, with every code in its place."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from anthology import submit
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.drafting.study_drafts import draft
from anthology.producer.surveys.respondents import read_humans

GSS = Path(__file__).parents[4] / "producer" / "examples" / "gss2018" / "respondents.csv"
SPENDING = {1.0: "Too little", 2.0: "About right", 3.0: "Too much", 8.0: "Don't know"}
ODD = {1.0: "Yes", 2.0: "1.5e3", 3.0: "<<", 4.0: "a: b # {c}", 5.0: "12:30", 6.0: "ü" * 60}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    return tmp_path


@pytest.fixture
def sav(here: Path) -> Path:
    """A labelled survey of eight, in a folder of its own."""
    path = here / "data" / "My survey.sav"
    path.parent.mkdir()
    frame = pd.DataFrame({
        "roads": [1, 2, 3, 8, 1, 2, 3, 9.0], "parks": [3, 2, 1, 1, 2, 9, 3, 8.0],
        "odd": [1, 2, 3, 4, 5, 6, 1, 2.0], "same": [1, 2, 1, 2, 1, 2, 1, 2.0],
        "us$state": ["NY", "CA", "", "CA", "NY", "NY", "CA", "CA"],
        "w": [1, 1, 2, 1, 1, 1, 0.5, 1.0], "one": [1.0] * 8,
    })  # fmt: skip
    spending = dict.fromkeys(("roads", "parks"), SPENDING)
    pyreadstat.write_sav(
        frame, path,
        column_labels={"roads": "Are we spending\ttoo much on roads?", "odd": "Any {} \n kind:"},
        variable_value_labels={**spending, "odd": ODD, "same": {1: "Yes", 2: "yes "}},
        missing_ranges={"roads": [9], "parks": [9]},
    )  # fmt: skip
    return path


def drafted(file: Path, items: list[str], traits: list[str], **how: Any) -> Study:
    out = how.pop("out", Path("study.yaml"))
    draft(file, items, traits, how.pop("weight", None), how.pop("model", None), out, **how)
    return Study.load(out)


def test_a_labelled_item_becomes_a_question_with_its_options_in_the_order_of_their_codes(
    sav: Path,
) -> None:
    study = drafted(sav, ["roads", "parks"], [], weight="w")
    roads, parks = study.questions
    assert roads.text == "Are we spending too much on roads?"
    assert parks.text == "parks"
    for question in (roads, parks):
        assert question.options == {"Too little": 1, "About right": 2, "Too much": 3}
        assert question.missing == [8, 9]
    assert read_humans(study).answers["roads"] == [0, 1, 2, -1, 0, 1, 2, -1]
    assert (study.study, study.condition_names) == ("My_survey", ["none"])
    assert study.humans.weight == "w"
    assert Path("study.yaml").read_text().count("Too little") == 1  # what they share stands once


def test_a_draft_passes_a_dry_run_as_it_stands_but_is_not_run_without_its_model(
    sav: Path, here: Path
) -> None:
    drafted(sav, ["roads", "odd"], ["us$state", "parks"], out=here / "drafts.yaml")
    expected = submit("drafts.yaml", dry_run=True)
    assert (expected.answers, expected.personas) == (8 * 2 * 4, 8)
    with pytest.raises(InputError, match="'your-model' is what `anthology init` leaves open"):
        submit("drafts.yaml")
    assert not (here / "a.db").exists()
    assert drafted(sav, ["roads"], [], model="/models/llama").model == "/models/llama"


def test_whatever_a_label_holds_is_read_as_it_was_written(sav: Path) -> None:
    study = drafted(sav, ["odd"], ["odd"])
    assert study.questions[0].option_texts == list(ODD.values())
    assert study.questions[0].text == "Any {} kind:"
    assert study.traits["odd"].bio == "Any  kind: {}."


def test_a_column_whose_name_is_no_name_keeps_its_column(sav: Path) -> None:
    state = drafted(sav, ["roads"], ["us$state"]).traits["us_state"]
    assert (state.column, state.options) == ("us$state", {"CA": "CA", "NY": "NY"})
    assert not state.ordered


def test_the_bundled_survey_is_drafted_with_ranges_for_its_quantities() -> None:
    study = drafted(GSS, ["natenvir", "natcity"], ["age", "sex", "partyid"])
    humans = read_humans(study)
    age = study.traits["age"]
    assert len(age.options) == 4
    people = [humans.traits["age"].count(position) for position in range(4)]
    assert sum(people) == len([a for a in humans.traits["age"] if a >= 0])
    assert list(age.options) == ["18 to 29", "30 to 49", "50 to 64", "65 or older"]
    assert people == [398, 815, 589, 539]
    assert study.traits["sex"].options == {"0": 0, "1": 1}
    assert study.questions[0].options == {"-1": -1, "0": 0, "1": 1}
    assert submit("study.yaml", dry_run=True).jobs["survey"] == 4 * 37


def test_a_quantity_leaves_out_codes_of_nonresponse_among_its_numbers(here: Path) -> None:
    path = here / "ages.sav"
    ages = [float(age) for age in range(20, 80)] + [50.0, 99.0]
    frame = pd.DataFrame({"age": ages, "q": [1.0, 2.0] * 31})
    pyreadstat.write_sav(frame, path, variable_value_labels={"age": {50: "Refused", 99: "DK"}})
    study = drafted(path, ["q"], ["age"])
    assert study.traits["age"].missing == [50, 99]
    assert sum(p < 0 for p in read_humans(study).traits["age"]) == 3


def test_codes_with_zeros_in_front_are_drafted_as_the_file_writes_them(here: Path) -> None:
    path = here / "codes.csv"
    ages = [f"{n:03}" for n in range(20, 80)]
    path.write_text("q,age\n" + "".join(f"0{n % 2},{age}\n" for n, age in enumerate(ages)))
    study = drafted(path, ["q"], ["age"])
    assert study.questions[0].options == {"00": "00", "01": "01"}
    assert read_humans(study).answers["q"] == [0, 1] * 30
    ages = [sum(n >= begin for begin in (30, 50, 65)) for n in range(20, 80)]
    assert read_humans(study).traits["age"] == ages
    (here / "both.csv").write_text("q\n01\n1\n2\n")
    with pytest.raises(InputError, match="'01' and '1', which are one number"):
        drafted(here / "both.csv", ["q"], [], out=here / "both.yaml")


def test_the_files_own_numbering_is_taken_off_and_a_comment_says_so(here: Path) -> None:
    frame = pd.DataFrame({"q": [1.0, 2.0, 9.0], "tax": [1.0, 2.0, 1.0], "age": [1.0, 2.0, 1.0],
                          "scale": [0.0, 1.0, 2.0],
                          "word": ["1. No", "2. Yes", "1. No"]})  # fmt: skip
    labels = {
        "q": {1: "(1) A great deal", 2: "(2) Some", 9: "(9) Refused"},
        "tax": {1: "A) Tax cuts", 2: "B) Schools"},
        "age": {1: "18-29", 2: "30-49"},
        "scale": {0: "0 - Not at all", 2: "2 - Extremely"},
    }
    pyreadstat.write_sav(frame, here / "n.sav", variable_value_labels=labels)
    study = drafted(here / "n.sav", ["q", "tax", "age", "scale", "word"], ["tax"])
    assert [question.option_texts for question in study.questions] == [
        ["A great deal", "Some"], ["Tax cuts", "Schools"], ["18-29", "30-49"],
        ["0 - Not at all", "1", "2 - Extremely"], ["No", "Yes"],
    ]  # fmt: skip
    assert study.questions[0].missing == [9]
    assert study.questions[4].options == {"No": "1. No", "Yes": "2. Yes"}
    text = Path("study.yaml").read_text()
    assert "# - options of q, tax, word: without the file's own numbering" in text
    draft(here / "n.sav", ["age"], [], None, None, here / "plain.yaml")
    assert "own numbering" not in Path("plain.yaml").read_text()


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["rods"], "has no column 'rods'; did you mean 'roads'"),
        (["same"], "column 'same' has 1 answer, and a question 2 to"),
        (["one"], "column 'one' has 1 answer, and a question 2 to 26; leave it out"),
    ],
)
def test_a_column_that_makes_no_question_is_refused_and_nothing_written(
    sav: Path, here: Path, items: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        drafted(sav, items, [])
    assert not (here / "study.yaml").exists()


def test_an_item_of_many_numbers_is_refused() -> None:
    with pytest.raises(InputError, match="column 'age' has 72 answers, and a question 2 to 26"):
        drafted(GSS, ["age"], [])


def test_a_file_that_is_there_is_never_written_over(sav: Path) -> None:
    Path("study.yaml").write_text("mine")
    with pytest.raises(InputError, match=r"study\.yaml exists; name another file with --out"):
        drafted(sav, ["roads"], [])
    assert Path("study.yaml").read_text() == "mine"


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_no_file_of_the_users_is_replaced_but_by_force(sav: Path, here: Path, kind: str) -> None:
    out, real = here / "out.yaml", here / "real.yaml"
    if kind != "dangling":
        real.write_text("mine")
    out.symlink_to(real) if kind != "file" else out.write_text("mine")
    with pytest.raises(InputError, match=r"out\.yaml exists; name another file with --out"):
        draft(sav, ["roads"], [], None, "m", out)
    assert real.exists() is (kind != "dangling")
    assert kind == "dangling" or out.read_text() == "mine"
    draft(sav, ["roads"], [], None, "m", out, force=True)
    assert Study.load(out).study == "My_survey"


@pytest.mark.parametrize("name", ["My survey.sav", "link.sav", "other.sav"])
def test_the_survey_itself_is_not_even_replaced_by_force(sav: Path, name: str) -> None:
    out, before = sav.with_name(name), sav.read_bytes()
    if name == "link.sav":
        out.symlink_to(sav)
    elif name == "other.sav":
        out.hardlink_to(sav)
    with pytest.raises(InputError, match="is the survey file itself"):
        draft(sav, ["roads"], [], None, "m", out, force=True)
    assert sav.read_bytes() == before


def test_a_survey_whose_name_has_a_line_end_puts_no_line_into_the_draft(here: Path) -> None:
    survey = here / "a\nstudy: evil.csv"
    survey.write_text("q,r\n1,2\n2,1\n1,1\n")
    assert drafted(survey, ["q"], []).study == "a_study_evil"


def test_with_traits_a_pool_and_the_conditions_that_need_it_are_drafted(sav: Path) -> None:
    study = drafted(sav, ["roads"], ["us$state"])
    assert study.condition_names == ["none", "bio", "qa", "natural/greedy"]
    assert [pool.count for pool in study.pools_used] == [8]
    few = drafted(sav, ["roads"], ["us$state"], pool=3, out=Path("few.yaml"))
    assert [pool.count for pool in few.pools_used] == [3]
    with pytest.raises(InputError, match="--pool needs --traits"):
        drafted(sav, ["roads"], [], pool=50, out=Path("alone.yaml"))


def test_columns_may_be_named_one_by_one_or_between_commas(here: Path) -> None:
    (here / "c.csv").write_text('"Well, how?",b,"c, d"\n1,2,1\n2,1,2\n')
    study = drafted(here / "c.csv", ["b,Well, how?", "'c, d'"], [])
    assert [question.column for question in study.questions] == ["b", "Well, how?", "c, d"]
    with pytest.raises(InputError, match="names no column"):
        drafted(here / "c.csv", [","], [], out=here / "d.yaml")


def test_labels_are_drafted_as_people_were_asked_and_comments_say_what_was_done(
    here: Path,
) -> None:
    frame = pd.DataFrame({"SCI1_W34": [1, 2, 1.0], "Q2": [1, 2, 2.0], "Q3": [2, 1, 2.0]})
    options = {1.0: "<b>A&nbsp;lot</b>", 2.0: "Not at all (DO NOT READ)"}
    pyreadstat.write_sav(
        frame, here / "l.sav", variable_value_labels=dict.fromkeys(frame.columns, options),
        column_labels={
            "SCI1_W34": "SCI1. Do you trust ${q://QID1}? [READ LIST]",
            "Q2": "Q2. How much do you trust the following? - The police",
            "Q3": "Q3. How much do you trust the following? - The courts",
        },
    )  # fmt: skip
    study = drafted(here / "l.sav", list(frame.columns), [])
    assert [question.text for question in study.questions] == [
        "Do you trust ${q://QID1}?",
        "How much do you trust the following? The police",
        "How much do you trust the following? The courts",
    ]
    assert study.questions[0].option_texts == ["A lot", "Not at all"]
    assert study.questions[1].block == study.questions[2].block is not None
    text = Path("study.yaml").read_text()
    assert "# - SCI1_W34, Q2, Q3: without its variable's id" in text
    assert "# - SCI1_W34: ${q://QID1} was filled in for each person" in text


def test_ages_of_few_people_are_ranges_too_and_999_ends_none(here: Path) -> None:
    (here / "f.csv").write_text("q,age\n1,23\n2,35\n1,999\n2,51\n1,70\n2,67\n")
    age = drafted(here / "f.csv", ["q"], ["age"]).traits["age"]
    assert list(age.options) == ["18 to 29", "30 to 49", "50 to 64", "65 or older"]
    assert age.missing == [999]


def test_without_traits_the_columns_that_look_like_some_are_told_of() -> None:
    [said] = draft(GSS, ["natenvir"], [], None, None, Path("s.yaml"))
    assert "age (age), sex (sex), degree (education), race (race)" in said
    assert draft(GSS, ["natenvir"], ["age"], None, None, Path("t.yaml")) == []


def test_a_survey_in_another_language_keeps_its_wordings(here: Path) -> None:
    frame = pd.DataFrame({"p1": [1, 2.0] * 20, "EDAD": [20.0 + n for n in range(40)],
                          "SEXO": [1, 2.0] * 20})  # fmt: skip
    pyreadstat.write_sav(
        frame, here / "l.sav", column_labels={"p1": "P1 ¿Confía?", "EDAD": "Edad", "SEXO": "Sexo"},
        variable_value_labels={"p1": {1: "Sí", 2: "No"}, "SEXO": {1: "Hombre", 2: "Mujer"}},
    )  # fmt: skip
    study = drafted(here / "l.sav", ["p1"], ["EDAD", "SEXO"])
    age, sex = study.traits["EDAD"], study.traits["SEXO"]
    assert study.questions[0].text == "¿Confía?"
    assert (age.text, age.option_texts, age.bio) == ("Edad", ["18-29", "30-49", "50+"], "Edad: {}.")
    assert (sex.option_texts, sex.ordered, sex.bio) == (["Hombre", "Mujer"], False, "Sexo: {}.")


def test_a_question_with_several_answers_in_a_cell_is_select_all(here: Path) -> None:
    cells = ["Email", "Chat", '"Email, Chat"'] * 5
    (here / "forms.csv").write_text("Which do you use?\n" + "\n".join(cells) + "\n")
    study = drafted(here / "forms.csv", ["Which do you use?"], [])
    assert [question.text for question in study.questions] == [
        "Which do you use? Email: does this apply?", "Which do you use? Chat: does this apply?",
    ]  # fmt: skip
    assert read_humans(study).answers[study.questions[0].name][:3] == [0, 1, 0]


def test_what_people_wrote_beside_other_is_left_out_of_a_question_of_several_columns(
    here: Path,
) -> None:
    path = here / "lime.csv"
    path.write_text(
        "Use[SQ001],Use[SQ002],Use[other],Rate_1,Rate_2\n"
        + "Y,,,1,5\n,Y,by pigeon,2,4\nY,Y,,3,3\n,,on foot,4,2\n" * 3
    )
    study = drafted(path, ["Use", "Rate"], [])
    assert [question.column for question in study.questions] == [
        "Use[SQ001]", "Use[SQ002]", "Rate_1", "Rate_2",
    ]  # fmt: skip
    assert "Use[other]: left out" in Path("study.yaml").read_text()
