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
        ({"beside": "natural/best"}, "published.0.beside names 'natural/best', which is none of"),
        ({"subgroup": "age=old"}, "it has those of sex=man, sex=woman"),
        ({"figures": {}}, "published.0.figures: "),
        ({"figures": {"wd": float("nan")}}, "published.0.figures.wd: "),
        ({"figures": {"wd": "about 0.2"}}, "published.0.figures.wd: "),
        ({"source": ""}, "published.0.source: "),
        ({"besides": "bio"}, "did you mean 'beside'?"),
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
    assert said.endswith("of which the study has no figures; name its trait in measures.subgroups")


def test_a_study_is_the_same_whatever_was_published(tmp_path: Path) -> None:
    plain, quoting = load(tmp_path, study_fields()), load(tmp_path, with_row())
    assert quoting.digest == plain.digest
    assert quoting.digest_by_value == plain.digest_by_value
    assert "published" not in plain.spec
