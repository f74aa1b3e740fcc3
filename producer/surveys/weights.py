"""Survey weights of a column: who has one, who counts nothing, and who is outside the sample.

Knows numbers and who they belong to; nothing of answers.
"""

from typing import TYPE_CHECKING

from anthology.models.errors import InputError
from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.nonresponse import is_declared

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def weights_of(survey: SurveyFile, name: str) -> "Floats":
    """The weights (n,) of a column, NaN where there is none: such a person is outside the weighted
    sample, as somebody without the second interview, and takes no part.

    Raises InputError, naming the row, for one that is no number from 0 upwards, and where nobody
    has one above 0.
    """
    import numpy as np
    import pandas as pd

    column = survey.column(name)
    declared = {code for code in column.dropna().unique() if is_declared(survey, name, code)}
    column = column.mask(column.isin(declared))  # as -9 for who has none
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(
        (np.isnan(numbers) & column.notna().to_numpy()) | np.isinf(numbers) | (numbers < 0)
    )
    if wrong.size:
        row = int(wrong[0])
        raise InputError(
            f"{survey.path}, column {name!r}, row {row + 1} of the data: the weight is "
            f"{column.iloc[row]!s}; a weight is a number from 0 upwards, or nothing for who is "
            "outside the weighted sample."
        )
    if not (numbers > 0).any():
        raise InputError(
            f"{survey.path}, column {name!r}: all weights are empty or zero; name another weight "
            "column."
        )
    return numbers


def outside(weights: "Floats", name: str) -> list[str]:
    """Lines for people: how many have no weight, and how many one of 0; none if nobody."""
    import numpy as np

    empty, zero = int(np.isnan(weights).sum()), int((weights == 0).sum())
    counts = [(empty, f"no weight in {name!r}"), (zero, f"the weight 0 in {name!r}")]
    return [
        f"{count:,} of {len(weights):,} people have {what} and are left out"
        for count, what in counts
        if count
    ]
