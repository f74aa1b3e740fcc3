"""YAML as survey people write it, and what else a file may hold."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.models.study.reading import yaml_file


def read(tmp_path: Path, text: str | bytes) -> Any:
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return yaml_file.read(path)


def refusal(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'file.yaml'}: ")
    return str(raised.value)


@pytest.mark.parametrize(
    "word",
    ["Yes", "No", "yes", "no", "on", "Off", "y", "N", "True", "2018-11-06", "2018-11-06 10:00:00"],
)
def test_words_that_yaml_takes_for_something_else_are_text(tmp_path: Path, word: str) -> None:
    assert read(tmp_path, f"{word}: {word}") == {word: word}


def test_true_and_false_numbers_and_null_are_what_they_look_like(tmp_path: Path) -> None:
    found = read(tmp_path, "[true, false, 1, 1.5, null, 'true', x]")
    assert found == [True, False, 1, 1.5, None, "true", "x"]


@pytest.mark.parametrize("key", ["a", "1", "Yes"])
def test_a_key_given_twice_is_refused_with_its_line(tmp_path: Path, key: str) -> None:
    message = refusal(tmp_path, f"x:\n  {key}: 1\n  b: 2\n  {key}: 3\n")
    assert f"line 4, column 3: the key '{key}' stands twice" in message


def test_merged_keys_may_be_overridden(tmp_path: Path) -> None:
    found = read(tmp_path, "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n")
    assert found["b"] == {"x": 1, "y": 3}


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "a:\n\t- b", "%", "'"])
def test_what_is_not_yaml_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    assert "line " in refusal(tmp_path, text)


def test_python_objects_are_never_made(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert "could not determine a constructor" in refusal(
        tmp_path, f"!!python/object/apply:os.system ['touch {mark}']"
    )
    assert not mark.exists()


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    assert "cannot be read as UTF-8" in refusal(tmp_path, "Straße".encode("latin-1"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        yaml_file.read(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        yaml_file.read(tmp_path / "nowhere")


def test_a_huge_file_is_refused_without_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_file, "MAX_BYTES", 2_000_000)
    assert "is over 2 MB" in refusal(tmp_path, b"x" * 2_000_001)


def test_a_deeply_nested_file_is_refused(tmp_path: Path) -> None:
    assert "is not YAML" in refusal(tmp_path, "[" * 5000)


@pytest.mark.parametrize("text", ["{age}: text", "? [a, b]\n: c"])
def test_a_key_that_is_no_word_is_refused(tmp_path: Path, text: str) -> None:
    refusal(tmp_path, text)


def test_anchors_that_unfold_without_end_are_refused_at_once(tmp_path: Path) -> None:
    """Ten to the ninth laughs, as a list of lists and as merged keys; and what holds itself."""
    tenfold = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    merged = [line.replace(" [", " {<<: [") + "}" for line in tenfold]
    for first, lines in (("a0: &a0 [ha]", tenfold), ("a0: &a0 {k: 1}", merged)):
        assert "unfold to more than" in refusal(tmp_path, "\n".join([first, *lines]))
    assert "unfold to more than" in refusal(tmp_path, "a: &a [*a]")


def test_a_number_of_thousands_of_digits_is_refused_with_its_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "a: 1\nb: " + "9" * 5000)
    assert "line 2, column 4: a number has over 100 digits" in message


# --- spelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["02138", "+1", "-0", "1.50", "250.00", ".5", "1.", "007.5"])
def test_a_number_that_is_not_written_as_one_keeps_its_spelling(tmp_path: Path, word: str) -> None:
    assert read(tmp_path, f"a: {word}") == {"a": word}


@given(st.text("0123456789.-+eExo:_", min_size=1, max_size=8))
def test_no_number_loses_its_spelling(tmp_path_factory: pytest.TempPathFactory, word: str) -> None:
    with suppress(InputError):
        assert str(read(tmp_path_factory.getbasetemp(), f"a: {word}")["a"]) == word


# --- what is left out without a word -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "question: Are you the #1 fan of it?",
        "question: Have you heard of it? #MeToo",
        "question: Do you use the # key?",
        "question: Press #",
        "questions:\n  roads: Is it\n    the #1 road?",
        "questions: {roads: {question: Is it #1?\n}}",
        "b:\n  battery: Rate the #1 {}",
        "b:\n  items: {a: The #1\n  }",
        "pool: {prompt: Tell me of #1\n}",
        "style: {system: You are #1\n}",
        "a:\n  bio: I am {}, fan #1",
        "refusal: I am #1",
        "anchored:\n- Fan of #1",
        "asked_as:\n  a: Fan of #1",
        "options: {Fan of #1: 1, Other: 2}",
        "options:\n  Fan of #1: 1\n  Other: 2",
    ],
)
def test_a_comment_that_cuts_a_text_is_refused(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text)
    *above, line = text[: text.index("#") + 1].splitlines()
    assert (
        f"line {len(above) + 1}, column {len(line)}: a # after a space begins a comment" in message
    )
    assert "put the text in quotes" in message


@pytest.mark.parametrize(
    "text",
    [
        "count: 10  # personas",
        "count: 10 #personas",
        "temperature: 0.7 # so small a model",
        "order: fixed #why",
        "options:\n  Yes: 1 # voted\n  No: 2 #else",
        "options: {Yes: 1} #x\nmissing: [7] # another party",
        "question: How old are you? # asked first",
        "question: How old are you?\n# comment",
        'question: "Are you the #1 fan?" #x',
        "question: Are you C#3 or F#?",
        "bio: I am {}. # age",
        "items:\n  a: the roads # second",
        "column: q1 #wave 2",
        "question: |\n  Are you #1?\n  # 2?",
        "question: > # folded\n  x",
    ],
)
def test_ordinary_comments_are_left_alone(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("question: &How old are you?", "line 1, column 11: &How is left out here"),
        ("question: ! Stop?", "line 1, column 11: ! is left out here"),
        ("question: “How old?”", "line 1, column 11: typographic quotes are part of the text"),
        ("options:\n  ‘Don’t know’: 8", "line 2, column 3: typographic quotes"),
        ("options: {„Ja“: 1}", "typographic quotes"),
        ("options:\n  ~: 1", "line 2, column 3: the key ~ is no text; put it in quotes"),
        ("options: {true: 1}", "line 1, column 11: the key true is no text"),
    ],
)
def test_what_yaml_takes_off_or_people_take_for_quotes_is_refused(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert expected in refusal(tmp_path, text)


def test_what_is_used_again_or_quoted_is_left_alone(tmp_path: Path) -> None:
    text = "a: {refusal: &no Rather not}\nb: {refusal: *no}\nquestion: '“Change”?'\nx: “a” or “b”"
    assert read(tmp_path, text)["b"] == {"refusal": "Rather not"}


# --- what is no YAML -----------------------------------------------------------------------------

QUOTED = "quotes"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("options:\n  'Don't know': 8", "line 2, column 8", "write an apostrophe twice"),
        ("o: {'Don't know': 8}", "line 1, column 10", "write an apostrophe twice"),
        ('question: "Do you like "it"?"', "line 1, column 25", "put the other kind around"),
        ('question: "Yes" or "No"?', "line 1, column 17", "around the whole text"),
        ('question: "How?\nb: 1', "line 1, column 11", QUOTED),
        ("r: {question: How old are you?, b: 1}", "line 1, column 30", "{ } or [ ] a text that"),
        ("r: {question: Q1: How?}", "line 1, column 17", QUOTED),
        ("question: Q1: How old are you?", "line 1, column 13", "a colon and a space in it needs"),
        ("question: “Q1: How?”", "line 1, column 14", "straight ones, not “"),
        ("question: @home?", "line 1, column 11", "begins with @ needs quotes"),
        ("question: `home`?", "line 1, column 11", "begins with ` needs quotes"),
        ("question: %?", "line 1, column 11", "begins with % needs quotes"),
        ("question: [Show card] How?", "line 1, column 23", "begins with [ needs quotes"),
        ("bio: {} years", "line 1, column 9", "begins with { needs quotes"),
        ("- [a] b", "line 1, column 7", "begins with [ needs quotes"),
        ("question: *How* old?", "line 1, column 15", QUOTED),
        ("question: *How old?", "line 1, column 11", "begins with * needs quotes"),
        ("question: !How old?", "line 1, column 11", "begins with ! needs quotes"),
        ("question: > 50% agree?", "line 1, column 13", "begins with > or | needs quotes"),
        ("question: - Yes", "line 1, column 11", "begins with - and a space needs quotes"),
        ("question: ? Yes", "line 1, column 11", "begins with ? and a space needs quotes"),
        ('question: "a\\d"', "line 1, column 14", "a backslash in double quotes"),
        ("a:\n\tb: 1", "line 2, column 1", "a tab; indent and separate with spaces"),
        ("a:\n  b:1\n  c: 2", "line 3, column 4", "a space follows each colon"),
        ("a:\n  b: 1\n c: 2", "line 3, column 2", "the same indentation"),
        ("a:\n  b: 1\n  hello\n  c: 2", "line 3, column 3", "neither a name with its colon"),
        ("a: {b: 1\nc: 2", "line 2, column 2", "what opens in line 1, column 4 is not closed"),
        ("a: 1\n---\nb: 2", "line 2, column 1", "a study file is one"),
        ("a: b\0c", "line 1, column 5", "delete it"),
        ("a: 1\r\nb: \x1b[3m", "line 2, column 4", "delete it"),
        ("a: 1\n? [x]\n: y", "line 2, column 3", QUOTED),
    ],
)
def test_what_is_no_yaml_is_said_with_its_place_and_what_to_do(
    tmp_path: Path, text: str, place: str, said: str
) -> None:
    message = refusal(tmp_path, text)
    assert f"{place}: " in message
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize("opened", ["[", "{a: "])
def test_more_open_brackets_than_anybody_writes_are_refused(tmp_path: Path, opened: str) -> None:
    assert "nested too deeply" in refusal(tmp_path, f"a: {opened * 51}")
    closed = f"{opened * 49}{(']' if opened == '[' else '}') * 49}"
    assert isinstance(read(tmp_path, f"a: {closed}")["a"], list | dict)


@pytest.mark.parametrize("content", [b"a: 1\nb: \xe9t\xe9\n", "a: 1\n".encode("utf-16")])
def test_text_in_another_encoding_is_refused_with_its_place(tmp_path: Path, content: bytes) -> None:
    place = "line 2, byte 4: 0xe9" if content[0] == 97 else "line 1, byte 1: 0xff"
    assert f"UTF-8 text ({place}); save it as UTF-8" in refusal(tmp_path, content)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa: 1\n", b"a: 1\r\n", b"a: 1\r"])
def test_marks_and_line_ends_of_other_systems_are_taken(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == {"a": 1}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_a_text_that_is_not_refused_is_the_whole_text(
    tmp_path_factory: pytest.TempPathFactory, written: str
) -> None:
    """Typed after `question: ` without quotes: asked to the last letter, or refused."""
    with suppress(InputError):
        found = read(tmp_path_factory.getbasetemp(), f"question: Is it {written} so")
        assert found["question"].split() == f"Is it {written} so".split()


@pytest.mark.parametrize("word", ["yes", "No", "true", "off"])
def test_a_refusal_is_the_words_to_be_offered_not_a_switch(word: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, f"questionnaire:\n  refusal: {word}\n")
    assert f"line 2, column 12: `refusal: {word}` would offer an answer of that name" in said
    quoted = read(tmp_path, f"questionnaire:\n  refusal: '{word}'\n")
    assert quoted == {"questionnaire": {"refusal": word}}
