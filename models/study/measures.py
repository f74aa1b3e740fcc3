"""`measures` of a study file: how the figures are made."""

from pydantic import Field

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.wording import Name


class Measures(Part):
    """Half splits of the humans, bootstrap resamples, subgroups; whether a simulated person counts
    with the survey weight of its respondent."""

    later = ("weight_simulated",)

    splits: int = Field(default=100, ge=2, le=10_000)
    bootstrap: int = Field(default=200, ge=20, le=10_000)
    subgroups: list[Name] = Field(default_factory=list)
    weight_simulated: bool = True
