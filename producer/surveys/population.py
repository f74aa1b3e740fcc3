"""Whom a study is about: the rows of its survey file that `humans` of the study file lets in, and
which of them are simulated.

Knows codes, weights and trait positions; answers are for `encoding.py`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anthology.models import seeds
from anthology.models.errors import InputError
from anthology.models.questionnaire.codes import Blank, Codes, covers, spells
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.study import Study
from anthology.producer.surveys.coded_cells import Cell, cells, listed
from anthology.producer.surveys.formats.spelling import texts_in
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.scale import scales_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bins = npt.NDArray[np.int64]


def within(survey: SurveyFile, study: Study) -> list[int]:
    """The rows whose columns have the codes of `humans.where`; all where it names none.

    As in options, a range takes in no code of nonresponse. Raises `InputError` where it lets in
    nobody.
    """
    where = study.surveyed.where
    rows = list(range(len(survey.frame)))
    texts = texts_in(survey, where)
    for column, codes in where.items():
        nonresponse = scales_of(survey, [column])[column].nonresponse
        found = cells(survey, texts, column, [codes])
        rows = [row for row in rows if _is_one_of(codes, found[row], nonresponse)]
        if not rows:
            raise InputError(
                f"{survey.path}: humans.where.{column} leaves nobody; look at its codes with "
                f"`anthology init {survey.path} --find {column}`"
            )
    return rows


def _is_one_of(codes: Codes, cell: Cell, nonresponse: Mapping[Code, str]) -> bool:
    code, number = cell
    if code is None:
        return isinstance(codes, Blank)
    if not (covers(codes, code, number) or spells(codes, code)):
        return False
    return number not in nonresponse or bool(listed(codes))


def drawn(survey: SurveyFile, study: Study, rows: list[int]) -> list[int]:
    """As many of the rows as `humans.draw` says, at random by the study's seed; all without it."""
    wanted = study.surveyed.draw
    if wanted is None:
        return rows
    if wanted > len(rows):
        raise InputError(
            f"{survey.path}: humans.draw asks for {wanted} people, there are {len(rows)}"
        )
    return [rows[at] for at in seeds.chosen(len(rows), wanted, study.seed, "population")]


def told_of(survey: SurveyFile, study: Study, within: int, people: int) -> list[str]:
    """How many rows `where` left, and how many people there were to draw from."""
    lines = []
    everybody = len(survey.frame)
    if study.surveyed.where:
        left_out = everybody - within
        lines.append(f"{left_out:,} of {everybody:,} people are left out by humans.where")
    if study.surveyed.draw is not None:
        lines.append(f"{study.surveyed.draw:,} of {people:,} people are drawn as the population")
    return lines


def simulated(
    survey: SurveyFile,
    study: Study,
    traits: Mapping[str, Sequence[int]],
    people: int,
    *,
    before: bool,
) -> tuple[list[int], list[str]]:
    """Which of the population are simulated, by their places in it, ascending, and lines on quotas
    that could not be met. traits: option positions by name, -1 where unknown; before: as versions
    read that refused no quota of more than there are."""
    size = study.surveyed.size
    if size is None:
        return list(range(people)), []
    if size > people:
        raise InputError(
            f"{survey.path}: humans.sample asks for {size} respondents, the file has {people}"
        )
    if not study.surveyed.quotas:
        return seeds.chosen(people, size, study.seed, "respondents"), []
    return _by_quotas(survey, study, traits, size, before)


def refuse_empty_arms(survey: SurveyFile, study: Study, known: Mapping[str, Sequence[int]]) -> None:
    """Raises `InputError` for an arm that nobody is in: nothing could be compared with it."""
    for place, name in enumerate(() if study.arms is None else study.arms.names):
        if place in known[ARM]:
            continue
        assert study.arms is not None
        if study.arms.column is not None:
            raise InputError(
                f"{survey.path}: arms.codes.{name}: nobody has one of these codes in "
                f"{study.arms.column!r}; correct them, or leave the arm out"
            )
        raise InputError(
            f"{survey.path}: arms.texts has {len(study.arms.names)} arms, so {name!r} is left with "
            "none of the simulated; raise humans.sample, or have fewer arms"
        )


def _by_quotas(
    survey: SurveyFile,
    study: Study,
    traits: Mapping[str, Sequence[int]],
    size: int,
    before: bool,
) -> tuple[list[int], list[str]]:
    import numpy as np

    from anthology.models.statistics import quotas  # numpy, which most studies do not need here

    asked = {
        name: {option: shares[option] for option in study.traits[name].option_texts}
        for name, shares in study.surveyed.quotas.items()
    }
    wanted = [np.array(list(shares.values())) for shares in asked.values()]
    wanted = [shares / shares.sum() for shares in wanted]
    bins = np.array([traits[name] for name in asked], dtype=np.int64).T
    rng = np.random.default_rng(seeds.derive(study.seed, "quotas"))
    able = quotas.eligible(bins, wanted)
    eligible = int(able.sum())
    if eligible < size:
        raise InputError(
            f"{survey.path}: humans.sample asks for {size} respondents, {eligible} are known in "
            f"all traits of its quotas ({', '.join(asked)}) and have a share above 0"
        )
    if not before:
        _refuse_more_than_there_are(survey, asked, size, bins[able])
    rows = quotas.sample(bins, wanted, size, rng)
    lines = []
    for place, (name, shares) in enumerate(asked.items()):
        counts = np.bincount(bins[rows, place], minlength=len(shares))
        for option, count, share in zip(shares, counts, wanted[place], strict=True):
            if abs(count - size * share) >= 1:
                lines.append(
                    f"the quota of {name} {option!r}, {size * share:.0f} of {size:,} respondents, "
                    f"could not be met: {count:,} are"
                )
    return rows.tolist(), lines


def _refuse_more_than_there_are(
    survey: SurveyFile, asked: Mapping[str, Mapping[str, float]], size: int, bins: "Bins"
) -> None:
    """Each quota by itself; `bins` (N, T) are the options of those who can be drawn."""
    for (name, shares), given in zip(asked.items(), bins.T, strict=True):
        total = sum(shares.values())
        for place, (option, share) in enumerate(shares.items()):
            wanted, there = size * share / total, int((given == place).sum())
            if wanted - there >= 1:
                raise InputError(
                    f"{survey.path}: humans.sample.quotas.{name} asks for {wanted:.0f} of "
                    f"{size:,} respondents with {option!r}, there are {there:,}; lower that share, "
                    "or size"
                )
