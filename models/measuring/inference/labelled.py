"""Which humans are supposed to have been asked, and who stands for those who were not."""

from dataclasses import dataclass

import numpy as np

from anthology.models import seeds
from anthology.models.database.arrays import Bools, Ints
from anthology.models.measuring.stored import Stored
from anthology.models.study.measures import ALL_LABELLED

USUAL = 100  # labelled people, or half of those who can be, where the study does not say
FEWEST_OTHERS = 3  # who are not labelled


@dataclass(frozen=True)
class Divided:
    """Respondents, by their places: `known` (k,) gave an answer that was predicted, `labelled` are
    those of them who are supposed to have been asked, `others` stand for those who were not."""

    known: Ints
    labelled: Ints
    others: Ints

    @property
    def hidden(self) -> bool:
        """Whether all others gave an answer, too, which is known by now."""
        return len(self.known) > len(self.labelled)

    def among(self, members: Bools) -> "Divided":
        """Those of a group (R,)."""
        return Divided(*(rows[members[rows]] for rows in (self.known, self.labelled, self.others)))


def random_order(stored: Stored) -> Ints:
    """Of all respondents, whose first are labelled: the same people for every question and
    condition, as far as they answered."""
    rng = np.random.default_rng(seeds.derive(stored.study.seed, "labelled"))
    return rng.permutation(stored.respondents)


def divided(
    stored: Stored, order: Ints, predicted: Bools, answered: Bools, silent: Bools
) -> Divided:
    """Of something that was predicted of some, that some answered, and some were asked for and
    did not (R,). Who gave no answer that can be compared, or could not be simulated, is left out as
    from all figures, but of `labelled: all`: there whoever has no answer was not asked."""
    wanted = stored.study.measures.labelled
    predicted = predicted & stored.people.counted[: len(order)]
    known = order[(predicted & answered)[order]]
    if wanted == ALL_LABELLED:
        return Divided(known, known, np.flatnonzero(predicted & silent))
    asked = wanted or min(USUAL, len(known) // 2)
    return Divided(known, known[:asked], known[asked:])
