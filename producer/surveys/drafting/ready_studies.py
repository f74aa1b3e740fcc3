"""Ready studies: what a published study asked of a survey file, worded from the user's own copy.

A ready study is a study file with holes (`producer/examples/ready/`): a question is its column,
with the codes of its options in the order of the scale, or with nothing, where the file knows.
Wordings and option texts may not be passed on and are the file's. Whose that is, it does not know.
"""

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from anthology.models.errors import InputError
from anthology.models.language_model.names import model_slug
from anthology.models.questionnaire.codes import plain
from anthology.models.questionnaire.wording import refuse_alike
from anthology.models.study.reading.yaml_file import SurveyLoader
from anthology.producer.surveys.drafting.batteries import grouped
from anthology.producer.surveys.drafting.comments import Remarks
from anthology.producer.surveys.drafting.imported_pool import with_stories
from anthology.producer.surveys.drafting.item_drafts import codes_of
from anthology.producer.surveys.drafting.wordings import cleaned_options, one_line, wording_of
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.scale import Scale, ScaleOption, scales_of
from anthology.producer.surveys.study_files import PLACEHOLDER, refuse_taken, write_study

NAMED = 3  # missing columns that a refusal spells out
HEAD = """\
{about}
# Drafted from {survey}, whose wordings and options these are. Look it over before you submit it:
{remarks}\
# `anthology preview {out}` shows a prompt, `anthology submit {out} --dry-run` what all will cost.
"""


def ready_studies() -> list[str]:
    """The names of the ready studies, in the order of the alphabet."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def draft_ready(
    name: str, file: Path, model: str | None, out: Path, *, stories: Path | None = None,
    force: bool = False,
) -> None:  # fmt: skip
    """Writes the ready study `name` for the survey `file` to `out`, whole: it can be submitted.

    stories: a file of them, in the place of those that the model would write.

    Raises `InputError`, writing nothing, for a name that there is not, a file that lacks columns,
    wordings or option texts, what a submission would refuse, and, unless `force`, where `out`
    exists.
    """
    if name not in ready_studies():
        raise InputError(
            f"there is no ready study {name!r}; there are {', '.join(ready_studies())}"
        )
    refuse_taken(file, out, force)
    text = (_folder() / f"{name}.yaml").read_text(encoding="utf-8")
    fields = yaml.load(text, SurveyLoader)
    survey = read_survey(file)
    _refuse_lacking(survey, name, _columns(fields))
    remarks = Remarks()
    fields = _filled(fields, survey, model or PLACEHOLDER, remarks)
    fields["humans"]["file"] = os.path.relpath(file, out.parent)
    if stories is not None:
        fields = with_stories(fields, stories, out)
    about = text[: text.index("\nstudy:")].strip()
    names = {"survey": one_line(file.name), "out": one_line(str(out))}
    head = HEAD.format(about=about, remarks=remarks.lines(), **names)
    write_study(fields, head, file, out, force=force, survey=survey)


def _folder() -> Path:
    return Path(str(files("anthology.producer"))) / "examples" / "ready"


def _columns(fields: dict[str, Any]) -> list[str]:
    """All that a ready study asks of a file, each once."""
    traits = [trait.get("column", name) for name, trait in fields["traits"].items()]
    humans = [fields["humans"][key] for key in ("id", "weight") if key in fields["humans"]]
    return list(dict.fromkeys([*humans, *traits, *fields["questionnaire"]["questions"]]))


def _refuse_lacking(survey: SurveyFile, name: str, columns: Sequence[str]) -> None:
    lacking = [column for column in columns if column not in survey.frame.columns]
    if not lacking:
        return
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    raise InputError(
        f"{survey.path} is not the file of {name}: of the {len(columns)} columns needed it lacks "
        f"{', '.join(map(repr, lacking[:NAMED]))}{more}; give the file as it was published"
    )


def _filled(
    fields: dict[str, Any], survey: SurveyFile, model: str, remarks: Remarks
) -> dict[str, Any]:
    """The study with its model, no larger a sample than there are people, and its questions."""
    humans = {"file": "", **fields["humans"]}
    if humans.get("sample", 0) > len(survey.frame):
        del humans["sample"]
    # A pool is one model's: studies of one model share it, and those of another have their own.
    pool = {**fields["pool"], "name": f"{fields['pool']['name']}-{model_slug(model)}"[:64]}
    asked = fields["questionnaire"]["questions"]
    scales = scales_of(survey, list(asked))
    questions = {
        column: _question(survey, scales[column], codes, remarks) for column, codes in asked.items()
    }
    return {
        "study": fields["study"], "seed": fields["seed"], "model": model,
        **fields,
        "humans": humans, "pool": pool,
        "questionnaire": {**fields["questionnaire"], "questions": grouped(questions)},
    }  # fmt: skip


def _question(
    survey: SurveyFile, scale: Scale, codes: list[Code] | None, remarks: Remarks
) -> dict[str, Any]:
    """A question worded by the file; its scale is that of the codes, or the file's own."""
    options = scale.options if codes is None else _options(survey, scale.column, codes)
    if codes is None and (scale.kind != "options" or len(options) < 2):
        raise InputError(
            f"{survey.path}: column {scale.column!r} has no options to choose from; give the file "
            "as it was published"
        )
    texts = cleaned_options([option.text for option in options])
    try:
        refuse_alike(texts)
    except ValueError as error:
        raise InputError(f"{survey.path}: column {scale.column!r}: {error}") from None
    asked = {code for option in options for code in option.codes}
    missing = [plain(code) for code in scale.nonresponse if code not in asked]
    return {
        "question": _wording(survey, scale.column, remarks),
        "options": {
            text: codes_of(option, {}) for text, option in zip(texts, options, strict=True)
        },
        **({"missing": missing} if missing else {}),
        **({"ordered": False} if codes is None and not scale.ordered else {}),
    }


def _options(survey: SurveyFile, column: str, codes: Sequence[Code]) -> list[ScaleOption]:
    labels = survey.value_labels.get(column, {})
    for code in codes:
        if not labels.get(code):
            raise InputError(
                f"{survey.path}: column {column!r} has no label for its code {code}; give the file "
                "as it was published, with its labels"
            )
    return [ScaleOption(labels[code], [code]) for code in codes]


def _wording(survey: SurveyFile, column: str, remarks: Remarks) -> str:
    label = survey.labels.get(column, "")
    if not one_line(label):
        raise InputError(
            f"{survey.path}: column {column!r} has no wording; give the file as it was published, "
            "with its labels"
        )
    wording = wording_of(label, column)
    remarks.add(column, wording.changes)
    return wording.text
