"""Which columns of a survey look like traits, so that nobody has to search a codebook for them.

Knows labels, names and the options' texts; how a trait is drafted, `traits.py` knows.
"""

from collections.abc import Iterable

from anthology.producer.surveys.drafting.known_traits import Recognised, recognised
from anthology.producer.surveys.drafting.wordings import wording_of
from anthology.producer.surveys.formats.survey_file import SurveyFile

FIRST = 200  # answers that show which words a column without labels holds
MOST_TEXTS = 30  # with more a column is no trait that is known by its options


def known_trait(survey: SurveyFile, column: str, wording: str) -> Recognised | None:
    """The known trait that a column of this wording is; None if it is none."""
    return recognised(column, wording, _texts(survey, column))


def suggested_traits(survey: SurveyFile, without: Iterable[str]) -> dict[str, str]:
    """For each trait that the file seems to hold its first column, by that column's name."""
    taken = set(without)
    found: dict[str, str] = {}
    for column in map(str, survey.frame.columns):
        wording = wording_of(survey.labels.get(column, ""), column).text
        known = None if column in taken else known_trait(survey, column, wording)
        if known is not None:
            found.setdefault(known.trait.name, column)
    return {column: trait for trait, column in found.items()}


def _texts(survey: SurveyFile, column: str) -> list[str]:
    labels = list(survey.value_labels.get(column, {}).values())
    if labels or survey.frame[column].dtype.kind in "iufb":
        return labels
    first = survey.frame[column].iloc[:FIRST].dropna().unique().tolist()
    texts = [text for text in first if isinstance(text, str)]
    return texts if len(texts) <= MOST_TEXTS else []
