"""Every kind of jobs is done by the file of its name."""

import pytest

from anthology.models.jobs.kinds import ALL, Kind
from anthology.workers.tasks import by_kind


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_kind_has_a_file_that_does_it(kind: Kind) -> None:
    file = by_kind._file(kind.name)
    assert callable(file.items if kind.on_model else file.rows)
    assert by_kind.on_model(kind.name) == kind.on_model == (not hasattr(file, "rows"))
