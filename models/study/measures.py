"""`measures` of a study file: how the figures are made, and of which subgroups."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.questions import Trait
from anthology.models.questionnaire.wording import as_name
from anthology.models.study.contrasts.key import Contrast

CROSS = "*"
MOST_GROUPS = 1000  # of one crossing
FEWEST_LABELLED = 20  # humans, with fewer of whom nothing is known
MOST_LABELLED = 1_000_000
ALL_LABELLED = "all"  # who gave an answer


def crossed(crossing: str) -> list[str]:
    """The traits of a crossing, of `sex*party` sex and party; of a trait itself."""
    return [name.strip() for name in crossing.split(CROSS)]


def spelled(text: str) -> str:
    """A crossing as it is stored, without spaces around its stars."""
    return CROSS.join(crossed(text))


def _crossing(text: str) -> str:
    for name in crossed(text):
        if re.search(r"[\s,;+&/×:]", name):
            raise ValueError(
                "should be a trait, or several crossed with a star as in sex*party, found "
                f"{text!r:.80}"
            )
        as_name(name)
    return spelled(text)


def _labelled(given: object) -> object:
    if given in (None, ALL_LABELLED):
        return given
    number = isinstance(given, int) and not isinstance(given, bool)
    if number and FEWEST_LABELLED <= given <= MOST_LABELLED:  # type: ignore[operator]
        return given
    raise ValueError(
        f"should be a whole number from {FEWEST_LABELLED} to {MOST_LABELLED:,}, or "
        f"{ALL_LABELLED}, found {given!r:.80}"
    )


Labelled = Annotated[int | Literal["all"] | None, BeforeValidator(_labelled)]

# A trait's name, or several with stars between them.
Crossing = Annotated[str, AfterValidator(_crossing)]


@dataclass(frozen=True)
class Subgroup:
    """Those who have these `options` of traits, by their positions; its `name` is what figures are
    stored under: "sex=man", of a crossing "sex=man * party=a Democrat"."""

    name: str
    options: Mapping[str, int]


class Measures(Part):
    """Half splits of the humans, bootstrap resamples, subgroups; whether a simulated person counts
    with the survey weight of its respondent; which groups are held against each other; how many
    humans are supposed to have been asked where it is told what the simulation is worth beside them
    (`labelled`), `all` for those who were."""

    later = ("weight_simulated", "contrasts", "labelled")

    splits: int = Field(default=100, ge=2, le=10_000)
    bootstrap: int = Field(default=200, ge=20, le=10_000)
    subgroups: list[Crossing] = Field(default_factory=list)
    weight_simulated: bool = True
    contrasts: list[Contrast] = Field(default_factory=list)
    labelled: Labelled = None

    def groups(self, traits: Mapping[str, Trait]) -> list[Subgroup]:
        """All subgroups, none twice, in the order of the file and of the options."""
        found = [group for one in self.subgroups for group in groups_of(crossed(one), traits)]
        return list({group.name: group for group in found}.values())


def groups_of(names: Iterable[str], traits: Mapping[str, Trait]) -> list[Subgroup]:
    """Every combination of the options of some traits."""
    listed = list(names)
    options = [list(enumerate(traits[name].option_texts)) for name in listed]
    return [
        Subgroup(
            f" {CROSS} ".join(f"{n}={text}" for n, (_, text) in zip(listed, chosen, strict=True)),
            {n: place for n, (place, _) in zip(listed, chosen, strict=True)},
        )
        for chosen in product(*options)
    ]


def misfit(crossings: Iterable[str], traits: Mapping[str, Trait]) -> str | None:
    """What is wrong with the first that is no crossing of these traits; None where all are."""
    listed = list(crossings)
    for crossing in listed:
        names = crossed(crossing)
        where = "" if len(names) == 1 else f" in {crossing!r}"
        for name in names:
            if name not in traits:
                return f"names {name!r}{where}, which is not a trait"
            if names.count(name) > 1:
                return f"crosses {name!r} with itself{where}"
        count = math.prod(len(traits[name].options) for name in names)
        if count > MOST_GROUPS:
            return f"names {crossing!r}, which is {count:,} groups, of {MOST_GROUPS:,} at most"
    return _ambiguous(listed, traits)


def _ambiguous(crossings: Iterable[str], traits: Mapping[str, Trait]) -> str | None:
    """Option texts may read as a crossing does; figures of two groups must not be one's."""
    known: dict[str, Mapping[str, int]] = {}
    for crossing in crossings:
        for group in groups_of(crossed(crossing), traits):
            if known.setdefault(group.name, group.options) != group.options:
                return f"makes two groups that are both called {group.name!r}; reword an option"
    return None


def options_of(name: str, traits: Mapping[str, Trait]) -> dict[str, int] | None:
    """The positions of the options, by trait, of a subgroup's stored name; None where it is none of
    these traits."""
    for trait, asked in traits.items():
        for place, text in enumerate(asked.option_texts):
            if name == (one := f"{trait}={text}"):
                return {trait: place}
            if name.startswith(begun := f"{one} {CROSS} "):
                others = {other: traits[other] for other in traits if other != trait}
                if rest := options_of(name[len(begun) :], others):
                    return {trait: place, **rest}
    return None
