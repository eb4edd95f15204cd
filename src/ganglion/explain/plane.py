"""The plane in which a cloud of points is widest: the map on which clusters are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Samples, check_samples
from .._errors import DataError
from ..criteria._moments import Floats, blocks, covariance, exact_scale, mean

# Beyond this many features the covariance is not formed, and the two axes are found by iteration.
DIRECT_SIZE = 2048
ITERATED_VECTORS = 10
ITERATIONS = 20


@dataclass(frozen=True)
class Plane:
    """Two orthogonal directions through the mean, and the points seen in them.

    Attributes
    ----------
    coordinates : ndarray of shape (n, 2)
        The points in the plane, in the units of X.
    axes : ndarray of shape (2, d)
        The directions, each of length 1; the second is 0 where d = 1.
    explained : ndarray of shape (2,)
        Share of the total variance along each direction, in [0, 1].
    mean : ndarray of shape (d,)
        The point of the plane with the coordinates (0, 0).
    """

    coordinates: Floats
    axes: Floats
    explained: Floats
    mean: Floats

    def project(self, points: ArrayLike) -> Floats:
        """Return the coordinates of other points, such as centres, in this plane.

        Parameters
        ----------
        points : array-like of shape (m, d)
            Points of the space of X.

        Returns
        -------
        ndarray of shape (m, 2)
            Their coordinates.

        Raises
        ------
        DataError
            Where the points have another number of features.
        """
        given = check_samples(points, name="points")
        if given.shape[1] != len(self.mean):
            raise DataError(
                f"This plane was made from {len(self.mean)} features; points has {given.shape[1]}. "
                "Pass points with the same columns as X."
            )
        return _project(given, self.mean, self.axes)


def principal_plane(X: ArrayLike) -> Plane:
    """Find the plane through the mean along which the points vary most.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.

    Returns
    -------
    Plane
        The points' coordinates in the plane, its directions, the variance that they explain, and the mean.

    Notes
    -----
    The directions are the two leading eigenvectors of the covariance of X, computed in float64 about the mean. The
    sign of each is such that its entry of largest size (the first of them, on a tie) is positive, so that a map does
    not flip from one run to the next. Where d or the variance leaves a direction open, the axis is 0 (d = 1) or the
    first unit vectors (no variance). Time O(n d^2), memory O(d^2), a block and the coordinates; beyond 2048 features
    the directions are found by subspace iteration from a fixed start, in O(n d) time and memory O(d) and a block.

    References
    ----------
    .. [1] K. Pearson, "On lines and planes of closest fit to systems of points in space", Philosophical Magazine 2(11),
       1901, doi:10.1080/14786440109462720.

    Examples
    --------
    >>> from ganglion.explain.plane import principal_plane
    >>> plane = principal_plane([[0.0, 0.0, 1.0], [3.0, 0.0, 1.0], [6.0, 0.0, 1.0]])
    >>> plane.coordinates[:, 0].tolist(), plane.explained.tolist()
    ([-3.0, 0.0, 3.0], [1.0, 0.0])
    """
    data = check_samples(X)
    middle = mean(data)
    axes, shares = _leading(data, middle)
    return Plane(_project(data, middle, axes), axes, shares, middle)


def _leading(X: Samples, middle: Floats) -> tuple[Floats, Floats]:
    """Return the two leading directions (2, d), signs fixed, and their shares of the variance (2,)."""
    d = X.shape[1]
    axes, shares = np.zeros((2, d)), np.zeros(2)
    scale = exact_scale(X, middle)
    if d <= DIRECT_SIZE:
        matrix = covariance(X, scale=scale)
        variances, vectors = np.linalg.eigh(matrix)
        total = float(np.trace(matrix))
    else:
        total, variances, vectors = _iterate(X, middle, scale)
    if total <= 0:
        axes[: min(2, d)] = np.eye(min(2, d), d)
        return axes, shares
    for row in range(min(2, d)):
        axes[row] = _with_sign(vectors[:, -1 - row])
        shares[row] = min(1.0, max(0.0, float(variances[-1 - row]) / total))
    return axes, shares


def _iterate(X: Samples, middle: Floats, scale: float) -> tuple[float, Floats, Floats]:
    """Return the trace of the covariance and its leading eigenpairs, ascending as eigh's, by subspace iteration."""
    n, d = X.shape
    vectors = np.random.default_rng(0).standard_normal((d, ITERATED_VECTORS))
    projected, total = np.zeros((ITERATED_VECTORS, ITERATED_VECTORS)), 0.0
    basis = vectors
    for _ in range(ITERATIONS):
        basis = np.linalg.qr(vectors)[0]
        vectors, projected, total = np.zeros_like(basis), np.zeros_like(projected), 0.0
        for rows in blocks(n, d):
            centered = scale * (X[rows] - middle)
            scores = centered @ basis
            total += float((centered**2).sum()) / n
            projected += scores.T @ scores / n
            vectors += centered.T @ scores / n
    variances, rotation = np.linalg.eigh(projected)
    return total, variances, basis @ rotation


def _with_sign(vector: Floats) -> Floats:
    """Return the vector or its opposite: the first of its largest entries (to rounding) becomes positive."""
    size = np.abs(vector)
    first = int(np.argmax(size >= (1.0 - 1e-9) * size.max()))
    return -vector if vector[first] < 0 else vector


def _project(X: Samples, middle: Floats, axes: Floats) -> Floats:
    """Return the coordinates (n, 2) of the rows of X."""
    coordinates = np.empty((len(X), 2))
    for rows in blocks(*X.shape):
        coordinates[rows] = (X[rows] - middle) @ axes.T
    return coordinates
