"""In which encoding a text file is written, from its bytes.

Knows bytes and letters; separators and rows are found in `text_files.py`.
"""

import re
from collections import Counter
from pathlib import Path

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LONGEST = 10_000_000  # bytes that are read on to the end of a line
_WORDS = 3_000  # of a file, from which its encoding is told
_HIGH = re.compile(rb"[\x80-\xff]+")
# A word with its ASCII letters and marks, which are second bytes of other scripts' letters.
_WORD = re.compile(rb"[@-\[\]-~\\\x80-\xff]+")
_RUN = 3  # bytes side by side, which are hardly ever so many accents
_SCRIPTS = [
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1256", "cp1253",
    "cp1255", "cp874",
]  # fmt: skip
# Letters of the languages that each is for, where they differ; among equals the first one counts.
_LATIN = {
    "cp1252": "èêëàãâåæøñõìòùœûï¿¡ÈÊËÀÃÂÅÆØÑÕÌÒÙ",
    "cp1250": "žšŽŠąćęłńśźżĄĆĘŁŃŚŹŻčřěůďťňČŘĚŮĎŤŇőűŐŰșțşţăŞŢĂ",
    "cp1254": "ğışİĞŞ",
}


def found_encoding(path: Path, otherwise: str = "give --encoding") -> tuple[str, str]:
    """UTF-8 unless the file's first bytes say else, or its bytes cannot be; and what is to be said
    to people of it, if anything: what to do `otherwise`."""
    with path.open("rb") as file:
        begins = file.read(1 << 10)
    for mark, name in _MARKS.items():
        if begins.startswith(mark):
            return name, ""
    if b"\0" in begins:  # of UTF-16 without its mark every second byte is 0 where text is English
        first = begins[::2].count(0) > begins[1::2].count(0)
        return "utf-16-be" if first else "utf-16-le", ""
    wrong, right = 0, 0
    words: Counter[bytes] = Counter()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            block += file.readline(_LONGEST)
            if block.isascii():
                continue
            text = block.decode("utf-8", errors="replace")
            found = text.count("\ufffd")
            wrong += found
            right += sum(map(text.count, "éèüöäßñçãõáíóúłěšč\u2019\u201c\u2013…"))
            right += 0 if found else 1
            if found and len(words) < _WORDS:
                words.update(word for word in _WORD.findall(block) if not word.isascii())
            if wrong > 100:
                break
    if not wrong:
        return "utf-8", ""
    if wrong <= right:
        return "utf-8", f"{path.name}: UTF-8, but for {wrong} bytes that are none and left out"
    name = _by_words(list(words)[:_WORDS])
    shown = "Windows-1252" if name == "cp1252" else name
    return name, f"{path.name}: not UTF-8, read as {shown}; else {otherwise}"


def _by_words(words: list[bytes]) -> str:
    """The encoding of words that are not all ASCII: of another script where most of their bytes
    stand side by side, else the one of the Latin ones whose letters they have."""
    runs = [run for word in words for run in _HIGH.findall(word)]
    beside = sum(len(run) for run in runs if len(run) >= _RUN)
    if beside * 2 > sum(map(len, runs)):
        from charset_normalizer import from_bytes  # only where a file is in none of the usual ones

        best = from_bytes(
            b" ".join(words), cp_isolation=_SCRIPTS, threshold=0.4, enable_fallback=False
        ).best()
        if best is not None:
            return best.encoding
    text = b" ".join(words)
    fits = {
        name: sum(map(text.decode(name, errors="replace").count, letters))
        for name, letters in _LATIN.items()
    }
    return max(fits, key=lambda name: fits[name])
