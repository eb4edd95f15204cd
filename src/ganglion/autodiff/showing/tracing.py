"""A computation that shows its work: every value, every derivative, every chain of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from typing import Any, final

import numpy as np

from ..._errors import warn_caller
from ..._replacing import replace_file
from .. import primitives as primitives  # fills the table
from ..graph import NO_OPTIONS, Value, Variable, next_serial
from ._building import Drawing
from ._folding import fold
from ._inputs import call_by_name, one_number, real_input
from .blocks import Block, recorded_blocks
from .chains import Chain, chains, count_chains
from .expressions import evaluate
from .latex import derivation
from .nodes import Node
from .tables import rows, table

LONGEST_TITLE = 200  # characters
MOST_DRAWN = 300  # nodes in a notebook

__all__ = ["Chain", "Node", "Trace", "build_trace", "trace"]


@final
@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """A computation with every value, every gradient, and how each gradient came about.

    Attributes
    ----------
    nodes : tuple of Node
        Inputs first, parents before children, the output last.
    inputs : tuple of str
        The inputs' names, in the order in which they were given.
    output : str
        The output's name.
    title : str
        The text that was traced, or the function's name.
    blocks : tuple of Block
        The named parts that can be folded, in the order in which they ended.

    Notes
    -----
    `trace["q"]` is the node of that name; `str(trace)` is its table.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    output: str
    title: str = ""
    blocks: tuple[Block, ...] = ()
    _by_name: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {node.name: node for node in self.nodes})

    @property
    def value(self) -> float:
        """The output: one number."""
        return self[self.output].value

    @property
    def grad(self) -> dict[str, Value]:
        """The gradient of the output by each input, in the input's shape; 0 for an input that is not used."""
        return {name: self[name].upstream for name in self.inputs}

    def __getitem__(self, name: str) -> Node:
        node = self._by_name.get(name)
        if node is None:
            close = get_close_matches(str(name), self._by_name, n=3) or list(self._by_name)[:8]
            raise KeyError(f"No node is called {name!r}; there are {', '.join(map(repr, close))}.")
        return node

    def paths(
        self, name: str, max_paths: int = 10_000, *, largest: int | None = None
    ) -> list[Chain]:
        """List the derivative chains from the output to a node, the largest contribution first.

        Parameters
        ----------
        name : str
            An input, or any other node.
        max_paths : int, default=10000
            The most chains to list. They are counted first, so too many are refused at once.
        largest : int, optional
            List only so many, those that contribute most. Others are not looked at, however many there are.

        Returns
        -------
        list of Chain
            Their products add up to the gradient of `name`, unless `largest` cuts the list. Empty where the output does
            not depend on it.

        Raises
        ------
        KeyError
            No node has that name.
        ParameterError
            There are more than `max_paths`; says how many.

        Notes
        -----
        The size of a contribution is the absolute value of its product, and the norm of an array.

        Examples
        --------
        >>> import ganglion as gl
        >>> found = gl.autodiff.trace("a = 2 * x; a * x + a", x=3.0)
        >>> for chain in found.paths("x"):
        ...     print(chain.nodes, chain.factors, chain.product)
        ('f', 'v1', 'a', 'x') (1.0, 3.0, 2.0) 6.0
        ('f', 'v1', 'x') (1.0, 6.0) 6.0
        ('f', 'a', 'x') (1.0, 2.0) 2.0
        """
        self[name]
        return chains(self, name, max_paths, largest)

    def count_paths(self, name: str) -> int:
        """Count the derivative chains from the output to a node, exactly.

        Parameters
        ----------
        name : str
            An input, or any other node.

        Returns
        -------
        int
            How many there are, of any size; 0 where the output does not depend on it.

        Raises
        ------
        KeyError
            No node has that name.

        Examples
        --------
        >>> import ganglion as gl
        >>> gl.autodiff.trace("a = x * y; a + x", x=1.0, y=2.0).count_paths("x")
        2
        """
        self[name]
        return count_chains(self, name)

    def table(self) -> str:
        """Show every node with its value, its upstream gradient and its derivatives.

        Returns
        -------
        str
            A line for each node and, where it has several parents, one for each of them.
        """
        return table(self)

    def rows(self) -> list[dict[str, Any]]:
        """List every edge as a flat record, for a data frame.

        Returns
        -------
        list of dict
            Keys name, op, formula, block, value, upstream, parent, local, product; the last three are None for a node
            without parents. `pandas.DataFrame(trace.rows())` is a table of them.
        """
        return rows(self)

    def fold(self, *names: str) -> Trace:
        """Show blocks as one node each.

        Parameters
        ----------
        *names : str
            Blocks of this trace; all of the outermost ones where none is named.

        Returns
        -------
        Trace
            A node of op "block" stands for each. Its value is what leaves the block, in one array where that is more
            than one number; its local derivatives are those across the block.

        Raises
        ------
        ParameterError
            No block has that name.
        """
        return Trace(*fold(self, names))

    def to_svg(self, path: str | os.PathLike[str] | None = None) -> str:
        """Draw the computation: values above and gradients below each edge.

        Parameters
        ----------
        path : str or path, optional
            A file to write it to.

        Returns
        -------
        str
            The drawing, an SVG file's text.
        """
        from .drawing.svg import draw_svg

        return _written(draw_svg(self), path)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Make a page that plays the forward pass and then the backward pass.

        Parameters
        ----------
        path : str or path, optional
            A file to write it to.

        Returns
        -------
        str
            The page: one file that fetches nothing.
        """
        from .drawing.page import draw_page

        return _written(draw_page(self), path)

    def to_latex(self, path: str | os.PathLike[str] | None = None) -> str:
        r"""Write the derivation: symbols first, then numbers.

        Parameters
        ----------
        path : str or path, optional
            A file to write it to.

        Returns
        -------
        str
            An `align*` environment, which needs the package amsmath.
        """
        return _written(derivation(self), path)

    def __str__(self) -> str:
        return table(self)

    def __repr__(self) -> str:
        return f"<Trace of {self.title or self.output}: {len(self.nodes)} nodes, value {self.value:.6g}>"

    def _repr_html_(self) -> str:
        if len(self.nodes) > MOST_DRAWN:
            return f"<pre>{escape(repr(self))}: too many for a page; fold its blocks, or print it</pre>"
        return f'<div style="overflow-x:auto">{self.to_svg()}<pre>{escape(table(self))}</pre></div>'


def trace(source: Callable[..., Any] | str, /, **inputs: Any) -> Trace:
    """Run a function or an expression, and keep every value and every gradient.

    Parameters
    ----------
    source : callable or str
        A function of the inputs, made of NumPy's functions and operators; or text: statements `name = expression` or
        `expression`, separated by new lines or `;`, the last one being the output. Text may hold names, numbers,
        `+ - * / ** @`, comparisons, parentheses and calls of the functions of `ganglion.autodiff`, with positional
        arguments. It is read, never executed.
    **inputs : number or array
        The inputs by name, computed in float64. They must be finite.

    Returns
    -------
    Trace
        Every node with its value, its local derivatives and its gradient; chains, tables and drawings.

    Raises
    ------
    ParameterError
        The text holds anything else, or names an input that was not given; the function's parameters are others; the
        output is not one number.
    SyntaxError
        Python cannot parse the text.
    DataError
        An input is not finite, or shapes do not fit.
    NotDifferentiableError
        An input is not made of real numbers, or the function does something that has no derivative.

    Warns
    -----
    GanglionWarning
        A value is infinite or not a number; names the first one.

    Notes
    -----
    A statement that the output does not depend on has no node. Operations without a name are called v1, v2 ..., the
    output f.

    Examples
    --------
    >>> import ganglion as gl
    >>> found = gl.autodiff.trace("(x + y) * z", x=-2, y=5, z=-4)
    >>> found.value, found.grad
    (-12.0, {'x': -4.0, 'y': -4.0, 'z': 3.0})
    """
    level = next_serial()
    leaves = {
        name: Variable(real_input(name, value), None, (), NO_OPTIONS, next_serial(), level)
        for name, value in inputs.items()
    }
    names: dict[Variable, str] = {}
    with np.errstate(all="ignore"), recorded_blocks() as blocks:
        if isinstance(source, str):
            title = (
                "; ".join(filter(None, map(str.strip, source.splitlines())))
                if len(source) <= LONGEST_TITLE
                else ""
            )
            result, names = evaluate(source, leaves, level)
        else:
            title = getattr(source, "__name__", type(source).__name__)
            result = call_by_name(source, leaves, title)
    found = build_trace(
        one_number(result, level),
        leaves,
        names=names,
        blocks=blocks,
        title="" if title == "<lambda>" else title,
    )
    _warn_of_infinite(found)
    return found


def build_trace(
    output: Variable,
    inputs: Mapping[str, Variable],
    *,
    names: Mapping[Variable, str] | None = None,
    blocks: Sequence[Block] = (),
    title: str = "",
) -> Trace:
    """Make a trace of a computation that was recorded already.

    Parameters
    ----------
    output : Variable
        Its result, one number.
    inputs : mapping of str to Variable
        Its inputs by name, in the order in which they are to be listed, those that were not used too.
    names : mapping of Variable to str, optional
        Names of values in between. The others are called v1, v2 ..., the output f.
    blocks : sequence of Block, optional
        Its named parts.
    title : str, optional
        What the trace is of.

    Returns
    -------
    Trace
        The computation with its gradients.
    """
    drawing = Drawing(output, inputs, blocks)
    drawing.collect()
    drawing.name(names or {})
    drawing.differentiate()
    nodes = drawing.nodes()
    return Trace(nodes, tuple(inputs), nodes[-1].name, title, drawing.used_blocks())


def _warn_of_infinite(found: Trace) -> None:
    """Warn of the first value that is not finite."""
    for node in found.nodes:
        if not np.all(np.isfinite(node.value)):
            what = "is not a number (NaN)" if np.any(np.isnan(node.value)) else "is infinite"
            formula = f" = {node.formula}" if node.formula else ""
            warn_caller(
                f"{node.name}{formula} {what}, so its gradients need not be numbers. Look at its parents' values."
            )
            return


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    """Return the text, and write it where a path is given."""
    if path is not None:
        replace_file(path, text.encode("utf-8"))
    return text
