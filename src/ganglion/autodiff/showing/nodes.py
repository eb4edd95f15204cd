"""A node of a trace: what was computed, from what, and what the output owes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..graph import Value
from ._edges import Edge
from ._formulas import Recipe


@final
@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One value of a computation, with its gradients.

    Attributes
    ----------
    name : str
        Unique in its trace: an input's name, the name given in the text, or one that the trace chose.
    op : str
        `"input"`, `"constant"`, `"block"`, or NumPy's name of the operation.
    value : float or numpy.ndarray
        What was computed.
    upstream : float or numpy.ndarray
        The gradient of the output by this node, in the value's shape.
    parents : tuple of str
        What it was computed from, in the order of the arguments, each once.
    children : tuple of str
        What was computed from it.
    local : dict
        For each parent the derivative of this node by it: a number between numbers, an array of the node's shape for an
        elementwise operation, otherwise the Jacobian, of shape node + parent; None above a million numbers.
    product : dict
        For each parent upstream x local, in the parent's shape.
    formula : str
        The operation with the parents' names.
    block : str
        The innermost block that it was computed in; "" outside of blocks.
    """

    name: str
    op: str
    value: Value
    upstream: Value
    parents: tuple[str, ...]
    children: tuple[str, ...]
    product: Mapping[str, Value]
    formula: str
    block: str
    _edges: tuple[Edge, ...] = ()
    _recipe: Recipe | None = None

    @property
    def local(self) -> dict[str, Value]:
        """The derivative of this node by each parent, computed when it is asked for."""
        return {edge.parent: edge.local for edge in self._edges}

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges to the parents, in their order."""
        return self._edges

    @property
    def recipe(self) -> Recipe | None:
        """The operation and what it was applied to; None for an input, a constant or a block."""
        return self._recipe

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape; () for a number."""
        return np.shape(self.value)

    @property
    def is_array(self) -> bool:
        """Whether the value is an array rather than one number."""
        return self.shape != ()

    def edge(self, parent: str) -> Edge:
        """Return the edge to one parent.

        Parameters
        ----------
        parent : str
            The parent's name.

        Returns
        -------
        Edge
            Its derivative, and how a gradient goes back across it.
        """
        return self._edges[self.parents.index(parent)]

    def __repr__(self) -> str:
        value: Any = f"array of shape {self.shape}" if self.is_array else f"{self.value:.6g}"
        return f"Node({self.name}: {self.op} = {value})"
