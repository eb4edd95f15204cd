"""The two passes over a graph: gradients backward, tangents forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter

from .graph import Value, Variable

Visit = Callable[[Variable, Value, list[tuple[int, Value]]], None]
Ordered = tuple[list[Variable], bool]


def order(output: Variable, level: int) -> Ordered:
    """Return the variables of a level that lead to the output, arguments first, and whether outer ones feed them.

    Parameters
    ----------
    output : Variable
        Where the search begins.
    level : int
        The level of a differentiation.

    Returns
    -------
    list of Variable, bool
        The variables by their serials; whether one has an argument that is a variable of a lower level.
    """
    seen = {output}
    nodes = [output]
    fed_from_outside = False
    for node in nodes:  # which grows meanwhile
        for argument in node.arguments:
            if type(argument) is Variable and argument not in seen:
                if argument.level >= level:
                    seen.add(argument)
                    nodes.append(argument)
                else:
                    fed_from_outside = True
    nodes.sort(key=attrgetter("serial"))
    return nodes, fed_from_outside


def plain(values: tuple[Value, ...]) -> list[Value]:
    """Return arguments without their history.

    Parameters
    ----------
    values : tuple
        Variables and plain values.

    Returns
    -------
    list
        Plain values.
    """
    return [v.value if type(v) is Variable else v for v in values]


def pull_back(
    output: Variable,
    seed: Value,
    level: int,
    *,
    record: bool = False,
    visit: Visit | None = None,
    ordered: Ordered | None = None,
) -> dict[Variable, Value]:
    """Return the gradient of <seed, output> by each input of the level: at every node, upstream x local.

    Parameters
    ----------
    output : Variable
        Where the pass begins.
    seed : array
        The upstream gradient there, in the output's shape.
    level : int
        The level of the differentiation; variables of lower levels are constants to it.
    record : bool
        Whether the pass is made of variables itself. It is so in any case where outer variables feed the graph.
    visit : callable or None
        `visit(node, upstream, contributions)` sees every node, the last one first.
    ordered : tuple or None
        What `order` returned, where the caller knows it already.

    Returns
    -------
    dict of Variable to array
        The gradients, in the shapes and the precision of the inputs; those without one are left out.
    """
    nodes, fed_from_outside = ordered or order(output, level)
    return _pull(nodes.copy(), seed, level, record or fed_from_outside, visit)


def pull_back_once(ordered: Ordered, seed: Value, level: int) -> dict[Variable, Value]:
    """Return what `pull_back` does, and leave nothing behind: the list in `ordered` is empty afterwards.

    A node that nobody else holds is freed, with its value, as soon as the pass has left it, and the next gradient lies
    in memory that is still in the cache. So the caller must not hold the output.

    Parameters
    ----------
    ordered : tuple
        What `order` returned for the output.
    seed : array
        The upstream gradient there, in the output's shape.
    level : int
        The level of the differentiation.

    Returns
    -------
    dict of Variable to array
        The gradients, in the shapes and the precision of the inputs; those without one are left out.
    """
    return _pull(ordered[0], seed, level, ordered[1], None)


def _pull(
    nodes: list[Variable], seed: Value, level: int, record: bool, visit: Visit | None
) -> dict[Variable, Value]:
    """Go over the nodes from the last one, the output, to the first, and take each out of the list."""
    gradients: dict[Variable, Value] = {}
    waiting = {nodes[-1]: seed}
    while nodes:
        node = nodes.pop()
        upstream = waiting.pop(node, None)
        if upstream is None:
            continue
        primitive = node.primitive
        contributions: list[tuple[int, Value]] = []
        if primitive is not None and primitive.pull is not None:
            y, arguments = (node, node.arguments) if record else (node.value, plain(node.arguments))
            for position, parent in enumerate(node.arguments):
                if (
                    type(parent) is not Variable
                    or parent.level < level
                    or position in primitive.constant
                ):
                    continue
                share = primitive.pull(position, upstream, y, arguments, node.options)
                contributions.append((position, share))
                known = waiting.get(parent)
                waiting[parent] = share if known is None else known + share
            del y, arguments
        if not contributions:
            dtype = node.value.dtype
            gradients[node] = upstream if upstream.dtype == dtype else upstream.astype(dtype)
        if visit is not None:
            visit(node, upstream, contributions)
    return gradients


def push_forward(
    output: Variable,
    tangents: Mapping[Variable, Value],
    level: int,
    *,
    record: bool = False,
    ordered: Ordered | None = None,
) -> Value | None:
    """Return the change of the output when its inputs change by their tangents.

    Parameters
    ----------
    output : Variable
        Where the pass ends.
    tangents : mapping of Variable to array
        The change of each input that changes, in its shape.
    level : int
        The level of the differentiation.
    record : bool
        Whether the pass is made of variables itself. It is so in any case where outer variables feed the graph.
    ordered : tuple or None
        What `order` returned, where the caller knows it already.

    Returns
    -------
    array or None
        The change, in the output's shape; None where the output depends on none of the inputs.
    """
    nodes, fed_from_outside = ordered or order(output, level)
    record = record or fed_from_outside
    moved: dict[Variable, Value] = dict(tangents)
    for node in nodes:
        primitive = node.primitive
        if node in tangents or primitive is None or primitive.push is None:
            continue
        y, arguments = (node, node.arguments) if record else (node.value, plain(node.arguments))
        total: Value | None = None
        for position, parent in enumerate(node.arguments):
            if (
                type(parent) is not Variable
                or parent not in moved
                or position in primitive.constant
            ):
                continue
            change = primitive.push(position, moved[parent], y, arguments, node.options)
            total = change if total is None else total + change
        if total is not None:
            moved[node] = total
    return moved.get(output)
