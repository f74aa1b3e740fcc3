"""Stored names of comparisons lead back to what is compared."""

from fake_model import small_study

from anthology.models.study.contrasts.comparisons import comparisons
from anthology.models.study.contrasts.key import Contrast
from anthology.models.study.contrasts.stored_names import called, known

OPTIONS = {"low": 1, "middle": 2, "high": 3}
RATINGS = {"trait": "side", "groups": ["less of this"], "ratings": [["a", "-b"], "c"]}
GAP = {"trait": "side", "groups": ["less of this", "a less b"], "ratings": ["a", "b"]}


def made(tmp_path):
    return small_study(
        tmp_path,
        traits={"side": {"question": "?", "bio": "I {}.", "column": "sex",
                         "options": {"less of this": 1, "a less b": 2, "c of d": 3}}},
        questionnaire={"questions": {name: {"question": f"{name}?", "options": OPTIONS}
                                     for name in "abc"}},
        measures={"splits": 2},
    )  # fmt: skip


def test_every_comparison_without_a_name_of_its_own_is_found_by_its_name(tmp_path):
    """Whatever option texts hold of what stands between the sides."""
    study = made(tmp_path)
    asked = [Contrast.model_validate(one) for one in ("side", RATINGS, GAP)]
    listed = comparisons(asked, study.traits, study.compared)
    assert len(listed) == 3 * 3 + 2
    for one in listed:
        assert called(one.name, study.traits, study.compared) == one
    names = [one.name for one in listed]
    found = known([], [*reversed(names), "gap"], study.traits, study.compared)
    assert sorted(one.name for one in found) == sorted(names)
    own = known([asked[1]], names, study.traits, study.compared)
    assert own[0].name == names[-2]
    assert len(own) == len(names)


def test_what_no_contrast_makes_is_none(tmp_path):
    study = made(tmp_path)
    for name in (
        "gap", "", " less ", "a of side=c of d", "a of side=c of d less side=c of d",
        "x of side=c of d less side=a less b", "a of age=c of d less side=a less b",
        "a of side=c of d less a of side=c of d",
    ):  # fmt: skip
        assert called(name, study.traits, study.compared) is None
