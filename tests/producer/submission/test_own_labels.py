"""Labels in options, beside those shown: refused where they contradict, told where they do not."""

from typing import Any

import pytest
from fake_model import study_fields

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.submission.own_labels import own_labels

LETTERS = {"(A) Always": 1, "(B) Often": 2, "(C) Never": 3}
NUMBERS = {"1. Always": 1, "2. Often": 2, "3. Never": 3}


def study(options: dict[str, Any], **changes: Any) -> Study:
    asked = {"options": options, "questions": {"roads": "Roads?"}, **changes.pop("how", {})}
    return Study.from_spec(study_fields(questionnaire=asked, measures={}, **changes))


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (LETTERS, {}),
        (LETTERS, {"style": {"labels": "lower", "brackets": "dot"}}),
        (NUMBERS, {"style": {"labels": "digits"}}),
        ({"(B) Always": 1, "(C) Often": 2}, {"how": {"options_order": "fixed"}}),
        ({"0 = Never": 0, "1 = Often": 1}, {"style": {"labels": "digits"},
                                            "how": {"options_order": "fixed"}}),
    ],
)  # fmt: skip
def test_labels_that_contradict_those_shown_are_refused(
    options: dict[str, int], changes: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="options of 'roads' bring labels that contradict"):
        own_labels(study(options, **changes))


@pytest.mark.parametrize(
    ("options", "changes"),
    [(NUMBERS, {}), (LETTERS, {"how": {"options_order": "fixed"}}),
     (LETTERS, {"style": {"labels": "digits"}})],
)  # fmt: skip
def test_labels_that_only_stand_beside_others_are_told(
    options: dict[str, int], changes: dict[str, Any]
) -> None:
    (said,) = own_labels(study(options, **changes))
    assert "options of 'roads' bring labels of their own" in said
    assert "write 'Always' unless both are meant" in said


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (LETTERS, {"how": {"readout": "text"}}),
        ({"- Yes": 1, "- No": 2}, {}),
        ({"18-29": 1, "30-49": 2}, {}),
        ({"0 - Not at all": 0, "1": 1, "2 - Extremely": 2}, {}),
        ({"Always": 1, "Never": 2}, {}),
    ],
)
def test_what_is_no_label_or_shown_without_one_is_left_alone(
    options: dict[str, int], changes: dict[str, Any]
) -> None:
    assert own_labels(study(options, **changes)) == ()


def test_a_trait_is_looked_at_where_it_is_shown_with_labels() -> None:
    for conditions, order, refused in (
        (["qa"], "fixed", False), (["natural/random"], "random", True), (["bio"], "random", None),
    ):  # fmt: skip
        trait = {"question": "How often?", "bio": "I do it {}.", "options": LETTERS,
                 "options_order": order}  # fmt: skip
        found = Study.from_spec(
            study_fields(traits={"age": trait}, conditions=conditions, measures={})
        )
        if refused:
            with pytest.raises(InputError) as raised:
                own_labels(found)
            assert "'(B) (A) Always'; write 'Always'" in str(raised.value)
        else:
            assert len(own_labels(found)) == (refused is False)
