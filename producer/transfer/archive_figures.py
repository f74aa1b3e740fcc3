"""Which rows of figures a study can have: of whom, of which subgroup, under which names.

A part of `models/measuring/` that stores something new tells its names here, else archives of what
it measured are refused.
"""

from collections.abc import Iterator

from anthology.models.measuring.rows import HOW, SETTINGS
from anthology.models.questionnaire.retest import RETEST, asked_again
from anthology.models.statistics import across_groups, described
from anthology.models.statistics.by_item import names as of_items
from anthology.models.statistics.contrasts.names import (
    EXPECTED,
    OF_BOTH,
    OF_SIMULATED,
    figure_name,
)
from anthology.models.statistics.contrasts.names import PROBABILITIES as OF_CONTRASTS
from anthology.models.statistics.figures import (
    ALL,
    COUNTS,
    FLOOR,
    FLOORS,
    HUMANS,
    MEANS,
    OF_RETEST,
    SHARES,
    WITH_INTERVAL,
)  # fmt: skip
from anthology.models.statistics.inference.names import (
    CHANCE,
    EFFECTIVE,
    OF_DIFFERENCES,
    all_names,
)
from anthology.models.statistics.paired.differences import JUDGED, closer_name, p_name
from anthology.models.statistics.scale_scores import names as of_scales
from anthology.models.study.contrasts.comparisons import comparisons
from anthology.models.study.contrasts.stored_names import called
from anthology.models.study.measures import crossed, options_of
from anthology.models.study.scales import item_names
from anthology.models.study.study import Study
from anthology.producer.transfer.archive_rows import Row, Why, one_of, share

LARGEST = 1e9
OF_ONE = (*OF_BOTH, *OF_SIMULATED, *EXPECTED, *OF_DIFFERENCES)
PROBABILITIES = (*OF_CONTRASTS, CHANCE)
OF_ALL = frozenset((*(figure.name for figure in WITH_INTERVAL), *MEANS, *COUNTS))


class _Contrasts:
    """A study's own, and those that its traits and questions allow: `anthology measure` may have
    been asked for them."""

    def __init__(self, study: Study) -> None:
        self.study = study
        own = comparisons(study.measures.contrasts, study.traits, study.compared)
        self.known = dict.fromkeys((one.name for one in own), True)

    def figure(self, name: str, condition: str) -> str | None:
        """Which figure of one a stored name is, of humans or of a condition; None of none."""
        figure, _, comparison = name.partition(figure_name("", ""))
        of_it = OF_BOTH if condition == HUMANS else OF_ONE
        if condition in (HOW, *FLOORS) or figure not in of_it:
            return None
        if comparison not in self.known:
            found = called(comparison, self.study.traits, self.study.compared)
            self.known[comparison] = found is not None
        return figure if self.known[comparison] else None


class _Crossings:
    """What stands between the groups of a trait or a crossing: of any that its traits allow."""

    def __init__(self, study: Study) -> None:
        self.traits, self.compared = study.traits, bool(study.compared)

    def known(self, name: str, condition: str) -> bool:
        """Whether a stored name is one, of a condition or of a floor."""
        crossing, figure = across_groups.told(name)
        names = across_groups.OF_FLOORS if condition in FLOORS else across_groups.OF_CONDITIONS
        traits = crossed(crossing)
        return (
            self.compared
            and condition not in (HOW, HUMANS, RETEST)
            and figure in names
            and all(trait in self.traits and traits.count(trait) == 1 for trait in traits)
        )


class StudyFigures:
    """Of one study: `of_conditions`, `of_humans` by what stands in the place of a condition, and
    which are `shares`."""

    def __init__(self, study: Study) -> None:
        again = asked_again(study.compared)
        self.traits = study.traits
        self.contrasts = _Contrasts(study)
        self.crossings = _Crossings(study)
        self.subgroups = {ALL, *study.subgroups}
        self.rows = [*study.condition_names, HOW, *([RETEST] if again else [])]
        chances = {p_name(one.name, other) for one in JUDGED for other in study.condition_names}
        self.of_conditions = {
            *OF_ALL, *chances, *(OF_RETEST if again else ()),
            *(closer_name(one.name, other) for one in JUDGED for other in study.condition_names),
            *(name for question in study.shown_alone for name in described.names(
                question.name, len(question.options), question.ordered)),
            EFFECTIVE,
            *(name for question in study.compared for name in all_names(
                question.name, len(question.options), question.ordered)),
        }  # fmt: skip
        scales = item_names(study.scales)
        of_people = set(of_scales.of_people(scales))
        self.of_conditions |= of_people | set(of_scales.of_both(scales) if study.humans else ())
        asked = [(question.name, question.ordered) for question in study.compared]
        self.of_conditions |= of_items.names(asked, of_items.of_conditions)
        self.shares = {*SHARES, *chances, *of_items.names(asked, of_items.shares)}
        self.of_humans: dict[str, set[str]] = {}
        if study.humans:
            items = of_items.names(asked, of_items.of_floors)
            self.of_humans = {key: {*FLOOR, *of_scales.of_floors(scales), *items} for key in FLOORS}
            self.of_humans[HUMANS] = of_people

    def wrong(self, row: Row) -> Iterator[tuple[str, Why]]:
        """The fields of a row, each with why it cannot be this study's; None where it can."""
        of_humans = self.of_humans.get(row["condition"])
        told = of_humans is not None
        names = self.of_conditions if of_humans is None else of_humans
        known = SETTINGS if row["condition"] == HOW else names
        yield "condition", None if told else one_of(row["condition"], self.rows)
        group = row["subgroup"] in self.subgroups or options_of(row["subgroup"], self.traits)
        yield "subgroup", None if group else "is none of this study"
        contrast = self.contrasts.figure(row["name"], row["condition"])
        between = self.crossings.known(row["name"], row["condition"])
        yield "name", None if contrast or between else one_of(row["name"], known)
        for field in ("value", "low", "high"):
            value = row.get(field)
            small = value is None or abs(value) <= LARGEST
            yield field, None if small else "is larger than any figure"
        low, high, value = row.get("low"), row.get("high"), row.get("value")
        yield "low", None if (low is None) == (high is None) else "has no other end"
        if low is not None and high is not None:
            yield "low", None if low <= high else "is above high"
        shares = contrast in PROBABILITIES if contrast else row["name"] in self.shares
        if shares and value is not None:
            yield "value", share(value)
        if row["name"] in (*COUNTS, *SETTINGS) and value is not None:
            yield "value", None if value >= 0 and value == int(value) else "is no count"
