"""The normal mixture that labels describe: shares, means and covariances of the clusters, and its likelihoods."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from .._memory import check_memory
from ._cluster_moments import ClusterMoments
from ._judged import Judged, dense_rows
from ._moments import Floats, blocks

_WHAT = "The likelihood of a mixture"


@dataclass(frozen=True, eq=False)
class Gaussians:
    """A mixture in the units of scaled rows, for rows that it was estimated from.

    Attributes
    ----------
    rows : Judged
        The rows.
    moments : ClusterMoments
        Their moments; components are the clusters with mass.
    whitening : ndarray of shape (k,), (k, d) or (k, d, d)
        What a difference to the mean is multiplied with to have unit covariance: a number for each component, one for
        each feature, or (transposed) a matrix. One for all components has k = 1.
    log_determinant : ndarray of shape (k,)
        Of the covariances.
    distance : ndarray of shape (k,)
        Sum of w_i times the squared Mahalanobis distance over the rows of each component.
    n_parameters : int
        Free parameters.
    """

    rows: Judged
    moments: ClusterMoments
    whitening: Floats
    log_determinant: Floats
    distance: Floats
    n_parameters: int

    @property
    def n(self) -> float:
        """The weight of all rows."""
        return float(self.moments.mass.sum())

    @property
    def log_share(self) -> Floats:
        """log pi_j; -inf for a component without mass."""
        with np.errstate(divide="ignore"):
            return np.log(self.moments.mass / self.n)

    @property
    def constant(self) -> float:
        """What each row's log density has from the dimension and the units."""
        return self.moments.d * (math.log(self.moments.scale) - 0.5 * math.log(2.0 * math.pi))

    @property
    def log_likelihood(self) -> float:
        """Of rows and labels."""
        held = self.moments.mass > 0
        mass = self.moments.mass[held]
        spread = np.broadcast_to(self.log_determinant, held.shape)[held]
        terms = mass * (self.log_share[held] - 0.5 * spread) - 0.5 * self.distance[held]
        return float(terms.sum()) + self.n * self.constant


def gaussians(
    rows: Judged, covariance: str, regularization: float, names: NDArray[Any]
) -> Gaussians:
    """Estimate the mixture of normal components that labels describe.

    Parameters
    ----------
    rows : Judged
        Rows, labels and weights.
    covariance : str
        See `bic_score`.
    regularization : float
        Added to variances, in squared units of X.
    names : ndarray of shape (k,)
        What the clusters are called in errors.

    Returns
    -------
    Gaussians
        Maximum likelihood given the labels.

    Raises
    ------
    ParameterError
        Where a component has no spread in some direction.
    DataError
        Where the regularization is out of all proportion to X.
    """
    moments = rows.moments()
    with np.errstate(over="ignore"):
        more = float(np.float64(regularization) * moments.scale * moments.scale)
    if np.isinf(more):
        raise DataError(
            f"regularization={regularization:g} is beyond what float64 can compare with the scatter of X, whose values "
            "are nearly 0. Multiply X by a power of ten."
        )
    estimate = _Estimate(rows, moments, covariance, more, names)
    kind = covariance.removeprefix("tied_")
    if kind == "spherical":
        parts = estimate.spherical()
    elif kind == "diagonal":
        parts = estimate.diagonal()
    else:
        parts = estimate.full()
    k, d = int(np.count_nonzero(moments.mass > 0)), moments.d
    free = {"spherical": 1, "diagonal": d}.get(kind, d * (d + 1) // 2)
    n_parameters = k - 1 + k * d + free * (1 if estimate.tied else k)
    return Gaussians(rows, moments, *parts, n_parameters)


@dataclass(frozen=True, eq=False)
class _Estimate:
    """Covariances from labels: each method gives whitening, log determinants and sums of Mahalanobis distances."""

    rows: Judged
    moments: ClusterMoments
    covariance: str
    more: float
    names: NDArray[Any]

    @property
    def tied(self) -> bool:
        return self.covariance.startswith("tied")

    @property
    def mass(self) -> Floats:
        """The weight of each component; 1 where it is 0."""
        return np.where(self.moments.mass > 0, self.moments.mass, 1.0)

    def spherical(self) -> tuple[Floats, Floats, Floats]:
        d, within = self.moments.d, self.moments.within
        if self.tied:
            variance = within.sum(keepdims=True) / self.moments.mass.sum() / d + self.more
        else:
            variance = within / self.mass / d + self.more
        self.refuse_flat(variance)
        variance = np.where(variance > 0, variance, 1.0)
        return 1.0 / np.sqrt(variance), d * np.log(variance), within / variance

    def diagonal(self) -> tuple[Floats, Floats, Floats]:
        squares = _second_moments(self.rows, self.moments, diagonal=True)
        variance = squares / self.mass[:, None] + self.more
        self.refuse_flat(variance.min(axis=1))
        variance = np.where(variance > 0, variance, 1.0)
        return (
            1.0 / np.sqrt(variance),
            np.log(variance).sum(axis=1),
            (squares / variance).sum(axis=1),
        )

    def full(self) -> tuple[Floats, Floats, Floats]:
        squares = _second_moments(self.rows, self.moments, diagonal=False)
        if self.tied:
            matrices = squares.sum(axis=0, keepdims=True) / self.moments.mass.sum()
        else:
            matrices = squares / self.mass[:, None, None]
        d = self.moments.d
        values, vectors = np.linalg.eigh(matrices + self.more * np.eye(d))
        self.refuse_flat(values[:, 0] - 8 * d * np.finfo(float).eps * values[:, -1])
        values = np.where(values > 0, values, 1.0)
        whitening = vectors / np.sqrt(values)[:, None, :]
        distance = np.einsum("jab,jac,jbc->j", squares, whitening, whitening, optimize=True)
        return whitening, np.log(values).sum(axis=1), distance

    def refuse_flat(self, variance: Floats) -> None:
        """Refuse components with a variance of 0, or of rounding, in a direction: their likelihood has no bound."""
        held = self.moments.mass > 0
        flat = np.flatnonzero(~(variance > 0) & (True if self.tied else held))
        if not len(flat):
            return
        if self.tied:
            raise ParameterError(
                "The likelihood of a mixture needs scatter within the clusters in every direction; in one there is "
                "none, and the likelihood is infinite. Pass regularization=, in squared units of X, or drop columns "
                "that are constant or sums of others."
            )
        simpler = "tied" if self.covariance in ("full", "diagonal") else "tied_spherical"
        others = f" (and {len(flat) - 1} others)" if len(flat) > 1 else ""
        raise ParameterError(
            "The likelihood of a mixture needs scatter within every cluster in every direction; cluster "
            f"{self.names[flat[0]]}{others} has none in one, and the likelihood is infinite. "
            f'Use covariance="{simpler}", or pass regularization=, in squared units of X.'
        )


def mixture_log_likelihood(model: Gaussians) -> float:
    """Return sum_i w_i log sum_j pi_j N(x_i; m_j, Sigma_j).

    Parameters
    ----------
    model : Gaussians
        The mixture and its rows.

    Returns
    -------
    float
        In the units of X.
    """
    rows, moments = model.rows, model.moments
    X = dense_rows(rows, _WHAT)
    n, d = X.shape
    weight = np.ones(n) if rows.weight is None else rows.weight
    held = np.flatnonzero(moments.mass > 0)
    log_share = model.log_share[held]
    logs = np.broadcast_to(model.log_determinant, moments.mass.shape)[held]
    total = 0.0
    for block in blocks(n, max(d, len(held))):
        y = moments.scaled_rows(X[block])
        densities = np.empty((len(held), len(y)))
        for at, j in enumerate(held):
            densities[at] = _squared(
                y - moments.centers[j], model.whitening[j % len(model.whitening)]
            )
        densities *= -0.5
        densities += (log_share - 0.5 * logs)[:, None]
        largest = densities.max(axis=0)
        mixed = largest + np.log(np.exp(densities - largest).sum(axis=0))
        total += float((weight[block] * mixed).sum())
    return total + model.n * model.constant


def _squared(difference: Floats, whitening: Floats) -> Floats:
    """Squared Mahalanobis distances (m,) of differences (m, d)."""
    white = difference @ whitening if whitening.ndim == 2 else difference * whitening
    return np.einsum("nd,nd->n", white, white)


def _second_moments(rows: Judged, moments: ClusterMoments, *, diagonal: bool) -> Floats:
    """Sums of w (y - m_j)(y - m_j)' over each cluster's rows (k, d, d), or of their diagonals (k, d)."""
    k, d = moments.k, moments.d
    size = d if diagonal else d * d
    check_memory(
        24.0 * k * size,
        f"The covariances of {k:,} clusters in {d:,} features",
        'Use covariance="spherical" or "diagonal".',
    )
    X = dense_rows(rows, _WHAT)
    sums = np.zeros((k, d) if diagonal else (k, d, d))
    order = np.argsort(rows.codes, kind="stable")
    starts = np.r_[0, np.cumsum(np.bincount(rows.codes, minlength=k))]
    for j in range(k):
        members = order[starts[j] : starts[j + 1]]
        for block in blocks(len(members), d):
            at = members[block]
            away = moments.scaled_rows(X[at]) - moments.centers[j]
            weighed = away if rows.weight is None else away * rows.weight[at, None]
            sums[j] += (weighed * away).sum(axis=0) if diagonal else weighed.T @ away
    return sums
