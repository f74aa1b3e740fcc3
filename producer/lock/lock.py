"""The lock of a study: one digest for a preregistration, of plan, prompts and code.

Of a stored study plan and prompts are those that were submitted; the code is that which looks, for
no database says which version submitted.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.database.tables import StudyRow
from anthology.models.questionnaire.questions import digest
from anthology.models.study.study import Study
from anthology.producer.lock.code_version import code_digest, version
from anthology.producer.lock.prompts import prompts_digest
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories
from anthology.producer.surveys.stories.primed_stories import with_respondents


@dataclass(frozen=True)
class Lock:
    """Digests of 64 hex digits. `plan`: of the study and the survey's people; `prompts`: of what
    models read; `code`: of this package's sources, of the `version` (None: not installed);
    `stored`: whether the study was submitted. Scales are no part of a study, but of its plan."""

    study: str
    plan: str
    prompts: str
    code: str
    version: str | None
    stored: bool

    @property
    def whole(self) -> str:
        """Of all three."""
        return hashlib.sha256(f"{self.plan}\n{self.prompts}\n{self.code}\n".encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {"lock": self.whole, **asdict(self)}


def lock_of_file(path: Path) -> Lock:
    """The lock of a study file, submitted or not; raises `InputError` as a submission would for
    what stands in the file or in the survey data."""
    study, _ = with_stories(Study.load(path))
    humans = read_humans(study)
    study = with_respondents(study, humans)
    return _lock(study, study.digest, humans.digest, stored=False)


def lock_of_study(database: Engine, name: str) -> Lock:
    """Raises `InputError` for a study that is unknown."""
    with reading(database) as session:
        return lock_of_row(find_study(session, name))


def lock_of_row(row: StudyRow) -> Lock:
    return _lock(Study.from_spec(row.spec), row.digest, row.humans_digest, stored=True)


def _lock(study: Study, identity: str, humans: str, *, stored: bool) -> Lock:
    scales = [dict(study.scales)] if study.scales else []
    return Lock(
        study=study.study, plan=digest([identity, humans, *scales]), prompts=prompts_digest(study),
        code=code_digest(), version=version(), stored=stored,
    )  # fmt: skip
