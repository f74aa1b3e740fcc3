"""The rows of one quantity, a mean, a share or a difference, of which it is told what a simulation
is worth for it.
"""

from collections.abc import Callable, Iterator, Mapping

from anthology.models.measuring.rows import Row, estimated
from anthology.models.statistics.figures import ALL
from anthology.models.statistics.groups.intervals import Estimate
from anthology.models.statistics.inference import names
from anthology.models.statistics.inference.worth import Worth


def worth_rows(
    condition: str, called: Callable[[str], str], worth: Worth, tuning: float,
    powered: Estimate, classical: Estimate, labelled: int, of_known: Mapping[str, Estimate],
    known: int,
) -> Iterator[Row]:  # fmt: skip
    """Of so many `labelled` people what they would have said, and of all `known` the rest; a figure
    is stored as `called` says of its name."""
    of_labelled = {
        names.EFFECTIVE: worth.times.scaled(labelled),
        names.TUNING: Estimate(tuning),
        names.POWERED: powered,
        names.CLASSICAL: classical,
    }
    of_known = {names.CORRELATION: worth.correlation, **of_known}
    for found, people in ((of_labelled, labelled), (of_known, known)):
        stored = {called(name): one for name, one in found.items()}
        yield from estimated(stored, condition, ALL, people)
