"""`qa`: the respondent's known traits as questions that were answered (Moon et al. 2024)."""

from anthology.models.conditions.base import Background, Condition
from anthology.models.prompting.prompts import question_turn, reply
from anthology.models.prompting.rendering import Turn


class QA(Condition):
    names = ("qa",)
    asks_traits = True

    def turns(self, background: Background) -> list[Turn]:
        style, labelled = background.style, background.labelled
        turns: list[Turn] = []
        for trait in background.traits:
            position = background.answers.get(trait.name)
            if position is not None:
                plain = trait.plain
                shown = list(range(len(plain.options)))
                turn = question_turn(plain, shown, style, labelled, reminder=bool(turns))
                turns.append(turn.replied(reply(plain, shown, position, style, labelled)))
        return turns
