"""What makes two studies the same: all of their spec but what changes no answer."""

from typing import TYPE_CHECKING, Any

from anthology.models.questionnaire.codes import by_value
from anthology.models.questionnaire.questions import digest

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def identifying(study: "Study") -> dict[str, Any]:
    """Where its files lie, and how they are written, does not matter, their content does; whom a
    pool is primed by follows from the survey file, which has a digest of its own; what others found
    changes nothing, nor which items make a scale."""
    spec = study.model_copy(update={"published": [], "scales": {}}).spec
    for part in (spec["humans"] or {}, *spec.get("pools", {}).values()):
        for key in ("file", "encoding", "separator"):
            part.pop(key, None)
        if part.pop("told", None):
            del part["count"]
    return spec


def digest_by_value(study: "Study") -> str:
    """The digest if 01 were 1: so earlier versions read codes without quotes, and stored them.

    Studies that are alike in this, and in whom each code makes of their people, are the same.
    """
    spec = identifying(study)
    for asked in (*spec["traits"].values(), *spec["questionnaire"]["questions"].values()):
        if "options" in asked:
            asked["options"] = {o: by_value(codes) for o, codes in asked["options"].items()}
            asked["missing"] = by_value(asked["missing"])
    return digest(spec)
