"""Contrasts that `anthology measure` is asked for: a trait, or a part as a study file has it."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from anthology.models.errors import InputError
from anthology.models.study.contrasts.comparisons import comparisons
from anthology.models.study.contrasts.key import Contrast
from anthology.models.study.contrasts.stored_names import called
from anthology.models.study.study import Study

EXAMPLE = "{trait: party, groups: [a Democrat], ratings: [OWN, OTHERS]}"


def asked(texts: Sequence[str]) -> list[Contrast]:
    """Raises `InputError` for what a study file could not have, either."""
    return [_part(text) if text.lstrip().startswith("{") else _trait(text) for text in texts]


def refuse_lost(asked_for: Sequence[Contrast], study: Study) -> None:
    """Of what the study file does not have only the names of figures are stored, which must lead
    back."""
    own = {one.name for one in comparisons(study.measures.contrasts, study.traits, study.compared)}
    for one in comparisons(asked_for, study.traits, study.compared):
        if one.name not in own and called(one.name, study.traits, study.compared) != one:
            raise InputError(
                f"--contrast makes {one.name!r}, which reads like another comparison; options of "
                "traits would have to be worded otherwise, in another study"
            )


def _trait(text: str) -> Contrast:
    return Contrast.model_construct(trait=text)  # whether it is one the study knows


def _part(text: str) -> Contrast:
    import yaml  # a trait alone needs none

    from anthology.models.study.reading.validation_messages import WHOLE, explain
    from anthology.models.study.reading.yaml_file import SurveyLoader

    try:
        contrast = Contrast.model_validate(yaml.load(text, SurveyLoader))
    except (yaml.YAMLError, RecursionError):
        raise InputError(
            f"--contrast {text[:80]!r} is no part of a study file; write it as {EXAMPLE!r}"
        ) from None
    except ValidationError as error:
        said = explain(Path("--contrast"), error, Contrast.model_fields)
        raise InputError(said.replace(f"--contrast: {WHOLE}: ", "--contrast: ")) from None
    if contrast.name is not None:
        raise InputError(
            "--contrast: name: is of a study file alone; a contrast that is added later is called "
            "by its groups and items, so leave it out"
        )
    return contrast
