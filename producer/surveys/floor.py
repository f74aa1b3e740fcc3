"""What the humans of a survey file score against themselves, before any GPU is used.

Turns columns of codes into option positions and weights; does not know how distances are computed
(models/statistics/metrics.py), nor anything of studies and simulations.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.models.statistics import floors, metrics
from anthology.models.statistics.figures import FLOOR, HEADLINES, deviation
from anthology.producer.surveys.column_names import named_column, named_columns
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.nonresponse import nonresponse_codes, valid_codes

HEADLINE_NAMES = {name for figure in HEADLINES for name in (figure.name, deviation(figure))}
SHOWN = tuple(name for name in FLOOR if name in HEADLINE_NAMES)


@dataclass(frozen=True)
class FloorResult:
    """Headline figures of groups of humans: means and standard deviations over splits, by name.

    n: respondents who answered any of the items or, with `sample`, the size of the sample; items:
    number of options of each; dropped: the nonresponse codes that somebody gave, per item.
    """

    figures: dict[str, float]
    n: int
    splits: int
    items: dict[str, int]
    dropped: dict[str, list[Code]]

    def as_json(self) -> dict[str, Any]:
        """The result for `--json`; a figure that is undefined is null, which JSON can hold."""
        rest = {name: value for name, value in vars(self).items() if name != "figures"}
        return {k: None if math.isnan(value) else value for k, value in self.figures.items()} | rest


def human_floor(
    path: str | Path,
    items: Sequence[str],
    weight: str | None = None,
    sample: int | None = None,
    splits: int = 100,
    seed: int = 0,
    reverse: Sequence[str] = (),
) -> FloorResult:
    """Distances between random halves of the respondents or, with sample=N, between N and all of
    them drawn with replacement: what N other real people would score.

    Positions on an item are its sorted valid codes; `reverse` turns items round, which matters to
    correlations and alpha. Several items in one text stand between commas. Raises InputError
    naming file, column and row. All chance is `seed`'s.
    """
    survey = read_survey(path)
    items, reverse = named_columns(survey, items), named_columns(survey, reverse)
    _check_request(items, sample, splits, reverse)
    weight = None if weight is None else named_column(survey, weight)
    scales = {item: _scale(survey, item) for item in items}
    answers = np.column_stack([_positions(survey, item, scales[item]) for item in items])
    weights = np.ones(len(answers)) if weight is None else _weights(survey, weight)
    for item in reverse:
        j = items.index(item)
        answers[:, j] = np.where(answers[:, j] < 0, -1, len(scales[item]) - 1 - answers[:, j])

    took_part = (answers >= 0).any(axis=1)
    answers, weights = answers[took_part], weights[took_part]
    _check_people(survey, answers, weights, weight)
    options = [len(scale) for scale in scales.values()]
    rng = np.random.default_rng(seed)
    if sample is None:
        found = floors.floor(answers, options, weights, splits, rng=rng)
    else:
        found = floors.floor_at(sample, answers, options, weights, splits, rng=rng)
    return FloorResult(
        figures={name: found[name] for name in SHOWN},
        n=len(answers) if sample is None else sample,
        splits=splits,
        items={item: len(scale) for item, scale in scales.items()},
        dropped={item: codes for item in items if (codes := _dropped(survey, item))},
    )


def _check_request(
    items: Sequence[str], sample: int | None, splits: int, reverse: Sequence[str]
) -> None:
    if not items:
        raise InputError("No items were given; name at least one column with --items.")
    for item in items:
        if items.count(item) > 1:
            raise InputError(f"The item {item!r} is named twice; name it once.")
    for item in reverse:
        if item not in items:
            raise InputError(f"{item!r} is to be reversed but is not an item; add it to --items.")
    if splits < 1:
        raise InputError(f"--splits is {splits}; it must be at least 1.")
    if sample is not None and sample < 2:
        raise InputError(f"--sample is {sample}; it must be at least 2.")


def _scale(survey: SurveyFile, item: str) -> list[Code]:
    """The item's valid codes in order; refuses an item that cannot vary."""
    scale = valid_codes(survey, item)
    given = survey.column(item).isin(scale)
    if not given.any():
        raise InputError(f"{survey.path}, column {item!r}: nobody gave a valid answer; drop it.")
    if len(scale) < 2:
        raise InputError(
            f"{survey.path}, column {item!r}: {plain(scale[0])!r} is its only valid code; drop it."
        )
    texts = [code for code in scale if isinstance(code, str)]
    if texts and len(scale) > 2:
        raise InputError(
            f"{survey.path}, column {item!r}: {texts[0]!r} is a text, and texts have no order; "
            "recode them as the numbers of a scale."
        )
    return scale


def _positions(survey: SurveyFile, item: str, scale: Sequence[Code]) -> metrics.Answers:
    """Option positions 0..K-1 (n,), -1 where the respondent gave no valid code."""
    return pd.Index(scale).get_indexer(pd.Index(survey.column(item)))


def _dropped(survey: SurveyFile, item: str) -> list[Code]:
    given = set(survey.column(item).dropna().unique().tolist())
    return [plain(code) for code in nonresponse_codes(survey, item) if code in given]


def _weights(survey: SurveyFile, name: str) -> metrics.Floats:
    column = survey.column(name)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers) | (numbers < 0))
    if wrong.size:
        row = int(wrong[0])
        value = column.iloc[row]
        what = "missing" if pd.isna(value) else f"{value!s}"
        raise InputError(
            f"{survey.path}, column {name!r}, row {row + 1} of the data: the weight is {what}; "
            "every respondent needs a weight that is zero or more."
        )
    return numbers


def _check_people(
    survey: SurveyFile, answers: metrics.Answers, weights: metrics.Floats, weight: str | None
) -> None:
    if len(answers) < 4:
        raise InputError(
            f"{survey.path}: {len(answers)} respondents answered any of the items; "
            "halves to compare need at least 4."
        )
    if not weights.any():
        raise InputError(
            f"{survey.path}, column {weight!r}: all weights are zero; name another weight column."
        )
