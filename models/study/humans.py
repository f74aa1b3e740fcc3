"""`humans` of a study file: the survey file and which of its people are simulated."""

from pydantic import Field

from anthology.models.questionnaire.codes import Part


class Humans(Part):
    """The survey file, relative to the study file, and which of its people are simulated."""

    later = ("encoding", "separator")

    file: str
    encoding: str | None = None  # of text, where it is not to be found out
    separator: str | None = None
    id: str | None = None
    weight: str | None = None
    sample: int | None = Field(default=None, ge=2)
