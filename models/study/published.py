"""`published` of a study file: what others found, to stand beside the study's own figures.

Nothing that is asked or computed depends on it, so it is no part of what a study is.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationInfo, field_validator

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.wording import Line
from anthology.models.study.contrasts import comparisons, stored_names
from anthology.models.study.contrasts.key import Contrast

if TYPE_CHECKING:
    from anthology.models.study.study import Study

PARTS = ("scale", "contrast", "item")  # what a figure may be of, but for all questions together
MOST_NAMED = 6  # in a message


class PublishedRow(Part):
    """What a `source` gives for a `condition`, called as it is there.

    `figures` has values by the names of our own figures: those of all questions, or of one `scale`,
    `contrast` (by the name of its comparison) or `item` (a question). `beside` is the study's
    condition, or its humans, and `subgroup` its subgroup ("gender=woman"; None: everybody), whose
    figures it is held against.
    """

    later = PARTS

    source: Line
    condition: Line
    beside: str | None = None
    subgroup: str | None = None
    scale: str | None = None
    contrast: str | None = None
    item: str | None = None
    figures: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)

    @property
    def part(self) -> str | None:
        """Which of them it is of; None of all questions."""
        return next((part for part in PARTS if getattr(self, part) is not None), None)

    @field_validator("figures")
    @classmethod
    def _are_figures(cls, figures: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        if not all(part in info.data for part in PARTS):
            return figures  # one is wrong itself, which is said
        part = next((part for part in PARTS if info.data[part] is not None), None)
        of = f" of {'an' if part == 'item' else 'a'} {part}" if part else ""
        known = known_figures(part)
        if unknown := next((name for name in figures if name not in known), None):
            raise ValueError(f"has no figure {unknown!r}{of}; {figure_meant(unknown, known)}")
        return figures


def known_figures(part: str | None, *, humans: bool = False) -> list[str]:
    """What may be quoted: of all questions or of a part; of the `humans` what they are by
    themselves."""
    # brings numpy, which few studies need this early
    from anthology.models.statistics import figures
    from anthology.models.statistics.by_item.names import of_conditions
    from anthology.models.statistics.contrasts.names import OF_BOTH, OF_SIMULATED, PROBABILITIES
    from anthology.models.statistics.scale_scores.names import COMPARED, OF_SCORES

    if part == "scale":
        return [*OF_SCORES, *(() if humans else COMPARED)]
    if part == "contrast":
        names = (*OF_BOTH, *(() if humans else OF_SIMULATED))
        return [name for name in names if name not in (*PROBABILITIES, "df")]
    if humans:
        own = [figure.name for figure in figures.WITH_FLOOR if not figure.two_sides]
        return [] if part else own
    if part:
        return of_conditions(ordered=True)
    return [*(figure.name for figure in figures.FIGURES), *figures.DRAWN]


def figure_meant(given: str, known: Sequence[str]) -> str:
    """Which of the known was meant by a symbol, as pages and papers print it, or by a name that is
    nearly right; else what there are."""
    from difflib import get_close_matches

    from anthology.models.statistics.figures import FIGURES

    symbols = {figure.symbol.lower(): figure.name for figure in FIGURES if figure.name in known}
    name = given.strip().lower()
    near = [symbols[name]] if name in symbols else get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


def misfit(published: Sequence[PublishedRow], study: "Study") -> Misfit | None:
    """The first row that cannot stand beside this study, and why; None where all can."""
    for place, row in enumerate(published):
        if wrong := next(_wrong(row, study), None):
            return wrong.within(place)
    return None


def _wrong(row: PublishedRow, study: "Study") -> Iterator[Misfit]:
    from anthology.models.statistics.figures import HUMANS

    beside = [*study.condition_names, *([HUMANS] if study.humans is not None else [])]
    of_humans = row.beside == HUMANS and HUMANS in beside
    if row.beside is not None and row.beside not in beside:
        yield Misfit(
            f"names {row.beside!r}, which is none of the study's conditions; it may be "
            f"{', '.join(map(repr, beside))}", "beside",
        )  # fmt: skip
    if row.subgroup is not None and row.subgroup not in study.subgroups:
        yield Misfit(
            f"names {row.subgroup!r}, of which the study has no figures; "
            f"{_has(study.subgroups, 'name its trait in measures.subgroups', 'those of ')}",
            "subgroup",
        )  # fmt: skip
    parts = [part for part in PARTS if getattr(row, part) is not None]
    if len(parts) > 1:
        said = f"has {' and '.join(parts)}; a row is of one of them, so make it two rows"
        yield Misfit(said)
    if row.part is not None:
        yield from _wrong_part(row, row.part, study)
    known = known_figures(row.part, humans=True)
    if of_humans and (unknown := next((name for name in row.figures if name not in known), None)):
        have = f"; they have {', '.join(known)}" if known else ""
        yield Misfit(
            f"has {unknown!r}, which holds a condition to the humans, so they have none "
            f"themselves{have}", "figures",
        )  # fmt: skip


def _wrong_part(row: PublishedRow, part: str, study: "Study") -> Iterator[Misfit]:
    """Names of a part that the study has not, and figures that it has of others only."""
    name = getattr(row, part)
    if part == "scale" and name not in study.scales:
        has = _has(list(study.scales), "name its items under scales")
        yield Misfit(f"names {name!r}, which is no scale of the study; {has}", part)
    if part == "contrast":
        yield from _wrong_contrast(name, study)
    if part == "item":
        questions = {question.name: question for question in study.compared}
        if name not in questions:
            has = _has(list(questions), "it has no humans")
            said = f"names {name!r}, which is no question that humans answered; {has}"
            yield Misfit(said, part)
        elif not questions[name].ordered:
            yield from _without_order(row, name)
    if part == "contrast" and row.subgroup is not None:
        yield Misfit("figures of contrasts are of everybody; leave it out", "subgroup")


def _wrong_contrast(name: str, study: "Study") -> Iterator[Misfit]:
    """One that `anthology measure` may add is none."""
    parts = study.traits, study.compared
    own = [one.name for one in comparisons.comparisons(study.measures.contrasts, *parts)]
    if name in own or stored_names.called(name, *parts):
        return
    from difflib import get_close_matches

    every = (Contrast(trait=trait) for trait in study.traits)
    fitting = [one for one in every if not comparisons.misfit([one], *parts)]
    names = [*own, *(one.name for one in comparisons.comparisons(fitting, *parts))]
    near = get_close_matches(name, names, 1)
    has = f"did you mean {near[0]!r}?" if near else _has(names, "it makes none")
    yield Misfit(f"names {name!r}, which is no comparison of the study; {has}", "contrast")


def _without_order(row: PublishedRow, question: str) -> Iterator[Misfit]:
    from anthology.models.statistics.by_item.names import of_conditions

    known = of_conditions(ordered=False)
    if unknown := next((name for name in row.figures if name not in known), None):
        yield Misfit(
            f"has {unknown!r}, which {question!r} has not, as its options have no order; it has "
            f"{', '.join(known)}", "figures",
        )  # fmt: skip


def _has(names: Sequence[str], otherwise: str, of: str = "") -> str:
    if not names:
        return otherwise
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED + 1 else ""
    shown = names[:MOST_NAMED] if more else names
    return f"it has {of}{', '.join(shown)}{more}"
