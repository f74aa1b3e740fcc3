"""The `survey` job: one growing conversation a virtual person, the same one every time."""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_model import (
    LABEL_MASS,
    FakeEngine,
    drain,
    jobs,
    run_study,
    small_study,
    station,
    store,
    text_of,
)
from sqlalchemy import Engine, delete, select
from sqlmodel import Session, col

from anthology.models import seeds
from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import Answer, Match, Persona, Respondent
from anthology.models.jobs import protocol, ready
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import PlainRendering
from anthology.models.questionnaire.questions import Question
from anthology.models.study.study import Study
from anthology.workers.engine.engine import PromptRefused
from anthology.workers.runner import job_runner as station_module
from anthology.workers.tasks import survey

LIKES = {"too little": 6.0, "about right": 3.0, "too much": 1.0, "Yes": 1.0, "No": 1.0}
SHARES = {"roads": [0.6, 0.3, 0.1], "parks": [0.6, 0.3, 0.1], "vote": [0.5, 0.5]}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def answers(database: Engine, condition: str | None = None) -> list[Answer]:
    with Session(database) as session:
        order = (col(Answer.condition), col(Answer.respondent), col(Answer.place))
        found = session.execute(select(Answer).order_by(*order)).scalars()
        return [one for one in found if condition in (None, one.condition)]


def drawn(database: Engine) -> dict[tuple[str, int, str], int | None]:
    return {(a.condition, a.respondent, a.question): a.drawn for a in answers(database)}


def conversation(database: Engine, study: Study, condition: str, person: int) -> list[str]:
    """The prompts that this person must have been asked in series, from what is stored."""
    with Session(database) as session:
        traits = session.get_one(Respondent, (1, person)).traits
        story = None
        if condition.startswith("natural/"):
            match = session.get_one(Match, (1, condition.removeprefix("natural/"), person))
            story = session.get_one(Persona, (1, match.persona)).story
    turns = study.opening(condition, traits, story)
    labelled = study.questionnaire.labelled
    prompts = []
    for one in (a for a in answers(database, condition) if a.respondent == person):
        question = study.questionnaire.questions[one.question]
        turn = question_turn(question, one.shown, study.style, labelled, reminder=bool(turns))
        prompts.append(PlainRendering(study.style).prompt([*turns, turn]))
        said = one.text
        if isinstance(question, Question) and one.drawn is not None:
            choice = question.choices.index(one.text or question.outcomes[one.drawn])
            said = reply(question, one.shown, choice, study.style, labelled)
        if one.error is None:
            turns = [*turns, turn.replied(said or "")]
    return prompts


def asked(model: FakeEngine, survey_alone: int | None = None) -> list[str]:
    """The model's prompts (the last ones) up to the last "Answer:", without what was forced."""
    prompts = model.prompts[-survey_alone:] if survey_alone else model.prompts
    return [prompt[: prompt.rindex("\nAnswer:") + len("\nAnswer:")] for prompt in prompts]


def questionnaire(questions: dict[str, Any], **others: Any) -> dict[str, Any]:
    options = {"too little": 1, "about right": 2, "too much": 3}
    return {"options": options, "questions": questions, **others}


def surveyed(
    database: Engine, folder: Path, model: FakeEngine, questions: dict[str, Any], *,
    people: int = 8, conditions: Sequence[str] = ("none",), **others: Any,
) -> Study:  # fmt: skip
    """A study of these questions, its surveys done."""
    study = small_study(
        folder, people=people, conditions=list(conditions),
        questionnaire=questionnaire(questions, **others),
    )  # fmt: skip
    store(database, study)
    drain_but_measure(database, model)
    return study


def drain_but_measure(database: Engine, model: FakeEngine) -> list[str]:
    desk = station(database, model)
    said = []
    while due := [message for message in ready.due(database) if message.kind != "measure"]:
        said += [desk.do(message.kind, message.id, print) for message in due]
    return said


def within(count: int, share: float, n: int) -> bool:
    """Whether a count of n draws lies within 4 standard deviations of the binomial."""
    return abs(count - n * share) < 4 * math.sqrt(n * share * (1 - share))


ROADS = "Are we spending too much on roads?"
PARKS = "Are we spending too much on parks?"


def test_every_condition_asks_everybody_everything(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    run_study(database, study, FakeEngine(LIKES))
    found = answers(database)
    assert len(found) == 6 * 8 * 3
    for one in found:
        assert one.probabilities == pytest.approx(SHARES[one.question])
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.drawn in range(len(SHARES[one.question]))
        assert (one.persona is not None) == one.condition.startswith("natural/")


@pytest.mark.parametrize("condition", ["none", "bio", "qa", "natural/greedy"])
def test_a_conversation_is_what_was_stored_of_it_with_the_drawn_answers_in_it(
    database: Engine, tmp_path: Path, condition: str
) -> None:
    study = small_study(tmp_path, conditions=[condition])
    model = run_study(database, study, FakeEngine(LIKES))
    expected = [
        prompt for person in range(8) for prompt in conversation(database, study, condition, person)
    ]
    assert sorted(asked(model, len(expected))) == sorted(expected)
    assert len({len(prompt) for prompt in expected}) > 3


def test_the_order_asked_and_shown_is_stored(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["none"])
    run_study(database, study, FakeEngine(LIKES))
    for person in range(8):
        mine = [one for one in answers(database) if one.respondent == person]
        plan = [(one.question.name, one.shown) for one in study.plan("none", person)]
        assert [(one.question, one.shown) for one in mine] == plan
        assert [one.place for one in mine] == [0, 1, 2]
    assert {tuple(one.shown) for one in answers(database)} == {
        (0, 1, 2), (2, 1, 0), (0, 1), (1, 0),
    }  # fmt: skip


def test_a_respondent_speaks_with_the_story_of_the_matched_persona(
    database: Engine, tmp_path: Path
) -> None:
    study = small_study(tmp_path, conditions=["natural/max_weight"])
    run_study(database, study)
    with Session(database) as session:
        matches = dict(session.execute(select(Match.respondent, Match.persona)).all())
    assert len(set(matches.values())) == 8
    assert {(one.respondent, one.persona) for one in answers(database)} == set(matches.items())


def test_draws_follow_the_probabilities(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, people=400, conditions=["none"], chunk=400)
    run_study(database, study, FakeEngine(LIKES))
    for name, shares in SHARES.items():
        found = [one.drawn for one in answers(database) if one.question == name]
        for option, share in enumerate(shares):
            assert abs(found.count(option) / 400 - share) < 0.11


def test_one_seed_draws_the_same_in_any_chunking(tmp_path: Path) -> None:
    found = []
    for chunk in (1, 3, 64):
        folder = tmp_path / str(chunk)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        run_study(database, small_study(folder, chunk=chunk), FakeEngine(LIKES))
        found.append(drawn(database))
        database.dispose()
    assert found[0] == found[1] == found[2]


def test_another_seed_draws_otherwise(tmp_path: Path) -> None:
    found = []
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        run_study(database, small_study(folder, seed=seed, conditions=["none"]), FakeEngine(LIKES))
        found.append(drawn(database))
        database.dispose()
    assert found[0] != found[1]


# --- refusals ------------------------------------------------------------------------------------


def test_a_refused_prompt_ends_the_conversation_of_that_person_alone(
    database: Engine, tmp_path: Path
) -> None:
    """Here the second question of whoever drew "too much" before."""
    refuse = lambda p: PromptRefused("too long") if ") too much\n\n" in p else None  # noqa: E731
    study = small_study(tmp_path, people=30, conditions=["none"], chunk=30)
    run_study(database, study, FakeEngine(LIKES, fault=refuse))
    assert [job.state for job in jobs(database, "survey")] == ["done"]
    refused = 0
    for person in range(30):
        mine = [one for one in answers(database) if one.respondent == person]
        errors = [one.error for one in mine]
        assert len(mine) == 3
        if None in errors[1:] and "too long" not in errors:
            continue
        refused += 1
        first = errors.index("too long")
        assert errors == [None] * first + ["too long"] * (3 - first)
        assert all(one.drawn is None and one.probabilities is None for one in mine[first:])
        assert all(one.drawn is not None for one in mine[:first])
    assert 0 < refused < 30


def test_an_answer_without_any_label_is_the_error_of_that_answer_alone(
    database: Engine, tmp_path: Path
) -> None:
    """DESIGN 5.6: one bad item is that item's error; its neighbours are stored as usual."""

    class Mute(FakeEngine):
        async def logprobs(self, prompt: list[int], ids: list[int], usage: Any) -> list[float]:
            mute = not self.prompts
            found = await super().logprobs(prompt, ids, usage)
            return [float("-inf")] * len(found) if mute else found

    study = small_study(tmp_path, conditions=["none"], chunk=8)
    run_study(database, study, Mute(LIKES))
    (job,) = jobs(database, "survey")
    assert job.state == "done"
    assert sum(one.error is not None for one in answers(database)) == 1


# --- resuming ------------------------------------------------------------------------------------


def test_a_resumed_job_asks_only_whoever_has_no_answers(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=["none"], chunk=8)
    store(database, study)
    drain(station(database, FakeEngine(LIKES)))
    before = drawn(database)
    with writing(database) as session:
        session.execute(delete(Answer).where(col(Answer.respondent).in_([2, 5])))
        session.execute(Answer.metadata.tables["job"].update().values(state="pending"))
    (job,) = jobs(database, "survey")
    held = protocol.Claim(job.id or 0, "survey", 2, "w", 1, None, "none", 0, 8)
    assert len(survey.items(database, held)) == 2
    model = FakeEngine(LIKES)
    station(database, model).do("survey", job.id or 0, print)
    assert len(model.prompts) == 2 * 3
    assert drawn(database) == before


# --- the same whatever happens -------------------------------------------------------------------

MIXED = {
    "why": {"question": "Why do you drive?", "free_text": True},
    "roads": {"question": ROADS, "options_order": "random", "refusal": "No answer"},
    "vote": {
        "question": "Did you vote?", "options": {"Yes": 1, "No": [2, 3]},
        "asked_as": {"Yes, always": "Yes", "Yes, once": "Yes", "Never": "No"},
    },
    "age": {
        "question": "How old are you?", "number": {"from": 18, "to": 99},
        "options": {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}},
    },
}  # fmt: skip


def stored(database: Engine) -> list[dict[str, Any]]:
    return [one.model_dump(exclude={"job_id"}) for one in answers(database)]


@pytest.mark.parametrize(
    "how",
    [
        {"readout_check": 0.5},
        {"readout": "text", "length_normalization": "byte", "in_series": False},
        {"readout": "sample", "samples": 3, "attempts": 4},
    ],
)
def test_interruptions_and_the_order_of_jobs_change_nothing(
    tmp_path: Path, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_module, "PROGRESS_EVERY_S", 0.05)
    study = {"conditions": ["none", "bio"], "questionnaire": questionnaire(MIXED, **how)}
    found = []
    for name, chunk in [("one", 64), ("backwards", 3), ("interrupted", 8)]:
        folder = tmp_path / name
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        store(database, small_study(folder, chunk=chunk, **study))
        if name == "interrupted":
            interrupt(database)
        desk = station(database, FakeEngine(LIKES))
        for job in reversed(jobs(database, "survey")):
            desk.do("survey", job.id or 0, print)
        found.append(stored(database))
        database.dispose()
    assert len(found[0]) == 2 * 8 * 4
    assert found[0] == found[1] == found[2]


def interrupt(database: Engine) -> None:
    """Stops the worker while everybody old hangs: the young are stored, the others sent back."""
    desk = station(database, FakeEngine(LIKES, hangs=lambda prompt: "I am old." in prompt))
    (job,) = [one for one in jobs(database, "survey") if one.condition == "bio"]
    said = ["0/8 people"]
    thread = threading.Thread(target=desk.do, args=("survey", job.id, said.append))
    thread.start()
    deadline = time.monotonic() + 20
    while said[-1].startswith("0/"):
        assert time.monotonic() < deadline, "nobody has answered"
        time.sleep(0.01)
    desk.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert 0 < len({one.respondent for one in answers(database)}) < 8


# --- in series and each alone --------------------------------------------------------------------


def test_each_alone_follows_the_context_and_nothing_else(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES)
    questions = {"roads": ROADS, "parks": PARKS}
    study = surveyed(database, tmp_path, model, questions, conditions=["bio"], in_series=False)
    expected = []
    for one in answers(database):
        with Session(database) as session:
            traits = session.get_one(Respondent, (1, one.respondent)).traits
        turn = question_turn(study.questionnaire.questions[one.question], one.shown, reminder=True)
        expected.append(
            PlainRendering(study.style).prompt([*study.opening("bio", traits, None), turn])
        )
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
    assert len(expected) == 16
    assert sorted(asked(model)) == sorted(expected)


def test_each_alone_a_refused_prompt_is_that_answers_error(
    database: Engine, tmp_path: Path
) -> None:
    refuse = lambda p: PromptRefused("too long") if "on roads" in p else None  # noqa: E731
    model = FakeEngine(LIKES, fault=refuse)
    surveyed(database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, in_series=False)
    errors = {(one.question, one.error) for one in answers(database)}
    assert errors == {("roads", "too long"), ("parks", None)}


def test_an_answer_that_cannot_be_read_leaves_only_its_question_out(
    database: Engine, tmp_path: Path
) -> None:
    class Blank(FakeEngine):
        async def logprobs(self, prompt: list[int], ids: list[int], usage: Any) -> list[float]:
            found = await super().logprobs(prompt, ids, usage)
            question = text_of(prompt).rpartition("Question: ")[2]
            blank = "parks" in question
            return [math.nan] * len(found) if blank else found

    model = Blank(LIKES)
    questions = {"parks": PARKS, "roads": ROADS, "vote": {"question": "Did you vote?"}}
    study = surveyed(database, tmp_path, model, questions, order="fixed")
    for one in answers(database):
        lost = one.question == "parks"
        assert (one.error is not None, one.drawn is None, one.label_mass is None) == (lost,) * 3
    expected = [prompt for n in range(8) for prompt in conversation(database, study, "none", n)]
    assert sorted(asked(model)) == sorted(expected)
    assert not any("parks" in prompt for prompt in model.prompts if "roads" in prompt)


# --- free text -----------------------------------------------------------------------------------


def test_free_text_is_stored_and_stays_in_the_conversation(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine(LIKES, story=lambda seed: f" I drive {seed} miles.\n")
    study = surveyed(database, tmp_path, model, MIXED)
    expected = [prompt for n in range(8) for prompt in conversation(database, study, "none", n)]
    assert {*asked(model)} == {*expected}
    said = [one for one in answers(database) if one.question == "why"]
    assert len({one.text for one in said}) == 8
    for one in said:
        assert one.text is not None
        assert one.text.startswith("I drive ")
        assert (one.probabilities, one.drawn, one.label_mass, one.shown) == (None, None, None, [])
        after = [p for p in expected if f"Answer: {one.text}\n\n" in p]
        assert len(after) == 3 - one.place


def test_an_empty_free_text_is_an_error_and_no_part_of_the_conversation(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine(LIKES, story=lambda seed: " \x00\n")
    questions = {"why": MIXED["why"], "roads": ROADS}
    surveyed(database, tmp_path, model, questions, order="fixed")
    errors = {one.question: one.error for one in answers(database)}
    assert errors == {"why": "the model wrote an empty answer", "roads": None}
    assert not any("drive" in prompt for prompt in model.prompts if "roads" in prompt)


# --- refusals, finer answers, numbers ------------------------------------------------------------


def test_a_refusal_is_an_outcome_of_its_own(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES | {"No answer": 10.0})
    study = surveyed(
        database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, people=100, refusal="No answer"
    )
    found = answers(database)
    for one in found:
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
        assert one.refusal == pytest.approx(0.5)
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.shown[-1] == 3
        assert (one.error, one.text) == (None, None)
    assert {one.drawn for one in found} == {0, 1, 2, 3}
    assert within([one.drawn for one in found].count(3), 0.5, len(found))
    expected = [p for n in range(100) for p in conversation(database, study, "none", n)]
    assert sorted(asked(model)) == sorted(expected)
    assert any("Answer: (D) No answer\n\n" in prompt for prompt in expected)


def test_without_a_refusal_none_is_stored(database: Engine, tmp_path: Path) -> None:
    surveyed(database, tmp_path, FakeEngine(LIKES), {"roads": ROADS})
    assert {one.refusal for one in answers(database)} == {None}


def test_nothing_but_a_refusal_leaves_no_distribution(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine({"too little": 0.0, "about right": 0.0, "too much": 0.0})
    surveyed(database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, refusal="No answer")
    for one in answers(database):
        assert (one.probabilities, one.refusal, one.drawn, one.error) == (None, 1.0, 3, None)


def test_finer_answers_collapse_to_options_and_are_kept_as_text(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine({"Yes, always": 5.0, "Yes, once": 1.0, "Never": 4.0})
    questions = {"vote": {**MIXED["vote"], "options_order": "random"}, "roads": ROADS}
    study = surveyed(database, tmp_path, model, questions, people=60)
    found = [one for one in answers(database) if one.question == "vote"]
    for one in found:
        assert one.probabilities == pytest.approx([0.6, 0.4])
        assert sorted(one.shown) == [0, 1, 2]
        assert one.drawn == (1 if one.text == "Never" else 0)
    for text, share in [("Yes, always", 0.5), ("Yes, once", 0.1), ("Never", 0.4)]:
        assert within([one.text for one in found].count(text), share, 60)
    expected = [p for n in range(60) for p in conversation(database, study, "none", n)]
    assert sorted(asked(model)) == sorted(expected)


def test_a_number_is_asked_for_and_counted_in_its_bin(database: Engine, tmp_path: Path) -> None:
    weights = {str(number): 4.0 if number < 50 else 1.0 for number in range(18, 100)}
    model = FakeEngine(weights)
    study = surveyed(database, tmp_path, model, {"age": MIXED["age"], "roads": ROADS}, people=60)
    found = [one for one in answers(database) if one.question == "age"]
    for one in found:
        assert one.probabilities == pytest.approx([128 / 178, 50 / 178])
        assert one.label_mass == pytest.approx(LABEL_MASS)
        assert one.shown == []
        assert one.drawn == (0 if int(one.text or "") < 50 else 1)
    assert len({one.text for one in found}) > 20
    expected = {p for n in range(60) for p in conversation(database, study, "none", n)}
    assert {*asked(model)} == expected


# --- orders and labels' own appeal ---------------------------------------------------------------

BIAS = {"A": 4.0, "B": 1.0, "C": 0.5}


def test_every_order_is_read_once_and_the_first_goes_on(database: Engine, tmp_path: Path) -> None:
    model = FakeEngine(LIKES, bias=BIAS)
    study = surveyed(
        database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, options_order="averaged"
    )
    for one in answers(database):
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
    expected = {p for n in range(8) for p in conversation(database, study, "none", n)}
    assert expected < {*asked(model)}
    assert len(model.prompts) == 8 * 2 * 6
    for person in range(8):
        first, *_ = study.plan("none", person)
        assert len({tuple(shown) for shown in first.orders}) == 6
        mine = [one for one in answers(database) if (one.respondent, one.place) == (person, 0)]
        assert [one.shown for one in mine] == [first.orders[0]]


@pytest.mark.parametrize("options_order", ["fixed", "random"])
def test_a_labels_own_appeal_is_removed_by_its_calibration_alone(
    tmp_path: Path, options_order: str
) -> None:
    for debias in ("none", "label_prior"):
        folder = tmp_path / debias
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        surveyed(
            database, folder, FakeEngine(LIKES, bias=BIAS),
            {"roads": ROADS, "vote": {"question": "Vote?", "options": {"Yes": 1, "No": [2, 3]}}},
            conditions=["none", "qa"], options_order=options_order, debias=debias,
        )  # fmt: skip
        for one in answers(database):
            true = pytest.approx(SHARES[one.question])
            assert (one.probabilities == true) == (debias == "label_prior")
            assert one.label_mass == pytest.approx(LABEL_MASS)
        database.dispose()


def test_temperature_changes_distribution_and_draws(database: Engine, tmp_path: Path) -> None:
    surveyed(database, tmp_path, FakeEngine(LIKES), {"roads": ROADS}, people=60, temperature=0.25)
    powers = [6.0**4, 3.0**4, 1.0]
    for one in answers(database):
        assert one.probabilities == pytest.approx([power / sum(powers) for power in powers])
    drawn_first = [one.drawn for one in answers(database)].count(0)
    assert within(drawn_first, powers[0] / sum(powers), 60)


# --- written answers -----------------------------------------------------------------------------


def test_written_answers_are_stored_with_every_attempt_counted(
    database: Engine, tmp_path: Path
) -> None:
    model = FakeEngine(LIKES)
    study = surveyed(
        database, tmp_path, model, {"roads": ROADS, "parks": PARKS}, people=60, readout="sample"
    )
    found = answers(database)
    for one in found:
        (sample,) = one.samples or []
        assert sample["choice"] == one.drawn
        assert (sample["first_choice"] is None) == (sample["attempts"] > 1)
        assert one.label_mass == (1.0 if sample["attempts"] == 1 else 0.0)
        assert one.probabilities == [float(option == one.drawn) for option in range(3)]
        assert study.questions[0].option_texts[one.drawn or 0] in sample["final"]
    junk = [one for one in found if one.label_mass == 0.0]
    assert {(one.samples or [{}])[0]["first"] for one in junk} == {"It depends."}
    assert within(len(junk), 1 - LABEL_MASS, len(found))
    for option, share in enumerate([0.6, 0.3, 0.1]):
        assert within([one.drawn for one in found].count(option), share, len(found))
    assert len(model.prompts) == sum((one.samples or [{}])[0]["attempts"] for one in found)
    expected = {p for n in range(60) for p in conversation(database, study, "none", n)}
    assert {*model.prompts} == expected


def test_many_written_answers_make_a_distribution(database: Engine, tmp_path: Path) -> None:
    surveyed(database, tmp_path, FakeEngine(LIKES), {"roads": ROADS}, readout="sample", samples=50)
    for one in answers(database):
        assert one.probabilities is not None
        finals = [sample["choice"] for sample in one.samples or []]
        assert one.probabilities == pytest.approx([finals.count(o) / 50 for o in range(3)])
        assert one.drawn in finals


def test_nothing_parsed_is_the_answers_error_with_its_samples_kept(
    database: Engine, tmp_path: Path
) -> None:
    class Vague(FakeEngine):
        def answers(self, prompt: str) -> dict[str, float]:
            found = super().answers(prompt)
            return {" Who knows?\n": 1.0} if "parks" in prompt else found

    model = Vague(LIKES)
    study = surveyed(
        database, tmp_path, model, {"parks": PARKS, "roads": ROADS},
        order="fixed", readout="sample", samples=2, attempts=3,
    )  # fmt: skip
    for one in answers(database):
        samples = one.samples or []
        assert len(samples) == 2
        if one.question == "parks":
            assert one.error == "no option could be read from 6 written answers"
            assert (one.drawn, one.probabilities, one.label_mass) == (None, None, 0.0)
            assert {(s["attempts"], s["choice"]) for s in samples} == {(3, None)}
        else:
            assert one.error is None
    expected = {p for n in range(8) for p in conversation(database, study, "none", n)}
    assert {*model.prompts} == expected


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_answers_is_checked_by_a_written_one(
    database: Engine, tmp_path: Path, share: float
) -> None:
    model = FakeEngine(LIKES)
    questions = {"roads": ROADS, "parks": PARKS}
    surveyed(database, tmp_path, model, questions, people=60, readout_check=share)
    found = answers(database)
    checked = [one for one in found if one.samples is not None]
    by_seed = [
        one
        for one in found
        if seeds.uniform(7, "check", one.condition, one.respondent, one.question) < share
    ]
    assert [one.model_dump() for one in checked] == [one.model_dump() for one in by_seed]
    assert share == 0.3 or len(checked) == share * 120
    assert share != 0.3 or 0 < len(checked) < 120
    for one in checked:
        (sample,) = one.samples or []
        assert sample["attempts"] == 1
        assert sample["first"] == sample["final"]
    for one in found:
        assert one.probabilities == pytest.approx([0.6, 0.3, 0.1])
    assert len(model.prompts) == 120 + len(checked)


def test_a_check_changes_no_answer(tmp_path: Path) -> None:
    found = []
    for share in (0.0, 1.0):
        folder = tmp_path / str(share)
        database = open_database(f"sqlite:///{folder / 'a.db'}")
        surveyed(database, folder, FakeEngine(LIKES), MIXED, readout_check=share)
        found.append([{**one, "samples": None} for one in stored(database)])
        database.dispose()
    assert found[0] == found[1]
