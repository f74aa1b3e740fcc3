"""What the humans of a survey file score against themselves, before any GPU is used.

Turns columns of codes into option positions and weights; does not know how distances are computed
(models/statistics/metrics.py), nor anything of studies and simulations.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import plain
from anthology.models.runtime.one_thread import one_thread
from anthology.models.statistics import floors, metrics
from anthology.models.statistics.figures import FLOOR, HEADLINES, deviation, leading
from anthology.producer.surveys.column_names import (
    asked_columns,
    named_column,
    named_columns,
    separated,
    without_written,
)
from anthology.producer.surveys.formats.readers import read_survey
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.readings import readings
from anthology.producer.surveys.scales.scale import Scale, scales_of
from anthology.producer.surveys.weights import outside, weights_of

# And the figure to read where the order of answers is not known.
_FIGURES = {*HEADLINES, leading(ordered=False)}
_NAMES = {name for figure in _FIGURES for name in (figure.name, deviation(figure))}
SHOWN = tuple(name for name in FLOOR if name in _NAMES)


@dataclass(frozen=True)
class FloorResult:
    """Headline figures of groups of humans: means and standard deviations over splits, by name.

    n: respondents who answered any of the items or, with `sample`, the size of the sample; items:
    number of options of each; dropped: the nonresponse codes that somebody gave, per item;
    unordered: the items that count in no figure of ordered answers, as their order is not known.
    notes: how the items were read, a line each.
    """

    figures: dict[str, float]
    n: int
    splits: int
    items: dict[str, int]
    dropped: dict[str, list[Code]]
    unordered: list[str]
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """The result for `--json`; a figure that is undefined is null, which JSON can hold."""
        rest = {k: value for k, value in vars(self).items() if k not in ("figures", "notes")}
        return {k: None if math.isnan(value) else value for k, value in self.figures.items()} | rest


def human_floor(
    path: str | Path,
    items: Sequence[str],
    weight: str | None = None,
    sample: int | None = None,
    splits: int = 100,
    seed: int = 0,
    reverse: Sequence[str] = (),
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
    ordered: Sequence[str] = (),
    encoding: str | None = None,
    separator: str | None = None,
) -> FloorResult:
    """Distances between random halves of the respondents or, with sample=N, between N and all of
    them drawn with replacement: what N other real people would score.

    Positions on an item are its options in the order of its scale; `reverse` turns items round,
    which matters to correlations and alpha; `ordered` are items whose codes are in order though
    their labels do not show it. `missing` and `keep` are codes that are nonresponse, or answers,
    whatever else speaks against it. Several in one text stand between commas. Raises InputError
    naming file, column and row. All chance is `seed`'s.
    """
    survey = read_survey(path, encoding, separator)
    asked, items = items, asked_columns(survey, items)
    reverse = asked_columns(survey, reverse)
    ordered = asked_columns(survey, ordered)
    _check_request(items, sample, splits, {"--reverse": reverse, "--ordered": ordered})
    weight = None if weight is None else named_column(survey, weight)
    scales = scales_of(survey, items, separated(missing), separated(keep))
    items = without_written(survey, items, named_columns(survey, asked), scales)
    for item in items:
        _check_scale(survey, scales[item])
    in_order = [scales[item].ordered or item in ordered for item in items]
    answers = np.column_stack([_positions(survey, scales[item]) for item in items])
    weights = np.ones(len(answers)) if weight is None else weights_of(survey, weight)
    notes = [*survey.notes, *([] if weight is None else outside(weights, weight))]
    options = [len(scales[item].options) for item in items]
    for item in reverse:
        j = items.index(item)
        answers[:, j] = np.where(answers[:, j] < 0, -1, options[j] - 1 - answers[:, j])

    # Whoever has no weight, or none above 0, counts nowhere: not in alpha or n either.
    took_part = (answers >= 0).any(axis=1) & (weights > 0)
    answers, weights = answers[took_part], weights[took_part]
    _check_people(survey, answers)
    people = answers, options, weights, splits
    rng = np.random.default_rng(seed)
    with one_thread():
        if sample is None:
            found = floors.floor(*people, rng=rng, ordered=in_order)
        else:
            found = floors.floor_at(sample, *people, rng=rng, ordered=in_order)
    return FloorResult(
        figures={name: found[name] for name in SHOWN},
        n=len(answers) if sample is None else sample,
        splits=splits,
        items=dict(zip(items, options, strict=True)),
        dropped={item: codes for item in items if (codes := _dropped(survey, scales[item]))},
        unordered=[item for item, one in zip(items, in_order, strict=True) if not one],
        notes=[
            *notes,
            *(
                f"{item}: {line}"
                for item in items
                for line in readings(scales[item], item in ordered)
            ),
        ],
    )


def _check_request(
    items: Sequence[str], sample: int | None, splits: int, named: Mapping[str, Sequence[str]]
) -> None:
    if not items:
        raise InputError("No items were given; name at least one column with --items.")
    for item in items:
        if items.count(item) > 1:
            raise InputError(f"The item {item!r} is named twice; name it once.")
    for option, some in named.items():
        for item in some:
            if item not in items:
                raise InputError(
                    f"{option} names {item!r}, which is not an item; add it to --items."
                )
    if splits < 1:
        raise InputError(f"--splits is {splits}; it must be at least 1.")
    if sample is not None and sample < 2:
        raise InputError(f"--sample is {sample}; it must be at least 2.")


def _check_scale(survey: SurveyFile, scale: Scale) -> None:
    """Refuses an item that cannot vary, or whose answers are no options."""
    where = f"{survey.path}, column {scale.column!r}"
    if not scale.answered:
        raise InputError(f"{where}: nobody gave a valid answer; drop it.")
    if scale.kind == "text":
        raise InputError(f"{where}: its answers are free texts, no options; drop it.")
    if len(scale.options) < 2:
        only = scale.options[0].codes[0]
        raise InputError(f"{where}: {plain(only)!r} is its only valid code; drop it.")


def _positions(survey: SurveyFile, scale: Scale) -> metrics.Answers:
    """Option positions 0..K-1 (n,), -1 where the respondent gave no valid code."""
    column = survey.column(scale.column)
    places = {code: at for at, option in enumerate(scale.options) for code in option.codes}
    found = column.map({code: at for code, at in places.items() if code is not None})
    return found.fillna(places.get(None, -1)).to_numpy(dtype=np.int64)


def _dropped(survey: SurveyFile, scale: Scale) -> list[Code]:
    given = set(survey.column(scale.column).dropna().unique().tolist())
    return [plain(code) for code in scale.nonresponse if code in given]


def _check_people(survey: SurveyFile, answers: metrics.Answers) -> None:
    if len(answers) < 4:
        raise InputError(
            f"{survey.path}: {len(answers)} respondents answered any of the items; "
            "halves to compare need at least 4."
        )
