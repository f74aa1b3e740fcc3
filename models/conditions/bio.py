"""`bio`: the respondent's known traits as sentences in the first person (Moon et al. 2024)."""

from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.rendering import Turn


class Bio(Condition):
    names = ("bio",)

    def turns(self, background: Background) -> list[Turn]:
        """One turn; none where no trait is known."""
        sentences = [
            trait.bio.replace("{}", trait.option_texts[position])
            for trait in background.traits
            if (position := background.answers.get(trait.name)) is not None
        ]
        return [Turn("", " ".join(sentences))] if sentences else []
