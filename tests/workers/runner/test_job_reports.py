"""The line that Flower shows of a job."""

from typing import Any

from anthology.models.database.tables import Answer
from anthology.models.jobs.protocol import Usage
from anthology.workers.runner.job_reports import summary


def test_a_summary_counts_people_rows_and_tokens() -> None:
    rows: Any = [(Answer, [{}, {}]), (Answer, [{}])]
    assert summary(rows, Usage(900, 450, 100), 2.0) == (
        "500 tok/s, 50% cached, 3 answers, 2 people, 1000 tokens"
    )
    assert summary(rows, Usage(), 2.0) == "3 rows in 2.0 s"
