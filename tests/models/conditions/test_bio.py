"""What `bio` says before the survey, letter by letter."""

from backgrounds import AGE, said, turns


def test_a_bio_says_the_known_traits_in_the_first_person() -> None:
    assert said("bio", {"age": 1, "job": 1}) == "I am old. Work: no\n\n"
    assert said("bio", {"age": None, "job": 1}) == "Work: no\n\n"
    assert turns("bio", {"age": None, "job": None}) == []


def test_braces_in_an_option_are_only_text() -> None:
    assert said("bio", {"job": 0}) == "Work: yes, {} of it\n\n"


def test_what_a_human_answered_is_an_option_however_finely_personas_are_asked() -> None:
    asked = {"18 to 30": "young", "31 to 49": "young", "50 and more": "old"}
    finer = AGE.model_copy(update={"asked_as": asked, "refusal": "Prefer not to answer"})
    assert turns("bio", {"age": 1}, finer) == turns("bio", {"age": 1}, AGE)
