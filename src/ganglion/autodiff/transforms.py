"""Functions of functions: gradients, the two products with the Jacobian, second derivatives.

All of them do the same: the chosen arguments become variables of a new level, the function runs and leaves its graph
behind, and a pass goes over that graph. There is no other state. A differentiation inside another one is nothing
special, and a function that raises leaves nothing to clean up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .._errors import DataError, ParameterError
from ._differentiation import (
    Argnums,
    Function,
    Inputs,
    Outputs,
    by_columns,
    by_rows,
    check_one_number,
    check_positions,
)
from .graph import Value, Variable
from .passes import order, pull_back_once
from .trees import Tree, dressed, flatten, matching_leaves, real_leaves, unflatten


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that returns the value of `f` and its gradient.

    Parameters
    ----------
    f : callable
        Returns one number. It may call NumPy's functions and those of `ganglion.autodiff` on its arguments.
    argnums : int or tuple of int, default 0
        Which positional arguments are differentiated; with a tuple the gradient is a tuple. Each may be a number, an
        array, or any nesting of dicts, lists, tuples and dataclasses with those. The other arguments, and those by
        keyword, are handed to `f` as they are.

    Returns
    -------
    callable
        Takes the arguments of `f` and returns `(value, gradient)`.

    Raises
    ------
    ParameterError
        If `argnums` is not a position, or not one that the call has.
    NotDifferentiableError
        If a leaf is not a real number, or an operation has no derivative.
    DataError
        If `f` does not return one number.

    See Also
    --------
    grad : Only the gradient; its notes hold here as well.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> gl.autodiff.value_and_grad(lambda x: x * np.exp(x))(0.0)
    (np.float64(0.0), 1.0)
    """
    return _gradient_of(f, argnums, "value_and_grad", with_value=True)


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that returns the gradient of `f`.

    Parameters
    ----------
    f : callable
        Returns one number. It may call NumPy's functions and those of `ganglion.autodiff` on its arguments.
    argnums : int or tuple of int, default 0
        Which positional arguments are differentiated; with a tuple the result is a tuple. Each may be a number, an
        array, or any nesting of dicts, lists, tuples and dataclasses with those. The other arguments, and those by
        keyword, are handed to `f` as they are.

    Returns
    -------
    callable
        Takes the arguments of `f` and returns the gradient: the tree, shapes and dtypes of the argument. A Python
        number has a float for its gradient; integers count as float64.

    Raises
    ------
    ParameterError
        If `argnums` is not a position, or not one that the call has.
    NotDifferentiableError
        If a leaf is not a real number, or an operation has no derivative.
    DataError
        If `f` does not return one number.

    Notes
    -----
    One run of `f` and one pass backward over what it computed, whatever the number of inputs: a small multiple of the
    time of `f`, and memory for every intermediate value until the pass is done. An argument that the result does not
    depend on has the gradient 0. What is recorded of an array that can be written to is a copy, so that `f` may fill
    the same array again and again.

    Inside another differentiation the gradient is a variable of that one, so that `grad(grad(f))` is the second
    derivative.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.autodiff.grad(lambda x, y, z: (x + y) * z, argnums=(0, 1, 2))(-2, 5, -4)
    (-4.0, -4.0, 3.0)
    >>> square = gl.autodiff.grad(lambda p: p["w"] ** 2 + p["b"])
    >>> square({"w": 3.0, "b": 1.0})
    {'w': 6.0, 'b': 1.0}
    """
    return _gradient_of(f, argnums, "grad", with_value=False)


def _gradient_of(f: Function, argnums: Argnums, transform: str, *, with_value: bool) -> Function:
    """Return the function behind `grad` and `value_and_grad`."""
    positions = check_positions(f, argnums)

    @wraps(f)
    def differentiated(*arguments: Any, **options: Any) -> Any:
        inputs = Inputs(f, arguments, positions)
        result = inputs.run(f, options)
        check_one_number(f, result, transform)
        found: dict[Variable, Value] = {}
        if type(result) is Variable and result.level >= inputs.level:
            seed = result.value.dtype.type(1.0)
            ordered = order(result, inputs.level)
            if not ordered[1]:
                result = result.value
            found = pull_back_once(ordered, seed, inputs.level)
        trees = inputs.trees(inputs.dress(found))
        gradient = trees if isinstance(argnums, tuple) else trees[0]
        if not with_value:
            return gradient
        return result, gradient

    return differentiated


def vjp(f: Function, *arguments: Any) -> tuple[Tree, Callable[[Tree], tuple[Tree, ...]]]:
    """Evaluate `f` and return the function that multiplies a vector with its Jacobian.

    Parameters
    ----------
    f : callable
        Returns a number, an array, or any nesting of dicts, lists, tuples and dataclasses with those.
    *arguments : object
        Where `f` is evaluated; every one is differentiated. Trees as for `grad`.

    Returns
    -------
    value : object
        What `f` returned.
    pullback : callable
        `pullback(seed)` is seed' J, one gradient for each argument, as a tuple. The seed has the form and the shapes of
        the value. May be called any number of times; the graph is kept as long as this function is.

    Raises
    ------
    NotDifferentiableError
        If a leaf of an argument or of the value is not a real number, or an operation has no derivative.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> value, pullback = gl.autodiff.vjp(np.multiply, np.array([1.0, 2.0]), 3.0)
    >>> value
    array([3., 6.])
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 30.]), 21.0)
    """
    inputs = Inputs(f, arguments, tuple(range(len(arguments))))
    outputs = Outputs(f, inputs.run(f), inputs.level)

    def pullback(seed: Tree) -> tuple[Tree, ...]:
        seeds = matching_leaves(seed, "seed", outputs.structure, outputs.values, "value")
        return inputs.trees(inputs.dress(outputs.pull(seeds), seeds))

    return outputs.result(copy=True), pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Tree, Tree]:
    """Evaluate `f` and its change along a direction, the Jacobian times a vector.

    Parameters
    ----------
    f : callable
        Returns a number, an array, or any nesting of dicts, lists, tuples and dataclasses with those.
    primals : tuple or list
        Arguments of `f`; trees as for `grad`.
    tangents : tuple or list
        How each argument changes; the form and the shapes of the primals.

    Returns
    -------
    value : object
        What `f` returned.
    tangent : object
        Its change, J times the tangents, in the form of the value.

    Raises
    ------
    ParameterError
        If primals or tangents are not a tuple or list.
    DataError
        If the tangents do not have the form or the shapes of the primals.
    NotDifferentiableError
        If a leaf is not a real number, or an operation has no derivative.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> gl.autodiff.jvp(np.multiply, (np.array([1.0, 2.0]), 3.0), (np.array([1.0, 0.0]), 1.0))
    (array([3., 6.]), array([4., 2.]))
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise ParameterError(
            "jvp needs primals and tangents as tuples, an entry for each argument; "
            f"got {type(primals).__name__} and {type(tangents).__name__}. Write jvp(f, (x,), (v,))."
        )
    if len(tangents) != len(primals):
        raise DataError(
            f"jvp needs a tangent for each primal; got {len(tangents)} for {len(primals)}."
        )
    inputs = Inputs(f, primals, tuple(range(len(primals))))
    directions: dict[Variable, Value] = {}
    for i, (leaves, structure) in enumerate(zip(inputs.leaves, inputs.structures, strict=True)):
        fitted = matching_leaves(tangents[i], f"tangents[{i}]", structure, leaves, f"primals[{i}]")
        directions.update(zip(leaves, fitted, strict=True))
    outputs = Outputs(f, inputs.run(f), inputs.level)
    taken = {id(tangent) for tangent in directions.values()}
    changes: list[Value] = []
    for change, value in zip(outputs.push(directions), outputs.plain(), strict=True):
        changes.append(dressed(change, value, shared=id(change) in taken))
        taken.add(id(change))
    return outputs.result(), unflatten(outputs.structure, changes)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that returns all derivatives of all outputs of `f`.

    Parameters
    ----------
    f : callable
        Returns a number, an array, or any nesting of dicts, lists, tuples and dataclasses with those.
    argnums : int or tuple of int, default 0
        Which positional arguments are differentiated, as for `grad`.

    Returns
    -------
    callable
        Takes the arguments of `f`. For an array it returns an array of the output's shape followed by the input's. With
        trees it is the tree of the output, at each leaf of it the tree of the input, at each leaf of that such an
        array.

    Raises
    ------
    ParameterError
        If `argnums` is not a position, or not one that the call has.
    NotDifferentiableError
        If a leaf is not a real number, or an operation has no derivative.

    Notes
    -----
    One run of `f`; then a pass backward for each number in the output or a pass forward for each number in the input,
    whichever are fewer (backward when equal).

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> gl.autodiff.jacobian(lambda x: np.stack([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    positions = check_positions(f, argnums)

    @wraps(f)
    def differentiated(*arguments: Any, **options: Any) -> Any:
        inputs = Inputs(f, arguments, positions)
        outputs = Outputs(f, inputs.run(f, options), inputs.level)
        n_in = sum(np.size(leaf.value) for leaf in inputs.flat())
        n_out = sum(np.size(value) for value in outputs.plain())
        blocks = (by_columns if n_in < n_out else by_rows)(inputs, outputs)
        trees = [inputs.trees(row) for row in blocks]
        single = not isinstance(argnums, tuple)
        return unflatten(outputs.structure, [tree[0] if single else tree for tree in trees])

    return differentiated


def hvp(f: Function, x: Tree, v: Tree) -> Tree:
    """Multiply the Hessian of `f` at `x` with a vector, without forming it.

    Parameters
    ----------
    f : callable
        Takes one argument and returns one number.
    x : object
        Where; a tree as for `grad`.
    v : object
        The vector; the form and the shapes of `x`.

    Returns
    -------
    object
        H v, in the form of `x`.

    Raises
    ------
    DataError
        If `v` does not have the form or the shapes of `x`, or `f` does not return one number.
    NotDifferentiableError
        If a leaf is not a real number, or an operation has no derivative.

    Notes
    -----
    The change of the gradient along `v`: a pass forward over the graph of the pass backward. It takes a small multiple
    of the time of a gradient.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> gl.autodiff.hvp(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([4., 2.])
    """
    given, values, structure = real_leaves(x, "x")
    matching_leaves(v, "v", structure, values, "x")
    changes = flatten(jvp(grad(f), (x,), (v,))[1])[0]
    return unflatten(structure, [dressed(c, g) for c, g in zip(changes, given, strict=True)])


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that returns the second derivatives of `f`.

    Parameters
    ----------
    f : callable
        Returns one number.
    argnums : int or tuple of int, default 0
        Which positional arguments are differentiated, as for `grad`.

    Returns
    -------
    callable
        Takes the arguments of `f`. For an array it returns an array of its shape twice; with trees it is the tree of
        the argument, with the same tree at each leaf, as for `jacobian`.

    Raises
    ------
    ParameterError
        If `argnums` is not a position.

    Notes
    -----
    The Jacobian of the gradient: one pass over the recorded pass backward for each number in the input.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> gl.autodiff.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)
