"""Text of strangers on its way to a spreadsheet: what would run there as a formula is marked."""

import re
from typing import Any

# A cell that a spreadsheet would take for a formula; a plain number is none. Some spreadsheets read
# full-width signs like the others. A cell that begins as ours does gets another apostrophe, so that
# whoever takes one away again has every text as it was.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def harmless(cell: Any) -> Any:
    """An apostrophe before text that a spreadsheet would run; numbers stay as they are."""
    if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
