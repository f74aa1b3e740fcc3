"""Subgroups of a study file: traits, and crossings of them."""

from itertools import product
from pathlib import Path

import pytest
from fake_model import small_study
from hypothesis import given
from hypothesis import strategies as st
from study_files import changed, load

from anthology.models.errors import InputError
from anthology.models.questionnaire.questions import Trait
from anthology.models.study.measures import MOST_GROUPS, Measures, groups_of, misfit, options_of

# Options that read as parts of a crossing do.
TEXTS = st.sampled_from(["a", "b", "a * q=a", "a * q=b", "q=a", "*", " * ", "a, b=c"])
OPTIONS = st.lists(TEXTS, min_size=2, max_size=4, unique_by=str.strip)
TRAITS = st.dictionaries(st.sampled_from(["p", "q", "r"]), OPTIONS, min_size=1)


def trait(name: str, *options: str) -> Trait:
    fields = {"name": name, "column": name, "question": "?", "bio": "{}.",
              "options": {text: place for place, text in enumerate(options)}}  # fmt: skip
    return Trait.model_validate(fields)


def test_a_crossing_has_a_group_for_every_pair_of_options(tmp_path: Path) -> None:
    study = small_study(tmp_path, measures={"subgroups": ["sex", "sex * age"]})
    assert study.measures.subgroups == ["sex", "sex*age"]
    assert study.subgroups == [
        "sex=man", "sex=woman", "sex=man * age=young", "sex=man * age=old",
        "sex=woman * age=young", "sex=woman * age=old",
    ]  # fmt: skip


def test_spaces_around_a_star_make_no_other_study(tmp_path: Path) -> None:
    one, other = (
        load(tmp_path, changed("measures.subgroups", [crossing]))
        for crossing in ("sex*age", "sex  *age")
    )
    assert one.digest == other.digest


def test_traits_alone_are_stored_as_they_were() -> None:
    stored = {"splits": 100, "bootstrap": 200, "subgroups": ["sex", "age"]}
    assert Measures.model_validate(stored).model_dump() == stored


def test_a_trait_that_is_named_twice_has_its_groups_once(tmp_path: Path) -> None:
    study = small_study(tmp_path, measures={"subgroups": ["sex", "sex"]})
    assert study.subgroups == ["sex=man", "sex=woman"]


@given(TRAITS, st.data())
def test_a_groups_name_leads_back_to_it(options: dict[str, list[str]], data: st.DataObject) -> None:
    """Or, where options read as crossings do, to another group that would be called so."""
    traits = {name: trait(name, *texts) for name, texts in options.items()}
    crossing = data.draw(st.lists(st.sampled_from(list(traits)), min_size=1, unique=True))
    for group in groups_of(crossing, traits):
        found = options_of(group.name, traits)
        assert found is not None
        said = [f"{name}={traits[name].option_texts[place]}" for name, place in found.items()]
        assert " * ".join(said) == group.name


@given(TRAITS)
def test_no_two_groups_that_are_let_in_share_a_name(options: dict[str, list[str]]) -> None:
    traits = {name: trait(name, *texts) for name, texts in options.items()}
    crossings = [list(pair) for pair in product(traits, traits) if pair[0] != pair[1]]
    every = [[name] for name in traits] + crossings
    names = [group.name for one in every for group in groups_of(one, traits)]
    said = misfit(["*".join(one) for one in every], traits)
    assert (said is None) == (len(set(names)) == len(names))


def test_a_name_of_no_group_leads_nowhere() -> None:
    traits = {"sex": trait("sex", "man", "woman"), "party": trait("party", "x", "y")}
    for name in ("all", "sex", "sex=", "sex=man * ", "sex=man * sex=man", "sex=man * party=z",
                 "party=x, sex=man", "arm=a"):  # fmt: skip
        assert options_of(name, traits) is None
    assert options_of("party=y * sex=man", traits) == {"party": 1, "sex": 0}


def test_a_crossing_of_more_groups_than_anybody_reads_is_refused() -> None:
    traits = {name: trait(name, *map(str, range(11))) for name in ("a", "b", "c")}
    assert misfit(["a*b"], traits) is None
    said = misfit(["a*b*c"], traits)
    assert said == f"names 'a*b*c', which is 1,331 groups, of {MOST_GROUPS:,} at most"


def test_two_groups_of_one_name_are_refused(tmp_path: Path) -> None:
    traits = {"p": trait("p", "a", "a * q=b"), "q": trait("q", "b", "c")}
    assert misfit(["p*q"], traits) is None
    said = misfit(["p", "p*q"], traits)
    assert said == "makes two groups that are both called 'p=a * q=b'; reword an option"
    with pytest.raises(KeyError):
        groups_of(["r"], traits)


def test_how_many_humans_are_supposed_to_be_asked_is_stored_where_it_is_said(
    tmp_path: Path,
) -> None:
    assert "labelled" not in small_study(tmp_path).spec["measures"]
    for labelled in (20, "all"):
        study = small_study(tmp_path, measures={"labelled": labelled})
        assert study.spec["measures"]["labelled"] == labelled


@pytest.mark.parametrize("labelled", [19, 2_000_000, "most", True, 50.5])
def test_another_number_of_humans_is_refused_in_one_sentence(
    tmp_path: Path, labelled: object
) -> None:
    with pytest.raises(InputError) as raised:
        small_study(tmp_path, measures={"labelled": labelled})
    assert len(str(raised.value).splitlines()) == 1
    said = "measures.labelled: should be a whole number from 20 to 1,000,000, or all, found"
    assert said in str(raised.value)


def test_a_study_without_humans_has_none_to_ask(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"measures\.labelled: is of humans, and the study has none"
    ):
        small_study(tmp_path, humans=None, conditions=[{"pool": "natural"}],
                    measures={"labelled": 50})  # fmt: skip
