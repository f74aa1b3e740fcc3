"""Which rows of figures a study can have: of whom, of which subgroup, under which names.

A part of `models/measuring/` that stores something new tells its names here, else archives of what
it measured are refused.
"""

from collections.abc import Iterator

from anthology.models.measuring.rows import HOW, SETTINGS
from anthology.models.questionnaire.retest import RETEST, asked_again
from anthology.models.statistics import described
from anthology.models.statistics.by_item import names as of_items
from anthology.models.statistics.contrasts import names as of_contrasts
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
from anthology.models.statistics.inference.names import EFFECTIVE, all_names
from anthology.models.statistics.paired.differences import JUDGED, closer_name, p_name
from anthology.models.statistics.scale_scores import names as of_scales
from anthology.models.study.contrasts.comparisons import by_trait, comparisons
from anthology.models.study.measures import options_of
from anthology.models.study.scales import item_names
from anthology.models.study.study import Study
from anthology.producer.transfer.archive_rows import Row, Why, one_of, share

LARGEST = 1e9
OF_ALL = frozenset((*(figure.name for figure in WITH_INTERVAL), *MEANS, *COUNTS))


class StudyFigures:
    """Of one study: `of_conditions`, `of_humans` by what stands in the place of a condition, and
    which are `shares`."""

    def __init__(self, study: Study) -> None:
        again = asked_again(study.compared)
        self.traits = study.traits
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
        made = [*study.measures.contrasts, *by_trait(study.traits, study.compared)]
        called = [one.name for one in comparisons(made, study.traits, study.compared)]
        contrasts = of_contrasts.figure_names(of_contrasts.OF_BOTH, called)
        self.of_conditions |= contrasts
        self.of_conditions |= of_contrasts.figure_names(of_contrasts.OF_SIMULATED, called)
        chances |= of_contrasts.figure_names(of_contrasts.PROBABILITIES, called)
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
            self.of_humans[HUMANS] = contrasts | of_people

    def wrong(self, row: Row) -> Iterator[tuple[str, Why]]:
        """The fields of a row, each with why it cannot be this study's; None where it can."""
        of_humans = self.of_humans.get(row["condition"])
        yield "condition", None if of_humans else one_of(row["condition"], self.rows)
        known = row["subgroup"] in self.subgroups or options_of(row["subgroup"], self.traits)
        yield "subgroup", None if known else "is none of this study"
        names = SETTINGS if row["condition"] == HOW else of_humans or self.of_conditions
        yield "name", one_of(row["name"], names)
        for field in ("value", "low", "high"):
            value = row.get(field)
            small = value is None or abs(value) <= LARGEST
            yield field, None if small else "is larger than any figure"
        low, high, value = row.get("low"), row.get("high"), row.get("value")
        yield "low", None if (low is None) == (high is None) else "has no other end"
        if low is not None and high is not None:
            yield "low", None if low <= high else "is above high"
        if row["name"] in self.shares and value is not None:
            yield "value", share(value)
        if row["name"] in (*COUNTS, *SETTINGS) and value is not None:
            yield "value", None if value >= 0 and value == int(value) else "is no count"
