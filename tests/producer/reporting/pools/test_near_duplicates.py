"""Near-duplicates, against all pairs compared as sets of words in a row."""

import random
from itertools import combinations

import numpy as np
import pytest

from anthology.producer.reporting.pools import near_duplicates as near
from anthology.producer.reporting.pools.ngrams import words

VOCABULARY = [f"word{i}" for i in range(300)]


def changed(text: str, share: float, rng: random.Random) -> str:
    return " ".join(
        rng.choice(VOCABULARY) if rng.random() < share else word for word in text.split()
    )


def some_texts() -> list[str]:
    """Fifteen stories, each with copies that have a few words to many changed."""
    rng = random.Random(3)
    firsts = [" ".join(rng.choices(VOCABULARY, k=rng.randint(60, 300))) for _ in range(15)]
    copies = [
        changed(text, share, rng) for text in firsts for share in (0, 0.005, 0.02, 0.03, 0.05, 0.2)
    ]
    found = [*firsts, *copies, "Two words.", "two words", "Other words", "", "!"]
    rng.shuffle(found)
    return found


def as_sets(texts: list[str]) -> list[set[tuple[str, ...]]]:
    split = [text.lower().strip(".!").split() for text in texts]
    return [
        {tuple(w[i : i + 5]) for i in range(len(w) - 4)} or ({tuple(w)} if w else set())
        for w in split
    ]


def test_groups_are_those_of_all_pairs_that_share_as_much() -> None:
    texts = some_texts()
    sets = as_sets(texts)
    groups: list[set[int]] = [{i} for i in range(len(texts))]
    alike = {}
    for i, j in combinations(range(len(texts)), 2):
        if not (both := sets[i] & sets[j]):
            continue
        alike[i, j] = len(both) / len(sets[i] | sets[j])
        if alike[i, j] >= 0.8:
            one, other = (next(g for g in groups if place in g) for place in (i, j))
            if one is not other:
                groups.remove(other)
                one |= other
    found = near.near_duplicates([near.shingles(words(text)) for text in texts], seed=7)
    assert found.groups == sorted(sorted(group) for group in groups if len(group) > 1)
    assert len(found.groups) > 10
    assert min(alike.values()) < 0.7
    for i, j, value in found.pairs:
        assert value == pytest.approx(alike[i, j])
    assert len(found.pairs) == sum(len(group) - 1 for group in found.groups)


def test_as_many_texts_as_are_alike_cost_their_number_not_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(5)
    first = " ".join(rng.choices(VOCABULARY, k=120))
    texts = [near.shingles(words(changed(first, 0.005, rng))) for _ in range(400)]
    compared = 0
    jaccard = near.jaccard

    def counting(*sets: near.Numbers) -> float:
        nonlocal compared
        compared += 1
        return jaccard(*sets)

    monkeypatch.setattr(near, "jaccard", counting)
    found = near.near_duplicates(texts, seed=7)
    assert max(map(len, found.groups)) > 390
    assert compared < 4 * len(texts)


def test_every_pair_at_the_limit_or_above_is_found_where_each_is_like_one_other() -> None:
    """So neither the signatures nor rounding cost any: what is missed, neighbours crowd out."""
    rng = np.random.default_rng(11)
    texts, at_least = [], set()
    for pair in range(2000):
        union = int(rng.integers(50, 300))
        both = round(0.8 * union) if pair % 10 == 0 else round(rng.uniform(0.78, 0.9) * union)
        found = rng.integers(0, 2**64, union, dtype=np.uint64)
        one = (union - both) // 2
        texts.append(np.unique(found[: both + one]))
        texts.append(np.unique(np.r_[found[:both], found[both + one :]]))
        if both / union >= 0.8:
            at_least.add((2 * pair, 2 * pair + 1))
    assert len(at_least) > 1500
    assert {(a, b) for a, b, _ in near.near_duplicates(texts, seed=7).pairs} == at_least


def test_of_texts_of_one_pattern_what_is_found_is_so_and_some_may_be_missed() -> None:
    rng = random.Random(1)
    first = " ".join(rng.choices(VOCABULARY, k=200))
    texts = [near.shingles(words(changed(first, 0.0205, rng))) for _ in range(400)]
    alike = {
        place
        for i, j in combinations(range(len(texts)), 2)
        if near.jaccard(texts[i], texts[j]) >= near.NEAR
        for place in (i, j)
    }
    found = {place for group in near.near_duplicates(texts, seed=7).groups for place in group}
    assert found <= alike
    assert len(found) > 0.5 * len(alike)


@pytest.mark.parametrize("texts", [[], ["one alone here"], ["", "!"]])
def test_where_no_two_have_words_there_are_no_groups(texts: list[str]) -> None:
    found = near.near_duplicates([near.shingles(words(text)) for text in texts], seed=7)
    assert (found.groups, found.pairs) == ([], [])
