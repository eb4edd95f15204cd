"""The gate for what a network is asked to compute on: rows, targets and parameters; nothing here writes to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._arrays import Real, check_samples, is_sparse
from .._errors import DataError
from ._numbers import real_numbers
from .layers import Dense

Targets: TypeAlias = npt.NDArray[Any]
"""(n, k) numbers in the network's dtype, or (n,) labels as integers."""


def check_rows(
    X: object, layer: Dense, dtype: np.dtype[Any], *, min_rows: int
) -> tuple[Real, bool]:
    """Return X as rows (n, n_in) of the dtype, and whether it was one row (n_in,)."""
    array: Any = X if hasattr(X, "shape") else real_numbers(X, "X")
    shape = tuple(array.shape)
    if 1 <= len(shape) <= 2 and shape[-1] != layer.n_in:
        advice = " Use X.reshape(-1, 1) for rows of one number." if layer.n_in == 1 else ""
        raise DataError(
            f"{layer} got inputs of shape {shape}: the last axis must be {layer.n_in}.{advice}"
        )
    is_single = len(shape) == 1 and not is_sparse(X)
    if is_single:
        array = real_numbers(array, "X").reshape(1, -1)
    rows = check_samples(array, min_samples=min_rows)
    return in_dtype(rows, dtype, "X"), is_single


def in_dtype(values: Real, dtype: np.dtype[Any], name: str) -> Real:
    """Return finite values in the network's dtype, or the error that says that it cannot hold them."""
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore"):
        converted: Real = values.astype(dtype)
    if not np.all(np.isfinite(converted)):
        worst = float(np.max(np.abs(values)))
        raise DataError(
            f"{name} must fit into {dtype}, the network's dtype; it holds {worst:g}. "
            f"Scale {name}, or build the network with dtype='float64'."
        )
    return converted


def check_targets(
    y: object,
    kind: str,
    shape: tuple[int, int],
    *,
    is_single: bool,
    dtype: np.dtype[Any],
    each: int = 1,
) -> Targets:
    """Return y as rows (n, k) of the dtype or labels; `kind` says what it holds, `is_single` that it is one row.

    `shape` is that of the outputs, `each` of which belong to one target: y has k / each columns.
    """
    array = real_numbers(y, "y", floats=False)
    if is_single:
        array = array[np.newaxis]
    n, k = shape[0], shape[1] // each
    if each > 1:
        _refuse_shape(array, n, k, f"(n, targets) with {each} outputs for each target, ")
    targets = _KINDS[kind](array, n, k)
    return targets if targets.ndim == 1 else in_dtype(targets, dtype, "y")


def rows_of(targets: Targets, k: int) -> npt.NDArray[np.float64]:
    """Return targets as rows (n, k); a label is a row with 1 in its place and 0 elsewhere."""
    if targets.ndim == 2:
        return targets.astype(np.float64)
    rows = np.zeros((len(targets), k))
    rows[np.arange(len(targets)), targets] = 1.0
    return rows


def _values(y: npt.NDArray[Any], n: int, k: int) -> Real:
    """Any numbers: (n, k), or (n,) for one output."""
    _refuse_shape(y, n, k, "of the outputs, ")
    return check_samples(y.reshape(n, k), name="y")


def _refuse_shape(y: npt.NDArray[Any], n: int, k: int, what: str) -> None:
    """Refuse targets that are not (n, k), or (n,) where k is 1."""
    if y.shape != (n, k) and not (k == 1 and y.shape == (n,)):
        also = f" or ({n},)" if k == 1 else ""
        raise DataError(
            f"y must have the shape {what}({n}, {k}){also}; got {y.shape}. "
            "Give one row of targets for each row of X."
        )


def _counts(y: npt.NDArray[Any], n: int, k: int) -> Real:
    """What was counted, or its mean: numbers that are not negative."""
    values = _values(y, n, k)
    if np.any(values < 0):
        row, column = (int(i) for i in np.argwhere(values < 0)[0])
        raise DataError(
            f"y must not be negative for loss='poisson', it holds counts; got {values[row, column]:g} at row {row}, "
            f"output {column}. Use another loss, such as 'squared', for numbers of any sign."
        )
    return values


def _probabilities(y: npt.NDArray[Any], n: int, k: int) -> Real:
    """Each output is a yes or no of its own: numbers from 0 to 1."""
    values = _values(y, n, k)
    outside = (values < 0) | (values > 1)
    if np.any(outside):
        row, column = (int(i) for i in np.argwhere(outside)[0])
        raise DataError(
            f"y must lie between 0 and 1 for loss='binary_cross_entropy'; got {values[row, column]:g} at row {row}, "
            f"output {column}. Encode the two classes as 0 and 1."
        )
    return values


def _classes(y: npt.NDArray[Any], n: int, k: int) -> Targets:
    """Labels (n,) from 0 to k - 1, or rows (n, k) of probabilities."""
    if y.shape == (n,):
        return _labels(y, k)
    if y.shape != (n, k):
        raise DataError(
            f"y must hold {n} labels from 0 to {k - 1}, or rows of probabilities of shape ({n}, {k}); "
            f"got shape {y.shape}. Give one label or one row for each row of X."
        )
    values = check_samples(y, name="y")
    # Rows that were normalised in float32 are off by the rounding of k terms and of their sum.
    slack = 2 * (k + 1) * float(np.finfo(np.float32).eps)
    sums = np.add.reduce(values, axis=1, dtype=np.float64)
    wrong = np.any(values < 0, axis=1) | (np.abs(sums - 1.0) > slack)
    if np.any(wrong):
        row = int(np.argmax(wrong))
        raise DataError(
            f"Each row of y must be probabilities, not negative and with the sum 1; row {row} has the least value "
            f"{float(values[row].min()):g} and the sum {sums[row]:g}. Divide each row by its sum, or pass labels."
        )
    return values


def _labels(y: npt.NDArray[Any], k: int) -> npt.NDArray[np.intp]:
    """Return labels from 0 to k - 1."""
    if y.dtype.kind == "f":
        raise DataError(
            f"Labels must be integers from 0 to {k - 1}; got dtype {y.dtype}, the first label is {float(y.item(0)):g}. "
            "Use y.astype(int) where these are labels."
        )
    if y.min() < 0 or y.max() >= k:
        row = int(np.argmax((y < 0) | (y >= k)))
        raise DataError(
            f"Labels must be integers from 0 to {k - 1}, one for each output; got {y[row]} at row {row}. "
            "Number the classes from 0, or give the last layer more neurons."
        )
    return y.astype(np.intp)


_KINDS: Mapping[str, Callable[[Any, int, int], Targets]] = {
    "values": _values,
    "classes": _classes,
    "probabilities": _probabilities,
    "counts": _counts,
}
