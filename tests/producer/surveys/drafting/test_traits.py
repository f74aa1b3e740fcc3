"""A known trait is asked in plain words, and its sentence takes in the texts of its options."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.questionnaire.questions import Trait
from anthology.producer.surveys.drafting.known_traits import Recognised, known_traits, recognised
from anthology.producer.surveys.drafting.traits import CODES, phrased

TRAITS = {trait.name: trait for trait in known_traits()}


def said(name: str, *texts: str, wording: str = "x", **fields: Any) -> tuple[dict[str, Any], str]:
    """The drafted trait, and its sentence for the first option."""
    options = {text: code for code, text in enumerate(texts, start=1)}
    entry = {"question": wording, "options": options, "bio": f"{wording}: {{}}.", **fields}
    found, _ = phrased(entry, Recognised(TRAITS[name], "name", True), wording)
    return found, found["bio"].replace("{}", next(iter(found["options"])))


@pytest.mark.parametrize(
    ("trait", "texts", "sentence"),
    [
        ("age", ["18-29", "30-49"], "I am 18-29 years old."),
        ("age", ["65 or older", "18 to 64"], "My age is 65 or older."),
        ("sex", ["Male", "Female"], "I am male."),
        ("sex", ["A woman", "A man"], "I am a woman."),
        ("sex", ["Woman", "Man"], "I am a woman."),
        ("sex", ["A woman", "A man", "In some other way"], "My gender: a woman."),
        ("education", ["Some College", "H.S. graduate or less"],
         "My highest level of education is some college."),
        ("education", ["H.S. graduate or less", "Some college"],
         "My highest level of education is H.S. graduate or less."),
        ("income", ["Less than $30,000", "$30,000 or more"],
         "My household's income is less than $30,000."),
        ("income", ["Upper income", "Lower income"], "My household's income: upper income."),
        ("race", ["White", "Other"], "My race or ethnicity is White."),
        ("religion", ["Nothing in particular", "Protestant"],
         "My religion is nothing in particular."),
        ("region", ["Northeast", "South"], "I live in the Northeast."),
        ("region", ["Bavaria", "Saxony"], "The region I live in is Bavaria."),
        ("party", ["Republican", "Democrat", "Independent", "Something else"],
         "Politically, I think of myself as a Republican."),
        ("sex", ["FEMALE", "MALE"], "I am female."),
        ("race", ["WHITE", "BLACK"], "My race or ethnicity is White."),
        ("party", ["strong democrat", "independent", "other party"],
         "Politically, I think of myself as a strong Democrat."),
        ("party", ["Strong Democrat", "Lean Democrat"], "My political party: strong Democrat."),
        ("party", ["Rep/Lean Rep", "Dem/Lean Dem"],
         "The political party that I identify with is Rep/Lean Rep."),
        ("ideology", ["Very conservative", "Moderate"],
         "My political views are very conservative."),
        ("ideology", ["Left", "1", "2", "Right"],
         "My place on a scale from left to right is left."),
        ("ideology", ["Haven't thought about it", "Liberal"],
         "My political views: haven't thought about it."),
    ],
)  # fmt: skip
def test_a_sentence_is_said_of_oneself(trait: str, texts: list[str], sentence: str) -> None:
    assert said(trait, *texts)[1] == sentence


@pytest.mark.parametrize("name", TRAITS)
def test_steps_are_ordered_and_groups_are_not(name: str) -> None:
    ordered = name in ("age", "education", "income", "ideology")
    assert ("ordered" not in said(name, "Aa", "Bb", "Cc")[0]) is ordered


def test_steps_coded_by_words_or_with_an_other_keep_what_is_known_of_their_order() -> None:
    words = {"question": "x", "options": {"Ba": "Ba", "Ma": "Ma"}, "bio": "x: {}", "ordered": False}
    known = Recognised(TRAITS["education"], "name", True)
    assert phrased(words, known, "x")[0]["ordered"] is False
    assert said("education", "Primary", "Secondary", "Other", ordered=False)[0]["ordered"] is False


@given(
    st.sampled_from(sorted(TRAITS)),
    st.lists(st.text(alphabet="aAbB 1-$.?", min_size=1).map(str.strip).filter(bool), min_size=2,
             max_size=8, unique_by=str.casefold),
    st.booleans(),
)  # fmt: skip
def test_whatever_its_options_a_known_trait_is_valid_and_keeps_their_codes(
    name: str, texts: list[str], english: bool
) -> None:
    options = {text: code for code, text in enumerate(texts)}
    entry = {"question": "Q", "options": options, "bio": "Q: {}."}
    found, _ = phrased(entry, Recognised(TRAITS[name], "words", english), "Q")
    assert list(found["options"].values()) == list(options.values())
    assert Trait.model_validate({"name": "t", "column": "t", **found}).bio


def test_another_language_keeps_its_own_wording() -> None:
    known = recognised("P31", "Sexo", ["Hombre", "Mujer"])
    assert known is not None
    entry = {"question": "Sexo", "options": {"Hombre": 1, "Mujer": 2}, "bio": "Sexo: {}."}
    assert phrased(entry, known, "Sexo")[0] == {**entry, "ordered": False}


def test_codes_without_texts_are_told_of_and_ranges_of_ages_are_texts() -> None:
    for texts, told in ((["1", "2"], True), (["18-29", "65+"], False)):
        options = {text: code for code, text in enumerate(texts)}
        entry = {"question": "F_AGECAT", "options": options, "bio": "x: {}."}
        _, changes = phrased(entry, Recognised(TRAITS["age"], "name", True), "F_AGECAT")
        assert (CODES in changes) is told
