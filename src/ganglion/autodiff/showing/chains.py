"""Derivative chains: every way from the output back to a node, counted, and listed by what each contributes.

Counting is dynamic programming over the nodes. Listing goes from the output down; a partial chain that cannot reach the
node is never begun. The largest chains among very many are found best first: what a partial chain can still become is
known (for numbers) or bounded (for arrays), so that no others are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, islice
from math import log2
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from ..._errors import ParameterError
from ..graph import Value
from ._edges import Edge, shown

if TYPE_CHECKING:
    from .nodes import Node
    from .tracing import Trace

ZERO, INFINITE = -1e12, 1e12  # in place of log2: sums of them stay ordered, and never become NaN
MOST_DIGITS = 4_000  # of a count that is written out
MOST_STEPS = 200_000  # of a search whose bounds may be too loose
Counts: TypeAlias = Mapping[str, int]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """One way from the output back to a node: the derivatives along it, and their product.

    Attributes
    ----------
    nodes : tuple of str
        The names on the way, the output first.
    factors : tuple
        The local derivatives in that order, one fewer than the nodes. None for a Jacobian that is too large to show.
    product : float or numpy.ndarray
        1 carried back along the way, in the shape of the last node.
    """

    nodes: tuple[str, ...]
    factors: tuple[Any, ...]
    product: Any

    def __repr__(self) -> str:
        return f"Chain({' <- '.join(self.nodes)}, product={self.product!r})"


@final
class _Way:
    """A partial chain: the edge that was taken last, what came before it, and 1 carried back along both."""

    __slots__ = ("before", "edge", "product")

    def __init__(self, before: _Way | None, edge: Edge, product: Value) -> None:
        self.before = before
        self.edge = edge
        self.product = product

    @staticmethod
    def step(before: _Way | None, edge: Edge) -> _Way:
        """Go one edge further."""
        product = 1.0 if before is None else before.product
        if edge.shapes == ((), ()):
            return _Way(before, edge, product * edge.local)
        return _Way(before, edge, edge.carry(product))

    def chain(self, output: str) -> Chain:
        """Return the whole of it."""
        edges: list[Edge] = []
        way: _Way | None = self
        while way is not None:
            edges.append(way.edge)
            way = way.before
        edges.reverse()
        names = (output, *(edge.parent for edge in edges))
        return Chain(names, tuple(edge.local for edge in edges), shown(self.product))


def count_chains(trace: Trace, name: str) -> int:
    """Count the chains from the output to a node.

    Parameters
    ----------
    trace : Trace
        The computation.
    name : str
        The node at the end of the chains.

    Returns
    -------
    int
        How many there are.
    """
    return _counts(trace, name).get(trace.output, 0)


def chains(trace: Trace, name: str, max_paths: int, largest: int | None) -> list[Chain]:
    """List the chains from the output to a node, the largest contribution first.

    Parameters
    ----------
    trace : Trace
        The computation.
    name : str
        The node at the end of the chains.
    max_paths : int
        The most chains to list where `largest` is None.
    largest : int or None
        How many to list, of those that contribute most.

    Returns
    -------
    list of Chain
        The chains.

    Raises
    ------
    ParameterError
        There are more than `max_paths`, or they cannot be told apart in reasonable time.
    """
    if largest is not None and largest < 1:
        raise ParameterError(f"largest must be at least 1; got {largest}.")
    counts = _counts(trace, name)
    total = counts.get(trace.output, 0)
    if largest is None and total > max_paths:
        raise ParameterError(
            f"{_written(total)} chains lead from {trace.output!r} to {name!r}, more than max_paths={max_paths}. Pass "
            "largest=10 for those that contribute most, or raise max_paths."
        )
    if total == 0:
        return []
    if trace.output == name:
        return [Chain((name,), (), 1.0)]
    if largest is None or largest >= total:
        found = list(_all(trace, name, counts))
    elif any(trace[node].is_array for node in counts):
        found = list(islice(_bounded(trace, name, counts), largest))
    else:
        found = list(islice(_best_first(trace, name, counts), largest))
    return sorted((way.chain(trace.output) for way in found), key=_size, reverse=True)


def _size(chain: Chain) -> float:
    """Return what a chain contributes: the norm of its product; NaN counts as infinite."""
    size = _norm(chain.product)
    return size if size == size else np.inf


def _norm(value: Value) -> float:
    """Return the norm, without squares that overflow or vanish."""
    sizes = np.abs(np.ravel(value))
    largest = float(sizes.max(initial=0.0))
    if largest == 0 or not largest < np.inf or sizes.size == 1:
        return largest
    return largest * float(np.linalg.norm(sizes / largest))


def _written(total: int) -> str:
    """Return a count as text; one of thousands of digits by its power of ten."""
    digits = int(total.bit_length() * log2(2) / log2(10))
    return str(total) if digits <= MOST_DIGITS else f"About 10^{digits}"


def _counts(trace: Trace, name: str) -> Counts:
    """Return for every node that a chain can lead through how many ways there are from it to the last one."""
    counts = {name: 1}
    for node in trace.nodes:
        if node.name != name:
            ways = sum(counts[parent] for parent in node.parents if parent in counts)
            if ways:
                counts[node.name] = ways
    return counts


def _edges(node: Node, counts: Counts) -> list[Edge]:
    """Return the edges that lead on to the last node."""
    return [edge for edge in node.edges if edge.parent in counts]


def _all(trace: Trace, name: str, counts: Counts) -> Iterator[_Way]:
    """Yield every chain, depth first."""
    stack = [_Way.step(None, edge) for edge in reversed(_edges(trace[trace.output], counts))]
    while stack:
        way = stack.pop()
        if way.edge.parent == name:
            yield way
        else:
            edges = _edges(trace[way.edge.parent], counts)
            stack.extend(_Way.step(way, edge) for edge in reversed(edges))


def _weight(size: float) -> float:
    """Return log2 of a factor's size, within bounds."""
    if size == 0:
        return ZERO
    return log2(size) if size < np.inf else INFINITE  # NaN too


def _best_first(trace: Trace, name: str, counts: Counts) -> Iterator[_Way]:
    """Yield chains of numbers, the largest product first.

    A chain is named by where it last leaves the best one: a prefix, a node, and the rank of the edge taken there; from
    then on it takes the best edges. Each chain so brings forth those that leave it later, and none comes twice.
    """
    best = {name: 0.0}
    ranked: dict[str, list[tuple[float, Edge]]] = {}
    for node in trace.nodes:
        if node.name in counts and node.name != name:
            edges = [(_weight(abs(e.local)) + best[e.parent], e) for e in _edges(node, counts)]
            ranked[node.name] = sorted(edges, key=lambda pair: -pair[0])
            best[node.name] = ranked[node.name][0][0]
    ties = count()
    start = trace.output
    heap: list[tuple[float, int, _Way | None, str, int, float]] = []
    heappush(heap, (-best[start], next(ties), None, start, 0, 0.0))
    while heap:
        _, _, way, at, rank, weight = heappop(heap)
        while at != name:
            edges = ranked[at]
            if rank + 1 < len(edges):
                heappush(
                    heap, (-weight - edges[rank + 1][0], next(ties), way, at, rank + 1, weight)
                )
            reach, edge = edges[rank]
            weight += reach - best[edge.parent]
            way, at, rank = _Way.step(way, edge), edge.parent, 0
        assert way is not None
        yield way


def _bound(edge: Edge) -> float:
    """Return log2 of how many times longer a gradient can become as it goes back across an edge."""
    local = edge.local
    if local is None:
        return INFINITE
    size = np.abs(np.asarray(local))
    if not edge.is_elementwise:
        return _weight(_norm(size))
    node, parent = (int(np.prod(shape)) for shape in edge.shapes)
    stretched = np.sqrt(max(1.0, node / max(1, parent)))
    return _weight(float(size.max(initial=0.0)) * float(stretched))


def _bounded(trace: Trace, name: str, counts: Counts) -> Iterator[_Way]:
    """Yield chains, the largest norm first: a partial one waits with the longest that it could become."""
    best = {name: 0.0}
    for node in trace.nodes:
        if node.name in counts and node.name != name:
            best[node.name] = max(_bound(e) + best[e.parent] for e in _edges(node, counts))
    ties = count()
    heap: list[tuple[float, int, _Way | None, str]] = [(0.0, next(ties), None, trace.output)]
    for _ in range(MOST_STEPS):
        if not heap:
            return
        _, _, way, at = heappop(heap)
        if at == name:
            assert way is not None
            yield way
            continue
        for edge in _edges(trace[at], counts):
            further = _Way.step(way, edge)
            size = _norm(further.product)
            heappush(heap, (-_weight(size) - best[edge.parent], -next(ties), further, edge.parent))
    raise ParameterError(
        f"The chains to {name!r} are too many and too alike to find the largest in {MOST_STEPS} steps. Trace numbers "
        f"instead of arrays, or list all {_written(counts[trace.output])} with max_paths."
    )
