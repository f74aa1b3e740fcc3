"""What `qa` says before the survey, letter by letter."""

from backgrounds import AGE, said, turns


def test_known_traits_as_questions_that_were_answered() -> None:
    assert said("qa", {"age": 1, "job": 1}) == (
        "Question: How old are you?\n(A) young\n(B) old\nAnswer with (A) or (B).\n"
        "Answer: (B) old\n\n"
        "Answer the following question keeping in mind your previous answers.\n"
        "Question: Do you work?\n(A) yes, {} of it\n(B) no\nAnswer with (A) or (B).\n"
        "Answer: (B) no\n\n"
    )
    assert turns("qa", {"age": None}, AGE) == []


def test_the_first_known_trait_is_not_reminded_of_earlier_answers() -> None:
    assert said("qa", {"age": None, "job": 0}).startswith("Question: Do you")


def test_known_traits_are_shown_without_labels_where_the_survey_has_none() -> None:
    (turn,) = turns("qa", {"age": 0}, AGE, labelled=False)
    assert turn.asked.splitlines()[1:3] == ["- young", "- old"]
    assert turn.reply == "young"


def test_what_a_human_answered_is_an_option_however_finely_personas_are_asked() -> None:
    asked = {"18 to 30": "young", "31 to 49": "young", "50 and more": "old"}
    finer = AGE.model_copy(update={"asked_as": asked, "refusal": "Prefer not to answer"})
    assert turns("qa", {"age": 1}, finer) == turns("qa", {"age": 1}, AGE)
