"""The columns that a paper's table may have: any figure of the table of figures, those of a study's
scales, and those between the groups of a trait, by the names under which they are stored.

Knows which figures there are and what they mean, and no values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from anthology.models.errors import InputError
from anthology.models.statistics import across_groups
from anthology.models.statistics.across_groups import GAP, WITHIN
from anthology.models.statistics.figures import (
    BY_NAME,
    FIGURES,
    OF_DISTRIBUTIONS,
    RETESTED,
    deviation,
    leading,
)
from anthology.models.statistics.kinds import Better, Compared, Figure
from anthology.models.statistics.scale_scores.names import (
    COMPARED,
    FRO,
    OF_SCORES,
    deviation_name,
    figure_name,
)
from anthology.models.study.measures import misfit, spelled
from anthology.models.study.published import figure_meant
from anthology.models.study.study import Study

OF_SCALE, BETWEEN = "scale/NAME/alpha", "groups/TRAIT/parity_gap"


@dataclass(frozen=True)
class Column:
    """One figure under a name that it is stored under; `of` is said behind its symbol.

    plain: what it is, in which `{questions}` are those that it is of. floor, deviation: under which
    names floors have it, and its standard deviation over splits; None where they do not. own:
    whether humans have it by themselves. between: of several groups side by side.
    """

    name: str
    symbol: str
    plain: str
    of: str = ""
    better: Better = Better.NEITHER
    ordered: bool = False
    digits: int = 3
    count: bool = False
    interval: bool = False
    floor: str | None = None
    deviation: str | None = None
    own: bool = False
    between: bool = False

    @property
    def title(self) -> str:
        return f"{self.symbol} {self.of}".rstrip()

    @property
    def of_scores(self) -> bool:
        return self.name == FRO or self.name.startswith(figure_name("", "")[:-1])

    def meaning(self, *, nominal: bool) -> str:
        """nominal: whether any question has options without an order."""
        questions = "ordered questions" if self.ordered and nominal else "questions"
        said = self.plain.format(questions=questions)
        if self.better is Better.NEITHER:
            return said
        return f"{said}{',' if ';' in said else ';'} {self.better.value}"


def _of_everything() -> Iterator[Column]:
    for figure in FIGURES:
        two_sides = isinstance(figure, Compared) and figure.two_sides
        yield _column(
            figure, figure.name, interval=figure.interval,
            floor=figure.name if figure.floor else None,
            deviation=deviation(figure) if figure.floor and two_sides else None,
        )  # fmt: skip
    for distance in OF_DISTRIBUTIONS:
        yield _column(
            distance, distance.drawn_name, of="drawn", also=", of one drawn answer each",
            floor=distance.name, deviation=deviation(distance),
        )  # fmt: skip
    for pair in RETESTED:
        yield _column(
            pair, pair.of_retest, of="of retest", interval=True, better=Better.NEITHER,
            also="; divided by what the same people reach when asked again",
        )  # fmt: skip


def _column(
    figure: Figure, name: str, *, of: str = "", also: str = "", better: Better | None = None,
    interval: bool = False, floor: str | None = None, deviation: str | None = None,
) -> Column:  # fmt: skip
    return Column(
        name, figure.symbol, f"{figure.plain}{also}", of,
        better=figure.better if better is None else better, ordered=figure.ordered,
        digits=figure.digits, count=figure.unit == "count",
        interval=interval, floor=floor, deviation=deviation,
    )  # fmt: skip


COLUMNS = {column.name: column for column in _of_everything()}
SYMBOLS = {figure.symbol.lower() for figure in FIGURES}

# Symbol, meaning, which value is the better one, and digits of a scale's figures.
_SCALES: dict[str, tuple[str, str, Better, int]] = {
    "mean": ("M", "mean score, an answer counting as its position 1, 2, …", Better.NEAREST, 2),
    "sd": ("SD", "standard deviation of the scores", Better.NEAREST, 2),
    "alpha": ("α", "Cronbach’s alpha of the scale’s items", Better.NEAREST, 2),
    "omega": ("ω", "McDonald’s omega of the scale’s items", Better.NEAREST, 2),
    "wd": (
        "WD", "Wasserstein distance between the distributions of scores, in steps of an item",
        Better.SMALLER, 3,
    ),
    "difference": (
        "Δ", "difference of the mean scores, simulated less human, in standard deviations of the "
        "humans’ (Glass’s Δ)", Better.ZERO, 2,
    ),
}  # fmt: skip


def of_study(study: Study, crossings: Iterable[str]) -> dict[str, Column]:
    """All that there may be, by name; between the groups of these crossings."""
    found = dict(COLUMNS)
    compared = COMPARED if study.humans else ()
    for scale in study.scales:
        for figure in (*OF_SCORES, *compared):
            name = figure_name(scale, figure)
            symbol, plain, better, digits = _SCALES[figure]
            both = figure in COMPARED
            found[name] = Column(
                name, symbol, plain, scale, better=better, digits=digits, interval=True,
                floor=name if both else None, deviation=deviation_name(name) if both else None,
                own=not both,
            )  # fmt: skip
    if study.humans and len(study.scales) > 1:
        plain = "Frobenius norm of the difference between the matrices of correlations of scales"
        found[FRO] = Column(
            FRO, BY_NAME["fro"].symbol, plain, "of scales", better=Better.SMALLER, digits=2,
            interval=True, floor=FRO, deviation=deviation_name(FRO),
        )  # fmt: skip
    figure = leading(any(question.ordered for question in study.compared))
    for crossing in crossings:
        found |= {column.name: column for column in _between(crossing, figure)}
    return found


def _between(crossing: str, figure: Figure) -> Iterator[Column]:
    """Spread and gap, and both of one drawn answer each."""
    told = {
        WITHIN: (
            "spread within", "variance of the simulated answers within groups divided by the "
            "humans’, groups as large as among the humans, averaged over {questions}",
            Better.ONE, True, 2,
        ),
        GAP: (
            f"{figure.symbol} gap", f"{figure.symbol} of the group that the simulation is "
            "farthest from less that of the nearest, which is above 0 by chance alone",
            Better.SMALLER, False, 3,
        ),
    }  # fmt: skip
    of = crossing.replace("*", " × ")
    for name, (symbol, plain, better, ordered, digits) in told.items():
        floor = across_groups.stored_name(crossing, name)
        spread = across_groups.stored_name(crossing, across_groups.deviation_name(name))
        yield Column(
            floor, symbol, plain, of, better=better, ordered=ordered, digits=digits, interval=True,
            floor=floor, deviation=spread, between=True,
        )  # fmt: skip
        drawn = across_groups.stored_name(crossing, across_groups.drawn_name(name))
        yield Column(
            drawn, symbol, f"{plain}, of one drawn answer each", f"{of}, drawn", better=better,
            ordered=ordered, digits=digits, floor=floor, deviation=spread, between=True,
        )  # fmt: skip


def asked(text: str) -> list[str]:
    """The names that are separated by commas, each once; raises `InputError` where one, as any
    study has them, can be no figure's."""
    names = list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    if not names:
        raise InputError("--table names no figure; say which it has, as --table wd,fro,alpha")
    for name in names:
        of_all = "/" not in name or name.lower() in SYMBOLS
        if of_all and name.lower() not in COLUMNS:
            raise InputError(f"--table: no figure is called {name!r}; {_meant(name)}")
    return list(dict.fromkeys(name if "/" in name else name.lower() for name in names))


def _meant(name: str) -> str:
    others = f"of a scale it is {OF_SCALE}, between groups {BETWEEN}"
    if "." in name.strip("."):  # a figure of something
        return f"{others}, of all questions {', '.join(COLUMNS)}"
    meant = figure_meant(name, list(COLUMNS))
    return meant if meant.endswith("?") else f"{meant}; {others}"


def chosen(
    names: Iterable[str], study: Study, known: Mapping[str, Column], stored: set[str]
) -> list[Column]:
    """The columns that these names stand for, in capitals, too; raises `InputError` for what the
    study does not have or, of what is not of every study, is not `stored`."""
    folded = {name.lower(): name for name in known}
    found = {}
    for given in names:
        name = given if given in known else folded.get(given.lower())
        if name is None:
            raise InputError(f"--table: {_unknown(given, study, known)}")
        if name not in COLUMNS and name not in stored:
            raise InputError(
                f"--table: nothing is stored of {name!r}: too few people were compared, or an "
                f"earlier version measured, and `anthology measure {study.study}` has it"
            )
        found[name] = known[name]
    return list(found.values())


def _unknown(given: str, study: Study, known: Mapping[str, Column]) -> str:
    """Why no column has this name, and what it may be."""
    crossing, figure = across_groups.told(given)
    crossing = spelled(crossing)
    is_one = crossing and misfit([crossing], study.traits) is None
    if is_one and study.humans and figure in across_groups.OF_CONDITIONS:
        return (
            f"there are no figures between the groups of {crossing!r} yet; `anthology measure "
            f"{study.study} --subgroup '{crossing}'` makes them"
        )
    others = [name for name in known if name not in COLUMNS]
    near = get_close_matches(given, others, 3, cutoff=0.75)
    said = f"study {study.study!r} has no figure {given!r}"
    if near:
        return f"{said}; did you mean {' or '.join(near)}?"
    if not others:
        return f"{said}, nor any of a scale or between groups; it has {', '.join(COLUMNS)}"
    return f"{said}; beside those of all questions it has {', '.join(others)}"
