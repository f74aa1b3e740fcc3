"""How answers were read, in words: every setting that changes a figure is said, also when off."""

import pytest
from finished_study import full_study, small_study
from primed import primed_study

from anthology.producer.reporting.method import how_read, listed


def said(**settings):
    return dict(how_read(full_study(**{"readout_check": 0.0, **settings})))


def questions(anchored=(), **settings):
    spend = {"question": "Spending?", "options": {"Too little": 1, "Right": 2, "Too much": 3},
             "anchored": list(anchored)}  # fmt: skip
    study = small_study(questionnaire={"questions": {"spend": spend, "tax": spend}, **settings})
    return dict(how_read(study))


def test_labels_are_named_with_their_brackets():
    assert "labels (upper-case letters in round brackets)" in said()["Answers"]
    digits = small_study(style={"labels": "digits", "brackets": "dot"})
    assert "labels (numbers with a dot)" in dict(how_read(digits))["Answers"]


def test_how_stories_are_primed_is_stated(tmp_path):
    pools = {"mine": {"primed_by": "bio"}, "spare": {"primed_by": "qa"}}
    study = primed_study(tmp_path, pools=pools, conditions=[{"pool": "mine"}])
    assert dict(how_read(study))["Primed stories"] == (
        "written after each respondent’s own traits (mine: as bio); surveys begin with the story"
    )
    assert "Polls of personas" not in dict(how_read(study))
    assert "Primed stories" not in said()


def test_what_is_off_is_said_to_be_none():
    found = said()
    assert found["Written check"] == "none"
    assert found["Bias removed"].startswith("none: ")
    assert dict(how_read(small_study()))["Refusals"] == "none offered"


def test_label_prior_removal_is_stated():
    assert said(debias="label_prior")["Bias removed"].startswith("by label-prior removal")


def test_permutation_averaging_is_stated_with_its_number_of_orders():
    found = questions(options_order="averaged")
    assert found["Options"] == "in all orders, averaged"
    assert found["Bias removed"].startswith("by permutation averaging on spend and tax")
    some = questions(options_order="averaged", permutations=3)
    assert some["Options"] == "in 3 balanced orders, averaged"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "every option stands at every label equally often"),
        ({"permutations": 3}, "every option stands at every label equally often"),
        ({"permutations": 720}, "every option stands at every label equally often"),
        ({"permutations": 2}, "2 orders of 3 options, in which none stands at every label"),
        ({"permutations": 4}, "is reduced, not removed"),
        ({"anchored": ["Right"]}, "every option but “Right” stands at all other labels"),
        ({"refusal": "No idea"}, "the label of what keeps its place is still there"),
    ],
)
def test_averaging_is_said_to_remove_no_more_bias_than_it_does(settings, words):
    assert words in questions(options_order="averaged", **settings)["Bias removed"]


def test_questions_with_an_order_of_their_own_are_named():
    assert said()["Options"] == (
        "in a random order for each person: spend; turned round for one person in two: war"
    )


@pytest.mark.parametrize(
    ("normalization", "words"), [("none", "none: "), ("token", "tokens"), ("byte", "UTF-8 bytes")]
)
def test_length_normalisation_is_stated_where_texts_are_compared(normalization, words):
    found = said(readout="text", length_normalization=normalization)
    assert words in found["Length normalisation"]
    assert "own words" in found["Answers"]
    assert "Length normalisation" not in said()


def test_written_answers_are_stated_with_how_often_they_are_asked_for():
    found = said(readout="sample", samples=5, attempts=20)
    assert "5 answers to a question, asked for again, up to 20 times in all" in found["Answers"]
    assert "Written check" not in found
    assert "asked for again" not in said(readout="sample", attempts=1)["Answers"]


def test_a_temperature_is_said_to_be_applied_exactly():
    assert said(temperature=0.5)["Temperature"].startswith("0.5, applied exactly")
    assert said()["Temperature"] == "1, the model’s own probabilities"


def test_the_share_of_written_checks_is_a_percentage():
    assert "beside 0.5% of the answers" in said(readout_check=0.005)["Written check"]


def test_series_or_alone_and_who_speaks_is_said():
    assert said()["Conversation"].startswith("in series")
    assert said(in_series=False)["Conversation"].startswith("each question alone")
    chat = small_study(style={"turns": "chat", "system": "Be brief."})
    assert "chat template, system message “Be brief.”" in dict(how_read(chat))["Conversation"]


def test_numbers_free_text_and_refusals_are_named():
    found = said()
    assert found["Numbers"].startswith("visits: ")
    assert found["Free text"].startswith("why: ")
    assert found["Refusals"] == (
        "“Prefer not to say”, offered last on spend; excluded from all distributions"
    )


def test_polls_are_described_where_personas_are_matched():
    study = small_study(polling={"temperature": 2.0})
    assert "temperature 2, applied exactly" in dict(how_read(study))["Polls of personas"]
    alone = small_study(pool=None, conditions=["none"])
    assert "Polls of personas" not in dict(how_read(alone))


def test_a_long_list_ends_in_a_number():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([*"abcdefgh"]) == "a, b, c, d, e, f and 2 more"


def test_whom_a_study_is_about_is_said_where_it_is_not_everybody():
    quotas = {"size": 20, "quotas": {"sex": {"man": 0.5, "woman": 0.5}}}
    humans = {"file": "humans.csv", "where": {"party": 1}, "draw": 2500, "sample": quotas}
    traits = {"sex": {"question": "Sex?", "bio": "I am a {}.", "options": {"man": 1, "woman": 2}}}
    found = dict(how_read(small_study(humans=humans, traits=traits, measures={})))
    assert found["Respondents"] == (
        "of the file’s people those whose party is as asked; 2,500 drawn at random as all that is "
        "compared with; 20 simulated, by quotas of sex"
    )
    assert "Respondents" not in dict(how_read(small_study()))


def test_weights_are_said_to_be_the_humans_alone_where_they_are():
    humans = {"file": "humans.csv", "weight": "weight"}
    alone = small_study(humans=humans, measures={"weight_simulated": False})
    assert dict(how_read(alone))["Weights"].startswith("of the humans alone")
    assert "Weights" not in dict(how_read(small_study(humans=humans)))
