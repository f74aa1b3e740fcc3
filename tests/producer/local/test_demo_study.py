"""The demo's study is the bundled one, smaller: what it shows, the bundled one has."""

from pathlib import Path

import anthology.producer
from anthology.models.study.study import Study
from anthology.producer.local.demo_study import demo_study
from anthology.producer.surveys.respondents import read_humans

BUNDLED = Path(anthology.producer.__file__).parent / "examples" / "gss2018" / "study.yaml"


def test_the_demo_has_every_condition_question_and_trait_of_the_bundled_study() -> None:
    demo, bundled = demo_study(), Study.load(BUNDLED)
    assert demo.conditions == bundled.conditions
    assert demo.traits == bundled.traits
    assert demo.questionnaire == bundled.questionnaire


def test_the_demo_is_a_valid_study_that_pairs_everybody_one_to_one() -> None:
    demo = demo_study()
    assert Study.from_spec(demo.spec) == demo
    assert demo.pool is not None
    assert demo.pool.count >= read_humans(demo).sampled


def test_the_demo_stands_beside_a_bundled_study_and_an_earlier_versions_demo() -> None:
    demo, bundled = demo_study(), Study.load(BUNDLED)
    assert demo.pool is not None
    assert bundled.pool is not None
    assert demo.study != bundled.study
    assert demo.pool.name != bundled.pool.name
