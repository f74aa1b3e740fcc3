"""Says in plain words what a study found, and what a reader must know before trusting it.

Turns figures into sentences; knows nothing of pages and computes no figure.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from anthology.models.statistics.figures import ALL, OF_PAIRS, VERSION, deviation, leading
from anthology.models.statistics.kinds import OfDistributions
from anthology.models.study.study import Study
from anthology.producer.reporting import agreement
from anthology.producer.reporting.correlation_flags import FEW, against_flags, correlation_flags
from anthology.producer.reporting.figures.paired import in_words
from anthology.producer.reporting.layout import numbers
from anthology.producer.reporting.method import listed
from anthology.producer.reporting.response_profiles import ResponseProfile

LOW_MASS = 0.5  # below it the model mostly did not answer with an option
MOSTLY_REFUSED = 0.5
CEILING = OF_PAIRS[0]  # of what people reach with themselves when they are asked again
Row = dict[str, Any]


def verdict(found: dict[str, Any], study: Study) -> list[str]:
    """One sentence on who came closest, then what qualifies it."""
    if study.humans is None:
        return [_compared_with_nobody(found)]
    figure = leading(any(question.ordered for question in study.compared))
    name = figure.name
    rows = [row for row in found["rows"] if row["subgroup"] == ALL and row[name] is not None]
    if not rows:
        return ["No condition has answers that can be compared with the humans'."]
    rows.sort(key=lambda row: row[name])
    best = rows[0]
    closest = numbers.condition(best["condition"])
    sentence = (
        f"Closest to the humans: {closest}, {figure.symbol} {_short(best[name])}"
        f"{_interval(best, name)}; {_floors(found, name)}."
    )
    return [sentence, *_remarks(best, rows[1:], figure, found, study), *_ceiling(rows, found)]


def flags(found: dict[str, Any], groups: Sequence[ResponseProfile], study: Study) -> list[str]:
    """What to know about the answers before reading figures; the humans, if there are any, are the
    first group."""
    humans, simulated = (groups[:1], groups[1:]) if study.humans else ([], groups)
    people = _people(found, study)
    rows = {row["condition"]: row for row in found["rows"] if row["subgroup"] == ALL}
    flagged: dict[str, list[str]] = {}
    for portrait in simulated:
        for flag in _flags(rows[portrait.name], portrait, study, people[portrait.name]):
            flagged.setdefault(flag, []).append(numbers.condition(portrait.name))
    shared = [
        f"{'all conditions' if len(names) == len(simulated) > 1 else listed(names)}: {flag}"
        for flag, names in flagged.items()
    ]
    expected = {name: count * len(study.questions) for name, count in people.items()}
    return [
        *older(found),
        *_mixed(found),
        *_resolution(found),
        *(f"{h.name}: {flag}" for h in humans for flag in correlation_flags(h, study)),
        *(f"{h.name}: {flag}" for h in humans for flag in against_flags(h, study)),
        *shared,
        *_disagreeing(found["checks"]),
        *_missing(rows, expected),
    ]


def older(found: dict[str, Any]) -> list[str]:
    """Whether its figures are those of a version that computed less, or otherwise."""
    if (found["figures_version"] or 0) >= VERSION:
        return []
    return [
        "These figures are of an older version of Anthology; "
        f"`anthology measure {found['study']}` computes them anew from the stored answers."
    ]


def _compared_with_nobody(found: dict[str, Any]) -> str:
    count = sum(row["n"] for row in found["rows"] if row["subgroup"] == ALL)
    return (
        f"{count:,} personas answered for themselves and are compared with nobody: how near they "
        "are to people, these figures do not say."
    )


def _people(found: dict[str, Any], study: Study) -> dict[str, int]:
    """How many should have answered, by condition."""
    if study.humans:
        return dict.fromkeys(study.condition_names, found["floor_at_n"]["n"])
    return {way.name: study.people_in(way, 0) for way in study.conditions}


def _floors(found: dict[str, Any], name: str) -> str:
    halves, sized = found["floor"][name], found["floor_at_n"][name]
    return (
        f"two random halves of the humans score {_short(halves)}; "
        f"{found['floor_at_n']['n']:,} other real people would score {_short(sized)}"
    )


def _remarks(
    best: Row, others: Sequence[Row], figure: OfDistributions, found: dict[str, Any], study: Study
) -> list[str]:
    name = figure.name
    remarks = in_words(found.get("paired", []), best["condition"], figure)
    if not remarks:  # measured before conditions were held against each other
        remarks = _overlapping(best, others, name)
    mean, spread = found["floor_at_n"][name], found["floor_at_n"][deviation(figure)]
    drawn = best[figure.drawn_name]
    if None not in (mean, spread, drawn) and drawn <= mean + 1.96 * spread:
        remarks.append(
            f"With one drawn answer each they score {_short(drawn)}, which sampling noise alone "
            f"would give {found['floor_at_n']['n']:,} real people."
        )
    mass = best["label_mass"]
    if mass is not None and mass < LOW_MASS:
        little = f"The model gave the options only {mass:.2f} of its probability there"
        if _written(study):
            little = f"Only {mass:.0%} of the first written answers could be read there"
        remarks.append(
            f"{little}: what is compared is the smaller part of what it would have said."
        )
    return remarks


def _overlapping(best: Row, others: Sequence[Row], name: str) -> list[str]:
    high = best[f"{name}_high"]
    rivals = [
        numbers.condition(row["condition"])
        for row in others
        if high is not None and row[f"{name}_low"] is not None and row[f"{name}_low"] <= high
    ]
    if rivals:
        those = "that" if len(rivals) == 1 else "those"
        return [
            f"Its interval overlaps with {those} of {listed(rivals)}, so their order is not "
            "settled."
        ]
    return []


def _ceiling(rows: Sequence[Row], found: dict[str, Any]) -> list[str]:
    """Which condition comes nearest to people's agreement with themselves, if it is known."""
    own = next((row for row in found.get("retest", []) if row["subgroup"] == ALL), None)
    known = [row for row in rows if row.get(CEILING.of_retest) is not None]
    if own is None or own[CEILING.name] is None or not known:
        return []
    best = max(known, key=lambda row: float(row[CEILING.of_retest]))
    low, high = (best[f"{CEILING.of_retest}_{end}"] for end in ("low", "high"))
    reach = "" if low is None or high is None else f" [{low:.0%}, {high:.0%}]"
    return [
        f"Asked again, the same people gave their first answer {own[CEILING.name]:.0%} of the "
        f"time; of that {numbers.condition(best['condition'])} reaches "
        f"{best[CEILING.of_retest]:.0%}{reach}"
        f"{', the most of all conditions' if len(known) > 1 else ''}."
    ]


def _flags(row: Row, portrait: ResponseProfile, study: Study, respondents: int) -> list[str]:
    if not portrait.people:
        return ["no answers are stored; the errors are listed under “How it was run”."]
    found = []
    if row["n"] < respondents:
        whose = "respondents have a simulated answer" if study.humans else "personas have answered"
        found.append(f"{row['n']:,} of {respondents:,} {whose}.")
    found += _mass_flags(row, portrait, study)
    if row["refusal"] is not None and row["refusal"] > MOSTLY_REFUSED:
        found.append(
            f"mean probability of a refusal {row['refusal']:.2f} where one is offered: "
            "the figures describe the fewer who would answer."
        )
    found += correlation_flags(portrait, study)
    if portrait.personas is not None and portrait.personas < min(FEW, portrait.people):
        found.append(
            f"{portrait.people:,} respondents share {portrait.personas} "
            f"{'persona' if portrait.personas == 1 else 'personas'}, on whom the figures rest."
        )
    return found


def _missing(rows: dict[str, Row], expected: dict[str, int]) -> list[str]:
    """Missing answers of all conditions in one line."""
    missing = [
        f"{numbers.condition(name)} {row['missing_answers']:,} "
        f"({row['missing_answers'] / expected[name]:.1%})"
        for name, row in rows.items()
        if row["missing_answers"]
    ]
    if not missing:
        return []
    most = max(expected.values())
    return [f"Missing of {most:,} answers a condition: {', '.join(missing)}."]


def _mass_flags(row: Row, portrait: ResponseProfile, study: Study) -> list[str]:
    """Low label mass of all items together or, where that is high enough, of single ones."""
    mass = row["label_mass"]
    if mass is not None and mass < LOW_MASS:
        little = f"mean label mass {mass:.2f}"
        if _written(study):
            little = f"only {mass:.0%} of the first written answers could be read"
        return [
            f"{little}: the model mostly would not have answered with an option; "
            "its figures describe the smaller part."
        ]
    if portrait.label_mass is None:
        return []
    low = [study.questions[j].name for j in np.flatnonzero(portrait.label_mass < LOW_MASS)]
    name = "share of first written answers that could be read" if _written(study) else "label mass"
    return [f"{name} under {LOW_MASS} on {listed(low)}."] if low else []


def _written(study: Study) -> bool:
    """Then the label mass is the share of first answers in which an option could be read."""
    return study.questionnaire.readout == "sample"


def _mixed(found: dict[str, Any]) -> list[str]:
    """Whether answers of unlike engines stand side by side."""
    others = [unlike for unlike in found["identities"].values() if unlike]
    if not others:
        return []
    return [
        f"Unlike engines worked for this study; beside the first, {len(others)} with "
        f"{' / with '.join(others)}. Differences between answers may be theirs."
    ]


def _resolution(found: dict[str, Any]) -> list[str]:
    """Steps of a 16-bit output layer, in nats: two logits can be half a step off each."""
    steps = found["resolution"]["logit_steps"]
    if not steps:
        return []
    return [
        f"16-bit output layer: log-probabilities fall on steps of "
        f"{listed([f'{step:g}' for step in steps])}, so that rounding alone can put the odds "
        f"between two options off by {math.expm1(steps[-1]):.0%}; a float32 one has no such step."
    ]


def _disagreeing(checks: Sequence[Row]) -> list[str]:
    """By condition the questions on which written answers and readout clearly disagree."""
    low: dict[str, list[str]] = {}
    for (condition, question), check in agreement.table(checks).items():
        if check["low"]:
            name = "all questions together" if question == agreement.TOGETHER else question
            low.setdefault(condition, []).append(name)
    return [
        f"{numbers.condition(condition)}: written answers agree with the readout clearly less than "
        f"they should on {listed(questions)}."
        for condition, questions in low.items()
    ]


def _interval(row: Row, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if low is None or high is None else f" [{_short(low)}, {_short(high)}]"


def _short(value: float | None) -> str:
    """Three decimals, as the tables have."""
    if value is None:
        return "an undefined figure"
    return f"{value:.3f}"
