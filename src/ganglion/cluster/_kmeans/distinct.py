"""The distinct rows of a small table, in an order of their own: what random choices are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..._arrays import Real, Samples, Sparse, Weights

SMALL = 2**16
"""Up to this many values (n x d) a table is put in order before anything is drawn from it; that takes milliseconds."""


@dataclass(frozen=True)
class Distinct:
    """Rows from which to draw.

    Attributes
    ----------
    rows : ndarray of shape (n_distinct,), int64
        Which row of the table each stands for.
    weights : ndarray of shape (n_distinct,), float64
        Their total weight; positive.
    """

    rows: npt.NDArray[np.int64]
    weights: Weights


def distinct_rows(samples: Samples | Sparse, weights: Weights | None) -> Distinct | None:
    """Gather equal rows, in an order that depends on the values alone; None for a table that is not small.

    Parameters
    ----------
    samples : ndarray or Sparse of shape (n_samples, n_features)
        Checked samples.
    weights : ndarray of shape (n_samples,) or None
        Checked weights. Rows without weight are left out.

    Returns
    -------
    Distinct or None
        The same for the same table with its rows in another order, with integer weights written out as repetitions,
        and as a sparse matrix: so are the choices made from it with one seed.

    Notes
    -----
    The order is that of the first column, of the second where the first is equal, and so on: a change of unit keeps it.
    """
    n, d = samples.shape
    if n * d > SMALL:
        return None
    dense = _dense(samples)
    order, is_new = _in_order(dense if weights is None else dense[weights > 0])
    if weights is not None:
        order = np.flatnonzero(weights > 0)[order]
    total = np.bincount(np.cumsum(is_new) - 1, weights=None if weights is None else weights[order])
    return Distinct(order[is_new], total.astype(np.float64))


def take_rows(samples: Samples | Sparse, rows: npt.NDArray[np.int64]) -> Samples | Sparse:
    """Copy the rows `rows` (m,) to a table of their own.

    Parameters
    ----------
    samples : ndarray or Sparse of shape (n_samples, n_features)
        Checked samples.
    rows : ndarray of shape (m,), int64
        Which rows, in which order.

    Returns
    -------
    ndarray or Sparse of shape (m, n_features)
        The rows.
    """
    if not isinstance(samples, Sparse):
        return samples[rows]
    lengths = np.diff(samples.indptr)[rows]
    indptr: npt.NDArray[np.int64] = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    offsets: npt.NDArray[np.int64] = np.repeat(samples.indptr[rows] - indptr[:-1], lengths)
    at = offsets + np.arange(int(indptr[-1]))
    return Sparse(samples.values[at], indptr, samples.columns[at], (len(rows), samples.shape[1]))


def _in_order(rows: Real) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Sort rows (n, d) column by column: their order (n,), and whether each then differs from the one before."""
    order = np.argsort(rows[:, 0], kind="stable")
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = rows[order[1:], 0] != rows[order[:-1], 0]
    for f in range(1, rows.shape[1]):
        tied = ~is_new
        tied[:-1] |= ~is_new[1:]  # the first of a tie belongs to it
        at = np.flatnonzero(tied)
        if len(at) == 0:
            break
        group = np.cumsum(is_new)[at]
        order[at] = order[at[np.lexsort((rows[order[at], f], group))]]
        is_new[1:] |= rows[order[1:], f] != rows[order[:-1], f]
    return order, is_new


def _dense(samples: Samples | Sparse) -> Real:
    if not isinstance(samples, Sparse):
        return samples
    out = np.zeros(samples.shape, dtype=samples.dtype)
    out[np.repeat(np.arange(samples.shape[0]), np.diff(samples.indptr)), samples.columns] = (
        samples.values
    )
    return out
