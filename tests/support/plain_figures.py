"""Every figure of a table in loops over people, from what the documents say of it and what is
stored: slow, and with nothing of the package's own statistics."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

NAN = math.nan
NOTHING = 1e-10
Person = Any  # a row of `respondent`
Shares = list[float]


@dataclass(frozen=True)
class Asked:
    """A question: how many options, whether these have an order, who is asked."""

    name: str
    options: int
    ordered: bool
    is_for: Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Double:
    """One simulated person: whom it stands for, its weight, its stored answers by question."""

    human: Person
    weight: float
    rows: dict[str, Any]

    def silent(self, asked: Asked) -> bool:
        """Whether its human was asked and gave no answer: then its own is left out."""
        human = self.human
        return human.answers[asked.name] is None and asked.is_for(human.traits | human.answers)

    def shares(self, asked: Asked) -> Shares | None:
        row = self.rows[asked.name]
        if row.drawn is None or self.silent(asked):
            return None
        given = row.probabilities or [0.0] * asked.options
        return [share * (1 - (row.refusal or 0)) for share in given]

    def drawn(self, asked: Asked) -> int | None:
        row = self.rows[asked.name]
        return None if row.drawn == asked.options or self.silent(asked) else row.drawn

    @property
    def answered(self) -> bool:
        return any(row.drawn is not None for row in self.rows.values())


def figures(
    questions: Sequence[Asked], humans: Sequence[Person], asked: Sequence[Double]
) -> dict[str, float]:
    """By name; humans of weight above 0, and all doubles who were asked, of these humans."""
    doubles = [one for one in asked if one.answered]
    ordered = [question for question in questions if question.ordered]
    theirs = [_distribution(
        [(one.weight, _certain(one.answers[q.name], q.options)) for one in humans], q.options
    ) for q in questions]  # fmt: skip
    found = _readings(questions, asked, doubles)
    for end, given in (("", Double.shares), ("_drawn", _drawn_shares)):
        ours = [
            _distribution([(one.weight, given(one, q)) for one in doubles], q.options)
            for q in questions
        ]
        found |= {f"{name}{end}": value for name, value in _marginal(questions, theirs, ours)}
    people = [(one.weight, [one.answers[q.name] for q in ordered]) for one in humans]
    simulated = [(one.weight, [one.drawn(q) for q in ordered]) for one in doubles]
    return found | _structure(people, simulated) | _individual(questions, doubles)


def _certain(position: int | None, options: int) -> Shares | None:
    return None if position is None else [float(k == position) for k in range(options)]


def _drawn_shares(one: Double, asked: Asked) -> Shares | None:
    return _certain(one.drawn(asked), asked.options)


def _distribution(given: Sequence[tuple[float, Shares | None]], options: int) -> Shares:
    known = [(weight, shares) for weight, shares in given if shares is not None]
    masses = [sum(weight * shares[k] for weight, shares in known) for k in range(options)]
    total = sum(masses)
    return [mass / total if total else NAN for mass in masses]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else NAN


def _known(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


# --- how answers were taken -----------------------------------------------------------------------


def _readings(
    questions: Sequence[Asked], asked: Sequence[Double], doubles: Sequence[Double]
) -> dict[str, float]:
    options = {question.name: question.options for question in questions}
    rows = [row for one in asked for row in one.rows.values()]
    taken = [row for one in doubles for row in one.rows.values()]
    refusals = [row.refusal for row in taken if row.refusal is not None]
    return {
        "label_mass": _mean([row.label_mass for row in rows if row.label_mass is not None]),
        "refusal": _mean(refusals),
        "refused_answers": sum(row.drawn == options[row.question] for row in rows)
        if refusals
        else NAN,
        "missing_answers": sum(row.error is not None for row in rows),
    }


# --- distributions --------------------------------------------------------------------------------


def _wd(p: Shares, q: Shares) -> float:
    return sum(abs(sum(p[:k]) - sum(q[:k])) for k in range(1, len(p)))


def _tv(p: Shares, q: Shares) -> float:
    return sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def _ks(p: Shares, q: Shares) -> float:
    return max(abs(sum(p[:k]) - sum(q[:k])) for k in range(1, len(p) + 1))


def _js(p: Shares, q: Shares) -> float:
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    parts = [
        a * math.log2(a / m) for side in (p, q) for a, m in zip(side, middle, strict=True) if a
    ]
    return math.sqrt(max(sum(parts) / 2, 0))


def _variance(p: Shares) -> float:
    mean = sum(k * share for k, share in enumerate(p))
    return sum(share * (k - mean) ** 2 for k, share in enumerate(p))


def _entropy(p: Shares) -> float:
    return -sum(share * math.log2(share) for share in p if share)


def _ratio(of: Callable[[Shares], float], p: Shares, q: Shares) -> float:
    return of(q) / of(p) if of(p) > NOTHING else NAN


def _marginal(
    questions: Sequence[Asked], theirs: Sequence[Shares], ours: Sequence[Shares]
) -> list[tuple[str, float]]:
    pairs = list(zip(questions, theirs, ours, strict=True))
    lines = [(p, q) for asked, p, q in pairs if asked.ordered]
    every = [(p, q) for _, p, q in pairs]

    def each(of: Callable[[Shares, Shares], float], some: Sequence[Any]) -> list[float]:
        return [NAN if math.isnan(p[0] + q[0]) else of(p, q) for p, q in some]

    def defined(of: Callable[[Shares], float], some: Sequence[Any]) -> list[float]:
        nobody = any(math.isnan(p[0] + q[0]) for p, q in some)
        return [] if nobody else _known(each(lambda p, q: _ratio(of, p, q), some))

    ratios = defined(_variance, lines)
    return [
        ("wd", _mean(each(_wd, lines))),
        ("wd_normalised", _mean(each(lambda p, q: _wd(p, q) / (len(p) - 1), lines))),
        ("ks", _mean(each(_ks, lines))),
        ("tv", _mean(each(_tv, every))),
        ("js", _mean(each(_js, every))),
        ("overlap", _mean(each(lambda p, q: sum(map(min, p, q)), every))),
        ("variance_ratio", _mean(ratios)),
        ("homogenised", _mean([float(ratio < 0.8) for ratio in ratios])),
        ("entropy_ratio", _mean(defined(_entropy, every))),
    ]


# --- correlations and covariances -----------------------------------------------------------------

Group = Sequence[tuple[float, list[int | None]]]


def _whole(group: Group) -> list[tuple[float, list[int]]]:
    return [(w, [a for a in row if a is not None]) for w, row in group if None not in row]


def _covariance(group: Sequence[tuple[float, list[int]]], i: int, j: int) -> float:
    total = sum(w for w, _ in group)
    means = [sum(w * row[k] for w, row in group) / total for k in (i, j)]
    return sum(w * (row[i] - means[0]) * (row[j] - means[1]) for w, row in group) / total


def _correlations(group: Group, items: int) -> list[list[float]] | None:
    """An item to which all gave one answer correlates 0 with others."""
    whole = _whole(group)
    if len(whole) < 2 or items < 2:
        return None
    constant = [len({row[i] for _, row in whole}) == 1 for i in range(items)]

    def one(i: int, j: int) -> float:
        if i == j or constant[i] or constant[j]:
            return float(i == j)
        both = _covariance(whole, i, i) * _covariance(whole, j, j)
        return _covariance(whole, i, j) / math.sqrt(both)

    return [[one(i, j) for j in range(items)] for i in range(items)]


def _structure(humans: Group, simulated: Group) -> dict[str, float]:
    items = len(simulated[0][1])
    a, b = (_correlations(group, items) for group in (humans, simulated))
    whole = _whole(simulated)
    told = len(whole) > 1
    found = dict.fromkeys(("fro", "l1", "cbs", "coherence"), NAN) | {
        "alpha": _alpha(simulated, items),
        "complete_cases": len(whole),
        "constant_items": sum(
            told and len({row[i] for _, row in whole}) == 1 for i in range(items)
        ),
    }
    if a is None or b is None:
        return found
    cells = [(a[i][j], b[i][j], i == j) for i in range(items) for j in range(items)]
    norms = math.sqrt(sum(x * x for x, _, _ in cells) * sum(y * y for _, y, _ in cells))
    between = [abs(y) - abs(x) for x, y, own in cells if not own]
    return found | {
        "fro": math.sqrt(sum((x - y) ** 2 for x, y, _ in cells)),
        "l1": sum(abs(x - y) for x, y, _ in cells),
        "cbs": 1 - sum(x * y for x, y, _ in cells) / norms,
        "coherence": _mean(between),
    }


def _alpha(group: Group, items: int) -> float:
    def covariance(i: int, j: int) -> float:
        pairs = [(row[i], row[j]) for _, row in group if None not in (row[i], row[j])]
        if len(pairs) < 2:
            return NAN
        first, second = (_mean(side) for side in zip(*pairs, strict=True))
        return sum((x - first) * (y - second) for x, y in pairs) / (len(pairs) - 1)

    cells = [[covariance(i, j) for j in range(items)] for i in range(items)]
    trace, total = sum(cells[i][i] for i in range(items)), sum(map(sum, cells))
    if items < 2 or not (total > NOTHING and trace > NOTHING):
        return NAN
    return items / (items - 1) * (1 - trace / total)


# --- pairs ----------------------------------------------------------------------------------------


def _individual(questions: Sequence[Asked], doubles: Sequence[Double]) -> dict[str, float]:
    each = [_of_pairs(asked, doubles) for asked in questions]
    names = ("agreement", "agreement_chance", "kappa", "mae", "mae_chance", "pair_correlation")
    return {name: _mean(_known([one.get(name, NAN) for one in each])) for name in names}


def _of_pairs(asked: Asked, doubles: Sequence[Double]) -> dict[str, float]:
    """Of triples (mass, own answer, the other)."""
    known = [
        (one.weight, one.human.answers[asked.name], shares)
        for one in doubles
        if (shares := one.shares(asked)) and one.human.answers[asked.name] is not None
    ]
    mass = sum(weight * sum(shares) for weight, _, shares in known)
    if not mass:
        return {}
    triples = [
        (weight * share / mass, own, place)
        for weight, own, shares in known
        for place, share in enumerate(shares)
    ]

    def observed(of: Callable[[int, int], float]) -> float:
        return sum(part * of(own, place) for part, own, place in triples)

    span = range(asked.options)
    mine = [sum(part for part, own, _ in triples if own == k) for k in span]
    theirs = [sum(part for part, _, place in triples if place == k) for k in span]

    def chance(of: Callable[[int, int], float]) -> float:
        return sum(mine[k] * theirs[j] * of(k, j) for k in span for j in span)

    apart = (lambda k, j: (k - j) ** 2) if asked.ordered else (lambda k, j: k != j)
    found = {
        "agreement": observed(lambda k, j: k == j),
        "agreement_chance": chance(lambda k, j: k == j),
        "kappa": 1 - observed(apart) / chance(apart) if chance(apart) > NOTHING else NAN,
    }
    if not asked.ordered:
        return found
    expected = [
        (w * sum(shares) / mass, own, sum(k * s for k, s in enumerate(shares)) / sum(shares))
        for w, own, shares in known
        if sum(shares)
    ]
    return found | {
        "mae": observed(lambda k, j: abs(k - j)),
        "mae_chance": chance(lambda k, j: abs(k - j)),
        "pair_correlation": _correlation(expected),
    }


def _correlation(triples: Sequence[tuple[float, float, float]]) -> float:
    first, second = (sum(t[0] * t[side] for t in triples) for side in (1, 2))
    moved = [(w, x - first, y - second) for w, x, y in triples]
    variances = [sum(t[0] * t[side] ** 2 for t in moved) for side in (1, 2)]
    if min(variances) < NOTHING:
        return NAN
    return sum(w * x * y for w, x, y in moved) / math.sqrt(math.prod(variances))
