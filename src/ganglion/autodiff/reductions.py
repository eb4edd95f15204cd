"""Functions that make one number of many, along axes, with NumPy's names where it has them."""

from __future__ import annotations

from typing import Any, TypeAlias

from . import primitives as primitives  # fills the table
from .graph import PRIMITIVES, Value

Axis: TypeAlias = int | tuple[int, ...] | None


def _reduce(name: str, x: Value, axis: Axis, keepdims: bool) -> Value:
    """Call a reduction with the options that differ from the defaults."""
    options: dict[str, Any] = {}
    if axis is not None:
        options["axis"] = axis
    if keepdims:
        options["keepdims"] = True
    return PRIMITIVES[name](x, **options)


def sum(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:  # noqa: A001 - NumPy's name
    """Add the elements up.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The sums.
    """
    return _reduce("sum", x, axis, keepdims)


def mean(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Average the elements.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The means.
    """
    return _reduce("mean", x, axis, keepdims)


def prod(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Multiply the elements.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The products; their derivatives are exact where factors are 0, too.
    """
    return _reduce("prod", x, axis, keepdims)


def max(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:  # noqa: A001 - NumPy's name
    """Take the largest element.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The maxima; tied elements share the gradient equally.
    """
    return _reduce("max", x, axis, keepdims)


def min(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:  # noqa: A001 - NumPy's name
    """Take the smallest element.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The minima; tied elements share the gradient equally.
    """
    return _reduce("min", x, axis, keepdims)


def logsumexp(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Take the logarithm of the sum of exp(x), without overflow.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The logarithms.

    Examples
    --------
    >>> import ganglion as gl
    >>> round(float(gl.autodiff.logsumexp([1000.0, 1000.0])), 6)  # 1000 + log 2
    1000.693147
    """
    return _reduce("logsumexp", x, axis, keepdims)


def norm(x: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """Take the root of the sum of squares.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The norms; where one is 0, so is its derivative.
    """
    return _reduce("norm", x, axis, keepdims)


def var(x: Value, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """Average the squared deviations from the mean.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    ddof : float
        What is taken from the number of elements before dividing by it; 1 for a sample.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The variances.
    """
    options: dict[str, Any] = {"ddof": ddof} if ddof else {}
    if axis is not None:
        options["axis"] = axis
    if keepdims:
        options["keepdims"] = True
    return PRIMITIVES["var"](x, **options)


def std(x: Value, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """Take the root of the variance.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int, tuple of int or None
        The axes to go along; None takes all elements.
    ddof : float
        What is taken from the number of elements before dividing by it; 1 for a sample.
    keepdims : bool
        Whether these axes stay, with length 1.

    Returns
    -------
    Variable, numpy.ndarray or numpy.floating
        The standard deviations; where one is 0, so is its derivative.
    """
    options: dict[str, Any] = {"ddof": ddof} if ddof else {}
    if axis is not None:
        options["axis"] = axis
    if keepdims:
        options["keepdims"] = True
    return PRIMITIVES["std"](x, **options)
