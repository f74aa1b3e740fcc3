"""A column's scale: its options in order, and what is left out, each with why.

Puts together what the files beside this one find; knows nothing of studies and wordings.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from anthology.models.questionnaire.codes import number_of, plain
from anthology.models.questionnaire.wording import seen
from anthology.producer.surveys.formats.survey_file import Code, SurveyFile
from anthology.producer.surveys.scales.label_texts import said
from anthology.producer.surveys.scales.levels import unchosen
from anthology.producer.surveys.scales.nonresponse import nonresponse
from anthology.producer.surveys.scales.number_texts import by_number, is_number
from anthology.producer.surveys.scales.order import Order, order_of
from anthology.producer.surveys.scales.skips import shared_skips

Kind = Literal["options", "quantity", "select-all", "text"]

MOST_OPTIONS = 99  # of a question; more texts are free answers
MOST_UNLABELLED = 11  # numbers without a label, of 0 to 10; with more they are a quantity
MUCH = 0.15  # of a column's answers left out is said
_OTHER, _LIMESURVEYS_OTHER = "Other", "-oth-"
_SELECTED = {"1", "yes", "y", "x", "true", "selected", "checked", "si", "ja", "oui", "on"}


@dataclass(frozen=True)
class ScaleOption:
    """One option: its text as the file has it, and the codes that are it; None is an empty cell."""

    text: str
    codes: list[Code | None]


@dataclass(frozen=True)
class Scale:
    """How a column is read.

    options: in the order of the scale; of a `quantity` (numbers without labels, as an age) each
    number, of `text` (free answers) none. nonresponse: codes that are no answers, each with why.
    ordered: whether the options' order is known to be that of a scale; `why` says how or why not.
    answered: people with an answer; dropped: those whose code is nonresponse; counts: how many have
    each code. remarks: what somebody who reads the draft should look at, a sentence each.
    """

    column: str
    kind: Kind
    options: list[ScaleOption]
    nonresponse: dict[Code, str]
    ordered: bool
    why: str
    answered: int = 0
    dropped: int = 0
    counts: Mapping[Code, int] = field(default_factory=dict, repr=False)
    remarks: list[str] = field(default_factory=list)
    order: Order | None = field(default=None, repr=False)

    @property
    def share_dropped(self) -> float:
        """Of those who have a code."""
        return self.dropped / max(self.answered + self.dropped, 1)


def scales_of(
    survey: SurveyFile,
    columns: Sequence[str],
    missing: Iterable[str] = (),
    keep: Iterable[str] = (),
) -> dict[str, Scale]:
    """The scale of each column; all together, since what people skip they skip together, and what
    one column's people never chose another one's may have.

    missing, keep: codes that are nonresponse, or answers, whatever speaks against it, as a person
    writes them. Raises InputError for a column that is not there.
    """
    counts = {column: survey.counts(column) for column in columns}
    shared = shared_skips(survey, counts)
    siblings = _siblings(survey, counts)
    found = {}
    for column, given in counts.items():
        left_out = nonresponse(survey, column, given, shared[column], siblings[column])
        left_out |= dict.fromkeys(_named(given, missing), "named with --missing")
        kept = _named(given, keep)
        left_out = {code: why for code, why in left_out.items() if code not in kept}
        found[column] = _scale(survey, column, given, left_out, siblings[column])
    return _one_way(_with_unchosen_texts(found))


def _siblings(survey: SurveyFile, counts: Mapping[str, Mapping[Code, int]]) -> dict[str, set[Code]]:
    """Codes given in other columns of the same battery: with the same labels, or without any and
    of a name that differs in its number alone."""
    batteries: dict[Any, list[str]] = defaultdict(list)
    for column in counts:
        labels = survey.value_labels.get(column, {})
        stem = re.sub(r"\d+\D*$", "", column)
        batteries[tuple(labels.items()) or stem or column].append(column)
    found: dict[str, set[Code]] = {}
    for columns in batteries.values():
        union = {code for column in columns for code, n in counts[column].items() if n}
        found |= dict.fromkeys(columns, union if len(columns) > 1 else set())
    return found


def _named(given: Iterable[Code], written: Iterable[str]) -> set[Code]:
    """The codes that a person wrote: 8 is also the 8.0 and the text "8" of a column."""
    wanted = {text.strip() for text in written}
    numbers = {number for text in wanted if (number := number_of(text)) is not None}
    return {
        code for code in given
        if (code in wanted or number_of(code) in numbers if isinstance(code, str)
            else code in numbers)
    }  # fmt: skip


def _scale(
    survey: SurveyFile,
    column: str,
    given: Mapping[Code, int],
    left_out: dict[Code, str],
    siblings: Iterable[Code],
) -> Scale:
    labels = _without_marks(survey.value_labels.get(column, {}))
    valid = {code: n for code, n in given.items() if code not in left_out}
    answered, dropped = sum(valid.values()), sum(given[code] for code in left_out)
    empty = Scale(column, "options", [], left_out, False, "", answered, dropped, given)
    empty = replace(empty, remarks=_remarks(empty, survey.missing_labels.get(column, {})))
    if _is_select_all(survey, column, valid, answered + dropped):
        (code,) = valid
        options = [ScaleOption("Yes", [code]), ScaleOption("No", [None])]
        return replace(empty, kind="select-all", options=options, why="chosen or left blank")
    words = [code for code in valid if isinstance(code, str) and code not in labels]
    if len(words) > MOST_OPTIONS:
        return replace(empty, kind="text", why="free answers")
    labelled = {code for code in valid if code in labels and not is_number(labels[code])}
    added = unchosen(valid, labelled, {code for code in siblings if code not in left_out})
    bare = [code for code in valid if not isinstance(code, str) and code not in labels]
    if len(bare) + len(added) > MOST_UNLABELLED and not (labelled and len(bare) < 20):
        numbers = [ScaleOption(str(plain(code)), [code]) for code in valid]
        return replace(empty, kind="quantity", options=numbers, ordered=True, why="numbers")
    codes = sorted([*valid, *added], key=lambda code: (isinstance(code, str), code))
    options = _options(codes, labels)
    firsts = [option.codes[0] for option in options]
    texts = [_label(labels, code) for code in firsts if code is not None]
    order = order_of([code for code in firsts if code is not None], texts)
    if column in survey.ordered and not order.ordered:
        order = Order(list(range(len(options))), True, "as the file has them, which are in order")
    return replace(
        empty, options=[options[at] for at in order.positions], ordered=order.ordered,
        why=order.why, order=order,
    )  # fmt: skip


def _is_select_all(survey: SurveyFile, column: str, valid: Mapping[Code, int], coded: int) -> bool:
    """One code, chosen or left blank: its label, or its text, is in the column's own wording."""
    if len(valid) != 1 or coded == len(survey.frame):
        return False
    (code,) = valid
    text = said(survey.value_labels.get(column, {}).get(code, str(plain(code))))
    wording = said(f"{survey.labels.get(column, '')} {column}")
    return text in _SELECTED or (not is_number(text) and text in wording)


def _options(codes: Sequence[Code], labels: Mapping[Code, str]) -> list[ScaleOption]:
    """One a text: codes whose labels read the same are one option."""
    found: dict[str, ScaleOption] = {}
    for code in codes:
        text = _label(labels, code) or str(plain(code)).strip()
        found.setdefault(seen(text), ScaleOption(text, [])).codes.append(code)
    return list(found.values())


def _without_marks(labels: Mapping[Code, str]) -> dict[Code, str]:
    """Without the ".." that some files have for all that is between two ends: many codes of one
    label, which are no one option."""
    seldom = Counter(text.strip() for text in labels.values())
    return {
        code: text for code, text in labels.items()
        if re.search(r"\w", text) or seldom[text.strip()] == 1
    }  # fmt: skip


def _label(labels: Mapping[Code, str], code: Code) -> str:
    text = labels.get(code, code if isinstance(code, str) else "")
    return _OTHER if text == _LIMESURVEYS_OTHER else " ".join(text.split())


def _remarks(scale: Scale, missing: Mapping[str, str]) -> list[str]:
    found = []
    if missing:
        said = ", ".join(f"{code} ({' '.join(text.split())})" for code, text in missing.items())
        found.append(f"{said} missing in the file")
    if scale.share_dropped > MUCH:
        share = f"{scale.share_dropped:.0%}"
        found.append(f"{share} of its answers are left out as nonresponse; is that right?")
    return found


def _with_unchosen_texts(scales: dict[str, Scale]) -> dict[str, Scale]:
    """Options that are texts, completed by those of other columns of the same known scale, or of
    the same numbers: nobody chose them here."""
    found = dict(scales)
    texts: dict[str, dict[str, Code]] = defaultdict(dict)
    for scale in scales.values():
        if _is_of_texts(scale) and scale.order and (name := _scale_name(scale)):
            for option in scale.options:
                texts[name].setdefault(seen(option.text), option.text)
    for column, scale in scales.items():
        name = _scale_name(scale) if _is_of_texts(scale) else ""
        here = {seen(option.text) for option in scale.options}
        more = [text for key, text in texts.get(name, {}).items() if key not in here]
        if name == "numbers":
            more = _between_numbers(scale)
        if not more:
            continue
        codes = sorted([*(option.codes[0] or "" for option in scale.options), *more], key=str)
        order = order_of(codes, [str(code) for code in codes])
        if order.ordered and (order.name == name or name.startswith(("numbers", "codes"))):
            by_text = {option.codes[0]: option for option in scale.options}
            options = [by_text.get(codes[at], ScaleOption(str(codes[at]), [codes[at]]))
                       for at in order.positions]  # fmt: skip
            found[column] = replace(scale, options=options, order=order, why=order.why)
    return found


def _is_of_texts(scale: Scale) -> bool:
    return (
        scale.kind == "options"
        and scale.ordered
        and all(
            isinstance(option.codes[0], str) and seen(option.text) == seen(option.codes[0])
            for option in scale.options
        )
    )


def _scale_name(scale: Scale) -> str:
    if scale.order and scale.order.name:
        return scale.order.name
    if scale.why == "by its codes":  # A1 to A5 of the columns of one LimeSurvey array
        return "codes of " + re.sub(r"[^_\[]*$", "", scale.column)
    bare = [option.text for option in scale.options if is_number(option.text)]
    return "numbers" if len(bare) > 1 else ""


def _between_numbers(scale: Scale) -> list[Code]:
    """ "4" of "0 - Not at all", "1", ..., "10 - Extremely", which nobody gave."""
    places = by_number([option.text for option in scale.options])
    if places is None or not all(place.is_integer() for place in places):
        return []
    low, high = int(min(places)), int(max(places))
    few = high - low <= MOST_UNLABELLED and not all(is_number(o.text) for o in scale.options)
    return [str(n) for n in range(low, high + 1) if n not in places] if few else []


def _one_way(scales: dict[str, Scale]) -> dict[str, Scale]:
    """Scales that say yes or no to what was asked run one way, that of the first one: or alpha
    would add up agreement with disagreement."""
    first: tuple[str, bool] | None = None
    found = dict(scales)
    for column, scale in scales.items():
        order = scale.order
        if order is None or not order.assent or order.high_first is None:
            continue
        if first is None:
            first = column, order.high_first
        elif order.high_first != first[1]:
            found[column] = replace(
                scale, options=scale.options[::-1], order=order.reversed(),
                why=f"{order.why}, turned round to run as that of {first[0]!r}",
            )  # fmt: skip
    return found
