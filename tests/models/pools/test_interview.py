"""A pool of interviews in a study file: what may be set, what is refused, what is asked."""

from pathlib import Path
from typing import Any

import pytest
from chat_templates import CHATML, tokenizer_with
from fake_model import write_study
from interviewed import CONDITIONS, QUESTIONS

from anthology.models.errors import InputError
from anthology.models.pools.critic import FAULTS, Critic
from anthology.models.pools.interview import InterviewPool, answered
from anthology.models.pools.registry import of_recipe
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.rendering import PlainRendering, Turn
from anthology.models.questionnaire.questions import digest
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.study import stages
from anthology.models.study.study import Study


def loaded(folder: Path, interview: Any, **keys: Any) -> Study:
    pools = {"lives": {"count": 5, "interview": interview, **keys}}
    return Study.load(write_study(folder, pool=None, pools=pools, conditions=CONDITIONS))


def made(**interview: Any) -> InterviewPool:
    return InterviewPool(name="lives", count=5, interview=interview)  # type: ignore[arg-type]


def test_a_pool_needs_no_more_than_the_word_for_questions_and_a_critic(tmp_path: Path) -> None:
    [pool] = loaded(tmp_path, {}).pools_used
    assert isinstance(pool, InterviewPool)
    assert 8 <= len(pool.interview.questions) <= 12
    assert pool.interview.judge == Critic()
    assert pool.interview.judge.criteria == FAULTS


def test_what_is_stored_is_the_same_study_and_its_recipe_the_same_pool(tmp_path: Path) -> None:
    study = loaded(tmp_path, {"questions": QUESTIONS, "critic": "none", "top_p": 0.9})
    assert Study.from_spec(study.spec) == study
    [pool] = study.pools_used
    assert of_recipe("lives", 5, study.recipe(pool)) == pool
    other = loaded(tmp_path, {"questions": QUESTIONS, "critic": {}, "top_p": 0.9})
    assert digest(other.recipe(other.pools_used[0])) != digest(study.recipe(pool))


@pytest.mark.parametrize(
    ("interview", "field", "said"),
    [
        ({"critic": "nobody"}, "pools.lives.interview.critic", "should be 'none'"),
        ({"critic": {"criteria": {}}}, "pools.lives.interview.critic.criteria", "at least 1"),
        (
            {"critic": {"criteria": {"empty": "Is it?"}}},
            "pools.lives.interview.critic.criteria.empty",
            "give the criterion another name",
        ),
        ({"critic": {"threshold": 1}}, "pools.lives.interview.critic.threshold", "less than 1"),
        ({"critic": {"model": ""}}, "pools.lives.interview.critic.model", "should not be empty"),
        ({"critic": {"atempts": 2}}, "pools.lives.interview.critic.atempts", "'attempts'?"),
        ({"questions": []}, "pools.lives.interview.questions", "at least 1"),
        ({"question": ["Who?"]}, "pools.lives.interview.question", "is not a field here"),
        (None, "pools.lives.interview", "should be a mapping"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    tmp_path: Path, interview: Any, field: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, interview)
    assert len(str(caught.value).splitlines()) == 1
    assert f": {field}: " in str(caught.value)
    assert said in str(caught.value)


def test_a_stored_interview_may_have_a_criterion_that_is_refused_today(tmp_path: Path) -> None:
    study = loaded(tmp_path, {"critic": {"criteria": {"blank": "Is it?"}}})
    spec, [pool] = study.spec, study.pools_used
    recipe = study.recipe(pool)
    for interview in (spec["pools"]["lives"]["interview"], recipe["interview"]):
        interview["critic"]["criteria"] = {"empty": "Is it?"}
    assert Study.from_spec(spec).spec == spec
    assert of_recipe("lives", 5, recipe).recipe == {key: recipe[key] for key in pool.recipe}


def test_keys_of_natural_stories_are_none_of_an_interviews_pool(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pools\.lives\.prompt: is not a field here"):
        loaded(tmp_path, {}, prompt="Tell me about yourself.")


def test_a_question_that_reads_as_an_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pools\.lives\.interview\.questions\.0: has a line"):
        loaded(tmp_path, {"questions": ["Who are you?\nAnswer: I am old."]})


def test_a_stored_life_is_told_again_as_it_was_told() -> None:
    pool = made(questions=QUESTIONS)
    said = [answered("Here.\n\nAnd there.\n\n\n\nThen gone."), "None.\nAt all.", "Much."]
    asked = PlainRendering(PLAIN).prompt(pool.next_question(said[:2]))
    assert asked.endswith(f"Question: {QUESTIONS[2]}\nAnswer:")
    told = pool.turns(0, "\n\n\n".join(said), PLAIN)
    assert told == [Turn(q, a) for q, a in zip(QUESTIONS, said, strict=True)]
    assert PlainRendering(PLAIN).prompt([*told, Turn("?")]).startswith(asked)


def test_a_chats_prompts_grow_out_of_each_other_and_out_of_nothing_a_critic_is_asked() -> None:
    pool = made(questions=QUESTIONS)
    rendering = rendering_of(Style(turns="chat"), tokenizer_with(CHATML))  # type: ignore[arg-type]
    said: list[str] = []
    before = rendering.prompt(pool.next_question(said))
    for answer in ("Here.", "Much.\n\nAnd more."):
        said.append(answer)
        now = rendering.prompt(pool.next_question(said))
        assert now.startswith(f"{before}{answer}")
        judged = rendering.prompt(pool.judged(said, "nonsense"))
        assert judged.startswith(f"{before}{answer}")
        assert FAULTS["nonsense"] in judged
        assert FAULTS["nonsense"] not in now
        before = now


def test_a_life_of_which_nothing_is_known_has_every_question() -> None:
    pool = made(questions=QUESTIONS)
    assert [turn.asked for turn in pool.turns(0, pool.repeated("…"), PLAIN)] == QUESTIONS


def test_a_critic_may_be_another_model_which_is_one_of_the_studys(tmp_path: Path) -> None:
    study = loaded(tmp_path, {"questions": QUESTIONS, "critic": {"model": "org/Large"}})
    assert stages.models_of(study) == ["fake", "org/Large"]
    [pool] = study.pools_used
    assert pool.jobs == ("interview", "critic", "poll")
    assert Study.from_spec(study.spec) == study
    recipe = study.recipe(pool)
    stored = of_recipe("lives", 5, recipe)
    assert (stored.judged_by, stored.jobs) == ("large", pool.jobs)
    elsewhere = loaded(
        tmp_path, {"questions": QUESTIONS, "critic": {"model": "/models/Large"}}, model="x/fake"
    )
    assert elsewhere.recipe(elsewhere.pools_used[0]) == recipe


@pytest.mark.parametrize("named", [{}, {"model": "writer"}])
def test_a_critic_that_writes_itself_is_none_of_its_own(
    tmp_path: Path, named: dict[str, str]
) -> None:
    author = named.get("model", "fake")
    study = loaded(tmp_path, {"critic": {"model": author}}, **named)
    assert study.digest == loaded(tmp_path, {}, **named).digest
    assert study.pools_used[0].jobs == ("interview", "poll")
    assert loaded(tmp_path, {"critic": {"model": "large"}}, **named).digest != study.digest


@pytest.mark.parametrize(("share", "fault"), [(0.5, None), (0.51, "b")])
def test_an_answer_is_rejected_above_the_threshold_for_its_likeliest_fault(
    share: float, fault: str | None
) -> None:
    critic = Critic(criteria={"a": "A?", "b": "B?"})
    assert critic.fault({"a": 0.2, "b": share}) == fault
