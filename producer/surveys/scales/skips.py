"""Codes that the same people have in two columns, as those who were asked neither do.

Knows who gave which code; what else speaks for nonresponse is weighed in `nonresponse.py`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.apart import is_customary

if TYPE_CHECKING:
    import pandas as pd

_SAME_PEOPLE = 0.95  # correlation from which on two groups of people are one
_FEWEST = 5  # people, of whom one can say that they are the same
_MOST_COLUMNS = 400  # asked about at once; more are a whole file, which is only listed


def shared_skips(
    survey: SurveyFile, counts: Mapping[str, Mapping[Code, int]]
) -> dict[str, set[Code]]:
    """Per column the codes at the edge of its scale that the same people have in another one.

    Only of scales of three answers or more beside it: a yes may well go with another yes.
    """
    found: dict[str, set[Code]] = {column: set() for column in counts}
    if not 2 <= len(counts) <= _MOST_COLUMNS:
        return found
    owners, people = [], []
    for column, given in counts.items():
        labels = survey.value_labels.get(column, {})
        for code in _at_the_edge(given, labels):
            owners.append((column, code))
            people.append(_having(survey.frame[column], code))
    if len({column for column, _ in owners}) < 2:
        return found
    import numpy as np  # only where a survey is read: it takes a third of a command's start

    together = _correlations(np.array(people, dtype=np.float32))
    for i, (column, code) in enumerate(owners):
        others = (j for j in range(len(owners)) if owners[j][0] != column)
        if any(together[i, j] >= _SAME_PEOPLE for j in others):
            found[column].add(code)
    return found


def _having(column: "pd.Series[Any]", code: Code) -> Any:
    return (column == code).to_numpy(dtype=bool, na_value=False)


def _at_the_edge(given: Mapping[Code, int], labels: Mapping[Code, str]) -> list[Code]:
    numbers = sorted(code for code in given if not isinstance(code, str))
    if len(numbers) < 4 or len(numbers) < len(given):
        return []
    edge: list[Code] = [code for code in numbers[:1] if code <= 0]
    edge += [code for code in numbers[-4:] if is_customary(code)]
    edge += numbers[-1:] if numbers[-1] - numbers[-2] > 1 else []
    edge += [code for code in numbers if labels and code not in labels]
    return [code for code in dict.fromkeys(edge) if given[code] >= _FEWEST][:10]


def _correlations(people: Any) -> Any:
    """Of 0/1 rows (c, n) as (c, c), 0 where a row is constant."""
    import numpy as np

    centred = people - people.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = centred / np.where(length > 0, length, 1)
    return unit @ unit.T
