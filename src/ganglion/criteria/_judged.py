"""The gate for criteria of points around centres: rows, one cluster each, and weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import (
    Samples,
    Sparse,
    check_samples,
    check_samples_or_sparse,
    check_weights,
    is_sparse,
)
from .._errors import DataError, ParameterError
from ._cluster_moments import ClusterMoments, cluster_moments
from ._labels import label_codes
from ._moments import Floats


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows with labels, checked.

    Attributes
    ----------
    X : ndarray or Sparse of shape (n, d)
        The rows.
    codes : ndarray of shape (n,)
        The cluster of each, from 0 to k - 1.
    k : int
        How many clusters there are.
    weight : ndarray of shape (n,) or None
        The weights.
    """

    X: Samples | Sparse
    codes: NDArray[np.intp]
    k: int
    weight: Floats | None

    def moments(self) -> ClusterMoments:
        """Take the moments of the clusters."""
        return cluster_moments(self.X, self.codes, self.k, self.weight)


def judged(
    X: object, labels: ArrayLike, sample_weight: ArrayLike | None, what: str, *, fewest: int = 2
) -> Judged:
    """Check rows, labels and weights of a criterion that `what` names, and that it can judge so many clusters."""
    data = rows_or_sparse(X)
    codes, k = label_codes(labels, data.shape[0])
    weight = check_weights(sample_weight, data.shape[0])
    n = data.shape[0] if weight is None else int(np.count_nonzero(weight))
    if weight is not None:
        k = len(np.unique(codes[weight > 0]))
    if fewest > 1 and not fewest <= k <= n - 1:
        raise ParameterError(
            f"{what} needs from {fewest} to n - 1 clusters; labels hold {k} for {n} rows"
            f"{'' if weight is None else ' of positive weight'}. "
            f"Choose {'more' if k < fewest else 'fewer'} clusters."
        )
    return Judged(data, codes, int(codes.max()) + 1, weight)


def rows_or_sparse(X: object) -> Samples | Sparse:
    """Finite rows, dense or sparse."""
    return check_samples_or_sparse(X) if is_sparse(X) else check_samples(X)


def dense_rows(rows: Judged, what: str) -> Samples:
    """Refuse sparse rows where a criterion needs all coordinates at once."""
    if isinstance(rows.X, Sparse):
        raise DataError(f"{what} needs dense rows; got a sparse matrix. Use X.toarray().")
    return rows.X


def finite_or_refused(value: float, what: str) -> float:
    """A criterion's value; NaN, which only equal rows give, is refused."""
    if np.isnan(value):
        raise DataError(
            f"{what} compares the scatter within and between clusters, and all rows are equal: there is none. "
            "Look at the columns of X."
        )
    return value
