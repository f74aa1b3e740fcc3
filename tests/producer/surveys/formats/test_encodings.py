"""Texts of any script are read as they were written, without anybody naming their encoding."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anthology.producer.surveys.formats.encodings import found_encoding

WORDS = {
    "gb18030": ["非常不满意", "不满意", "满意", "非常满意", "不知道", "拒绝回答", "北京"],
    "big5": ["非常不滿意", "不滿意", "滿意", "非常滿意", "不知道", "拒答", "臺北"],
    "shift_jis": ["とても悪い", "悪い", "良い", "どちらともいえない", "わからない", "無回答"],
    "euc_kr": ["매우 나쁨", "나쁨", "좋음", "매우 좋음", "모름/무응답", "서울", "귀하의 연령"],
    "cp1251": ["Очень плохо", "Плохо", "Хорошо", "Затрудняюсь ответить", "Москва"],
    "cp1256": ["سيئ جدا", "سيئ", "جيد", "جيد جدا", "لا أعرف", "رفض الإجابة"],
    "cp1252": ["Très bien", "Plutôt mal", "Größe", "São Paulo", "Sí, señor", "Ærlig", "café"],
    "cp1250": ["Źle", "Bardzo źle", "Trudno powiedzieć", "Špatně", "Łódź", "Žena"],
    "cp1254": ["Çok iyi", "İyi", "Kötü değil", "Hiçbir şey", "Kararsızım"],
}  # fmt: skip


@settings(max_examples=40)
@given(st.sampled_from(sorted(WORDS)), st.sampled_from([",", ";", "\t", "|"]), st.data())
def test_words_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, encoding: str, separator: str, data: st.DataObject
) -> None:
    words = data.draw(st.permutations(WORDS[encoding]))
    lines = [f"{n}{separator}{word}{separator}Agree" for n, word in enumerate(words)]
    path = tmp_path_factory.getbasetemp() / "words.csv"
    written = "\n".join(["id", *lines]).encode(encoding)
    path.write_bytes(written)
    found, note = found_encoding(path)
    assert written.decode(found).splitlines()[1:] == lines
    assert "else give --encoding" in note


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_needs_no_note(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes("id,q\n1,Agree\n2,très\n".encode(encoding))
    found, note = found_encoding(path)
    assert path.read_text(encoding=found).splitlines()[2] == "2,très"
    assert note == ""
