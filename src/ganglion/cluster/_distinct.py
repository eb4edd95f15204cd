"""The distinct rows of a small table, in an order of their own: what random choices are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._arrays import Real, Samples, Sparse, Weights

SMALL = 2**16
"""Up to this many values (n x d) a table is put in order before anything is drawn from it; that takes milliseconds."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


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
    The order is that of a hash of each row, the sum of a mixture of the bits of each value times an odd number for each
    column. Two different rows of one hash (once in 2**64 pairs) may both stay apart from their equals; that costs the
    invariance, and no correctness.
    """
    n, d = samples.shape
    if n * d > SMALL:
        return None
    hashes = _hashes(samples)
    order = np.argsort(hashes, kind="stable")
    if weights is not None:
        order = order[weights[order] > 0]
    is_new = np.ones(len(order), dtype=np.bool_)
    tied = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
    is_new[tied + 1] = ~_are_equal(samples, order[tied], order[tied + 1])
    number = np.cumsum(is_new) - 1
    total = np.bincount(number, weights=None if weights is None else weights[order])
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


def _hashes(samples: Samples | Sparse) -> npt.NDArray[np.uint64]:
    """A hash (n,) of each row; entries that are zero, stored or not, add nothing."""
    n, d = samples.shape
    factors = _mixed(np.arange(1, d + 1, dtype=np.uint64) * _GOLDEN) | np.uint64(1)
    if not isinstance(samples, Sparse):
        return np.add.reduce(_mixed(_bits(samples)) * factors, axis=1, dtype=np.uint64)
    hashes = np.zeros(n, dtype=np.uint64)
    row_of = np.repeat(np.arange(n), np.diff(samples.indptr))
    np.add.at(hashes, row_of, _mixed(_bits(samples.values)) * factors[samples.columns])
    return hashes


def _bits(values: Real) -> npt.NDArray[np.uint64]:
    """The bits of each value; -0 has those of 0."""
    plain = values + values.dtype.type(0)
    return plain.view(np.uint32 if values.dtype.itemsize == 4 else np.uint64).astype(np.uint64)


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Every bit spread over all 64 (the finisher of SplitMix64, Steele et al. 2014); 0 stays 0."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


def _are_equal(
    samples: Samples | Sparse, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether row a[i] equals row b[i] (m,)."""
    first, second = (_dense(take_rows(samples, rows)) for rows in (a, b))
    return np.all(first == second, axis=1)


def _dense(samples: Samples | Sparse) -> Real:
    if not isinstance(samples, Sparse):
        return samples
    out = np.zeros(samples.shape, dtype=samples.dtype)
    out[np.repeat(np.arange(samples.shape[0]), np.diff(samples.indptr)), samples.columns] = (
        samples.values
    )
    return out
