"""Which of two conditions is closer, in every subgroup: as rows of stored figures."""

import pytest
from finished_study import fill, small_study, some_humans
from measured import figures

from anthology.models.database.sessions import open_database
from anthology.models.statistics.paired.differences import (
    IN_SUBGROUPS,
    JUDGED,
    closer_name,
    p_name,
)  # fmt: skip

WAYS = ["none", "bio", "natural/greedy"]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    measures = {"splits": 4, "bootstrap": 20, "subgroups": ["gender", "age*gender"]}
    study = small_study(conditions=WAYS, measures=measures)
    made = open_database(f"sqlite:///{tmp_path_factory.mktemp('paired') / 'a.db'}")
    fill(made, study, some_humans(study, 60, 40))
    return made


@pytest.mark.parametrize("group", ["all", "gender=Male", "age=old * gender=Female"])
def test_a_difference_is_that_of_the_subgroups_own_figures(database, group):
    stored = {way: figures(database, way, group) for way in WAYS}
    judged = JUDGED if group == "all" else IN_SUBGROUPS
    for one, other in ((0, 1), (0, 2), (1, 2)):
        mine, others = stored[WAYS[one]], stored[WAYS[other]]
        for name in ("wd", "tv", "fro"):
            closer = mine[closer_name(name, WAYS[other])]
            assert closer.value == pytest.approx(others[name].value - mine[name].value)
            assert closer.n == min(mine[name].n, others[name].n)
            p = mine[p_name(name, WAYS[other])].value
            assert (p is None) == (closer.low is None)
            assert p is None or 0 <= p <= 1
        told = [name for name in mine if name.endswith(f" closer than {WAYS[other]}")]
        assert told == [closer_name(figure.name, WAYS[other]) for figure in judged]
