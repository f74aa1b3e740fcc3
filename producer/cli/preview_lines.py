"""How a preview looks on a terminal: the prompt on stdout, all that is said of it on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from anthology.models.runtime import terminal

if TYPE_CHECKING:
    from anthology.producer.preview.preview import Preview

LONG = 30  # lines of one list


def print_preview(found: Preview) -> None:
    """The prompt as data; how it is read, and what was, as notes; before it what is asked first,
    behind it what is asked beside a story."""
    if found.mention:
        print_preview(found.mention)
    if found.cells:
        terminal.note(
            f"the file has {len(found.cells)} studies; --cell takes: {', '.join(found.cells)}"
        )
    terminal.note(
        f"{found.study}, {found.condition}, person {found.person}, question {found.question!r}, "
        f"asked in place {found.place + 1}, readout: {found.readout}"
    )
    terminal.line(found.prompt)
    sys.stdout.flush()  # the notes that follow belong below it
    if len(found.orders) > 1:
        terminal.note(f"  the first of {len(found.orders)} orders, which are averaged")
    _labels(found)
    _reading(found)
    if found.stored:
        _stored(found.stored, found.outcomes)
    for one in found.beside:
        print_preview(one)
    for note in found.notes:
        terminal.note(note)


def _labels(found: Preview) -> None:
    """As displayed; with each its option, where it is another text, and its tokens."""
    shown = found.orders[0]
    width = max((len(_answer(label)) for label in found.labels), default=0)
    for choice in shown[:LONG]:
        label = found.labels[choice]
        counts = (
            "" if label["counts_as"] == label["option"] else f"  counts as {label['counts_as']}"
        )
        tokens = "" if label["token_ids"] is None else f"  tokens {label['token_ids']}"
        terminal.note(f"  {_answer(label):{min(width, 40)}}{counts}{tokens}".rstrip())
    if len(shown) > LONG:
        terminal.note(f"  and {len(shown) - LONG} more")


def _answer(label: dict[str, Any]) -> str:
    return f"{label['label']}  {label['option']}" if label["label"] else str(label["option"])


def _reading(found: Preview) -> None:
    """How the answer is read: where it begins, and which tokens are looked up after what."""
    if found.labels:
        terminal.note(f"  the answer begins after {found.opening!r}")
    if found.merged:
        terminal.note(
            f"  the tokenizer merges {found.merged!r} with the answer, whose tokens begin with it"
        )
    nodes = found.nodes or []
    for node in nodes[:LONG]:
        after = f"the prompt and {node['after']}" if node["after"] else "the prompt"
        terminal.note(f"  read after {after}: {node['token_ids']}")
    if len(nodes) > LONG:
        terminal.note(f"  and {len(nodes) - LONG} more readings")
    if found.prompt_token_ids is None:
        terminal.note("  tokens are not known here: give the model's folder with --model")
    else:
        terminal.note(f"  the prompt has {len(found.prompt_token_ids)} tokens")
    if found.label_prior is not None:
        prior = ", ".join(f"{logprob:.3f}" for logprob in found.label_prior)
        terminal.note(f"  freed of the label prior, log-probabilities [{prior}]")
    read = found.readout in ("logprob", "text")
    if read and found.resolution and found.resolution["logit_step"] is not None:
        step = found.resolution["logit_step"]
        terminal.note(f"  16-bit head: label log-probabilities fall on steps of {step:g}")


def _stored(stored: dict[str, Any], outcomes: list[str]) -> None:
    if stored["mentioned"] is not None:
        terminal.note(f"stored: the story states it with probability {stored['mentioned']:.3f}")
    if stored["probabilities"] is not None:
        pairs = zip(outcomes, stored["probabilities"], strict=False)  # a refusal stands apart
        terminal.note(f"stored: {', '.join(f'{option} {share:.3f}' for option, share in pairs)}")
    if stored["refusal"] is not None:
        terminal.note(f"  refusal: {stored['refusal']:.3f}")
    if stored["label_mass"] is not None:
        terminal.note(f"  label mass: {stored['label_mass']:.3f}")
    if stored["drawn"] is not None:
        terminal.note(f"  drawn: {outcomes[stored['drawn']]}")
    for name in ("text", "error"):
        if stored[name] is not None:
            terminal.note(f"  {name}: {stored[name]}")
    for sample in (stored["samples"] or [])[:LONG]:
        terminal.note(f"  written: {sample['final']!r} at attempt {sample['attempts']}")
