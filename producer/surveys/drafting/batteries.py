"""Finds the stem that wordings share, so that questions with the same options become a battery.

Knows drafted questions, each a mapping of its fields; neither survey files nor codes. What a
battery makes of stem and item is in `models/questionnaire/questionnaire.py`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import takewhile
from typing import Any

from anthology.models.questionnaire.option_labels import numbering

Fields = dict[str, Any]
_Stem = tuple[str, dict[str, str]]  # and its items by name
_Splits = Callable[[str], Iterator[tuple[str, str]]]

# "Stem - item", "Stem: item"; "Stem? item", "Stem ... item"; "Stem [item]", "[item] Stem";
# REDCap's "Stem (choice=item)".
_BETWEEN = re.compile(r"\s+[-–—|/]\s+|\s*:\s+|(?<=[?….])[\"”’')\]]*\s+(?:[-–—|:]\s+)?")
_BRACKETED = (
    re.compile(r"(?P<stem>.*\S)\s*\[(?P<item>[^\[\]]*\w[^\[\]]*)\]"),
    re.compile(r"\[(?P<item>[^\[\]]*\w[^\[\]]*)\]\s*(?P<stem>\S.*)"),
    re.compile(r"(?P<stem>.*\S)\s*\(choice=(?P<item>.*\w.*)\)"),
)
_OWN = ("question", "column", "missing")
_BEGINS_ALIKE = 4  # words that labels without a separator have to share
_CHOSEN = re.compile(
    r"(?:quoted|chosen|selected|checked|mentioned|marked|ticked|applies|applicable|yes|si|sí|ja|oui|"
    r"sim|seleccionado|mencionado|menciona|genannt|cité|1|x)",
    re.IGNORECASE,
)
_NOT_CHOSEN = re.compile(
    r"(?:not[\s_-]*(?:quoted|chosen|selected|checked|mentioned|marked|ticked|applicable)|un(?:checked|"
    r"selected|ticked)|does\s+not\s+apply|no|nein|non|não|no\s+(?:seleccionado|mencionado|menciona)|"
    r"nicht\s+genannt|non\s+cité|0)",
    re.IGNORECASE,
)
_PLAIN_YES_NO = {"yes", "no", "si", "sí", "ja", "nein", "oui", "non", "sim", "não", "1", "0", "x"}


def grouped(questions: Mapping[str, Fields], multiple: Collection[str] = ()) -> dict[str, Fields]:
    """The questions with batteries in place of those that share a stem and all but their wording.

    multiple: the columns of answers that could be chosen together; with options that say whether
    something was chosen these are `select_all`, also where only one of them is asked.
    """
    together: dict[str, list[str]] = defaultdict(list)
    for name, fields in questions.items():
        together[_shared(name, fields, multiple)].append(name)
    batteries = {}  # by its first question
    for names in together.values():
        chosen = _is_select_all(names[0], questions[names[0]], multiple)
        wordings = {name: questions[name]["question"] for name in names}
        for stem, items in _stems(wordings, alone=chosen):
            batteries[next(iter(items))] = _battery(stem, items, questions, chosen)
    inside = {name for battery in batteries.values() for name in battery["items"]}
    found: dict[str, Fields] = {}
    for name, fields in questions.items():
        if name in batteries:
            found[_name(list(batteries[name]["items"]), [*questions, *found])] = batteries[name]
        elif name not in inside:
            found[name] = fields
    return found


def _shared(name: str, fields: Fields, multiple: Collection[str]) -> str:
    """All but wording, column and what is missing, of which each may have more than another has.

    As text, since dictionaries with another order are equal, and scales are not.
    """
    rest = {key: value for key, value in fields.items() if key not in _OWN}
    return repr((_is_select_all(name, fields, multiple), rest))


def _is_select_all(name: str, fields: Fields, multiple: Collection[str]) -> bool:
    options = fields.get("options", {})
    if len(options) != 2:
        return False
    declared = fields.get("column", name) in multiple
    if declared and set(map(repr, options.values())) == {"0", "1"}:
        return True
    texts = list(map(str, options))
    said = not any(text.casefold() in _PLAIN_YES_NO for text in texts)
    answers = any(map(_NOT_CHOSEN.fullmatch, texts)) and any(map(_is_chosen, texts))
    return (declared or said) and answers


def _is_chosen(text: str) -> bool:
    return _NOT_CHOSEN.fullmatch(text) is None and _CHOSEN.fullmatch(text) is not None


def _stems(wordings: Mapping[str, str], *, alone: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Stems and their items by name: a separator's before those that only begin alike."""
    left = dict(wordings)
    yield from _shared_stems(left, _by_separator, 1 if alone else 2)
    for stem, items in _shared_stems(left, _by_words, 2):
        yield _around(stem, items)


def _shared_stems(left: dict[str, str], splits: _Splits, least: int) -> Iterator[_Stem]:
    """Takes those with a stem that `least` share out of what is left; of several stems the one
    that spares most letters."""
    shared: dict[str, dict[str, str]] = defaultdict(dict)
    stems: dict[str, list[str]] = defaultdict(list)
    for name, text in left.items():
        for stem, item in splits(text):
            shared[stem].setdefault(name, item)
            stems[name].append(stem)
    for name in list(left):
        if name not in left or not stems[name]:
            continue
        counts = {stem: sum(other in left for other in shared[stem]) for stem in stems[name]}
        best = max(stems[name], key=lambda stem: ((counts[stem] - 1) * len(stem), len(stem)))
        items = {other: item for other, item in shared[best].items() if other in left}
        # Of a stem {} is the item's place.
        mistaken = any("{}" in left[other] for other in items)
        if len(items) < least or mistaken or len(set(items.values())) < len(items):
            continue
        for other in items:
            del left[other]
        yield best, _without_numbers(items) if splits is _by_separator else items


def _by_separator(text: str) -> Iterator[tuple[str, str]]:
    for bracketed in _BRACKETED:
        if found := bracketed.fullmatch(text):
            yield _ended(found["stem"]), found["item"].strip()
    for mark in _BETWEEN.finditer(text):
        stem, item = text[: mark.end()].rstrip(" -–—|/:"), text[mark.end() :].strip()
        if re.search(r"\w", stem) and item:
            yield _ended(stem), item


def _by_words(text: str) -> Iterator[tuple[str, str]]:
    words = text.split(" ")
    for count in range(_BEGINS_ALIKE, len(words)):
        yield " ".join(words[:count]), " ".join(words[count:])


def _ended(stem: str) -> str:
    """With a mark at its end, since stem and item are said in one breath."""
    return f"{stem}:" if re.search(r"[\w)\"”’'%]$", stem) else stem


def _around(stem: str, items: dict[str, str]) -> tuple[str, dict[str, str]]:
    """What the items end with alike belongs to the stem, around the item's place."""
    parts = [re.findall(r"\s*[^\s?.!]+|\s*[?.!]+", item) for item in items.values()]
    most = min(map(len, parts)) - 1
    alike = 0
    while alike < most and len({tuple(part[-alike - 1 :]) for part in parts}) == 1:
        alike += 1
    if not alike:
        return stem, items
    inner = ["".join(part[:-alike]) for part in parts]
    if not all(re.search(r"\w", item) for item in inner):
        return stem, items
    return f"{stem} {{}}{''.join(parts[0][-alike:])}", dict(zip(items, inner, strict=True))


def _without_numbers(items: dict[str, str]) -> dict[str, str]:
    """ "a. Parliament", "b. The police" are numbered by the file, not by who asks."""
    found = numbering(list(items.values()))
    return dict(zip(items, found.texts, strict=True)) if found and found.labels else items


def _battery(
    stem: str, items: Mapping[str, str], questions: Mapping[str, Fields], chosen: bool
) -> Fields:
    first = questions[next(iter(items))]
    columns = {name: questions[name].get("column") for name in items}
    wordings = {
        name: {"item": item, "column": columns[name]} if columns[name] else item
        for name, item in items.items()
    }
    rest = {key: value for key, value in first.items() if key not in _OWN}
    missing = [code for name in items for code in questions[name].get("missing", [])]
    if missing:  # no option has any of them, for the options are the same
        rest["missing"] = list(dict.fromkeys(missing))
    if not chosen:
        return {"battery": stem, "items": wordings, **rest}
    offered = first["options"]
    yes, no = sorted(offered, key=lambda text: (not _is_chosen(str(text)), offered[text] != 1))
    codes = {"Yes": offered[yes], "No": offered[no]}
    rest = {key: value for key, value in rest.items() if key not in ("options", "ordered")}
    options = {} if codes == {"Yes": 1, "No": 0} else {"options": codes}
    return {"select_all": stem, "items": wordings, **options, **rest}


def _name(items: list[str], taken: Collection[str]) -> str:
    """What the items' names begin with alike; they keep their own."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*items, strict=False))
    shared = "".join(letters[0] for letters in alike).rstrip("_.-")
    wanted = shared if len(items) > 1 else f"{shared[:60]}_set"
    wanted = wanted if len(wanted) > 1 else "battery"
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name
