"""The pool of a study that has one: what is stored of it is what versions before stored."""

import json
from pathlib import Path

from fake_model import small_study

from anthology.models.pools.natural import NaturalPool
from anthology.models.pools.only import OnlyPool
from anthology.models.pools.registry import of_recipe
from anthology.models.questionnaire.style import PLAIN

# As the version before `pools` stored it, key by key.
RECIPE = (
    '{"prompt": "Tell me about yourself.", "max_tokens": 512, "min_tokens": 32, '
    '"temperature": 1.0, "top_p": 1.0, "asker": "Question", "answerer": "Answer", '
    '"turns": "plain", "system": null, "seed": 7, "model": "fake"}'
)


def test_its_recipe_is_to_the_byte_what_it_was(tmp_path: Path) -> None:
    study = small_study(tmp_path, pool={"name": "people", "count": 2})
    assert json.dumps(study.recipe(study.pools_used[0])) == RECIPE


def test_a_stored_recipe_makes_the_pool_that_it_is_of(tmp_path: Path) -> None:
    old = of_recipe("people", 2, json.loads(RECIPE))
    assert old == OnlyPool(name="people", count=2, seed=7)
    assert (old.writing.min_tokens, old.writing.attempts, old.longest) == (32, 1, 512)
    new = {
        "people": {"count": 2, "prompts": ["Who are you?", "What do you do?"], "reject": {},
                   "stop": ["###"], "log_likelihood": True,
                   "screening": {"question": "Here?", "options": ["Yes", "No"], "wanted": "Yes"}},
    }  # fmt: skip
    conditions = [{"pool": "people", "match": "random"}]
    study = small_study(tmp_path, pool=None, pools=new, conditions=conditions)
    (pool,) = study.pools_used
    assert isinstance(pool, NaturalPool)
    assert of_recipe("people", 2, json.loads(json.dumps(study.recipe(pool)))) == pool


def test_a_story_stands_after_its_prompt(tmp_path: Path) -> None:
    pool = OnlyPool(name="people", count=2, prompt="Who are you?")
    (turn,) = pool.turns(1, " I was born.\n", PLAIN)
    assert (turn.asked, turn.reply) == ("Who are you?", "I was born.")
    assert pool.opening(1, PLAIN) == [turn.replied("")]
