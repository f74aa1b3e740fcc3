"""Ready studies, on made files with the columns of the real ones and labels of our own."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_waves import DEGREES, FILES, made, written

from anthology import submit
from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.drafting.ready_studies import draft_ready, ready_studies
from anthology.producer.surveys.drafting.wordings import cleaned_options, wording_of
from anthology.producer.surveys.respondents import read_humans

WAVES = ["atp-w110", "atp-w34", "atp-w92", "atp-w99"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    return tmp_path


def drafted(name: str, file: Path, model: str | None = "org/Llama-3.1-8B") -> Study:
    draft_ready(name, file, model, Path("study.yaml"), force=True)
    return Study.load(Path("study.yaml"))


def refusal(name: str, file: Path) -> str:
    with pytest.raises(InputError) as raised:
        draft_ready(name, file, None, Path("study.yaml"))
    assert not Path("study.yaml").exists()
    return str(raised.value)


def test_there_are_the_surveys_of_the_method_and_of_its_successor() -> None:
    assert ready_studies() == WAVES


@pytest.mark.parametrize("name", WAVES)
def test_a_ready_study_passes_a_dry_run_as_it_is_drafted(name: str) -> None:
    study = drafted(name, written(*made(name)))
    ready = FILES[name]
    assert [question.column for question in study.questions] == list(
        ready["questionnaire"]["questions"]
    )
    assert (study.study, study.model) == (name, "org/Llama-3.1-8B")
    assert (study.humans.weight, study.condition_names) == (ready["humans"]["weight"], [
        "none", "bio", "qa", "natural/random", "natural/greedy", "natural/max_weight",
    ])  # fmt: skip
    done = submit("study.yaml", dry_run=True)
    assert done.answers == 40 * len(study.questions) * len(study.condition_names)


@pytest.mark.parametrize("name", WAVES)
def test_wordings_and_options_are_those_of_the_file(name: str) -> None:
    study = drafted(name, written(*made(name)))
    for number, question in enumerate(study.questions):
        assert question.text == f"How would you answer made question {number}?"
        codes = FILES[name]["questionnaire"]["questions"][question.column] or [1, 2, 3, 4]
        texts = [*(f"{word} {number}" for word in DEGREES), f"Beyond {number}"][: len(codes)]
        assert question.options == dict(zip(texts, codes, strict=True))
        assert question.missing == [99]


@pytest.mark.parametrize(
    ("label", "wording"),
    [
        ("FUD22. How much?", "How much?"),
        ("fud22_w34: How\n much?", "How much?"),
        ("Food. How much?", "Food. How much?"),
        ("FUD22B is another", "FUD22B is another"),
    ],
)
def test_only_the_name_of_the_column_is_taken_off_a_wording(label: str, wording: str) -> None:
    frame, told = made("atp-w34")
    told["column_labels"]["FUD22_W34"] = label
    study = drafted("atp-w34", written(frame, told))
    assert next(q.text for q in study.questions if q.column == "FUD22_W34") == wording


@pytest.mark.parametrize("name", [name for name in WAVES if name != "atp-w110"])
def test_no_ready_study_holds_a_wording_or_an_option_of_its_questions(name: str) -> None:
    for codes in FILES[name]["questionnaire"]["questions"].values():
        assert codes is None or all(isinstance(code, int) for code in codes)


@settings(max_examples=8, deadline=None)
@given(name=st.sampled_from(WAVES), seed=st.integers(0, 10**6), people=st.integers(20, 60))
def test_whatever_people_answered_is_read_as_it_was_given(
    name: str, seed: int, people: int
) -> None:
    frame, told = made(name, people, seed)
    study = drafted(name, written(frame, told))
    humans = read_humans(study)
    assert humans.weights == pytest.approx(frame[str(study.humans.weight)].tolist())
    for column, codes in FILES[name]["questionnaire"]["questions"].items():
        order = [*(codes or [1, 2, 3, 4])]
        assert humans.answers[column] == [
            -1 if code == 99 else order.index(code) for code in frame[column]
        ]
    for trait in study.traits.values():
        bins = list(trait.options.values())
        assert humans.traits[trait.name] == [
            bins.index(code) if code in bins else -1 for code in frame[trait.column]
        ]


LABELS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: any(map(str.isalnum, text))),
    min_size=5, max_size=5, unique_by=str.casefold,
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(texts=LABELS)
def test_whatever_labels_hold_is_what_people_are_asked_or_is_refused_in_a_sentence(
    texts: list[str],
) -> None:
    frame, told = made("atp-w34")
    wording, *options = texts
    told["column_labels"]["EAT5B_W34"] = wording
    told["variable_value_labels"]["EAT5B_W34"] = dict(zip([1.0, 2, 3, 4], options, strict=True))
    file, refused = written(frame, told), ""
    try:
        draft_ready("atp-w34", file, None, Path("study.yaml"), force=True)
    except InputError as error:
        refused = str(error)
    if refused:
        assert "EAT5B_W34" in refused
        assert "\n" not in refused
        return
    asked = {question.column: question for question in Study.load(Path("study.yaml")).questions}
    found = asked["EAT5B_W34"]
    assert found.text == wording_of(wording, "EAT5B_W34").text
    assert found.options == dict(zip(cleaned_options(options), [1, 2, 3, 4], strict=True))
    assert asked["EAT5C_W34"].text == "How would you answer made question 6?"


def test_questions_with_one_stem_and_one_scale_become_a_battery() -> None:
    frame, told = made("atp-w92")
    scale = dict(
        zip([1.0, 2, 3, 4, 5], ["Very good", "Good", "Neither", "Bad", "Very bad"], strict=True)
    )
    columns = list(FILES["atp-w92"]["questionnaire"]["questions"])
    for number, column in enumerate(columns):
        told["column_labels"][column] = f"{column}. Is it good or bad? Made thing {number}"
        told["variable_value_labels"][column] = {**scale, 99.0: "Refused"}
    study = drafted("atp-w92", written(frame, told))
    assert Path("study.yaml").read_text().count("Very good") == 1
    assert [question.column for question in study.questions] == columns
    assert study.questions[3].text == "Is it good or bad? Made thing 3"


def test_a_wording_that_the_file_has_cut_is_said_in_the_study() -> None:
    frame, told = made("atp-w34")
    cut = "How much health risk, if any, does eating " + "meat " * 50
    told["column_labels"]["EAT5B_W34"] = cut[:256].rstrip() + " an"
    drafted("atp-w34", written(frame, told))
    assert "complete it" in " ".join(Path("study.yaml").read_text().replace("#", "").split())


def test_two_options_that_read_the_same_are_refused() -> None:
    frame, told = made("atp-w34")
    told["variable_value_labels"]["EAT5B_W34"] |= {2.0: "Some risk", 3.0: "some  risk"}
    frame.loc[frame["EAT5B_W34"] == 3, "EAT5B_W34"] = 1
    message = refusal("atp-w34", written(frame, told))
    assert "'EAT5B_W34'" in message
    assert "some" in message.lower()


def test_people_are_simulated_to_the_sample_where_there_are_as_many() -> None:
    assert drafted("atp-w99", written(*made("atp-w99", 40))).humans.sample is None
    assert drafted("atp-w99", written(*made("atp-w99", 2600))).humans.sample == 2500


def test_studies_of_one_model_share_a_pool_and_those_of_another_have_their_own() -> None:
    pools = [drafted(name, written(*made(name))).pool for name in WAVES]
    assert all(pool == pools[0] for pool in pools)
    other = drafted("atp-w34", written(*made("atp-w34")), "mistral-7b").pool
    assert pools[0] is not None
    assert other is not None
    assert (pools[0].name, other.name) == ("anthology-llama-3.1-8b", "anthology-mistral-7b")


def test_a_ready_study_says_where_it_is_from_and_what_to_do_next() -> None:
    drafted("atp-w34", written(*made("atp-w34")))
    text = Path("study.yaml").read_text()
    assert "arXiv 2407.06576" in text
    assert "Drafted from wave.sav" in text
    assert "anthology submit study.yaml --dry-run" in text


# --- what is refused -----------------------------------------------------------------------------


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    message = refusal("atp-w43", Path("nowhere.sav"))
    assert message == (
        "there is no ready study 'atp-w43'; there are atp-w110, atp-w34, atp-w92, atp-w99"
    )


def test_the_file_of_another_wave_is_refused_with_the_columns_that_it_lacks() -> None:
    message = refusal("atp-w34", written(*made("atp-w92")))
    assert message == (
        "wave.sav is not the file of atp-w34: of the 15 columns needed it lacks 'WEIGHT_W34', "
        "'F_AGECAT_FINAL', 'F_SEX_FINAL' and 11 more; give the file as it was published"
    )


def test_one_column_that_is_missing_is_named() -> None:
    frame, told = made("atp-w99")
    message = refusal("atp-w99", written(frame.drop(columns="POSNEGAI_c_W99"), told))
    assert "it lacks 'POSNEGAI_c_W99'; give" in message


def test_a_file_without_labels_is_refused_since_nobody_else_has_the_wordings() -> None:
    frame, told = made("atp-w92")
    frame.to_csv("wave.csv", index=False)
    assert "with its labels" in refusal("atp-w92", Path("wave.csv"))
    no_wording = {**told, "column_labels": {}}
    assert "'SOCIETY_TRANS_W92' has no wording" in refusal("atp-w92", written(frame, no_wording))


def test_a_code_that_the_study_does_not_know_is_refused() -> None:
    frame, told = made("atp-w34")
    frame.loc[0, "FUD22_W34"] = 5.0
    told["variable_value_labels"]["FUD22_W34"][5.0] = "All of it"
    assert "code 5" in refusal("atp-w34", written(frame, told))


def test_a_study_file_that_exists_is_never_replaced_unasked() -> None:
    Path("study.yaml").write_text("mine")
    with pytest.raises(InputError, match="exists"):
        draft_ready("atp-w34", written(*made("atp-w34")), None, Path("study.yaml"))
    assert Path("study.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", WAVES)
def test_published_stories_take_the_place_of_the_pool(name: str, here: Path) -> None:
    lines = [json.dumps({"backstory": f"I am {n}."}) for n in range(60)]
    (here / "published.jsonl").write_text("\n".join(lines))
    file, out = written(*made(name)), Path("study.yaml")
    draft_ready(name, file, "org/Llama-3.1-8B", out, stories=here / "published.jsonl")
    study = Study.load(out)
    assert study.condition_names == [
        "none", "bio", "qa", "stories/random", "stories/greedy", "stories/max_weight",
    ]  # fmt: skip
    done = submit(out, dry_run=True)
    assert (done.personas, done.jobs["backstory"]) == (60, 0)
