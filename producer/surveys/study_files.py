"""Writes a drafted study file: dumped as our YAML is read, checked as a submission would, whole.

Knows nothing of how a draft comes about; that is in `study_drafts.py` and `ready_studies.py`.
"""

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from anthology.models.errors import InputError
from anthology.models.runtime.file_writing import drafts_in, explained, publish, refuse_others
from anthology.models.study.reading.validation_messages import explain
from anthology.models.study.reading.yaml_file import SurveyLoader
from anthology.models.study.study import Study
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories

PLACEHOLDER = "your-model"


class SurveyDumper(yaml.SafeDumper):
    """Quotes what `SurveyLoader` would not read as text, and nothing else."""

    yaml_implicit_resolvers = SurveyLoader.yaml_implicit_resolvers


def write_study(
    fields: dict[str, Any], head: str, file: Path, out: Path, *, force: bool = False,
    survey: SurveyFile | None = None,
) -> None:  # fmt: skip
    """Writes the study of the survey `file` to `out`, below `head`, comments that end a line.

    survey: the file as it was read, so that a large one is not read again.

    Raises `InputError`, writing nothing, for what a submission would refuse, and, unless `force`,
    where `out` exists.
    """
    text = yaml.dump(
        fields, Dumper=SurveyDumper, sort_keys=False, allow_unicode=True, width=100,
        default_flow_style=None,
    )  # fmt: skip
    _check(file, out, text, survey)
    with explained(out, "file"), drafts_in(out.parent) as folder:
        written = folder / out.name
        written.write_text(f"{head}\n{text}", encoding="utf-8")
        refuse_taken(file, out, force)
        publish({written: out})


def refuse_taken(file: Path, out: Path, force: bool) -> None:
    """A draft is there to be edited: no file that exists is ours.

    Raises `InputError` where `out` exists, unless `force`, and where it is the survey file.
    """
    if force and file.exists() and out.exists() and out.samefile(file):
        raise InputError(f"{out} is the survey file itself; name another file with --out")
    if not force and os.path.lexists(out):
        raise InputError(f"{out} exists; name another file with --out, or replace it with --force")
    with explained(out, "file"):
        refuse_others([out], lambda _: False, force)


def _check(file: Path, out: Path, text: str, survey: SurveyFile | None) -> None:
    """The file as it will be read: what a submission would refuse is refused here."""
    fields = yaml.load(text, SurveyLoader)
    fields["humans"]["file"] = str(file)
    try:
        study = Study.model_validate(fields)
    except ValidationError as error:
        raise InputError(explain(out, error, ())) from None
    pools = {name: pool.beside(out.parent) for name, pool in study.pools.items()}
    with_stories(study.model_copy(update={"pools": pools}))
    read_humans(study, survey)
