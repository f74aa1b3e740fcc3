"""How a file spells ids and codes counts: an id is text, and 02138 is not 2138."""

import json
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.models.errors import InputError
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import EncodedHumans, read_as_before, read_humans


class OneNumber(Exception):
    """1 and 1.0 in a column of numbers."""


def coded(folder: Path, cells: list[str], options: str, missing: str = "[]") -> list[int]:
    """The positions of a column's cells under options as a study file has them."""
    lines = [f"{n},{cell}" for n, cell in enumerate(cells)]
    (folder / "zip.csv").write_text("\n".join(["id,zip", *lines]) + "\n")
    (folder / "zip.yaml").write_text(
        "study: zip\nmodel: m\nhumans: {file: zip.csv, id: id}\nconditions: [none]\n"
        f"questionnaire: {{questions: {{zip: {{question: 'Where?', options: {options}, "
        f"missing: {missing}}}}}}}\n"
    )
    try:
        return read_humans(Study.load(folder / "zip.yaml")).answers["zip"]
    except InputError as error:
        if "belongs to" in str(error):
            raise OneNumber from error
        raise


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["02138", "10001"], "{a: 02138, b: 10001}"),
        (["02138", "10001"], "{a: '02138', b: '10001'}"),
        (["02138", "10001"], "{a: [02138], b: {from: 5000}}"),
        (["01", "02"], "{a: 01, b: 02}"),
        (["1", "2"], "{a: 01, b: 02}"),
        (["1", "2"], "{a: '1', b: 2.0}"),
        (["1.0", "2"], "{a: 1, b: 02}"),
        (["01", "1"], "{a: 01, b: 1}"),
        (["250.00", "V10.1"], "{a: 250.00, b: V10.1}"),
        (["0o7", "1e5"], "{a: 0o7, b: 1e5}"),
        (["1e+05", "7"], "{a: 100000, b: 7}"),
        (["100000", "7"], "{a: 1e5, b: 7}"),
        (["01e5", "7"], "{a: 01e5, b: 7}"),
        (["yes", "no"], "{a: yes, b: no}"),
        (["12:30:00", "2018-11-06"], "{a: 12:30:00, b: 2018-11-06}"),
        (["9007199254740993", "9007199254740992"],
         "{a: 9007199254740993, b: 9007199254740992}"),
        ([" 1", "2"], "{a: 1, b: 2}"),
        (["005", "045"], "{a: {to: 17}, b: {from: 18}}"),
    ],
)  # fmt: skip
def test_a_code_is_what_the_file_writes(tmp_path: Path, cells: list[str], options: str) -> None:
    assert coded(tmp_path, cells, options) == [0, 1]


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["02138", "10001"], "{a: 2138, b: 10001}"),
        (["01e5", "7"], "{a: 100000, b: 7}"),
        (["01", "7"], "{a: 1, b: 7}"),
    ],
)
def test_a_code_with_zeros_in_front_is_no_number(
    tmp_path: Path, cells: list[str], options: str
) -> None:
    with pytest.raises(InputError) as raised:
        coded(tmp_path, cells, options)
    assert str(raised.value).endswith(
        f"has code {cells[0]} (1 respondents), which no option covers; the study file has it "
        f"without its zeros; write {cells[0]!r} there"
    )


def test_nonresponse_is_known_among_codes_with_zeros_in_front(tmp_path: Path) -> None:
    assert coded(tmp_path, ["01", "02", "99", "NA"], "{a: 01, b: {from: 2}}") == [0, 1, -1, -1]
    assert coded(tmp_path, ["01", "02", "08"], "{a: 01, b: 02}", "[08]") == [0, 1, -1]


def identified(folder: Path, content: bytes, name: str = "ids.csv") -> EncodedHumans:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return read_humans(id_study(folder / name))


def id_study(file: Path) -> Study:
    options = {"no": 0, "yes": 1}
    fields = {
        "study": "ids", "model": "m", "conditions": ["none"],
        "humans": {"file": str(file), "id": "id"},
        "questionnaire": {"questions": {"q": {"question": "Q?", "options": options}}},
    }  # fmt: skip
    return Study.from_spec(fields)


IDS = [["0007", "0012"], ["01e5", "7"], ["7.0", "8"], [" 7", "8 "], ["1e5", "100000"],
       ["9007199254740993", "9007199254740992"], ["NA", "1"], ["TRUE", "FALSE"], ["9" * 40, "1"],
       ["٣", "3"], ["é", "e\u0301"], ["+7", "7"], [".", "2"], ["1_000", "0x1F"], ["nan", "inf"],
       ["2018-11-06", "11/06/18"], ["None", "null"]]  # fmt: skip


@pytest.mark.parametrize("ids", IDS)
def test_an_id_is_text_as_the_file_has_it(tmp_path: Path, ids: list[str]) -> None:
    content = "id,q\n" + "".join(f"{text},{n}\n" for n, text in enumerate(ids))
    assert identified(tmp_path, content.encode()).ids == ids
    assert identified(tmp_path, b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()).ids == ids


FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


@settings(deadline=None, max_examples=50)
@given(st.lists(FIELD.filter(str.strip), min_size=2, max_size=5, unique=True))
def test_any_text_is_an_id_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    quoted = [text.replace('"', '""') for text in ids]
    content = "id,q\n" + "".join(f'"{text}",{n % 2}\n' for n, text in enumerate(quoted))
    folder = tmp_path_factory.getbasetemp() / "any"
    assert identified(folder, content.encode()).ids == ids


NUMERALS = st.text("0123456789.-+eE", min_size=1, max_size=6).filter(lambda text: text != ".")


@settings(deadline=None, max_examples=50)
@given(st.lists(NUMERALS, min_size=2, max_size=4, unique=True))
def test_a_code_given_as_the_file_spells_it_is_that_code(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    """Each is its own option, unless two are one number."""
    folder = tmp_path_factory.getbasetemp() / "codes"
    folder.mkdir(exist_ok=True)
    options = {f"o{n}": cell for n, cell in enumerate(cells)}
    with suppress(OneNumber):
        assert coded(folder, cells, json.dumps(options)) == list(range(len(cells)))


@pytest.mark.parametrize("content", [b"id,q\n7,0\n,1\n", b'id,q\n7,0\n" ",1\n'])
def test_a_respondent_without_an_id_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"humans\.id: respondent 2 has none in 'id'"):
        identified(tmp_path, content)


def test_ids_of_an_sav_are_shown_as_spss_shows_them(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q": [0.0, 1.0], "whole": [7.0, 12.0], "part": [7.5, 8.0],
                          "padded": [7.0, 12.0], "text": ["0007", " 12"]})  # fmt: skip
    pyreadstat.write_sav(
        frame, tmp_path / "ids.sav", variable_format={"padded": "N4", "text": "A20"}
    )
    found = {}
    for name in ("whole", "part", "padded", "text"):
        humans = {"file": str(tmp_path / "ids.sav"), "id": name}
        study = id_study(tmp_path / "ids.sav")
        found[name] = read_humans(
            study.model_copy(update={"humans": study.humans.model_validate(humans)})
        ).ids
    assert found == {"whole": ["7", "12"], "part": ["7.5", "8"], "padded": ["0007", "0012"],
                     "text": ["0007", " 12"]}  # fmt: skip


def test_what_earlier_versions_read_is_known_by_its_digest(tmp_path: Path) -> None:
    plain = identified(tmp_path / "plain", b"id,q\n7,0\n12,1\n")
    assert plain.former == frozenset()
    found = identified(tmp_path / "zeros", b"id,q\n0007,0\n0012,1\n")
    assert found.former == {plain.digest} != {found.digest}
    padded = id_study(tmp_path / "zeros" / "ids.csv")
    (tmp_path / "zeros" / "ids.csv").write_text("id,q\n0007,0\n0012,01\n")
    with pytest.raises(InputError, match="write '01' there"):
        read_humans(padded)
    assert next(read_as_before(padded)).digest == plain.digest
