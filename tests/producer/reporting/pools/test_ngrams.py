"""N-grams as numbers, against n-grams as tuples of words."""

import random

import pytest

from anthology.producer.reporting.pools import ngrams as counted


def some_words(length: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [rng.choice(["a", "bee", "Sea", "dé", "7", "and", "the", "of"]) for _ in range(length)]


def tuples(words: list[str], n: int) -> list[tuple[str, ...]]:
    words = [word.lower() for word in words]
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_equal_ngrams_are_equal_numbers_and_unequal_ones_are_not(n: int) -> None:
    words = some_words(400, 1)
    numbers = counted.ngrams(counted.words(" ".join(words)), n).tolist()
    expected = tuples(words, n)
    assert len(numbers) == len(expected)
    assert len(set(zip(numbers, expected, strict=True))) == len(set(numbers)) == len(set(expected))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_distinct_ngrams_are_counted_over_all_texts(n: int) -> None:
    texts = [some_words(length, length) for length in (0, 1, 2, 30, 200)]
    every = [gram for words in texts for gram in tuples(words, n)]
    found = counted.distinct([counted.words(", ".join(words)) for words in texts], n)
    assert found == pytest.approx(len(set(every)) / len(every))


def test_without_an_ngram_there_is_no_share() -> None:
    assert counted.distinct([], 1) is None
    assert counted.distinct([counted.words("two words")], 3) is None


def test_marks_and_cases_make_no_words_and_scripts_without_spaces_have_one_a_character() -> None:
    texts = ("I'm—well, OK!", "i m WELL ok", "I\nm well ok")
    assert len({tuple(counted.words(text).tolist()) for text in texts}) == 1
    assert len(counted.words("我在北京长大。")) == 6
    assert len(counted.words("東京toky0 หนู")) == 2 + 1 + 3


def test_no_more_words_of_a_text_are_looked_at_than_said() -> None:
    assert len(counted.words("word " * 5000)) == counted.MOST_WORDS
