"""How a column was read, in lines for people: what is left out and why, and its order.

`init` writes them above the question, `floor` and `submit` print them.
"""

from collections import defaultdict

from anthology.models.questionnaire.codes import plain
from anthology.producer.surveys.scales.scale import Scale

MOST_SHOWN = 8  # codes of one line


def readings(scale: Scale, in_order: bool = False) -> list[str]:
    """What is to be said of how a column was read; nothing where all went without saying.

    in_order: whether somebody has said that the codes are in order.
    """
    found = left_out(scale)
    if scale.options and not (scale.ordered or in_order or scale.kind == "select-all"):
        found.append(f"{scale.why}; without an order there is no WD, correlation or alpha of it")
    elif "turned round" in scale.why or "not by its codes" in scale.why:
        found.append(f"in the order of {scale.why}")
    return found + scale.remarks


def left_out(scale: Scale) -> list[str]:
    """One line a reason: which codes are nonresponse, "8, 9 left out: its label"."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for code, why in scale.nonresponse.items():
        by_reason[why].append(str(plain(code)))
    lines = []
    for why, codes in by_reason.items():
        shown = ", ".join(codes[:MOST_SHOWN])
        more = f" and {len(codes) - MOST_SHOWN} more" if len(codes) > MOST_SHOWN else ""
        lines.append(f"{shown}{more} counted as nonresponse ({why})")
    return lines
