"""`published` of a study file: checked as all of it, and no part of what the study is."""

from pathlib import Path
from typing import Any

import pytest
from fake_model import study_fields
from study_files import load, refusal

from anthology.models.statistics.figures import DRAWN, FIGURES
from anthology.models.study.study import Study

ROW: dict[str, Any] = {
    "source": "Moon et al. 2024, Table 2", "condition": "Anthology, greedy",
    "beside": "natural/greedy", "figures": {"wd": 0.227, "alpha": 0.651},
}  # fmt: skip


def with_row(**changes: Any) -> dict[str, Any]:
    return study_fields(published=[{**ROW, **changes}])


def test_rows_are_read_and_stored_as_they_stand(tmp_path: Path) -> None:
    study = load(tmp_path, study_fields(published=[ROW, {**ROW, "subgroup": "sex=man"}]))
    assert Study.from_spec(study.spec) == study
    assert [row.subgroup for row in study.published] == [None, "sex=man"]
    assert study.published[0].figures == {"wd": 0.227, "alpha": 0.651}


def test_a_value_that_yaml_leaves_a_text_is_a_number(tmp_path: Path) -> None:
    text = "{source: s, condition: c, figures: {wd: 0.20}}"
    fields = load(tmp_path, study_fields()).model_dump_json()  # JSON is YAML
    study = load(tmp_path, f'{fields[:-1]}, "published": [{text}]}}')
    assert study.published[0].figures == {"wd": 0.2}


def test_every_figure_may_be_quoted_and_no_other(tmp_path: Path) -> None:
    names = [*(figure.name for figure in FIGURES), *DRAWN]
    every = load(tmp_path, with_row(figures=dict.fromkeys(names, 0.5)))
    assert list(every.published[0].figures) == names
    (said,) = refusal(tmp_path, with_row(figures={"wd": 0.2, "emd": 0.2}))
    assert said.startswith("published.0.figures: has no figure 'emd'; there are wd, tv, fro, ")
    assert all(name in said for name in names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"beside": "natural/best"}, "published.0.beside: names 'natural/best', which is none of"),
        ({"subgroup": "age=old"}, "it has those of sex=man, sex=woman"),
        ({"figures": {}}, "published.0.figures: "),
        ({"figures": {"wd": float("nan")}}, "published.0.figures.wd: "),
        ({"figures": {"wd": "about 0.2"}}, "published.0.figures.wd: "),
        ({"source": ""}, "published.0.source: "),
        ({"besides": "bio"}, "did you mean 'beside'?"),
        ({"figures": {"WD": 1}}, "has no figure 'WD'; did you mean wd?"),
        ({"figures": {"r": 1}}, "has no figure 'r'; did you mean pair_correlation?"),
        ({"figures": {"‖R‖": 1, "α": 1}}, "has no figure '‖R‖'; there are wd, tv, "),
    ],
)
def test_what_cannot_stand_beside_the_study_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    (said,) = refusal(tmp_path, with_row(**changes))
    assert message in said


def test_a_study_without_subgroups_says_how_to_get_some(tmp_path: Path) -> None:
    fields = with_row(subgroup="sex=man") | {"measures": {}}
    (said,) = refusal(tmp_path, fields)
    assert "of which the study has no figures; name its trait in measures.subgroups (line " in said


def test_a_study_is_the_same_whatever_was_published(tmp_path: Path) -> None:
    plain, quoting = load(tmp_path, study_fields()), load(tmp_path, with_row())
    assert quoting.digest == plain.digest
    assert quoting.digest_by_value == plain.digest_by_value
    assert "published" not in plain.spec


GAP = "roads of sex=man less sex=woman"
OF_PARTS: dict[str, Any] = {
    "scales": {"spending": ["roads", "-parks"]},
    "questionnaire": {
        "options": {"too little": 1, "about right": 2, "too much": 3},
        "questions": {
            "roads": "Roads?",
            "parks": "Parks?",
            "vote": {"question": "Did you vote?", "options": {"Yes": 1, "No": 2}, "ordered": False},
        },
    },
}


@pytest.mark.parametrize(
    ("part", "figures"),
    [
        ({"scale": "spending", "subgroup": "sex=man"}, {"alpha": 0.8, "wd": 0.2}),
        ({"item": "roads", "subgroup": "sex=man"}, {"wd": 0.2}),
        ({"scale": "spending", "beside": "humans"}, {"alpha": 0.8, "mean": 3.1}),
        ({"contrast": GAP}, {"difference": 0.996, "cohens_d": 1.1, "apart": -0.6}),
        ({"contrast": GAP, "beside": "humans"}, {"difference": 1.63}),
        ({"item": "roads"}, {"wd": 0.1, "wd_drawn": 0.1}),
        ({"item": "vote"}, {"tv": 0.1, "kappa": 0.2}),
        ({"beside": "humans"}, {"alpha": 0.7}),
    ],
)
def test_figures_of_a_scale_a_contrast_an_item_and_the_humans_are_quoted_and_stored(
    tmp_path: Path, part: dict[str, Any], figures: dict[str, float]
) -> None:
    study = load(tmp_path, with_row(**part, figures=figures) | OF_PARTS)
    again = Study.from_spec(study.spec)
    assert (again, again.digest) == (study, load(tmp_path, study_fields(**OF_PARTS)).digest)
    (row,) = again.published
    assert row.model_dump(exclude_defaults=True) == {**ROW, **part, "figures": figures}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": "spendings"}, ".scale: names 'spendings', which is no scale of the study; it "
                                 "has spending"),
        ({"scale": "spending", "figures": {"α": 1}}, "'α' of a scale; did you mean alpha?"),
        ({"scale": "spending", "figures": {"tv": 1}}, ".figures: has no figure 'tv' of a scale; "
                                                      "there are mean, sd, alpha, omega, wd, "),
        ({"contrast": GAP, "figures": {"p": 0.1}}, ".figures: has no figure 'p' of a contrast; "),
        ({"contrast": "roads of sex=man less sex=men", "figures": {"t": 1}},
         f".contrast: names 'roads of sex=man less sex=men', which is no comparison of the study; "
         f"did you mean '{GAP}'?"),
        ({"contrast": "hostility", "figures": {"t": 1}}, "; it has roads of age=young less"),
        ({"item": "road", "figures": {"wd": 1}}, ".item: names 'road', which is no question that "
                                                 "humans answered; it has roads, parks, vote"),
        ({"item": "roads", "figures": {"fro": 1}}, ".figures: has no figure 'fro' of an item"),
        ({"item": "vote", "figures": {"wd": 1}}, ".figures: has 'wd', which 'vote' has not, as its "
                                                 "options have no order; it has tv, "),
        ({"contrast": GAP, "figures": {"t": 1}, "subgroup": "sex=man"}, ".subgroup: figures of "),
        ({"item": "roads", "scale": "spending"}, " has scale and item; a row is of one of them"),
        ({"beside": "human"}, "is none of the study's conditions; it may be 'none', 'bio', "),
        ({"beside": "humans"}, ".figures: has 'wd', which holds a condition to the humans, so they "
                               "have none themselves; they have alpha, omega"),
        ({"item": "roads", "beside": "humans", "figures": {"tv": 1}}, ", so they have none "),
    ],
)  # fmt: skip
def test_a_typo_in_what_a_figure_is_of_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    (said,) = refusal(tmp_path, with_row(**changes) | OF_PARTS)
    assert said.startswith("published.0")
    assert message in said
