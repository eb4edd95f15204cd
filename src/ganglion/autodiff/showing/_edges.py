"""One edge of a trace: the derivative of a node by one parent, and gradients carried back across it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any, final

import numpy as np

from ..graph import Value, Variable

LARGEST_JACOBIAN = 1_000_000  # numbers; above that only the product is kept
Carry = Callable[[Value], Value]


def shown(value: Value) -> Value:
    """Return a value as a record keeps it: a float, or an array that cannot be written to."""
    if type(value) is Variable:
        value = value.value
    array = np.asarray(value)
    if array.shape == ():
        return float(array)
    view = array.view()
    view.flags.writeable = False
    return view


def finite(value: Value) -> Value:
    """Return a value with 0 where it is not finite: what is said of constants that have no derivative there."""
    return np.nan_to_num(value, nan=0.0, posinf=0.0, neginf=0.0)


def unit_seeds(shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Value]]:
    """Yield every index of an array, with an array that is 1 there and 0 elsewhere."""
    for index in np.ndindex(shape):
        seed = np.zeros(shape)
        seed[index] = 1.0
        yield index, seed


@final
class Edge:
    """A parent of a node, and how a gradient goes back to it.

    Parameters
    ----------
    parent : str
        The parent's name.
    carry : callable
        Upstream gradient, in the node's shape, to its share in the parent's shape.
    shapes : tuple of two tuples
        The node's and the parent's shape.
    slope : callable or None
        The derivative in the node's shape, for an elementwise node.
    jacobian : callable or None
        The whole derivative, where it is cheaper than carrying unit vectors, which is done otherwise.
    """

    __slots__ = ("_carry", "_jacobian", "_known", "_local", "_slope", "parent", "shapes")

    def __init__(
        self,
        parent: str,
        carry: Carry,
        shapes: tuple[tuple[int, ...], tuple[int, ...]],
        slope: Callable[[], Value] | None = None,
        jacobian: Callable[[], Value] | None = None,
    ) -> None:
        self.parent = parent
        self.shapes = shapes
        self._carry = carry
        self._slope = slope
        self._jacobian = jacobian
        self._local: Value = None
        self._known = False

    def carry(self, upstream: Value) -> Value:
        """Return upstream x local in the parent's shape."""
        with np.errstate(all="ignore"):
            return self._carry(np.asarray(upstream)[()])

    def renamed(self, parent: str) -> Edge:
        """Return the same edge to a parent of another name."""
        return Edge(parent, self._carry, self.shapes, self._slope, self._jacobian)

    @property
    def is_elementwise(self) -> bool:
        """Whether the derivative is one number per element of the node."""
        return self._slope is not None

    @property
    def local(self) -> Value:
        """The derivative: a number, an array of the node's shape, or a Jacobian; None above a million numbers."""
        if not self._known:
            with np.errstate(all="ignore"):
                self._local = self._derivative()
            self._known = True
        return self._local

    def _derivative(self) -> Value:
        node, parent = self.shapes
        if self._slope is not None:
            return shown(np.broadcast_to(self._slope(), node))
        if node == ():
            return shown(self._carry(np.float64(1.0)))
        if prod(node) * prod(parent) > LARGEST_JACOBIAN:
            return None
        if self._jacobian is not None:
            return shown(self._jacobian())
        rows = np.zeros(node + parent)
        for index, seed in unit_seeds(node):
            rows[index] = self._carry(seed)
        return shown(rows)


@final
class Recorded:
    """A recorded node with its arguments as plain arrays: what its edges share.

    Parameters
    ----------
    node : Variable
        What was recorded.
    """

    __slots__ = ("arguments", "node", "primitive", "y")

    def __init__(self, node: Variable) -> None:
        assert node.primitive is not None
        self.node = node
        self.primitive = node.primitive
        self.y: Any = np.asarray(node.value)[()]
        self.arguments: list[Any] = [
            np.asarray(a.value if type(a) is Variable else a)[()] for a in node.arguments
        ]

    def edge(self, positions: list[int], parent: str, *, active: bool) -> Edge:
        """Return the edge to what stands at these positions of the arguments.

        A parent that is not `active` depends on no input: its derivative is shown, and is 0 where there is none, as for
        the exponent of a negative number.
        """
        primitive, shape = self.primitive, self.arguments[positions[0]].shape
        moves = primitive.pull is not None
        moving = [p for p in positions if p not in primitive.constant] if moves else []

        def carry(upstream: Value) -> Value:
            total: Value = None
            for position in moving:
                share = self.pull(position, upstream)
                total = share if total is None else total + share
            if total is None:
                return np.zeros(shape)[()]
            return total if active else finite(total)

        def slope() -> Value:
            assert primitive.local is not None
            total = np.zeros(())
            for position in moving:
                total = total + primitive.local(position, self.y, self.arguments)
            return total if active else finite(total)

        is_elementwise = primitive.local is not None
        return Edge(parent, carry, (self.y.shape, shape), slope if is_elementwise else None)

    def pull(self, position: int, upstream: Value) -> Value:
        """Carry a gradient back to one argument."""
        pull = self.primitive.pull
        assert pull is not None
        return pull(position, upstream, self.y, self.arguments, self.node.options)
