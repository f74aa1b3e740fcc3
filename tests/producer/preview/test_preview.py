"""A preview shows the very prompt that a worker asks, and the answer that is stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chat_templates
import pytest
import tiny_model
from fake_model import (
    FakeEngine,
    FakeTokenizer,
    drain,
    run_study,
    small_study,
    station,
    store,
    text_of,
    write_study,
)
from sqlalchemy import Engine, insert, select, update
from sqlmodel import Session, col

from anthology.models.database.sessions import open_database, writing
from anthology.models.database.tables import (
    Answer,
    EngineRow,
    Job,
    LabelPrior,
    Persona,
    Poll,
    WorkerRow,
)
from anthology.models.errors import InputError
from anthology.models.jobs.protocol import Usage
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.questionnaire.style import PLAIN
from anthology.models.study.study import Study
from anthology.producer.preview.preview import Preview, preview_file, preview_study
from anthology.workers.engine.engine import Generation, Sampling

CONDITIONS = ["none", "bio", "qa", "natural/greedy"]
STORY = "Question: Tell me about yourself.\nAnswer:"
OPTIONS = {"too little": 1, "about right": 2, "too much": 3}
SPENDING = {"roads": "Too much on roads?", "parks": "And on parks?"}
IMPORTANT = {"Important": 1, "Important, but not essential": 2, "Not important": 3}
AGES = {"young": {"from": 18, "to": 49}, "old": {"from": 50, "to": 99}}
NUMBER = {"number": {"from": 18, "to": 99}, "options": AGES}
FINER = {"bad": "too little", "poor": "too little", "good": "about right", "great": "too much"}
AGE = {"question": "How old are you?", "bio": "I am {}.", "options": AGES}

# Studies whose every prompt is a preview's.
FEATURES: dict[str, dict[str, Any]] = {
    "labels": {"questionnaire": {"options": OPTIONS, "questions": SPENDING}},
    "each alone": {
        "questionnaire": {"options": OPTIONS, "questions": SPENDING, "in_series": False}
    },
    "words": {
        "questionnaire": {"options": IMPORTANT, "questions": SPENDING, "readout": "text"},
        "polling": {"readout": "text", "length_normalization": "token"},
    },
    "numbers": {
        "questionnaire": {
            "questions": {"age": {"question": "Your age?", **NUMBER, "refusal": "I forgot"},
                          "roads": {"question": "Too much?", "options": OPTIONS}},
        },
        "traits": {"age": {**AGE, **NUMBER}},
        "measures": {},
    },
    "written": {
        "questionnaire": {
            "options": OPTIONS, "questions": SPENDING, "readout": "sample", "samples": 3,
        },
        "polling": {"readout": "sample", "samples": 2},
    },
    "finer answers": {
        "questionnaire": {
            "questions": {"roads": {"question": "Roads?", "options": OPTIONS, "asked_as": FINER},
                          "parks": {"question": "Parks?", "options": OPTIONS}},
        },
        "traits": {"age": {**AGE, "asked_as": {"18-30": "young", "31-49": "young", "50+": "old"}}},
        "measures": {},
    },
    "refusals": {
        "questionnaire": {"options": OPTIONS, "questions": SPENDING, "refusal": "Won't say"}
    },
    "free text": {
        "questionnaire": {
            "options": OPTIONS,
            "questions": {"why": {"question": "Why?", "free_text": True}, **SPENDING},
        },
    },
    "a battery": {
        "questionnaire": {
            "order": "shuffled_in_blocks",
            "questions": {
                "spending": {"battery": "Too much on {}?", "options": OPTIONS,
                             "items": {"roads": "roads", "parks": "parks"}},
                "all": {"select_all": "Which do you do?", "options": {"Yes": 1, "No": [2, 3]},
                        "items": {"vote": "vote"}},
            },
        },
    },
}  # fmt: skip

# Studies in which more is asked beside: other orders, calibrations, written checks.
MORE: dict[str, dict[str, Any]] = {
    "averaged": {"options_order": "averaged"},
    "averaged over some": {"options_order": "averaged", "permutations": 3},
    "freed of the label prior": {"debias": "label_prior"},
    "checked": {"readout_check": 1.0},
}


class Recorder(FakeEngine):
    """Finds all answers equally likely, under any tokenizer, and keeps the tokens it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: set[tuple[int, ...]] = set()

    async def generate(self, prompt: list[int], sampling: Sampling, usage: Usage) -> Generation:
        return Generation("I was born in Ohio.", 6, "stop")

    async def logprobs(self, prompt: list[int], ids: list[int], usage: Usage) -> list[float]:
        self.sent.add(tuple(prompt))
        return [-5.0 for _ in ids]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def show(database: Engine, person: int, condition: str | None, question: str | None) -> Preview:
    return preview_study(database, "small", person, condition, question, None)


def everything(database: Engine, study: Study, model: str | None = None) -> list[Preview]:
    """Previews of every question to every person and of every poll."""
    asked = [
        (person, condition, question)
        for condition in study.conditions
        for person in range(8)
        for question in study.questionnaire.questions
    ]
    asked += [(persona, "poll", trait) for persona in range(9) for trait in study.traits]
    return [preview_study(database, "small", *each, model) for each in asked]


def readings(found: Preview) -> list[str]:
    """The prompts of a preview under the fake tokenizer, whose tokens are characters."""
    nodes: list[Any] = found.nodes or [{"after": []}]
    return [found.prompt + text_of(node["after"]) for node in nodes]


def model_folder(folder: Path, template: str | None = None) -> str:
    """A tokenizer with what makes its folder a model's: a small one, or one with a template."""
    folder.mkdir()
    if template is None:
        tiny_model.write_tokenizer(folder, tiny_model.VOCABULARY, tiny_model.CONTEXT)
    else:
        chat_templates.tokenizer_with(template).save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    return str(folder)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return model_folder(tmp_path / "tiny")


@pytest.fixture
def of_characters(monkeypatch: pytest.MonkeyPatch) -> str:
    """The fake worker's tokenizer under a model's name."""
    monkeypatch.setattr(
        "anthology.producer.preview.preview.load_tokenizer", lambda *_: FakeTokenizer()
    )
    return "characters"


# --- of a study that ran -------------------------------------------------------------------------


def test_every_preview_is_a_prompt_that_the_worker_asked(database: Engine, tmp_path: Path) -> None:
    study = small_study(tmp_path, conditions=CONDITIONS)
    model = run_study(database, study, FakeEngine({"too little": 5.0}))
    previews = [
        show(database, person, condition, question)
        for condition in CONDITIONS
        for person in range(8)
        for question in ("roads", "parks", "vote")
    ]
    polled = [show(database, n, "poll", trait) for n in range(9) for trait in ("age", "sex")]
    asked = [prompt for prompt in model.prompts if prompt.endswith(PLAIN.opening)]
    assert sorted(one.prompt for one in [*previews, *polled]) == sorted(asked)


@pytest.mark.parametrize("feature", FEATURES)
def test_previews_show_every_reading_of_the_worker_and_no_other(
    database: Engine, tmp_path: Path, of_characters: str, feature: str
) -> None:
    study = small_study(tmp_path, conditions=CONDITIONS, **FEATURES[feature])
    model = run_study(database, study, FakeEngine({"too little": 5.0, "Important": 3.0}))
    previews = everything(database, study, of_characters)
    predicted = {prompt for found in previews for prompt in readings(found)}
    assert predicted == set(model.prompts) - {STORY}
    assert all(found.stored and found.stored["error"] is None for found in previews)


@pytest.mark.parametrize("feature", MORE)
def test_previews_show_what_is_asked_where_more_is_asked_beside(
    database: Engine, tmp_path: Path, of_characters: str, feature: str
) -> None:
    questionnaire = {"options": OPTIONS, "questions": SPENDING, **MORE[feature]}
    study = small_study(tmp_path, conditions=CONDITIONS, questionnaire=questionnaire)
    model = run_study(database, study, FakeEngine({"too little": 5.0}))
    predicted = {p for one in everything(database, study, of_characters) for p in readings(one)}
    assert predicted < set(model.prompts)


@pytest.mark.parametrize(
    "style",
    [
        {"labels": "lower", "brackets": "square", "asker": "Interviewer", "answerer": "Me"},
        {"labels": "digits", "brackets": "dot"},
        {"brackets": "none"},
        {"turns": "chat", "system": "You are a person."},
    ],
)
def test_the_tokens_of_a_preview_are_those_that_the_worker_sent(
    database: Engine, tmp_path: Path, style: dict[str, str]
) -> None:
    chat = "turns" in style
    folder = model_folder(tmp_path / "real", chat_templates.CHATML if chat else None)
    study = small_study(tmp_path, conditions=CONDITIONS, style=style)
    store(database, study)
    engine = Recorder()
    desk = station(database, engine)
    desk.tokenizer = load_tokenizer(folder)
    drain(desk)
    assert engine.sent == {
        (*(found.prompt_token_ids or []), *node["after"])
        for found in everything(database, study, folder)
        for node in found.nodes or []
    }


def test_averaged_orders_are_all_shown_the_one_of_the_prompt_first(
    database: Engine, tmp_path: Path
) -> None:
    questionnaire = {"options": OPTIONS, "questions": SPENDING, "options_order": "averaged"}
    run_study(database, small_study(tmp_path, conditions=["none"], questionnaire=questionnaire))
    for person in range(8):
        found = show(database, person, "none", "parks")
        assert found.stored is not None
        assert found.orders[0] == found.stored["order"]
        assert sorted(found.orders) == [
            [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
        ]  # fmt: skip
        shown = [label["label"] for label in found.labels]
        assert [shown[choice] for choice in found.orders[0]] == ["A", "B", "C"]


def test_what_is_stored_is_shown_with_it(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["bio"]), FakeEngine({"too little": 5.0}))
    with Session(database) as session:
        for answer in session.execute(select(Answer)).scalars():
            found = show(database, answer.respondent, "bio", answer.question)
            assert found.stored == {
                "probabilities": answer.probabilities, "label_mass": answer.label_mass,
                "refusal": None, "drawn": answer.drawn, "text": None, "order": answer.shown,
                "samples": None, "error": None,
            }  # fmt: skip
            assert found.place == answer.place
            by_label = sorted(found.labels, key=lambda one: one["label"])
            assert [f"({one['label']}) {one['option']}" for one in by_label] == [
                line for line in found.prompt[found.prompt.rindex("Question:") :].splitlines()
                if line.startswith("(")
            ]  # fmt: skip


def test_written_answers_are_shown_as_they_are_stored(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"], **FEATURES["written"]))
    with Session(database) as session:
        for answer in session.execute(select(Answer)).scalars():
            found = show(database, answer.respondent, "none", answer.question)
            assert found.stored is not None
            assert found.stored["samples"] == answer.samples
            assert len(found.stored["samples"]) == 3
            assert (found.readout, found.nodes) == ("sample", None)


def test_a_free_text_is_shown_and_stays_in_later_prompts(database: Engine, tmp_path: Path) -> None:
    changes = FEATURES["free text"]["questionnaire"]
    study = small_study(tmp_path, conditions=["none"], questionnaire={**changes, "order": "fixed"})
    run_study(database, study)
    why, roads = show(database, 3, "none", "why"), show(database, 3, "none", "roads")
    assert (why.readout, why.labels, why.outcomes, why.nodes) == ("free text", [], [], None)
    assert why.stored is not None
    assert f"{why.prompt} {why.stored['text']}" in roads.prompt
    assert why.prompt.endswith("Question: Why?\nAnswer:")


def test_finer_answers_are_shown_with_what_they_count_as(database: Engine, tmp_path: Path) -> None:
    changes = FEATURES["finer answers"]["questionnaire"]
    store(database, small_study(tmp_path, conditions=["none"], questionnaire=changes))
    found = show(database, 0, "none", "roads")
    assert {one["option"]: one["counts_as"] for one in found.labels} == FINER
    assert found.outcomes == list(OPTIONS)


def test_a_refusal_is_an_outcome_of_its_own(database: Engine, tmp_path: Path) -> None:
    engine = FakeEngine({"Won't say": 1e9})
    run_study(database, small_study(tmp_path, conditions=["none"], **FEATURES["refusals"]), engine)
    found = show(database, 0, "none", "roads")
    assert found.outcomes == [*OPTIONS, "Won't say"]
    assert found.stored is not None
    assert found.stored["drawn"] == 3
    assert found.stored["refusal"] == pytest.approx(1.0)
    assert len(found.stored["probabilities"]) == 3


def test_the_label_prior_that_was_removed_is_shown(database: Engine, tmp_path: Path) -> None:
    questionnaire = {"options": OPTIONS, "questions": SPENDING, "debias": "label_prior"}
    changes: dict[str, Any] = {"conditions": ["none", "bio"], "questionnaire": questionnaire}
    store(database, small_study(tmp_path, **changes))
    assert show(database, 0, "bio", "roads").label_prior is None
    drain(station(database, FakeEngine(bias={"A": 3.0})))
    with Session(database) as session:
        prior = session.get_one(LabelPrior, (1, "bio", 3)).logprobs
    assert show(database, 0, "bio", "roads").label_prior == prior
    assert show(database, 0, "poll", "sex").label_prior is None


def test_the_steps_of_a_16_bit_head_are_shown_with_what_it_answered(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    coarse = {"body_dtype": "bfloat16", "head_dtype": "bfloat16", "logit_step": 0.125}
    fine = {"body_dtype": "bfloat16", "head_dtype": "float32", "logit_step": None}
    with writing(database) as session:
        rows = [{"id": "old", "info": {**coarse, "device": "x"}}, {"id": "new", "info": fine}]
        session.execute(insert(EngineRow), rows)
        session.execute(update(Job).where(col(Job.kind) == "survey").values(engine_id="old"))
    assert show(database, 0, "none", "roads").resolution == coarse


def test_before_a_study_ran_the_step_is_that_of_the_worker_that_serves_its_model(
    database: Engine, tmp_path: Path
) -> None:
    store(database, small_study(tmp_path, conditions=["none"]))
    assert show(database, 0, "none", "roads").resolution is None
    coarse = {"body_dtype": "bfloat16", "head_dtype": "bfloat16", "logit_step": 0.25}
    worker = {"queue": "gpu.fake", "model": "fake", "pid": 1, "started_at": 0.0, "engine_id": "a",
              "stopped": False}  # fmt: skip
    with writing(database) as session:
        session.execute(insert(EngineRow), [{"id": "a", "info": coarse}])
        session.execute(insert(WorkerRow), [{**worker, "name": "w", "seen_at": 1.0}])
    assert show(database, 0, "none", "roads").resolution == coarse


def test_a_poll_is_shown_for_the_name_of_a_trait(database: Engine, tmp_path: Path) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]))
    found = show(database, 4, None, "sex")
    with Session(database) as session:
        persona = session.get_one(Persona, (1, 4))
        mine = select(Poll).where(Poll.number == 4, Poll.trait == "sex")
        poll = session.execute(mine).scalar_one()
    assert persona.story in found.prompt
    assert found.condition == "poll"
    assert found.stored is not None
    assert found.stored["probabilities"] == poll.probabilities


def test_without_a_question_a_poll_is_of_the_first_trait(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path, conditions=["natural/greedy"]))
    assert show(database, 4, "poll", None) == show(database, 4, "poll", "age")


def test_a_persona_without_a_story_has_a_placeholder_for_it(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["natural/greedy"]), FakeEngine())
    with writing(database) as session:
        session.execute(update(Persona).values(story="", error="wrote nothing"))
    assert "⟨the story of persona 4⟩" in show(database, 4, "poll", "sex").prompt


def test_without_a_question_the_first_that_is_asked_is_shown(
    database: Engine, tmp_path: Path
) -> None:
    run_study(database, small_study(tmp_path, conditions=["none"]))
    assert [show(database, person, None, None).place for person in range(8)] == [0] * 8


# --- before it ran -------------------------------------------------------------------------------


def test_a_file_can_be_previewed_before_it_is_submitted(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    first = preview_file(path, 0, "none", None, None)
    assert first.stored is None
    assert first.prompt.startswith("Question: ")
    assert first.prompt_token_ids is None
    assert all(label["token_ids"] is None for label in first.labels)


def test_what_is_not_known_yet_stands_as_a_placeholder(database: Engine, tmp_path: Path) -> None:
    path = write_study(tmp_path)
    store(database, small_study(tmp_path))
    for found in (
        preview_file(path, 3, "natural/greedy", "roads", None),
        show(database, 3, "natural/greedy", "roads"),
    ):
        assert "⟨the story of the persona matched to respondent 3⟩" in found.prompt
        assert found.prompt.count("⟨the answer drawn here⟩") == found.place


def test_a_preview_of_the_file_is_that_of_the_study(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    path = write_study(tmp_path)
    for condition in ("none", "bio", "qa"):
        for person in range(8):
            of_file = preview_file(path, person, condition, "parks", None)
            assert of_file == show(database, person, condition, "parks")


def test_the_poll_of_a_file_is_that_of_the_study(database: Engine, tmp_path: Path) -> None:
    store(database, small_study(tmp_path))
    path = write_study(tmp_path)
    for persona in range(9):
        for trait in ("age", "sex"):
            of_file = preview_file(path, persona, None, trait, None)
            assert of_file == show(database, persona, "poll", trait)
            assert f"⟨the story of persona {persona}⟩" in of_file.prompt


def test_token_ids_are_those_of_the_models_tokenizer(tmp_path: Path, model: str) -> None:
    from transformers import AutoTokenizer

    found = preview_file(write_study(tmp_path), 0, "bio", "roads", model)
    tokenizer = AutoTokenizer.from_pretrained(model)
    assert found.prompt_token_ids == tokenizer.encode(found.prompt)
    for label in found.labels:
        (token,) = label["token_ids"]
        assert tokenizer.decode([token]) == label["label"]


@pytest.mark.parametrize("feature", ["words", "numbers"])
def test_words_and_numbers_are_read_token_by_token(
    tmp_path: Path, model: str, feature: str
) -> None:
    """A choice's tokens follow the prompt's, and every one that is read stands in a node."""
    path = write_study(tmp_path, **FEATURES[feature])
    tokenizer = load_tokenizer(model)
    for question in Study.load(path).questions:
        if feature == "numbers" and question.number is None:
            continue
        found = preview_file(path, 0, "none", question.name, model)
        nodes = {tuple(node["after"]): node["token_ids"] for node in found.nodes or []}
        for label in found.labels:
            ids = label["token_ids"]
            whole = tokenizer.encode(found.prompt + found.merged + label["option"])
            read = [*(found.prompt_token_ids or []), *ids]
            assert whole[: len(read)] == read
            assert feature == "numbers" or whole == read
            assert nodes[()]
            assert all(ids[i] in nodes[tuple(ids[:i])] for i in range(len(ids))
                       if tuple(ids[:i]) in nodes)  # fmt: skip


def test_a_chat_is_shown_through_the_models_own_template(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "chat", chat_templates.CHATML)
    path = write_study(tmp_path, style={"turns": "chat"}, conditions=["natural/greedy"])
    found = preview_file(path, 2, None, "age", folder)
    assert found.prompt.startswith(
        "<|im_start|>user\nTell me about yourself.<|im_end|>\n"
        "<|im_start|>assistant\n⟨the story of persona 2⟩<|im_end|>\n<|im_start|>user\n"
    )
    assert found.opening == "<|im_start|>assistant\n("
    assert found.prompt.endswith(found.opening)


def test_a_folder_that_only_has_the_models_name_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_study(tmp_path)
    (tmp_path / "fake").mkdir()
    assert preview_file(path, 0, "none", None, None).prompt_token_ids is None


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "condition", "question", "message"),
    [
        (8, None, None, "--persona 8: give a number from 0 to 7"),
        (-1, None, None, "--persona -1: give a number from 0 to 7"),
        (0, "natural/x", None, "has no condition 'natural/x'; it has none, bio"),
        (0, "natural/x", None, "natural/max_weight, poll"),
        (0, "poll", "roads", "has no trait 'roads' to poll; it has age, sex"),
        (0, None, "rods", "has no question 'rods'; it has roads, parks, vote, age, sex"),
        (0, "bio", "age", "'age' is a trait of study 'small', no question; leave --condition out"),
        (9, "poll", "age", "--persona 9: give a number from 0 to 8"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    database: Engine, tmp_path: Path, person: int, condition: str | None, question: str | None,
    message: str,
) -> None:  # fmt: skip
    store(database, small_study(tmp_path))
    with pytest.raises(InputError) as raised:
        show(database, person, condition, question)
    assert message in str(raised.value)


def test_a_trait_that_nobody_is_asked_is_refused_for_what_it_is(tmp_path: Path) -> None:
    path = write_study(tmp_path, pool=None, conditions=["bio"])
    with pytest.raises(InputError, match="'age' is a trait of study 'small', no question; only a"):
        preview_file(path, 0, "bio", "age", None)


def test_an_unknown_study_is_refused(database: Engine) -> None:
    with pytest.raises(InputError, match="there is no study 'small'"):
        show(database, 0, None, None)


def test_a_chat_without_the_models_folder_is_refused(tmp_path: Path) -> None:
    path = write_study(tmp_path, style={"turns": "chat"})
    with pytest.raises(InputError, match="give the model's folder with --model"):
        preview_file(path, 0, "none", None, None)


def test_a_model_that_reasons_first_is_refused_unless_it_writes(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "thinker", chat_templates.QWEN3_THINKING)
    chat: dict[str, Any] = {"style": {"turns": "chat"}, "conditions": ["none"]}
    with pytest.raises(InputError, match="readout: sample"):
        preview_file(write_study(tmp_path, **chat), 0, None, "roads", folder)
    path = write_study(tmp_path, **chat, **FEATURES["written"])
    assert preview_file(path, 0, None, "roads", folder).readout == "sample"
