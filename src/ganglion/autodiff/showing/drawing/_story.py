"""What happens in each step of the two passes, in words: the narration of the page.

A line is a list of pieces. A piece is a kind and a text: "n" a name, "v" a value, "g" a gradient, "l" a local
derivative, "t" plain text; of kind "d" it has two texts, and is the derivative of the first by the second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._wording import MINUS, cut, norm, number, quantity, shape, visible, written

if TYPE_CHECKING:
    from ..tracing import Node, Trace

Piece = list[str]
Line = list[Piece]
MOST_LINES = 4
MOST_GIVEN = 8
LONGEST_FORMULA = 90
LARGEST_LOCAL = 4096  # numbers of a Jacobian that is computed for its norm
_POWER = re.compile(r" ?\*\* ?(\d+)(?![\w.])")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Step:
    """One step: which pass, the node that is computed or that passes its gradient on, and what is said.

    Attributes
    ----------
    phase : str
        `"given"`, `"forward"`, `"turn"`, `"backward"` or `"done"`.
    node : int
        The node's position in the trace; -1 where the step is about no single one.
    lines : list of list
        The narration.
    shown : mapping of int to str
        What then stands below the wires of the nodes that a share came to: the sum so far.
    """

    phase: str
    node: int
    lines: list[Line]
    shown: Mapping[int, str]


def story(trace: Trace) -> list[Step]:
    """Return the steps of both passes over a trace."""
    at = {node.name: i for i, node in enumerate(trace.nodes)}
    computed = [i for i, node in enumerate(trace.nodes) if node.parents]
    steps = [Step("given", -1, [_given(trace)], {})]
    steps += [Step("forward", i, [computation(trace, trace.nodes[i])], {}) for i in computed]
    output = at[trace.output]
    steps.append(Step("turn", output, [_turn(trace)], {output: norm(trace.nodes[output].upstream)}))
    gathered: dict[str, list[Any]] = {}
    for i in reversed(computed):
        steps.append(_backward(trace, i, at, gathered))
    steps.append(Step("done", -1, [_done(trace)], {}))
    return steps


def _given(trace: Trace) -> Line:
    """Say which inputs there are."""
    line: Line = [["t", "Given: "]]
    for rank, name in enumerate(trace.inputs[:MOST_GIVEN]):
        line += [
            ["t", ", " if rank else ""],
            ["n", short(name)],
            ["t", " = "],
            ["v", quantity(trace[name].value)],
        ]
    rest = len(trace.inputs) - MOST_GIVEN
    return [*line, ["t", f" and {rest} more." if rest > 0 else "."]]


def _turn(trace: Trace) -> Line:
    output = short(trace.output)
    return [
        ["t", "The forward pass is done: "], ["n", output], ["t", " = "], ["v", quantity(trace.value)],
        ["t", ". Now back, from "], ["d", output, output], ["t", " = "], ["g", "1"], ["t", "."],
    ]  # fmt: skip


def _done(trace: Trace) -> Line:
    """Say what the gradient is."""
    line: Line = [["t", "The gradient: "]]
    for rank, name in enumerate(trace.inputs[:MOST_GIVEN]):
        by = ["d", short(trace.output), short(name)]
        line += [
            ["t", ", " if rank else ""],
            by,
            ["t", " = "],
            ["g", quantity(trace[name].upstream)],
        ]
    rest = len(trace.inputs) - MOST_GIVEN
    return [*line, ["t", f" and {rest} more." if rest > 0 else "."]]


def computation(trace: Trace, node: Node) -> Line:
    """Return a node as name = formula = formula with numbers = value."""
    line: Line = [
        ["n", short(node.name)],
        ["t", " = "],
        ["n", cut(pretty(node.formula), LONGEST_FORMULA)],
    ]
    numbers = with_numbers(trace, node)
    if numbers and len(numbers) <= LONGEST_FORMULA:
        line += [["t", " = "], ["v", numbers]]
    return [*line, ["t", " = "], ["v", quantity(node.value)]]


def _backward(
    trace: Trace, index: int, at: Mapping[str, int], gathered: dict[str, list[Any]]
) -> Step:
    """Pass a node's gradient on to its parents."""
    node = trace.nodes[index]
    lines: list[Line] = []
    shown: dict[int, str] = {}
    for parent in node.parents:
        shares = gathered.setdefault(parent, [])
        shares.append(node.product[parent])
        with np.errstate(all="ignore"):
            so_far = sum(shares[1:], shares[0])
        complete = len(shares) == len(trace[parent].children)
        shown[at[parent]] = norm(trace[parent].upstream if complete else so_far)
        if trace[parent].op != "constant" or trace[parent].is_array:
            lines.append(
                [*share(trace, node, parent), *_sum(trace[parent], shares, complete=complete)]
            )
    rest = len(lines) - MOST_LINES
    if rest > 0:
        lines = [*lines[:MOST_LINES], [["t", f"… and {rest} more, listed beside the drawing."]]]
    return Step(
        "backward",
        index,
        lines or [[["t", "Only constants came in here: nothing to pass on."]]],
        shown,
    )


def share(trace: Trace, node: Node, parent: str) -> Line:
    """Return what a node passes on to a parent: upstream x local = product."""
    output, name = short(trace.output), short(node.name)
    gets = " gets " if len(trace[parent].children) > 1 else " = "
    line: Line = [["d", output, short(parent)]]
    times = f" {product_sign(node, parent)} "
    if node.name != trace.output:
        line += [["t", gets], ["d", output, name], ["t", times], ["d", name, short(parent)]]
        gets = " = "
    local = ["l", in_brackets(local_text(node, parent))]
    line += [["t", gets], ["g", written(node.upstream)], ["t", times], local]
    if node.edge(parent).is_elementwise and node.shape != trace[parent].shape:
        line.append(
            [
                "t",
                f", added up to {f'[{shape(trace[parent].shape)}]' if trace[parent].is_array else 'a number'}",
            ]
        )
    text = written(node.product[parent])
    return [
        *line,
        ["t", " = "],
        ["g", text if not text.startswith("[") else quantity(node.product[parent])],
    ]


def _sum(parent: Node, shares: Sequence[Any], *, complete: bool) -> Line:
    """Say what a parent with several consumers has by now."""
    if len(parent.children) < 2 or len(shares) < 2:
        return []
    if parent.is_array or len(shares) > 3:
        with np.errstate(all="ignore"):
            total = norm(parent.upstream if complete else sum(shares[1:], shares[0]))
        return [
            ["t", "; the sum of all " if complete else "; the sum of the first "],
            ["t", f"{len(shares)} is "],
            ["g", total],
        ]
    texts = [number(s) if rank == 0 else in_brackets(number(s)) for rank, s in enumerate(shares)]
    with np.errstate(all="ignore"):
        total = number(parent.upstream if complete else sum(shares[1:], shares[0]))
    return [
        ["t", "; in all " if complete else "; so far "],
        ["g", f"{' + '.join(texts)} = {total}"],
    ]


def local_text(node: Node, parent: str) -> str:
    """Return the derivative of a node by a parent as an equation has it: numbers, or a shape."""
    edge = node.edge(parent)
    ours, theirs = edge.shapes
    if edge.is_elementwise or (ours == () and len(theirs) < 2):
        return written(edge.local)
    return f"[{shape(ours + theirs)}]"


def local_size(node: Node, parent: str) -> str:
    """Return the derivative by its norm; "" for a Jacobian that is not worth computing for it."""
    edge = node.edge(parent)
    ours, theirs = edge.shapes
    cheap = edge.is_elementwise or ours == () or np.prod(ours + theirs) <= LARGEST_LOCAL
    return norm(edge.local) if cheap and edge.local is not None else ""


def product_sign(node: Node, parent: str) -> str:
    """Return the sign between upstream and local: of numbers, element by element, or of a vector and a Jacobian."""
    edge = node.edge(parent)
    if edge.shapes == ((), ()) or edge.shapes[0] == ():
        return "×"
    return "⊙" if edge.is_elementwise else "·"


def with_numbers(trace: Trace, node: Node) -> str:
    """Return a node's formula with the parents' values in the place of their names; "" where arrays take part."""
    texts = {p: trace[p].value for p in node.parents}
    if not texts or any(np.ndim(value) for value in texts.values()):
        return ""
    names = "|".join(re.escape(name) for name in sorted(texts, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.=])(?:{names})(?![\w.])")

    def put(found: re.Match[str]) -> str:
        text = number(texts[found[0]])
        before, after = node.formula[: found.start()].rstrip(), node.formula[found.end() :].lstrip()
        beside = before.endswith(("+", "-", "*", "/", "^")) or after.startswith("**")
        return in_brackets(text) if beside else text

    return pretty(pattern.sub(put, node.formula))


def pretty(formula: str) -> str:
    """Return a formula with the signs of print: × − and raised numbers."""
    text = visible(formula).replace(" * ", " × ").replace(" - ", f" {MINUS} ")
    text = _POWER.sub(lambda found: found[1].translate(_SUPERSCRIPT), text)
    return MINUS + text[1:] if text.startswith("-") else text


def in_brackets(text: str) -> str:
    """Return a number, in brackets where it begins with a minus."""
    return f"({text})" if text.startswith(MINUS) else text


def short(name: str) -> str:
    """Return a name as running text has it."""
    return cut(name, 32)
