"""Whether a study's parts agree on whom it is about: its respondents."""

from collections.abc import Mapping

from anthology.models.questionnaire.questions import Trait
from anthology.models.study.humans import Humans


def misfit(humans: Humans, traits: Mapping[str, Trait]) -> str | None:
    """What is wrong, naming the field; None where all fits."""
    for name, shares in humans.quotas.items():
        if name not in traits:
            return f"humans.sample.quotas names {name!r}, which is not a trait"
        options = traits[name].option_texts
        for option in shares:
            if option not in options:
                return f"humans.sample.quotas.{name} names {option!r}, which is no option of it"
        for option in options:
            if option not in shares:
                return f"humans.sample.quotas.{name} has no share for {option!r}; 0 draws none"
    return None
