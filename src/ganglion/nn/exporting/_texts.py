"""What both kinds of source text share: numbers that read back as the same bits, long lines, a sentence for a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..._arrays import Real
from ._blueprint import Blueprint, Label, RowScaling, Scaling, Sum, WeightedSums

WIDTH = 100

_WORDS = {
    WeightedSums: "weighted sums",
    Scaling: "scaled",
    RowScaling: "scaled by the mean and variance of the row",
}


def number_texts(values: Real) -> list[str]:
    """Return the shortest decimal text of each number that reads back as the same number of its own type."""
    if values.dtype == np.float32:
        return [str(value) for value in values.ravel()]
    return [repr(value) for value in values.ravel().tolist()]


def wrapped(items: Sequence[str], indent: str) -> Iterator[str]:
    """Yield lines of items with a comma behind each, as many in a line as fit."""
    line = indent
    for item in items:
        if len(line) + len(item) + 2 > WIDTH and line != indent:
            yield line.rstrip()
            line = indent
        line += f"{item}, "
    yield line.rstrip()


def cell_of(label: Label) -> str:
    """Return a label as a cell of a CSV file, quoted where it has to be."""
    text = str(label)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def header_of(blueprint: Blueprint) -> list[str]:
    """Return the first line of what an exported program prints for a table with names, cell by cell: y1, y2 ..."""
    decision = blueprint.decision
    if decision is None:
        return [f"y{k}" for k in range(1, blueprint.n_out + 1)]
    texts = list(map(str, decision.labels))
    heads = texts if decision.kind == "multilabel" else ["label"]
    return [cell_of(head) for head in [*heads, *(f"p({text})" for text in texts)]]


def story_of(blueprint: Blueprint) -> list[str]:
    """Return a line for each step: how many numbers come and go, and what becomes of them."""
    lines: list[str] = []
    n_in = blueprint.n_in
    for number, step in enumerate(blueprint.steps, 1):
        what = (
            f"what step {step.adds + 1} was given is added"
            if isinstance(step, Sum)
            else _WORDS[type(step)]
        )
        then = "" if step.activation == "identity" else f", {step.activation}"
        lines.append(f"step {number}: {n_in} -> {step.n_out}: {what}{then}")
        n_in = step.n_out
    return lines
