"""A trait is known by its name in the large programmes, by its wording, or by its options."""

import pytest

from anthology.producer.surveys.drafting.known_traits import known_traits, recognised

PROGRAMMES = {
    "age": ["F_AGECAT", "F_AGECAT_W34", "agea", "ppage", "V201507x", "X003", "age_grp"],
    "sex": ["F_SEX", "F_GENDER_W110", "gndr", "ppgender", "V201600", "gender4", "sex"],
    "education": ["F_EDUCCAT", "F_EDUCCAT2", "eisced", "degree", "educ", "V201510", "X025"],
    "income": ["F_INC_SDT1", "F_INC_TIER2", "hinctnta", "faminc_new", "income16", "V201617x"],
    "race": ["F_RACETHN", "F_RACETHNMOD", "F_RACECMB", "race", "hispanic", "V201549x", "etid"],
    "religion": ["F_RELIG", "F_RELIGCAT1", "rlgdnm", "relig", "religpew", "V201435"],
    "region": ["F_CREGION", "region", "inputstate", "X048WVS", "REG"],
    "party": ["F_PARTY_FINAL", "F_PARTYSUM_FINAL", "F_PARTYLN_FINAL", "partyid", "V201231x"],
    "ideology": ["F_IDEO", "polviews", "lrscale", "ideo5", "V201200"],
}  # fmt: skip


@pytest.mark.parametrize("trait", PROGRAMMES)
def test_the_large_programmes_names_are_known(trait: str) -> None:
    for name in PROGRAMMES[trait]:
        found = recognised(name, name, [])
        assert found is not None, name
        assert found.trait.name == trait, name


@pytest.mark.parametrize(
    ("wording", "trait"),
    [
        ("Age", "age"), ("How old are you?", "age"), ("Respondent's gender", "sex"),
        ("Highest educational level: Respondent", "education"), ("Scale of incomes", "income"),
        ("Household's total net income, all sources", "income"), ("Ethnic group", "race"),
        ("What is your present religion, if any?", "religion"), ("Census region", "region"),
        ("Which party feel closer to, Germany", "party"), ("Political ideology", "ideology"),
        ("Edad", "age"), ("Sexo de la persona entrevistada", "sex"), ("Idade", "age"),
        ("Escolaridad", "education"), ("Religión", "religion"), ("Geschlecht", "sex"),
    ],
)  # fmt: skip
def test_wordings_are_known_in_several_languages(wording: str, trait: str) -> None:
    found = recognised("Q17", wording, [])
    assert found is not None
    assert found.trait.name == trait


@pytest.mark.parametrize(
    ("options", "trait"),
    [
        (["Male", "Female"], "sex"), (["18-29", "30-49", "50+"], "age"),
        (["White", "Black", "Hispanic", "Other"], "race"),
        (["Less than $30,000", "$30,000 to $60,000", "$60,000 or more"], "income"),
        (["Northeast", "Midwest", "South", "West"], "region"),
        (["Protestant", "Roman Catholic", "Atheist", "Jewish"], "religion"),
        (["Very conservative", "Conservative", "Moderate", "Liberal", "Very liberal"], "ideology"),
    ],
)  # fmt: skip
def test_options_alone_can_be_known(options: list[str], trait: str) -> None:
    found = recognised("x17", "Something", options)
    assert found is not None
    assert found.trait.name == trait


@pytest.mark.parametrize(
    ("column", "wording", "options"),
    [
        ("relimp", "How important is religion in your life?", ["Very", "Not at all"]),
        ("inwsex", "Interviewer's sex", ["Male", "Female"]),
        ("spdeg", "Spouse's highest degree", []),
        ("parbet", "Which party would do a better job?", ["Republican Party", "Democratic Party"]),
        ("eq", "Income inequality", ["Agree", "Disagree"]),
        ("wrkage", "Age when started work", []),
        ("state1", "State of the economy", ["Good", "Bad"]),
        ("village", "Village", []), ("language", "Language", []), ("natenvir", "natenvir", []),
        ("q", "Do you agree?", ["Agree", "Disagree"]),
    ],
)  # fmt: skip
def test_opinions_and_other_peoples_traits_are_none(
    column: str, wording: str, options: list[str]
) -> None:
    assert recognised(column, wording, options) is None


def test_each_known_trait_can_be_asked_and_said() -> None:
    assert [trait.name for trait in known_traits()] == list(PROGRAMMES)
    for trait in known_traits():
        assert trait.bio.count("{}") == 1
        assert trait.question.endswith("?")
