"""Functions that rearrange, take and join elements, with NumPy's names and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import primitives as primitives  # fills the table
from .graph import PRIMITIVES, Value


def reshape(x: Value, shape: int | tuple[int, ...]) -> Value:
    """Lay the elements out in another shape, in their order.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    shape : int or tuple of int
        The new lengths; one of them may be -1.

    Returns
    -------
    Variable or numpy.ndarray
        The same elements.
    """
    return PRIMITIVES["reshape"](x, shape=shape)


def transpose(x: Value, axes: Sequence[int] | None = None) -> Value:
    """Permute the axes.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axes : sequence of int or None
        For every axis of the result the one of x; None reverses them.

    Returns
    -------
    Variable or numpy.ndarray
        The same elements.
    """
    if axes is None:
        return PRIMITIVES["transpose"](x)
    return PRIMITIVES["transpose"](x, axes=tuple(axes))


def broadcast_to(x: Value, shape: int | tuple[int, ...]) -> Value:
    """Stretch to a shape.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    shape : int or tuple of int
        A shape to which x broadcasts.

    Returns
    -------
    Variable or numpy.ndarray
        The elements, repeated.
    """
    return PRIMITIVES["broadcast_to"](x, shape=(shape,) if isinstance(shape, int) else tuple(shape))


def concatenate(arrays: Sequence[Value], axis: int | None = 0) -> Value:
    """Put arrays one behind the other.

    Parameters
    ----------
    arrays : sequence of array-like or Variable
        Arrays whose shapes differ along the axis at most.
    axis : int or None
        The axis; None flattens the arrays first.

    Returns
    -------
    Variable or numpy.ndarray
        One array.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.autodiff.concatenate([[1.0], [2.0, 3.0]]).tolist()
    [1.0, 2.0, 3.0]
    """
    if axis is None:
        return PRIMITIVES["concatenate"](*(reshape(a, (-1,)) for a in arrays))
    options = {"axis": axis} if axis else {}
    return PRIMITIVES["concatenate"](*arrays, **options)


def stack(arrays: Sequence[Value], axis: int = 0) -> Value:
    """Put arrays or numbers of one shape side by side.

    Parameters
    ----------
    arrays : sequence of array-like or Variable
        Arrays of one shape, or numbers.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    Variable or numpy.ndarray
        One array.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.autodiff.stack([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    options = {"axis": axis} if axis else {}
    return PRIMITIVES["stack"](*arrays, **options)


def cumsum(x: Value, axis: int | None = None) -> Value:
    """Add up along an axis, keeping every partial sum.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int or None
        The axis; None flattens first.

    Returns
    -------
    Variable or numpy.ndarray
        The partial sums.
    """
    if axis is None:
        return PRIMITIVES["cumsum"](reshape(x, (-1,)))
    return PRIMITIVES["cumsum"](x, axis=axis)


def sort(x: Value, axis: int | None = -1) -> Value:
    """Sort along an axis; ties keep their order, and so do their gradients.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    axis : int or None
        The axis; None flattens first.

    Returns
    -------
    Variable or numpy.ndarray
        The elements in ascending order.
    """
    if axis is None:
        return PRIMITIVES["sort"](reshape(x, (-1,)))
    return PRIMITIVES["sort"](x) if axis == -1 else PRIMITIVES["sort"](x, axis=axis)


def pad(x: Value, pad_width: Any, value: float = 0.0) -> Value:
    """Set an array into a frame of one value.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    pad_width : int, pair or sequence of pairs
        Width of the frame: everywhere, before and after, or before and after on every axis.
    value : float
        What the frame is filled with.

    Returns
    -------
    Variable or numpy.ndarray
        The framed array.
    """
    widths = np.broadcast_to(np.asarray(pad_width, int), (np.ndim(x), 2))
    frame = tuple((int(before), int(after)) for before, after in widths)
    options = {"value": value} if value else {}
    return PRIMITIVES["pad"](x, widths=frame, **options)


def diagonal(x: Value, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """Take the diagonal of matrices.

    Parameters
    ----------
    x : array-like or Variable
        Matrices along two of its axes.
    offset : int
        Which diagonal: above the main one where positive, below it where negative.
    axis1, axis2 : int
        The axes of the rows and of the columns.

    Returns
    -------
    Variable or numpy.ndarray
        The diagonals, along the last axis.
    """
    return PRIMITIVES["diagonal"](x, **_differing(offset, axis1, axis2))


def trace(x: Value, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """Add up the diagonal of matrices.

    Parameters
    ----------
    x : array-like or Variable
        Matrices along two of its axes.
    offset : int
        Which diagonal: above the main one where positive, below it where negative.
    axis1, axis2 : int
        The axes of the rows and of the columns.

    Returns
    -------
    Variable or numpy.ndarray
        The sums.
    """
    return PRIMITIVES["trace"](x, **_differing(offset, axis1, axis2))


def _differing(offset: int, axis1: int, axis2: int) -> dict[str, int]:
    """The options of a diagonal, where they differ from NumPy's defaults."""
    given = {"offset": offset, "axis1": axis1, "axis2": axis2}
    return {} if given == {"offset": 0, "axis1": 0, "axis2": 1} else given


def tril(x: Value, k: int = 0) -> Value:
    """Keep the lower triangle of matrices.

    Parameters
    ----------
    x : array-like or Variable
        Matrices along the last two axes.
    k : int
        The last diagonal that is kept.

    Returns
    -------
    Variable or numpy.ndarray
        The matrices with zeros above it.
    """
    return PRIMITIVES["tril"](x, k=k) if k else PRIMITIVES["tril"](x)


def triu(x: Value, k: int = 0) -> Value:
    """Keep the upper triangle of matrices.

    Parameters
    ----------
    x : array-like or Variable
        Matrices along the last two axes.
    k : int
        The first diagonal that is kept.

    Returns
    -------
    Variable or numpy.ndarray
        The matrices with zeros below it.
    """
    return PRIMITIVES["triu"](x, k=k) if k else PRIMITIVES["triu"](x)


def astype(x: Value, dtype: Any) -> Value:
    """Change the precision.

    Parameters
    ----------
    x : array-like or Variable
        Values.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    Variable or numpy.ndarray
        The values in that precision; the gradient comes back in the one of x.
    """
    return PRIMITIVES["astype"](x, dtype=np.dtype(dtype))
