"""`published` of a study file: what others found, to stand beside the study's own figures.

Nothing that is asked or computed depends on it, so it is no part of what a study is.
"""

from typing import Annotated

from pydantic import Field, field_validator

from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.wording import Line


class PublishedRow(Part):
    """What a `source` gives for a `condition`, called as it is there.

    `figures` has values by the names of our own figures. `beside` is the study's condition, and
    `subgroup` its subgroup ("gender=woman"; None: everybody), whose figures it is held against.
    """

    source: Line
    condition: Line
    beside: str | None = None
    subgroup: str | None = None
    figures: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)

    @field_validator("figures")
    @classmethod
    def _are_figures(cls, figures: dict[str, float]) -> dict[str, float]:
        # brings numpy, which few studies need this early
        from anthology.models.statistics.figures import DRAWN, FIGURES

        known = [*(figure.name for figure in FIGURES), *DRAWN]
        if unknown := next((name for name in figures if name not in known), None):
            raise ValueError(f"has no figure {unknown!r}; there are {', '.join(known)}")
        return figures
