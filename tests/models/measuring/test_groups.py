"""Who is in a subgroup: bins, crossings, arms."""

import numpy as np
import pytest
from fake_model import small_study
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.database.arrays import People
from anthology.models.measuring.groups import groups
from anthology.models.study.study import Study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("study")
    arms = {"texts": {"left": "Read this.", "right": "Read that."}}
    return small_study(folder, measures={"subgroups": ["sex", "age*sex"]}, arms=arms)


def people_of(rows: list[tuple[int, int, int, float]]) -> People:
    """By person age and sex, -1 where missing, arm and weight."""
    table = np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3)
    weights = np.array([weight for *_, weight in rows])
    return People(np.zeros((len(rows), 3), dtype=np.int64), weights, table[:, :2], table[:, 2])


PERSON = st.tuples(*[st.integers(-1, 1)] * 3, st.sampled_from([0.0, 0.5, 2.0]))


@given(rows=st.lists(PERSON, max_size=30))
def test_a_group_has_those_who_count_and_gave_all_its_answers(
    study: Study, rows: list[tuple[int, int, int, float]]
) -> None:
    found = {group.name: group for group in groups(study, people_of(rows))}
    ages, sexes = ["young", "old"], ["man", "woman"]
    expected = {"all": [w > 0 for *_, w in rows]}
    expected |= {f"sex={s}": [w > 0 and x == i for _, x, _, w in rows] for i, s in enumerate(sexes)}
    expected |= {
        f"age={a} * sex={s}": [w > 0 and (y, x) == (j, i) for y, x, _, w in rows]
        for j, a in enumerate(ages)
        for i, s in enumerate(sexes)
    }
    arms = {
        f"arm={arm}": [w > 0 and z == i for *_, z, w in rows]
        for i, arm in enumerate(("left", "right"))
    }
    assert list(found) == [*expected, *arms] == ["all", *study.subgroups]
    for name, members in expected.items():
        assert found[name].members.tolist() == found[name].doubles.tolist() == members
    for name, doubles in arms.items():  # humans who read nothing are compared with every arm
        assert found[name].doubles.tolist() == doubles
        assert found[name].members.tolist() == expected["all"]
